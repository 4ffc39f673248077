// Editing a prompt where it stands: the keys are the composer's, and Escape leaves it.

const isTouch = matchMedia("(pointer: coarse)"); // a keyboard on the screen covers the answer

document.addEventListener(
  "toggle",
  ({ target }) => {
    if (!target.matches(".edit[open]")) return;
    const field = target.querySelector("textarea");
    if (document.activeElement === field) return; // a quick reader, who has their own place in it
    field.focus({ preventScroll: true }); // scroll.js shows what was opened
    field.setSelectionRange(field.value.length, field.value.length);
  },
  { capture: true },
);

// It goes with what it was in, and the focus to where the next question is asked. While an answer is
// being written it is refused, and stays; what is refused for its words comes back.
let sent; // what was closed, until it is known what became of it

document.addEventListener("submit", ({ target }) => {
  if (!target.parentElement.matches(".edit") || document.querySelector('.turn[aria-busy="true"]')) return;
  sent = target.parentElement;
  sent.open = false;
  if (!isTouch.matches) document.getElementById("prompt").focus({ preventScroll: true });
});

document.addEventListener("htmx:wsAfterMessage", () => {
  const isRefused = document.getElementById("notice").textContent.trim() !== "";
  if (sent?.isConnected && isRefused) sent.open = true;
  if (!sent?.isConnected || isRefused) sent = undefined;
});

document.addEventListener(
  "keydown",
  (event) => {
    const field = event.target.closest?.(".edit[open] textarea");
    if (!field || event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") {
      event.preventDefault(); // it leaves this, and stops no answer
      const edit = field.closest(".edit");
      edit.open = false;
      edit.querySelector("summary").focus();
    } else if (event.key === "Enter" && !event.shiftKey && !isTouch.matches) {
      event.preventDefault();
      field.form.requestSubmit();
    }
  },
  { capture: true },
);
