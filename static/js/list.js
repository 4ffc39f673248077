// The list of conversations, anew when it has news. Its socket is a bell: the page asks for the list
// itself, not while somebody works in it, and says when it has it.

import { Watch } from "./alive.js";
import { whenAwake } from "./wake.js";

const SLOWEST_MS = 30_000;
const QUIET = 6; // ticks without a word, after which its bell is asked whether it is there
const list = document.getElementById("conversation-list");
const search = document.getElementById("search");

let shown = `?shown=${list.dataset.mark}`; // until the socket has said whether there is news since
let isDue = false;
let attempts = 0;
let socket; // the one that counts: one that was given up may still close
let reconnectTimer;
let isSignedOut = false;

let isOpening = false; // a title's field is on its way
const isRenamed = () => isOpening || list.querySelector(".rename") !== null;

function refresh() {
  isDue = search.value.trim() !== "" || isRenamed();
  if (!isDue) htmx.trigger(list, "news");
}

// What it tells of may come at any time.
const watch = new Watch({ isAwaited: (quiet) => quiet > QUIET, giveUp: connect });

function connect() {
  clearTimeout(reconnectTimer);
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const line = new WebSocket(`${scheme}//${location.host}/ws/list/${shown}`);
  socket?.close();
  socket = line;
  watch.follow(line);
  line.addEventListener("message", ({ data }) => {
    if (line !== socket) return;
    watch.hear();
    const { type, news } = JSON.parse(data);
    if (type === "alive") return;
    attempts = 0;
    shown = "";
    if (news) refresh();
    line.send("seen");
  });
  line.addEventListener("close", ({ code }) => {
    if (line !== socket) return;
    isSignedOut = code === 4401;
    if (isSignedOut) return;
    const wait = Math.random() * Math.min(SLOWEST_MS, 1000 * 2 ** attempts++);
    reconnectTimer = setTimeout(connect, wait + 500);
  });
}

// It comes with as many as it shows. Where that is more than the server gives at once the others are
// asked for after those, and all of it is shown together.
const AT_ONCE = 400;
let arrivals = 0;

const rows = (part = list) => part.querySelectorAll(".listed").length;

function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

async function whole(html) {
  const part = parsed(html);
  for (let missing = rows() - rows(part); missing > 0; missing = rows() - rows(part)) {
    const older = part.querySelector(".older [hx-get]");
    if (!older) break;
    const address = `${older.getAttribute("hx-get")}&shown=${missing}&held=${rows(part)}`;
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) return null;
    older.closest("li").replaceWith(parsed(await answer.text()));
  }
  const holder = document.createElement("div");
  holder.append(part);
  return holder.innerHTML;
}

// What meanwhile came, was typed or is looked for takes its place.
async function showWhole(html, arrival) {
  const content = await whole(html).catch(() => null);
  if (arrival !== arrivals || content === null) return;
  isDue = search.value.trim() !== "" || isRenamed();
  if (isDue) return;
  leave(list);
  htmx.swap(list, content, { swapStyle: "innerHTML", settleDelay: 0 }, { eventInfo: { target: list } });
}

document.addEventListener("htmx:configRequest", ({ detail: { elt, parameters } }) => {
  if (elt.matches(".conversation-list")) parameters.shown = rows(elt);
  else if (list.contains(elt) && elt.closest(".older")) parameters.held = rows();
});
list.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target === list) arrivals += 1;
  if (!detail.shouldSwap) return;
  const isList = detail.requestConfig.elt === list;
  if (isList && isRenamed()) {
    detail.shouldSwap = false; // it was asked for before a title became a field
    isDue = true;
  } else if (isList && rows() > AT_ONCE && rows(parsed(detail.serverResponse)) > 0) {
    detail.shouldSwap = false;
    showWhole(detail.serverResponse, arrivals);
  } else leave(detail.target);
});

// The one at its edge stays there for who has scrolled; what has the focus, by the address it leads to,
// has it afterwards too. Where that is gone, it can be taken back at the top; and what led to older ones
// hands it to the first of them.
let held; // { id, top }
let focused;
let isOlder = false;
let renamed; // the address whose title was a field: when that goes, it leaves the focus nowhere

const addressOf = (control) =>
  control.getAttribute("href") ?? control.closest(".deleted form")?.getAttribute("action");

function leave(target) {
  const { activeElement } = document;
  isOlder = target.matches(".older");
  if (list.contains(activeElement)) focused = addressOf(activeElement);
  else focused = activeElement === document.body ? renamed : undefined;
  if (target !== list || !list.scrollTop) return;
  const edge = list.getBoundingClientRect().top;
  const row = [...list.querySelectorAll(".listed")].find((it) => it.getBoundingClientRect().bottom > edge);
  held = row && { id: row.id, top: row.getBoundingClientRect().top };
}

function firstFrom(row) {
  if (!isOlder) return null;
  return row.querySelector("a") ?? (row.nextElementSibling && firstFrom(row.nextElementSibling));
}

function focusAgain(isList, came) {
  const address = CSS.escape(focused);
  const same = list.querySelector(`[href="${address}"], .deleted [action="${address}"] button`);
  const near = isList ? list.querySelector(".deleted button, .listed-link") : firstFrom(came);
  (same ?? near)?.focus({ preventScroll: true });
}

list.addEventListener("htmx:afterSwap", ({ target: came, detail }) => {
  const row = detail.target === list && held && list.querySelector(`#${CSS.escape(held.id)}`);
  if (row) list.scrollTop += row.getBoundingClientRect().top - held.top;
  held = undefined;
  if (focused) focusAgain(detail.target === list, came);
  focused = undefined;
  if (detail.target === list) renamed = undefined;
});

// Rename in place: F2 on a title or two clicks, Enter saves, Esc leaves it as it was.
async function rename(link) {
  const row = link.closest("li");
  renamed = link.getAttribute("href");
  isOpening = true;
  const how = { source: link, target: row, swap: "innerHTML" };
  await htmx.ajax("GET", link.dataset.rename, how).catch(() => {}); // undone.js says it
  isOpening = false;
  if (isDue) refresh();
}
list.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return; // 229: Safari's IME
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
whenAwake(() => {
  if (socket && !isSignedOut && socket.readyState !== WebSocket.CONNECTING) connect();
});
