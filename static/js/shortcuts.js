// What the keys do, on every page. All of them can be switched off, in the list that `?` shows.

const isMac = /^(Mac|iP)/.test(navigator.platform);
const list = document.getElementById("shortcuts");
const isUsed = list.querySelector("[name=shortcuts-off]");

const ACTIONS = {
  escape: () => {
    const stop = document.querySelector("form.stop");
    if (stop) stop.requestSubmit();
    else document.dispatchEvent(new Event("stop"));
  },
  "shift+escape": () => document.getElementById("prompt")?.focus(),
  "mod+shift+o": () => location.assign(document.querySelector(".sidebar-new").href),
  "mod+shift+c": () => [...document.querySelectorAll(".outcome > .copy")].at(-1)?.click(),
  "mod+k": () => document.dispatchEvent(new Event("seek")),
  "?": () => list.togglePopover(),
};

function isTyping(target) {
  return target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

// `?` is typed with other keys on other keyboards, so that what it takes does not count.
function named(event) {
  if (event.key === "?") return isTyping(event.target) ? "" : "?";
  const mod = (isMac ? event.metaKey : event.ctrlKey) ? "mod+" : "";
  return `${mod}${event.shiftKey ? "shift+" : ""}${event.key.toLowerCase()}`;
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return; // 229: Safari's IME
  if (event.defaultPrevented || event.altKey || !isUsed.checked) return;
  const name = named(event);
  if (!Object.hasOwn(ACTIONS, name)) return;
  if (name === "escape" && document.querySelector(":popover-open:not(#undone)")) return; // it closes that
  if (name !== "escape") event.preventDefault();
  ACTIONS[name]();
});

// A switch that is not as it comes is noted by its name: in the browser, not in the account.
for (const box of list.querySelectorAll("input")) {
  box.checked = box.defaultChecked !== Boolean(localStorage.getItem(box.name));
  box.addEventListener("change", () => {
    if (box.checked === box.defaultChecked) localStorage.removeItem(box.name);
    else localStorage.setItem(box.name, "1");
  });
}

if (isMac) for (const key of list.querySelectorAll("[data-modifier]")) key.textContent = "⌘";
