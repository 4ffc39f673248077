// Staying at the end while an answer is written, unless the reader has scrolled up; then the line
// they are reading stays where it is, whatever folds or grows above it.

const thread = document.querySelector(".thread");
const turns = document.getElementById("turns");
const jump = document.querySelector(".jump");
const UNPIN_PX = 3;
const NEAR_END_PX = 24;

let pinned = true;
let lastTop = 0;
let held = null; // { element, top } of what the reader looks at while a frame is swapped in

function fromEnd() {
  return thread.scrollHeight - thread.scrollTop - thread.clientHeight;
}

function pin(value) {
  pinned = value;
  jump.hidden = pinned || fromEnd() <= NEAR_END_PX;
}

// Every move of ours is noted, so that one we did not make is the reader's.
function moveTo(top) {
  thread.scrollTop = top;
  lastTop = thread.scrollTop;
}

function follow() {
  if (pinned) moveTo(thread.scrollHeight);
  else pin(false);
}

function firstVisible() {
  const edge = thread.getBoundingClientRect().top;
  for (const element of turns.querySelectorAll(".prompt-text, .prose > *")) {
    const box = element.getBoundingClientRect();
    if (box.height && box.bottom > edge) return { element, top: box.top };
  }
  return null;
}

thread.addEventListener("scroll", () => {
  const isDown = thread.scrollTop > lastTop;
  if (fromEnd() <= (isDown ? NEAR_END_PX : UNPIN_PX)) pin(true);
  else if (thread.scrollTop < lastTop - UNPIN_PX) pin(false);
  lastTop = thread.scrollTop;
});

document.addEventListener("htmx:wsBeforeMessage", () => {
  held = pinned ? null : firstVisible();
});

document.addEventListener("htmx:wsAfterMessage", () => {
  if (pinned) follow();
  else if (held?.element.isConnected && held.element.checkVisibility()) {
    moveTo(thread.scrollTop + held.element.getBoundingClientRect().top - held.top);
  }
});

const observer = new ResizeObserver(follow);
observer.observe(turns);
observer.observe(thread);

// Who opens something wants to read it, wherever the answer has got to meanwhile.
turns.addEventListener("click", ({ target }) => {
  if (target.closest("summary")) pinned = false;
});

turns.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.matches(".receipt[open]")) target.scrollIntoView({ block: "nearest" });
  },
  { capture: true },
);

jump.addEventListener("click", () => {
  pin(true);
  follow();
});

document.getElementById("composer").addEventListener("submit", () => pin(true));

follow();
