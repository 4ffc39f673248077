// The line to the server: where to go on after a break, and what to say while it is down.
// The extension reconnects by itself after these codes only; every other break is ours.

const RECONNECTED_BY_HTMX = [1006, 1011, 1012, 1013];
const FINAL = [4401, 4403, 4404];
const QUIET_MS = 2000;
const SLOWEST_MS = 30_000;

let attempts = 0;
let offlineTimer;

// Called for every connection, also the second and later ones, so the cursor is always the latest.
htmx.createWebSocket = (url) => {
  const address = new URL(url);
  const cursor = document.getElementById("cursor").value;
  if (cursor) address.searchParams.set("cursor", cursor);
  return new WebSocket(address);
};

function show(state) {
  for (const banner of document.querySelectorAll("[data-connection]")) {
    banner.hidden = banner.dataset.connection !== state;
  }
}

document.addEventListener("htmx:wsOpen", () => {
  attempts = 0;
  clearTimeout(offlineTimer);
  offlineTimer = undefined;
  show("");
});

document.addEventListener("htmx:wsClose", ({ detail }) => {
  const { code } = detail.event;
  if (FINAL.includes(code)) {
    clearTimeout(offlineTimer);
    show(String(code));
    return;
  }
  offlineTimer ??= setTimeout(show, QUIET_MS, "offline");
  if (RECONNECTED_BY_HTMX.includes(code)) return;
  const wait = Math.random() * Math.min(SLOWEST_MS, 1000 * 2 ** attempts++);
  setTimeout(() => detail.socketWrapper.reconnect(), wait);
});
