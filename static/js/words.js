// The words of an element as they are laid out: formulas as they were written, lists with their
// numbers, code without its heads.

function formulas(element) {
  return Array.from(element.querySelectorAll("math[alttext]"), (math) => {
    const written = new Text(math.getAttribute("alttext"));
    math.replaceWith(written);
    return () => written.replaceWith(math);
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
  const undo = [...formulas(element), ...numbers(element)];
  element.toggleAttribute("data-copying", true);
  const words = element.innerText;
  element.toggleAttribute("data-copying", false);
  for (const back of undo) back();
  return words;
}
