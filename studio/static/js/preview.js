// While somebody writes, the parts marked data-pane are drawn anew by the server from what stands
// in the form; without this, the form's own button does it.
const form = document.querySelector("form[data-preview]");
const state = document.querySelector("[data-preview-state]");
let waiting;
let asked = 0;

const draw = async () => {
  asked += 1;
  const mine = asked;
  try {
    const answer = await fetch(form.dataset.preview, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
    });
    if (!answer.ok && answer.status !== 422) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== asked) return;
    if (answer.ok) document.querySelector("[data-pane]").replaceWith(page.querySelector("[data-pane]"));
    const wrong = page.querySelector("[role=alert] li");
    state.textContent = answer.ok ? "" : `Not drawn yet. ${wrong?.textContent.trim() ?? ""}`;
  } catch {
    if (mine === asked) state.textContent = "The preview could not be drawn. Press “Preview”.";
  }
};

// What was written before this was here counts too.
const written = ({ value, defaultValue }) => defaultValue !== undefined && value !== defaultValue;
if ([...(form?.elements ?? [])].some(written)) draw();

form?.addEventListener("input", (event) => {
  if (event.target.closest("[data-pane]")) return;
  clearTimeout(waiting);
  waiting = setTimeout(draw, 600);
});
