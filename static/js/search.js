// Ctrl+K leads to the search, the arrows from there through what was found, or through the list.

const search = document.getElementById("search");
const list = document.getElementById("conversation-list");
const sidebar = document.getElementById("sidebar");

function links() {
  return [...list.querySelectorAll(".listed-link, .found-link, .older a")];
}

function isHidden() {
  return getComputedStyle(sidebar).display === "none";
}

document.addEventListener("seek", () => {
  if (isHidden()) sidebar.showPopover();
  search.focus();
  search.select();
});

// Keys that choose among the words an input method offers are its own; 229: Safari's.
const isComposed = (event) => event.isComposing || event.keyCode === 229;

sidebar.addEventListener("keydown", (event) => {
  if (isComposed(event)) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const here = document.activeElement;
  const all = links();
  const at = here === search ? -1 : all.indexOf(here);
  if (!step || (at === -1 && here !== search)) return;
  event.preventDefault();
  if (at + step < 0) search.focus();
  else all[Math.min(at + step, all.length - 1)]?.focus();
});

// Esc empties the search first; the list comes back.
search.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !search.value || isComposed(event)) return;
  event.preventDefault();
  search.value = "";
  search.dispatchEvent(new Event("input", { bubbles: true }));
});
