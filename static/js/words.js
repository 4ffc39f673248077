// The words of an element as they are laid out: formulas as they were written, lists with their
// numbers, tasks with their ticks, code without its heads.

function formulas(element) {
  return Array.from(element.querySelectorAll("math[alttext]"), (math) => {
    const written = new Text(math.getAttribute("alttext"));
    math.replaceWith(written);
    return () => written.replaceWith(math);
  });
}

function ticks(element) {
  return Array.from(element.querySelectorAll("li input"), (box) => {
    const tick = new Text(box.checked ? "[x]" : "[ ]");
    box.replaceWith(tick);
    return () => tick.replaceWith(box);
  });
}

function numbers(element) {
  return Array.from(element.querySelectorAll("ol > li"), (item) => {
    const place = Array.prototype.indexOf.call(item.parentElement.children, item);
    const number = new Text(`${item.parentElement.start + place}. `);
    (item.querySelector(":scope > p:first-child") ?? item).prepend(number);
    return () => number.remove();
  });
}

export function wordsOf(element) {
  const undo = [...formulas(element), ...ticks(element), ...numbers(element)];
  element.toggleAttribute("data-copying", true);
  const words = element.innerText;
  element.toggleAttribute("data-copying", false);
  for (const back of undo) back();
  return words;
}
