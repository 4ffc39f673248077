// How long something has taken so far, once it takes long; and how long until the next try. Counted
// by the server's clock, so that a reload goes on counting.

const LONG_S = 2;

const ahead = Date.now() - Number(document.getElementById("clock").value);

function show(element, seconds) {
  const words = `${seconds}\u00a0s`;
  if (element.textContent !== words) element.textContent = words;
}

function tick() {
  const now = Date.now() - ahead;
  for (const element of document.querySelectorAll("[data-since]")) {
    const seconds = Math.floor((now - Number(element.dataset.since)) / 1000);
    if (seconds >= LONG_S) show(element, seconds);
  }
  for (const element of document.querySelectorAll("[data-until]")) {
    const seconds = Math.max(0, Math.ceil((Number(element.dataset.until) - now) / 1000));
    show(element, seconds);
    element.closest(".attempt-note").hidden = seconds === 0; // that try is under way
  }
}

setInterval(tick, 500);
