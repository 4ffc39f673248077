// Copies an answer as text or as Markdown, a block of code, or a field; the button says so for a moment.

import { wordsOf } from "./words.js";

const SHOWN_MS = 1500;

let undone; // why nothing was copied

// The clipboard exists on https and localhost only; elsewhere the text can be selected by hand.
document.documentElement.toggleAttribute("data-no-clipboard", !navigator.clipboard);

function textOf(element) {
  return "value" in element ? element.value : wordsOf(element);
}

// Who is signed out is led elsewhere, where there are words as well.
async function fetched(address) {
  const answer = await fetch(address);
  if (answer.redirected) undone = "signed-out";
  if (answer.redirected || !answer.ok) throw new Error(`The answer was not fetched: ${answer.status}`);
  return new Blob([await answer.text()], { type: "text/plain" });
}

function copied(button) {
  const { dataset } = button;
  if (dataset.code) return navigator.clipboard.writeText(button.closest(".code").querySelector("code").textContent);
  if (dataset.copy) return navigator.clipboard.writeText(textOf(document.getElementById(dataset.copy)));
  // A promise within the item: the click is over when the text is here.
  return navigator.clipboard.write([new ClipboardItem({ "text/plain": fetched(button.href) })]);
}

function say(how) {
  document.dispatchEvent(new CustomEvent(how, { detail: undone }));
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest('[data-copy], [data-copy-from], [data-code="copy"]');
  if (!button || !navigator.clipboard) return;
  event.preventDefault();
  undone = "uncopied";
  try {
    await copied(button);
  } catch (error) {
    console.warn(error);
    say("undone");
    return;
  }
  say("done");
  button.dataset.state = "copied";
  if ("closes" in button.dataset) button.closest("[popover]").hidePopover();
  setTimeout(() => delete button.dataset.state, SHOWN_MS);
});
