// Copies an answer as text or as Markdown, a block of code, or a field; the button says so for a moment.

const SHOWN_MS = 1500;

// The clipboard exists on https and localhost only; elsewhere the text can be selected by hand.
document.documentElement.toggleAttribute("data-no-clipboard", !navigator.clipboard);

// As it is laid out, without the heads of its code.
function textOf(element) {
  if ("value" in element) return element.value;
  element.toggleAttribute("data-copying", true);
  const text = element.innerText;
  element.toggleAttribute("data-copying", false);
  return text;
}

async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`The answer could not be fetched: ${answer.status}`);
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
  document.dispatchEvent(new CustomEvent(how, { detail: "uncopied" }));
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest('[data-copy], [data-copy-from], [data-code="copy"]');
  if (!button || !navigator.clipboard) return;
  event.preventDefault();
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
