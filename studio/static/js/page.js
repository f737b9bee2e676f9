// Small helps for every page; each page works without them.

// A form's own elements hold the buttons that stand elsewhere on the page too.
const buttons = (form) => [...form.elements].filter((element) => element.type === "submit");

// A form is sent once. Coming back to the page opens it again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of buttons(form)) button.setAttribute("aria-disabled", "true");
});

addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of buttons(form)) button.removeAttribute("aria-disabled");
  }
});

// What needs a second look is read first.
document.querySelector("[data-focus]")?.focus();

// The office menu starts folded where the screen is small.
if (matchMedia("(max-width: 50rem)").matches) {
  for (const fold of document.querySelectorAll("[data-fold]")) fold.open = false;
}

// Buttons that only a script can carry out stay hidden until one is here.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
