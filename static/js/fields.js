// What is swapped in must not take the focus away, nor what was typed and not sent yet.

const FOCUSABLE = "a[href], button, input, select, summary, textarea, [tabindex]";

let focused; // what has the focus and is about to be replaced: where it is, and what it says

// Few controls have an id; the others are found by what is around them.
function place(control) {
  const around = control.closest("[id]");
  if (!around) return null;
  const selected = [control.selectionStart, control.selectionEnd];
  return { id: around.id, at: controls(around).indexOf(control), says: said(control), selected };
}

function controls(around) {
  return [around, ...around.querySelectorAll(FOCUSABLE)];
}

// The one summary of what has an id may say something else by then.
function said(control) {
  if (control.matches("details[id] > summary")) return control.tagName;
  return `${control.tagName} ${control.textContent}`;
}

// What stands there is not what was kept; a form may say so.
function mark(field) {
  field.form?.toggleAttribute("data-typed", field.value !== field.defaultValue);
}

document.addEventListener("input", ({ target }) => mark(target));

document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  for (const field of detail.fragment.querySelectorAll("input[id], textarea[id]")) {
    const shown = document.getElementById(field.id);
    if (!shown || shown.value === shown.defaultValue) continue;
    field.value = shown.value;
    mark(field);
  }
  const there = place(document.activeElement);
  if (there && detail.fragment.querySelector(`#${CSS.escape(there.id)}`)) focused = there;
});

const turns = document.getElementById("turns");

// One version takes the place of another: who steps through them goes on where they are, and hears
// which one it is.
let stepped; // where the turn stood, and what the button says

document.addEventListener("htmx:oobBeforeSwap", ({ detail: { target } }) => {
  const control = document.activeElement;
  if (!target.matches(".turn, #turns") || !target.contains(control) || !control.closest(".versions")) return;
  stepped ??= { at: [...turns.children].indexOf(control.closest(".turn")), says: said(control) };
});

// So does whoever is putting its question in other words.
let edits; // of the turns, by their places, before the first of them is replaced

document.addEventListener("htmx:oobBeforeSwap", ({ detail: { target } }) => {
  if (!target.matches(".turn, #turns")) return;
  edits ??= [...turns.children].map((turn) => turn.querySelector(".edit"));
});

document.addEventListener("htmx:wsAfterMessage", () => {
  edits?.forEach((edit, at) => {
    const field = edit.querySelector("textarea");
    const other = turns.children[at]?.querySelector(".edit");
    if (!other || edit.isConnected || field.value === field.defaultValue) return;
    other.open = edit.open;
    other.querySelector("textarea").value = field.value;
  });
  edits = undefined;
});

document.addEventListener("htmx:wsAfterMessage", () => {
  const turn = stepped && turns.children[stepped.at];
  const buttons = [...(turn?.querySelectorAll(".versions button:enabled") ?? [])];
  const same = buttons.find((button) => said(button) === stepped.says);
  (same ?? buttons[0])?.focus({ preventScroll: true });
  const which = turn?.querySelector(".versions > .sr-only");
  if (which) document.getElementById("announcer").textContent = which.textContent;
  stepped = undefined;
});

document.addEventListener("htmx:oobAfterSwap", () => {
  const around = focused && document.getElementById(focused.id);
  const control = around && controls(around)[focused.at];
  if (control && (focused.at === 0 || said(control) === focused.says)) {
    control.focus({ preventScroll: true });
    const isText = [control.selectionStart, focused.selected[0]].every(Number.isInteger);
    if (isText) control.setSelectionRange(...focused.selected);
  }
  focused = undefined;
});

// A button goes with what it did: who pressed it by a key goes on at the one that took its place, or
// among the answers. Who clicked is not led to Stop, which the space bar would press.
let pressed; // the id of what stood around it

document.addEventListener("htmx:oobBeforeSwap", ({ detail: { target } }) => {
  const control = document.activeElement;
  if (target.contains(control) && control.matches("button:focus-visible")) pressed = target.id;
});

document.addEventListener("htmx:wsAfterMessage", () => {
  if (pressed && document.activeElement === document.body) {
    const controls = document.getElementById(pressed)?.querySelectorAll("button:enabled, summary") ?? [];
    const next = [...controls].findLast((control) => control.checkVisibility());
    (next ?? document.querySelector(".thread")).focus({ preventScroll: true });
  }
  pressed = undefined;
});
