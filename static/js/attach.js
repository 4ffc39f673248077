// A long text that is pasted becomes a file beside the question: it is sent with it, kept with the
// draft of this tab, and can be taken off again.

const LONG = 4000; // characters

const form = document.getElementById("composer");
const list = document.getElementById("attached");
const note = document.getElementById("attached-note");
const pattern = document.getElementById("attachment");
const key = `attached:${form.dataset.draft}`;
const most = Number(list.dataset.most);

function texts() {
  return [...list.querySelectorAll("textarea")].map((field) => field.value);
}

function keep() {
  if (list.children.length) sessionStorage.setItem(key, JSON.stringify(texts()));
  else sessionStorage.removeItem(key);
}

function add(text) {
  const item = pattern.content.cloneNode(true).firstElementChild;
  const name = `pasted-${list.children.length + 1}.txt`;
  item.querySelector("b").textContent = name;
  item.querySelector(".figure").textContent = text.length.toLocaleString(document.documentElement.lang);
  item.querySelector("input").value = name;
  item.querySelector("textarea").value = text;
  list.append(item);
}

// What has been sent is on the page now; a first prompt was sent by leaving the page it was on.
function forget(path) {
  sessionStorage.removeItem(`attached:${path}`);
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
  keep();
  form.dispatchEvent(new Event("input", { bubbles: true }));
});

list.addEventListener("click", ({ target }) => {
  if (!target.closest("button")) return;
  target.closest("li").remove();
  note.textContent = "";
  keep();
  form.dispatchEvent(new Event("input", { bubbles: true }));
  document.getElementById("prompt").focus();
});

form.addEventListener("composer:sent", () => {
  list.replaceChildren();
  note.textContent = "";
  keep();
});
form.addEventListener("composer:first-sent", () => forget("/"));

// What came with a prompt that was refused is here already.
if (list.children.length) keep();
else for (const text of JSON.parse(sessionStorage.getItem(key) ?? "[]")) add(text);
