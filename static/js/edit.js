// Editing a prompt where it stands: the keys are the composer's, and Escape leaves it.

document.addEventListener(
  "toggle",
  ({ target }) => {
    if (!target.matches(".edit[open]")) return;
    const field = target.querySelector("textarea");
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
    target.closest(".prompt").scrollIntoView({ block: "nearest" });
  },
  { capture: true },
);

document.addEventListener("submit", ({ target }) => {
  if (target.parentElement.matches(".edit")) target.parentElement.open = false;
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
    } else if (event.key === "Enter" && !event.shiftKey && !matchMedia("(pointer: coarse)").matches) {
      event.preventDefault();
      field.form.requestSubmit();
    }
  },
  { capture: true },
);
