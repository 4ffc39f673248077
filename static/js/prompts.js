// Saved prompts: `/` in an empty question, or the button beside it, opens them; typing finds one,
// the arrows and Enter or a tap choose it, and its first blank is selected to be filled in. Tab leads
// to the next one, and after the last on through the page.

const BLANK = /\{\{[^{}\n]+\}\}/g;

const menu = document.getElementById("prompts-menu");
const field = document.getElementById("prompts-field");
const list = document.getElementById("prompts-list");
const none = menu.querySelector(".prompts-none");
const prompt = document.getElementById("prompt");

let typed = ""; // what goes back into the question when nothing is chosen

const shown = () => [...list.querySelectorAll("[role=option]:not([hidden])")];
const active = () => list.querySelector("[aria-selected=true]");

function activate(option) {
  active()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) field.setAttribute("aria-activedescendant", option.id);
  else field.removeAttribute("aria-activedescendant");
}

function find() {
  const words = field.value.toLocaleLowerCase().split(/\s+/);
  for (const option of list.children) {
    const text = `${option.textContent} ${option.dataset.text}`.toLocaleLowerCase();
    option.hidden = !words.every((word) => text.includes(word));
  }
  const found = shown();
  activate(found[0]);
  none.textContent = found.length ? "" : list.children.length ? none.dataset.unfound : none.dataset.none;
}

// What cannot be had is said by undone.js.
function open() {
  field.value = "";
  none.textContent = "";
  list.replaceChildren();
  menu.showPopover();
  field.focus();
  const how = { source: field, target: list, swap: "innerHTML" };
  htmx.ajax("GET", menu.dataset.from, how).catch(() => {});
}

list.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target === list) find();
});

function close() {
  typed = "";
  menu.hidePopover();
}

// Who went on elsewhere stays there.
function fill(text) {
  prompt.value = text;
  prompt.dispatchEvent(new Event("input", { bubbles: true }));
  const { activeElement } = document;
  if (![document.body, prompt].includes(activeElement) && !menu.contains(activeElement)) return;
  prompt.focus();
  prompt.setSelectionRange(text.length, text.length);
}

function selectBlank(from) {
  BLANK.lastIndex = from;
  const blank = BLANK.exec(prompt.value);
  if (blank) prompt.setSelectionRange(blank.index, BLANK.lastIndex);
  return blank !== null;
}

// Beside what is typed already, and so that it can be undone.
function choose(option) {
  const { text } = option.dataset;
  close();
  prompt.focus();
  const at = prompt.selectionStart;
  document.execCommand("insertText", false, text);
  if (text.search(BLANK) >= 0) selectBlank(at);
}

// By what was typed and not by the key: keyboards on screens name none.
prompt.addEventListener("input", (event) => {
  if (prompt.value !== "/" || event.data !== "/") return;
  typed = "/";
  fill("");
  open();
});

prompt.addEventListener("keydown", (event) => {
  if (event.key !== "Tab" || event.shiftKey) return;
  if (selectBlank(prompt.selectionEnd)) event.preventDefault();
});

field.addEventListener("input", find);

field.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return; // 229: Safari's IME
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    const all = shown();
    activate(all.at((all.indexOf(active()) + step) % all.length));
  } else if (event.key === "Enter" && active()) choose(active());
  else return;
  event.preventDefault();
});

list.addEventListener("click", ({ target }) => {
  const option = target.closest("[role=option]");
  if (option) choose(option);
});

// Escape, a tap elsewhere: what was typed is a question after all.
menu.addEventListener("toggle", ({ newState }) => {
  field.setAttribute("aria-expanded", String(newState === "open"));
  if (newState === "open" || !typed) return;
  fill(typed + field.value);
  typed = "";
});

for (const button of document.querySelectorAll(".prompts-open")) button.addEventListener("click", open);
