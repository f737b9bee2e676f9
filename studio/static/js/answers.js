// Each answer is kept as it is given, and questions that do not apply are put away. What applies
// is the server's to say. Without this, all questions stand there with what they depend on.
for (const form of document.querySelectorAll("form[data-answers]")) {
  const saved = form.querySelector("[data-saved]");
  const send = form.querySelector("[data-send]");
  const states = [...document.querySelectorAll("[data-sent]")];
  let last = Promise.resolve();

  for (const note of form.querySelectorAll("[data-only]")) note.hidden = true;
  for (const question of form.querySelectorAll("[data-hide]")) question.hidden = true;
  form.querySelector("[data-by-hand]").hidden = true;

  // Only what was just answered, so that two open pages do not undo each other's answers.
  const only = (question) => {
    const data = new FormData();
    for (const name of ["csrf_token", "questionnaire"]) data.set(name, form.elements[name].value);
    for (const field of question.querySelectorAll("input, textarea, select")) {
      if (field.type === "file") continue;
      if (!["radio", "checkbox"].includes(field.type) || field.checked) data.append(field.name, field.value);
    }
    return data;
  };

  // In place of what the page said of that answer when it was loaded.
  const say = (question, complaint) => {
    const said = question.querySelector("[data-said]");
    said.textContent = complaint;
    said.hidden = !complaint;
    const id = said.id.replace(/-said$/, "");
    document.getElementById(`${id}-error`)?.remove();
    const field = document.getElementById(id);
    const hint = document.getElementById(`${id}-hint`);
    const about = [hint?.id, complaint && said.id].filter(Boolean);
    if (about.length) field.setAttribute("aria-describedby", about.join(" "));
    else field.removeAttribute("aria-describedby");
    field.removeAttribute("aria-invalid");
    // Check boxes are a group, of which it cannot be said.
    if (complaint && !field.matches("fieldset:not([role])")) field.setAttribute("aria-invalid", "true");
  };

  const draw = (answer, question) => {
    for (const each of form.querySelectorAll("[data-question]")) {
      each.hidden = !answer.applying.includes(each.dataset.question);
    }
    const complaint = answer.complaints[question.dataset.question] ?? "";
    say(question, complaint);
    const reopened = !answer.sent && states.some((each) => each.dataset.sent === "true" && !each.hidden);
    for (const each of states) each.hidden = each.dataset.sent !== String(answer.sent);
    send.textContent = answer.sent ? send.dataset.sendChanges : send.dataset.send;
    if (complaint) saved.textContent = "One answer needs a second look.";
    else saved.textContent = reopened ? "Saved. An answer is missing now: please send it in again." : "Saved";
  };

  const keep = async (question) => {
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: only(question),
        headers: { Accept: "application/json" },
        keepalive: true, // whoever leaves right after the last answer has given it
      });
      if (!answer.ok) throw new Error(answer.status);
      draw(await answer.json(), question);
    } catch {
      saved.textContent = "Not saved yet. Press the button to try again.";
      form.querySelector("[data-by-hand]").hidden = false;
    }
  };

  // One after another, so that an older answer never arrives last.
  const answered = (field) => {
    const question = field.closest("[data-question]");
    if (!question || field.type === "file") return;
    saved.textContent = "Saving…";
    last = last.then(() => keep(question));
  };

  form.addEventListener("change", (event) => answered(event.target));
  // What was answered before this was here counts too.
  for (const field of form.elements) {
    if (field.checked !== field.defaultChecked || field.value !== (field.defaultValue ?? field.value)) answered(field);
  }
}
