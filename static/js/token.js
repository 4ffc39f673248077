// What is pushed has no token in it: a form of the page lends its own to what htmx posts from outside
// of forms. On an element around the answers, any element within them would have it.

document.addEventListener("htmx:configRequest", ({ target, detail }) => {
  if (detail.verb === "get" || target.closest("[hx-disable]")) return;
  const { value } = document.querySelector('#composer [name="csrfmiddlewaretoken"]');
  detail.headers["X-CSRFToken"] = value;
});
