// A long text that is pasted becomes a file beside the question: it is sent with it, kept with the
// draft of this tab, and can be taken off again.

const LONG = 4000; // characters

const form = document.getElementById("composer");
const list = document.getElementById("attached");
const note = document.getElementById("attached-note");
const told = document.getElementById("attached-told"); // to who cannot see that it is there
const pattern = document.getElementById("attachment");
const key = `attached:${form.dataset.draft}`;
const most = Number(list.dataset.most);

function texts() {
  return [...list.querySelectorAll("textarea")].map((field) => field.value);
}

function keep() {
  const kept = [...list.children].map((item) => [item.querySelector("textarea").value, item.dataset.sent]);
  if (kept.length) sessionStorage.setItem(key, JSON.stringify(kept));
  else sessionStorage.removeItem(key);
}

// One that was taken off leaves its number behind.
function freeName() {
  const names = [...list.querySelectorAll("b")].map((name) => name.textContent);
  let number = names.length + 1;
  while (names.includes(`pasted-${number}.txt`)) number += 1;
  return `pasted-${number}.txt`;
}

function add(text, sent) {
  const item = pattern.content.cloneNode(true).firstElementChild;
  const name = freeName();
  for (const place of item.querySelectorAll("[data-name]")) place.textContent = name;
  item.querySelector(".figure").textContent = text.length.toLocaleString(document.documentElement.lang);
  item.querySelector("input").value = name;
  item.querySelector("textarea").value = text;
  if (sent) item.dataset.sent = sent;
  list.append(item);
}

document.getElementById("prompt").addEventListener("paste", (event) => {
  const text = event.clipboardData.getData("text/plain").replaceAll("\r\n", "\n");
  if (text.length <= LONG) return;
  event.preventDefault();
  note.textContent = "";
  const inAll = texts().reduce((sum, one) => sum + one.length, text.length);
  if (inAll > most || list.children.length >= Number(list.dataset.count)) {
    note.textContent = note.dataset.full.replace("{}", inAll.toLocaleString(document.documentElement.lang));
    return;
  }
  add(text);
  told.textContent = list.lastElementChild.querySelector("span").textContent;
  keep();
  form.dispatchEvent(new Event("input", { bubbles: true }));
});

list.addEventListener("click", ({ target }) => {
  if (!target.closest("button")) return;
  target.closest("li").remove();
  note.textContent = told.textContent = "";
  keep();
  form.dispatchEvent(new Event("input", { bubbles: true }));
  document.getElementById("prompt").focus();
});

// What is pasted while a question is on its way belongs to the next one.
form.addEventListener("submit", () => {
  for (const item of list.children) item.dataset.sent = "sent";
  keep();
});
form.addEventListener("composer:sent", () => {
  for (const item of list.querySelectorAll("[data-sent]")) item.remove();
  note.textContent = told.textContent = "";
  keep();
});
// What has been sent is on the page now; a first prompt was sent by leaving the page it was on.
form.addEventListener("composer:first-sent", () => {
  sessionStorage.removeItem(`attached:${form.dataset.firstDraft}`);
});

// What came with a prompt that was refused is here already.
if (list.children.length) keep();
else for (const [text, sent] of JSON.parse(sessionStorage.getItem(key) ?? "[]")) add(text, sent);
