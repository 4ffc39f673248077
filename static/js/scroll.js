// Staying at the end while an answer is written, unless the reader has scrolled up; then the line
// they are reading stays where it is, whatever folds or grows above it.

const thread = document.querySelector(".thread");
const turns = document.getElementById("turns");
const jump = document.querySelector(".jump");
const UNPIN_PX = 2; // this much up, and it is the reader's
const NEAR_END_PX = 24;
const MOVING_MS = 500; // after the last a reader did to scroll

let pinned = true;
let lastTop = 0;
let held = null; // { element, top } of what the reader looks at while a frame is swapped in
let opened = null; // a details the reader has just opened, until they move

function fromEnd() {
  return thread.scrollHeight - thread.scrollTop - thread.clientHeight;
}

function pin(value) {
  pinned = value;
  if (pinned) opened = null;
  const isAtEnd = pinned || fromEnd() <= NEAR_END_PX;
  if (jump.hidden !== isAtEnd) jump.hidden = isAtEnd;
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
  const isSeen = (element) => {
    const box = element.getBoundingClientRect();
    return box.height && box.bottom > edge;
  };
  const whole = [...turns.querySelectorAll(".prompt-text, .prose")].find(isSeen);
  if (!whole) return null;
  const element = [...whole.children].find(isSeen) ?? whole;
  return { element, top: element.getBoundingClientRect().top };
}

// What is swapped may be shorter for a moment, and the browser then scrolls up: not the reader, who
// moves a wheel, a finger, a pointer or presses a key to do so. Who finds a word in the page does none
// of these, but is led further.
let isSwapped = false;
let movedAt = -Infinity;
function moves({ target }) {
  if (target.closest?.("textarea, input, select")) return;
  movedAt = performance.now();
  opened = null;
}
for (const type of ["wheel", "touchmove", "pointerdown", "keydown"]) {
  document.addEventListener(type, moves, { passive: true });
}

thread.addEventListener("scroll", () => {
  const isJump = lastTop - thread.scrollTop > thread.clientHeight / 2;
  if (pinned && isSwapped && !isJump && performance.now() - movedAt > MOVING_MS) return follow();
  const isDown = thread.scrollTop > lastTop;
  if (opened) pin(false);
  else if (isDown ? fromEnd() <= NEAR_END_PX : fromEnd() < UNPIN_PX) pin(true);
  else if (thread.scrollTop <= lastTop - UNPIN_PX) pin(false);
  lastTop = thread.scrollTop;
});

document.addEventListener("htmx:wsBeforeMessage", () => {
  held = pinned ? null : firstVisible();
  isSwapped = true;
  requestAnimationFrame(() => (isSwapped = false)); // scrolling is told before that
});

// A turn that is shown anew has the size it had, also of what is not on the screen: there a browser
// guesses, moves what is read by it, and tells nobody where the size is the old one in the end.
const sizes = new CSSStyleSheet();
const sizeOf = new Map(); // id of a sheet -> its rule
document.adoptedStyleSheets.push(sizes);

document.addEventListener("htmx:oobBeforeSwap", ({ detail: { fragment } }) => {
  const shown = [...fragment.querySelectorAll(".sheet")].map(({ id }) => document.getElementById(id));
  for (const sheet of shown.filter(Boolean)) {
    const { height } = sheet.getBoundingClientRect();
    sizeOf.set(sheet.id, `#${CSS.escape(sheet.id)} { contain-intrinsic-block-size: auto ${height}px; }`);
  }
  if (shown.some(Boolean)) sizes.replaceSync([...sizeOf.values()].join(""));
});

// Who is at the end follows what grew once it is laid out, which needs no measuring here.
document.addEventListener("htmx:wsAfterMessage", () => {
  if (held?.element.isConnected && held.element.checkVisibility()) {
    const moved = held.element.getBoundingClientRect().top - held.top;
    if (moved) moveTo(thread.scrollTop + moved); // to where it is already ends a smooth scroll
  }
});

const observer = new ResizeObserver(follow);
observer.observe(turns);
observer.observe(thread);

// Who opens something wants to read it, wherever the answer has got to meanwhile: it comes into view,
// and so does what is loaded into it, until the reader moves.
const isStill = matchMedia("(prefers-reduced-motion: reduce)");
const AROUND = { fold: ".attempt", edit: ".prompt" }; // what is opened lies beside these

function reveal() {
  const whole = opened.closest(AROUND[opened.className] ?? "details");
  whole.scrollIntoView({ block: "nearest", behavior: isStill.matches ? "instant" : "smooth" });
}

turns.addEventListener("click", ({ target }) => {
  const details = target.closest("summary")?.parentElement;
  if (!details) return;
  pinned = false;
  opened = details.open ? null : details;
});

turns.addEventListener(
  "toggle",
  ({ target }) => {
    if (target === opened && target.open) reveal();
  },
  { capture: true },
);
turns.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (opened?.contains(detail.target)) reveal();
});

jump.addEventListener("click", () => {
  pin(true);
  follow();
});

// Whoever asks, again or in other words, wants to see the answer.
document.addEventListener("submit", ({ target }) => {
  if (target.closest("#composer, .edit, .retry")) pin(true);
});

// Who came for one turn, as by a search, is led there; others to the end.
const sought = location.hash && document.getElementById(location.hash.slice(1));
if (sought && turns.contains(sought)) {
  pin(false);
  sought.scrollIntoView();
  lastTop = thread.scrollTop;
} else {
  follow();
}
