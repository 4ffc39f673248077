// Staying at the end while an answer is written, unless the reader has scrolled up; then the line
// they are reading stays where it is, whatever folds or grows above it.

const thread = document.querySelector(".thread");
const turns = document.getElementById("turns");
const jump = document.querySelector(".jump");
const UNPIN_PX = 3;
const NEAR_END_PX = 24;

let pinned = true;
let lastTop = 0;
let lastHeight = 0;
let held = null; // { element, top } of what the reader looks at while a frame is swapped in

function toEnd() {
  thread.scrollTop = thread.scrollHeight;
}

function pin(value) {
  pinned = value;
  jump.hidden = pinned;
}

function fromEnd() {
  return thread.scrollHeight - thread.scrollTop - thread.clientHeight;
}

thread.addEventListener("scroll", () => {
  const shrank = thread.scrollHeight < lastHeight; // the browser moved, not the reader
  if (fromEnd() <= NEAR_END_PX && thread.scrollTop >= lastTop) pin(true);
  else if (!shrank && thread.scrollTop <= lastTop - UNPIN_PX) pin(false);
  lastTop = thread.scrollTop;
  lastHeight = thread.scrollHeight;
});

function firstVisible() {
  const edge = thread.getBoundingClientRect().top;
  for (const element of turns.querySelectorAll(".prompt-text, .prose > *")) {
    const box = element.getBoundingClientRect();
    if (box.height && box.bottom > edge) return { element, top: box.top };
  }
  return null;
}

document.addEventListener("htmx:wsBeforeMessage", () => {
  held = pinned ? null : firstVisible();
});

document.addEventListener("htmx:wsAfterMessage", () => {
  if (!held?.element.isConnected || !held.element.checkVisibility()) return;
  thread.scrollTop += held.element.getBoundingClientRect().top - held.top;
});

new ResizeObserver(() => {
  if (pinned) toEnd();
}).observe(turns);

new ResizeObserver(() => {
  if (pinned) toEnd();
}).observe(thread);

jump.addEventListener("click", () => {
  pin(true);
  toEnd();
});

document.getElementById("composer").addEventListener("submit", () => pin(true));

toEnd();
