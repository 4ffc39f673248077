// Copies an answer's text; the button says so for a moment.

const SHOWN_MS = 1500;

// The clipboard exists on https and localhost only; elsewhere the text can be selected by hand.
document.documentElement.toggleAttribute("data-no-clipboard", !navigator.clipboard);

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).innerText);
  button.dataset.state = "copied";
  setTimeout(() => delete button.dataset.state, SHOWN_MS);
});
