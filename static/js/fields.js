// A form that is swapped in must not take the focus away, nor what was typed and not sent yet.

let focused = ""; // the id of what has the focus and is about to be replaced

document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  for (const field of detail.fragment.querySelectorAll("input[id]")) {
    const shown = document.getElementById(field.id);
    if (shown && shown.value !== shown.defaultValue) field.value = shown.value;
  }
  const { id } = document.activeElement;
  if (id && detail.fragment.querySelector(`#${CSS.escape(id)}`)) focused = id;
});

document.addEventListener("htmx:oobAfterSwap", () => {
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  focused = "";
});
