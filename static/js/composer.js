// The composer: Enter sends, and no text is lost. What was typed leaves the field only
// when the turn it began is on the page.

// `crypto.randomUUID` exists on https and localhost only.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const form = document.getElementById("composer");
const prompt = document.getElementById("prompt");
const isLive = form.hasAttribute("ws-send");
const REPEATS = 5; // bad lines break in a row; but what breaks the line would break it for ever
const draftKey = `draft:${form.dataset.draft}`;
const sentKey = `sent:${form.dataset.draft}`;

let sent = null; // { clientId, text } of a prompt whose turn is not on the page yet

function grow() {
  if (CSS.supports("field-sizing", "content")) return;
  prompt.style.height = "auto";
  prompt.style.height = `${prompt.scrollHeight}px`;
}

function keep() {
  if (prompt.value) sessionStorage.setItem(draftKey, prompt.value);
  else sessionStorage.removeItem(draftKey);
}

// A frame may be lost with its line: a page that is loaded anew knows what is on its way as well.
function expectTurn(asked) {
  sent = asked;
  if (sent) sessionStorage.setItem(sentKey, JSON.stringify(sent));
  else sessionStorage.removeItem(sentKey);
}

function restore() {
  if (prompt.value) keep();
  else prompt.value = sessionStorage.getItem(draftKey) ?? "";
  grow();
}

// A first prompt is sent by leaving the page it was written on; it has arrived when it is here, asked
// or, where it was refused, in the field.
function forgetFirstPrompt() {
  const first = document.querySelector(".prompt-text")?.textContent ?? prompt.value;
  const key = `draft:${form.dataset.firstDraft}`;
  if (sessionStorage.getItem(key)?.trim() !== first.trim()) return;
  sessionStorage.removeItem(key);
  form.dispatchEvent(new Event("composer:first-sent"));
}

const isOnPage = (clientId) => document.querySelector(`[data-client-id="${CSS.escape(clientId)}"]`) !== null;

function settle() {
  if (!sent) return;
  if (isOnPage(sent.clientId)) {
    const { text, next } = sent;
    expectTurn(null);
    if (prompt.value === text) prompt.value = "";
    form.dispatchEvent(new Event("composer:sent"));
    form.elements.client_id.value = newId();
    keep();
    grow();
    if (next && next === prompt.value) form.requestSubmit();
  } else if (document.querySelector("#notice [data-draining]")) {
    sent.repeats = 0; // the server that is reached next is asked
  } else if (document.getElementById("notice").textContent.trim()) {
    sent.isLost = true; // refused, with a sentence, or so it seems; the text stays
  }
}

const isTouch = matchMedia("(pointer: coarse)");

prompt.addEventListener("keydown", (event) => {
  const isPlainEnter = event.key === "Enter" && !event.shiftKey && !event.isComposing;
  if (!isPlainEnter || event.keyCode === 229 || isTouch.matches) return; // 229: Safari's IME
  event.preventDefault();
  if (prompt.value.trim()) form.requestSubmit();
});

// Why it was refused is not true of other words; that an answer is being written or that a server is
// going away still is.
function forgetRefusal() {
  const isTrue = document.querySelector('.turn[aria-busy="true"], #notice [data-draining]');
  if ((!sent || sent.isLost) && !isTrue) document.getElementById("notice").replaceChildren();
}

prompt.addEventListener("input", () => {
  keep();
  grow();
  forgetRefusal();
});

// That the server could not be reached: `undone`, or not any more.
function tell(what) {
  document.dispatchEvent(new CustomEvent(what, { detail: "away" }));
}

// One at a time: what is sent meanwhile waits until it is known what became of the one before. A tab
// that was duplicated has the id of what the other one asked.
function send(event) {
  if (sent && !sent.isLost) {
    event.preventDefault();
    event.stopImmediatePropagation();
    sent.next = prompt.value;
    return;
  }
  const { client_id: id } = form.elements;
  if (isOnPage(id.value) || (sent && sent.text !== prompt.value)) id.value = newId();
  tell("done");
  expectTurn({ clientId: id.value, text: prompt.value, repeats: 0 });
}

// Asked again with the same id, it counts once.
function recall() {
  sent = JSON.parse(sessionStorage.getItem(sentKey));
  if (!sent) return;
  sent.isLost = true;
  form.elements.client_id.value = sent.clientId;
  settle();
}

if (isLive) {
  form.addEventListener("submit", send, { capture: true });
  form.addEventListener("htmx:wsConfigSend", ({ detail }) => {
    sent.message = detail.messageBody = JSON.stringify({ ...detail.parameters });
  });
  document.addEventListener("htmx:wsAfterMessage", settle);
  // A line that had died silently may have swallowed the prompt; its id keeps it from counting twice.
  document.addEventListener("htmx:wsOpen", ({ detail }) => {
    if (!sent || sent.isLost) return;
    sent.isLost = sent.repeats === REPEATS;
    sent.repeats += 1;
    if (sent.isLost) tell("undone");
    else detail.socketWrapper.send(sent.message, form);
  });
  forgetFirstPrompt();
}

restore();
if (isLive) recall();
if (!isTouch.matches) prompt.focus({ preventScroll: true }); // a keyboard on the screen covers it
