// Long lines of code are scrolled, or wrapped where the reader wants them so.

document.addEventListener("click", ({ target }) => {
  const button = target.closest('[data-code="wrap"]');
  if (!button) return;
  const isWrapped = button.closest(".code").toggleAttribute("data-wrapped");
  button.setAttribute("aria-pressed", String(isWrapped));
});
