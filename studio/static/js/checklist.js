// Ticks are kept as they are made; without this, the form's button keeps them.
for (const form of document.querySelectorAll("form[data-checklist]")) {
  const saved = form.querySelector("[data-saved]");
  const button = form.querySelector("button[type=submit]");
  button.hidden = true;
  let last = Promise.resolve();

  const count = () => {
    const boxes = [...form.querySelectorAll("input[type=checkbox]")];
    const done = boxes.filter((box) => box.checked).length;
    form.querySelector("[data-progress]").value = done;
    form.querySelector("[data-ready]").textContent = `${done} of ${boxes.length} ready`;
  };

  const keep = async () => {
    const token = form.elements.csrf_token?.value ?? "";
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "application/json", "X-CSRFToken": token },
      });
      if (!answer.ok) throw new Error(answer.status);
      saved.textContent = "Saved";
    } catch {
      saved.textContent = "Not saved yet. Press the button to try again.";
      button.hidden = false;
    }
  };

  // One after another, so that an older list never arrives last.
  const changed = () => {
    count();
    saved.textContent = "Saving…";
    last = last.then(keep);
  };

  form.addEventListener("change", changed);
  // What was ticked before this was here counts too.
  if ([...form.elements].some((box) => box.checked !== box.defaultChecked)) changed();
}
