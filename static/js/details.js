// A head that is swapped in must not close what the reader opened, nor fold a draft away while it
// is being read.

const chosen = new Map(); // id of a details -> open, as the reader left it

document.addEventListener("click", ({ target }) => {
  const details = target.closest("summary")?.parentElement;
  if (details?.id && !details.matches(".edit")) chosen.set(details.id, !details.open);
});

function isBeingRead(details) {
  const attempt = details.closest(".attempt");
  const body = attempt?.querySelector(".body");
  if (!body) return false;
  const { activeElement } = document;
  if (attempt.contains(activeElement) && !details.contains(activeElement)) return true;
  const selection = getSelection();
  if (!selection.isCollapsed && selection.containsNode(body, true)) return true;
  const isAtEnd = document.querySelector(".jump").hidden;
  const { top } = document.querySelector(".thread").getBoundingClientRect();
  const box = body.getBoundingClientRect();
  return !isAtEnd && box.top < top && box.bottom > top;
}

document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  for (const details of detail.fragment.querySelectorAll("details[id]")) {
    const shown = document.getElementById(details.id);
    if (details.matches(".edit")) details.open = Boolean(shown?.open);
    else if (chosen.has(details.id)) details.open = chosen.get(details.id);
    else if (shown?.open && !details.open && isBeingRead(shown)) {
      details.open = true;
      chosen.set(details.id, true);
    }
  }
});

// Nor a menu that is open: it stays as it is, with what was chosen in it.
let menus = []; // { menu, focused }
document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  menus = [];
  for (const menu of detail.target.querySelectorAll(":popover-open")) {
    const fresh = detail.fragment.querySelector(`#${CSS.escape(menu.id)}`);
    if (!fresh) continue;
    const focused = menu.contains(document.activeElement) && document.activeElement;
    fresh.replaceWith(menu);
    menus.push({ menu, focused });
  }
});
document.addEventListener("htmx:oobAfterSwap", () => {
  for (const { menu, focused } of menus) {
    menu.showPopover({ source: document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`) });
    if (focused) focused.focus({ preventScroll: true });
  }
  menus = [];
});
