// A form with data-opened is sent once, quietly, when somebody really looks at the page: a mail
// scanner that fetches the link is not a reader.
const form = document.querySelector("form[data-opened]");

const tell = () => {
  if (!form || document.visibilityState !== "visible") return;
  document.removeEventListener("visibilitychange", tell);
  fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true }).catch(() => {});
};

document.addEventListener("visibilitychange", tell);
tell();
