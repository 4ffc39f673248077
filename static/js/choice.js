// A choice that counts as soon as it is made; without this file a button sends it.

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-submits]")) target.form.requestSubmit();
});
