// Who signs out leaves nothing of what they typed in this tab to whoever signs in there next.

document.addEventListener("submit", ({ target }) => {
  if (target.matches(".sign-out, #logout-form")) sessionStorage.clear();
});
