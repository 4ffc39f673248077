// What manages a conversation comes from the server into one popover; this opens it beside what
// asked for it, and closes it when that is done.

const menu = document.getElementById("manage-menu");
const GAP_PX = 4;
const LEFT_OVER = "#conversation-list :is(.deleted button, .listed-link)"; // where its row is gone
const NARROW = matchMedia("(max-width: 600px)");

let opener;
let home; // the list or the head it stands in
let focused; // the id of what had the focus and was replaced
let typed = []; // fields that were replaced for the sake of others, with what was not saved yet

// The list may have been renewed since.
function source(within = document) {
  if (!opener || opener.isConnected) return opener;
  const leads = `[hx-target="#manage-menu"][href="${CSS.escape(opener.getAttribute("href"))}"]`;
  return within.querySelector(leads);
}

function place() {
  if (NARROW.matches) return menu.removeAttribute("style"); // a sheet at the bottom, by CSS
  const box = source(home)?.getBoundingClientRect();
  if (!box) return; // where it is
  menu.removeAttribute("style");
  const below = box.bottom + GAP_PX;
  const top = Math.max(GAP_PX, Math.min(below, innerHeight - menu.offsetHeight - GAP_PX));
  const left = Math.max(GAP_PX, Math.min(box.left, innerWidth - menu.offsetWidth - GAP_PX));
  menu.style.inset = `${top}px auto auto ${left}px`;
}

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.target === menu) {
    opener = detail.elt;
    home = opener.parentElement.closest(".conversation-list, .topbar");
  } else if (menu.contains(detail.elt)) focused = document.activeElement?.id;
});

menu.addEventListener("htmx:beforeSwap", ({ detail: { requestConfig, target } }) => {
  const isUnsaved = (field) => field.value !== field.defaultValue && !requestConfig.elt.contains(field);
  typed = target === menu ? [] : [...target.querySelectorAll(".text-field")].filter(isUnsaved);
});

menu.addEventListener("htmx:afterSwap", ({ detail }) => {
  for (const { name, value } of typed) menu.querySelector(`input[name="${name}"]`).value = value;
  typed = [];
  if (detail.target === menu) {
    if (!menu.matches(":popover-open")) menu.showPopover({ source: opener });
    menu.querySelector("input[name=title]")?.focus({ preventScroll: true });
  } else if (focused) {
    document.getElementById(focused)?.focus({ preventScroll: true });
    focused = undefined;
  }
  place();
});

// 204: there is nothing left to say here.
menu.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.xhr.status === 204) menu.hidePopover();
});

// Who closed it by going on elsewhere stays there.
menu.addEventListener("toggle", ({ newState }) => {
  if (newState === "open") return;
  const { activeElement } = document;
  const isLeft = activeElement !== document.body && !menu.contains(activeElement);
  if (!isLeft) (source() ?? document.querySelector(LEFT_OVER))?.focus({ preventScroll: true });
  menu.replaceChildren();
});
