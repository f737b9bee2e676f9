// Elements with data-until say how long is left, and say so aloud at five and at one minute.
const words = (minutes) => (minutes === 1 ? "1 minute left" : `${minutes} minutes left`);

for (const box of document.querySelectorAll("[data-until]")) {
  const until = Date.parse(box.dataset.until);
  const left = box.querySelector("[data-left]");
  const say = box.querySelector("[data-say]");
  let told = Infinity;
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000));
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    left.textContent = seconds ? `(${clock} left)` : "(this time has run out)";
    const mark = [0, 1, 5].find((minutes) => seconds <= minutes * 60);
    if (mark !== undefined && mark < told) {
      told = mark;
      say.textContent = seconds ? words(Math.ceil(seconds / 60)) : "The time has run out";
    }
    if (!seconds) clearInterval(timer);
  };
  const timer = setInterval(tick, 1000);
  tick();
}
