// The list of conversations, anew when it has news. Its socket is a bell: the page asks for the list
// itself, not while somebody works in it, and says when it has it.

const SLOWEST_MS = 30_000;
const list = document.getElementById("conversation-list");
const search = document.getElementById("search");

let isFirst = true;
let isDue = false;
let attempts = 0;
let socket;

const shownLive = () => Array.from(list.querySelectorAll("[data-live]"), (dot) => dot.dataset.live);

function isInUse() {
  return search.value.trim() !== "" || list.querySelector(".rename") !== null;
}

function refresh() {
  isDue = isInUse();
  if (!isDue) htmx.trigger(list, "news");
}

function isNews({ live }) {
  if (!isFirst) return true;
  isFirst = false;
  return live.toSorted().join() !== shownLive().toSorted().join();
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(`${scheme}//${location.host}/ws/list/`);
  socket.addEventListener("message", ({ data }) => {
    attempts = 0;
    if (isNews(JSON.parse(data))) refresh();
    socket.send("seen");
  });
  socket.addEventListener("close", ({ code }) => {
    if (code === 4401) return;
    const wait = Math.random() * Math.min(SLOWEST_MS, 1000 * 2 ** attempts++);
    setTimeout(connect, wait + 500);
  });
}

// What has the focus, by its id or by the address it leads to, has it afterwards too.
let focused;
let renamed; // the address whose title was a field: when that goes, it leaves the focus nowhere
list.addEventListener("htmx:beforeSwap", () => {
  const { activeElement } = document;
  if (list.contains(activeElement)) focused = activeElement.getAttribute("href");
  else focused = activeElement === document.body ? renamed : undefined;
});
list.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (focused) list.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  focused = undefined;
  if (detail.target === list) renamed = undefined;
});

// Rename in place: F2 on a title or two clicks, Enter saves, Esc leaves it as it was.
function rename(link) {
  const row = link.closest("li");
  renamed = link.getAttribute("href");
  htmx.ajax("GET", link.dataset.rename, { target: row, swap: "innerHTML" });
}
list.addEventListener("keydown", (event) => {
  const link = event.target.closest("[data-rename]");
  if (event.key === "F2" && link) rename(link);
  if (event.key === "Escape" && event.target.closest(".rename")) {
    event.preventDefault(); // it stops no answer, and closes no drawer
    event.target.closest(".rename").remove();
    htmx.trigger(list, "news");
  }
});

document.body.addEventListener("listed", () => {
  list.querySelector(".rename")?.remove();
  refresh();
});
search.addEventListener("input", () => {
  if (isDue && search.value.trim() === "") refresh();
});

// Not sooner: until then htmx would not hear of the news, and other scripts may still be on their way.
document.addEventListener("DOMContentLoaded", connect);
