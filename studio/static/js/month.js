// Another month or day without a full reload: the parts marked data-pane="name" are swapped for
// those of the same name on the page fetched anew. When anything goes wrong, the link is followed.
let asked = 0;

const show = async (address) => {
  asked += 1;
  const mine = asked;
  const panes = [...document.querySelectorAll("[data-pane]")];
  for (const pane of panes) pane.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== asked) return false;
    for (const pane of panes) {
      const fresh = page.querySelector(`[data-pane="${pane.dataset.pane}"]`);
      if (fresh) pane.replaceWith(fresh);
    }
    document.title = page.title;
    return true;
  } catch {
    location.assign(address);
    return false;
  }
};

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-swap]");
  const otherwise = event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  if (!link?.closest("[data-pane]") || event.defaultPrevented || otherwise) return;
  event.preventDefault();
  const label = link.getAttribute("aria-label");
  if (!(await show(link.href))) return;
  history.pushState({}, "", link.href);
  const links = [...document.querySelectorAll("[data-pane] a[data-swap]")];
  (links.find((other) => other.getAttribute("aria-label") === label) ?? links[0])?.focus();
});

addEventListener("popstate", () => {
  if (document.querySelector("[data-pane]")) show(location.href);
});

// The card beside the page says the time that is chosen.
document.addEventListener("change", (event) => {
  const chosen = document.querySelector("[data-chosen]");
  if (!chosen || !event.target.matches("input[data-time]")) return;
  const day = document.querySelector("[data-day]")?.dataset.day ?? "";
  chosen.textContent = [day, event.target.dataset.time].filter(Boolean).join(", ");
});
