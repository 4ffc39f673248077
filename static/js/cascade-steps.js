// Moves the models of a cascade up and down, by button or by dragging; places are numbered anew.
// Without it the numbers are typed.

const group = document.getElementById("steps-group");
const words = document.getElementById("step-words")?.dataset;

const rows = () => [...group.querySelectorAll("tr.form-row:not(.empty-form)")];

const number = () => {
  rows().forEach((row, at) => {
    const chosen = row.querySelector("select[name$='-model_config']")?.value;
    row.querySelector("input[name$='-position']").value = chosen ? at + 1 : "";
  });
  group.dispatchEvent(new CustomEvent("steps:moved", { bubbles: true }));
};

const button = (word, sign, move) => {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "step-move", textContent: sign, title: word });
  made.setAttribute("aria-label", word);
  made.addEventListener("click", () => {
    move(made.closest("tr"));
    number();
    made.focus();
  });
  return made;
};

const up = (row) => rows().includes(row.previousElementSibling) && row.previousElementSibling.before(row);
const down = (row) => rows().includes(row.nextElementSibling) && row.nextElementSibling.after(row);

const equip = (row) => {
  const cell = row.querySelector(".field-position");
  if (!cell || cell.querySelector(".step-move")) return;
  const handle = document.createElement("span");
  Object.assign(handle, { className: "step-handle", draggable: true, textContent: "⠿", title: words.drag });
  handle.setAttribute("aria-hidden", "true");
  handle.addEventListener("dragstart", (event) => {
    event.dataTransfer.setDragImage(row, 0, 0);
    row.dataset.dragged = "";
  });
  handle.addEventListener("dragend", () => delete row.dataset.dragged);
  cell.prepend(handle);
  cell.append(button(words.up, "↑", up), button(words.down, "↓", down));
};

const drop = (event) => {
  const dragged = group.querySelector("tr[data-dragged]");
  const over = event.target.closest?.("tr.form-row:not(.empty-form)");
  if (!dragged || !over) return;
  event.preventDefault();
  if (event.type === "dragover") return;
  over[dragged.rowIndex < over.rowIndex ? "after" : "before"](dragged);
  number();
};

if (group) {
  rows().forEach(equip);
  document.addEventListener("formset:added", (event) => equip(event.target));
  group.addEventListener("dragover", drop);
  group.addEventListener("drop", drop);
}
