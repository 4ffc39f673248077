// What was asked and is not on the page yet: Escape stops it as soon as it is.

let asked = null; // { isHere, isUnwanted } until its turn can be stopped, is over or was refused

// What the composer asks has an id; another version takes the place of the turn it is asked of.
function arrivalOf(form) {
  const turn = form.closest(".turn");
  if (turn) return () => document.getElementById(turn.id) === null;
  const id = CSS.escape(form.elements.client_id.value);
  return () => document.querySelector(`[data-client-id="${id}"]`) !== null;
}

// A menu it is asked from would have Escape for itself.
document.addEventListener("submit", ({ target }) => {
  if (!target.matches("#composer, .edit > form, .retry")) return;
  target.closest("[popover]")?.hidePopover();
  document.getElementById("notice").replaceChildren();
  asked = { isHere: arrivalOf(target), isUnwanted: false };
});

document.addEventListener("stop", () => {
  if (asked) asked.isUnwanted = true;
});

// A turn is here a message before the button that stops it. What a server that is going away refused
// is asked again of the next one.
document.addEventListener("htmx:wsAfterMessage", () => {
  if (!asked) return;
  const stop = document.querySelector("form.stop");
  const notice = document.getElementById("notice");
  if (!asked.isHere()) {
    if (notice.textContent.trim() && !notice.querySelector("[data-draining]")) asked = null;
  } else if (stop || !document.querySelector('.turn[aria-busy="true"]')) {
    if (asked.isUnwanted) stop?.requestSubmit();
    asked = null;
  }
});
