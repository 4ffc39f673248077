// What a reader asked for by a link, a button, a form or a field, and was not done, is said above
// whatever is open. What the page asks for by itself it asks for again.

const undone = document.getElementById("undone");
const signIn = undone.querySelector("[data-undone=signed-out] a").pathname;
const REASONS = { 0: "away", 403: "refused", 404: "gone", 502: "away", 503: "away", 504: "away" };

function isAskedFor({ elt }) {
  return elt.matches("a, button, form, input");
}

function tell(reason) {
  for (const sentence of undone.querySelectorAll("[data-undone]")) {
    sentence.hidden = sentence.dataset.undone !== reason;
  }
  if (!undone.matches(":popover-open")) undone.showPopover();
}

function forget(reason) {
  const told = undone.querySelector("[data-undone]:not([hidden])");
  if (!undone.matches(":popover-open") || (reason && reason !== told.dataset.undone)) return;
  undone.hidePopover();
}

for (const name of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(name, ({ detail }) => {
    if (isAskedFor(detail.requestConfig)) tell(REASONS[detail.xhr.status] ?? "broken");
  });
}

// Who is signed out is led to the page of signing in, which has no place in any part of this one.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (new URL(detail.xhr.responseURL).pathname !== signIn) return;
  detail.shouldSwap = false;
  if (isAskedFor(detail.requestConfig)) tell("signed-out");
});

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (isAskedFor(detail.requestConfig)) forget();
});

// Scripts that do by themselves what is pressed say which sentence is true, and is not any more.
document.addEventListener("undone", ({ detail }) => tell(detail));
document.addEventListener("done", ({ detail }) => forget(detail));
