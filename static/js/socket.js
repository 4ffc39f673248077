// The line to the server: where to go on after a break, what was received, and what to say while it
// is down.

import { Watch } from "./alive.js";
import { whenAwake } from "./wake.js";

const GONE = 4404;
const FINAL = [4401, GONE];
const QUIET_MS = 2000;
const HELD_MS = 500; // some lines are accepted only to be told why they are closed
const SLOWEST_MS = 30_000;
const ACKNOWLEDGED = 32 * 1024; // characters; the server sends four times that ahead
const NEVER_MS = 2 ** 31 - 1; // the most a timer takes

let attempts = 0;
let heldTimer;
let lost; // why the line is down, as of its last break
let offlineTimer;
let reconnectTimer;
let socket; // the one that counts: closing an older one says nothing
let wrapper;
let gone; // the line of a conversation that was deleted, which may be taken back
let unheard = []; // what was sent, as long as nothing has come since

const watch = new Watch({ isAwaited, giveUp });

// The server sends no more than this page can take. A message is handled when its task is over.
function acknowledge(line) {
  let count = 0;
  let waiting = 0;
  const tell = () => {
    if (waiting < ACKNOWLEDGED || line.readyState !== WebSocket.OPEN) return;
    line.send(JSON.stringify({ type: "seen", count }));
    waiting = 0;
  };
  line.addEventListener("message", ({ data }) => {
    unheard = [];
    watch.hear();
    count += 1;
    waiting += data.length;
    if (waiting >= ACKNOWLEDGED) setTimeout(tell);
  });
}

// The extension's timers cannot be called off when the line is back before they are over: every break
// is ours.
htmx.config.wsReconnectDelay = () => NEVER_MS;

// Two lines would bring everything twice. The extension closes an older one only if it is open already.
function letGo(line) {
  line.onclose = null;
  line.close();
}

// Called for every connection, also the second and later ones, so the cursor is always the latest.
htmx.createWebSocket = (url) => {
  const address = new URL(url);
  const cursor = document.getElementById("cursor").value;
  if (cursor) address.searchParams.set("cursor", cursor);
  clearTimeout(reconnectTimer);
  if (socket) letGo(socket);
  socket = new WebSocket(address);
  watch.follow(socket);
  acknowledge(socket);
  return socket;
};

function show(state) {
  for (const banner of document.querySelectorAll("[data-connection]")) {
    banner.hidden = banner.dataset.connection !== state;
  }
}

function explained(code) {
  return document.querySelector(`[data-connection="${code}"]`) ? String(code) : "offline";
}

function beQuiet() {
  clearTimeout(offlineTimer);
  offlineTimer = undefined;
}

function held() {
  attempts = 0;
  beQuiet();
  gone = undefined;
  show("");
}

document.addEventListener("htmx:wsOpen", ({ detail }) => {
  wrapper = detail.socketWrapper;
  clearTimeout(heldTimer);
  heldTimer = setTimeout(held, HELD_MS);
});

document.addEventListener("htmx:wsClose", ({ detail }) => {
  if (detail.event.target !== socket) return;
  clearTimeout(heldTimer);
  const { code } = detail.event;
  wrapper = detail.socketWrapper;
  if (FINAL.includes(code)) {
    beQuiet();
    gone = code === GONE ? wrapper : undefined;
    wrapper = undefined;
    show(String(code));
    return;
  }
  connectAgain(explained(code));
});

function connectAgain(why) {
  lost = why;
  if (document.querySelector("[data-connection]:not([hidden])")) show(lost);
  else offlineTimer ??= setTimeout(() => show(lost), QUIET_MS);
  const wait = Math.random() * Math.min(SLOWEST_MS, 1000 * 2 ** attempts++);
  reconnectTimer = setTimeout(() => wrapper.reconnect(), wait);
}

document.addEventListener("htmx:wsAfterSend", ({ target, detail: { message } }) => {
  unheard.push({ target, message });
});

// What its line may have swallowed counts once, however often it comes. composer.js sees to its own.
document.addEventListener("htmx:wsOpen", ({ detail }) => {
  for (const { target, message } of unheard.splice(0)) {
    if (target.id !== "composer") detail.socketWrapper.send(message);
  }
});

function isAwaited() {
  return unheard.length > 0 || document.querySelector('.turn[aria-busy="true"]') !== null;
}

function giveUp() {
  if (socket.readyState === WebSocket.CONNECTING) return socket.close();
  clearTimeout(heldTimer);
  letGo(socket);
  connectAgain("offline");
}

// The next words would be lost in a line that is dead.
whenAwake(() => {
  if (wrapper && socket.readyState !== WebSocket.CONNECTING) wrapper.reconnect();
});

// The list tells of it.
document.getElementById("conversation-list").addEventListener("htmx:afterSwap", () => gone?.reconnect());
