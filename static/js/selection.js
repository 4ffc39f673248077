// What a reader has selected stays so where it lies in the tail, which is replaced by the same words and
// more: an end that lies there is known by how many letters stand between it and the last whole block.
// So does the place where a mouse was pressed, from which it will select.

let kept; // of the selection, since a message came: its ends, and whether either is its start

// Code has buttons in its head once it is whole, and between blocks there are blanks.
function lettersOf(body) {
  const isRead = (text) => text.data.trim() !== "" && !text.parentElement.closest("figcaption");
  return document.createTreeWalker(body, NodeFilter.SHOW_TEXT, (text) =>
    isRead(text) ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_REJECT,
  );
}

function lettersAfter({ body, last }) {
  const walker = lettersOf(body);
  walker.currentNode = last;
  return walker;
}

function count(walker, node, offset) {
  const point = new Range();
  point.setStart(node, offset);
  let letters = 0;
  for (let text; (text = walker.nextNode()); letters += text.length) {
    if (text === node) return letters + offset;
    if (point.comparePoint(text, 0) >= 0) break;
  }
  return letters;
}

function endAt(node, offset) {
  const tail = (node.closest ? node : node.parentElement)?.closest("[data-tail]");
  if (!tail) return { node, offset };
  const body = tail.parentElement;
  const sheets = tail.previousElementSibling;
  const walker = lettersOf(body);
  walker.currentNode = sheets;
  const last = walker.lastChild() ?? sheets;
  return { node, offset, body, last, letters: count(lettersAfter({ body, last }), node, offset) };
}

// Where an end is now, if it is still there. What begins with a block does not begin before it.
function placeOf({ node, offset, body, last, letters }, isStart) {
  if (!body || (node.isConnected && node.nodeType === Node.TEXT_NODE)) return [node, offset];
  if (!last.isConnected) return null;
  const walker = lettersAfter({ body, last });
  let left = letters;
  for (let text; (text = walker.nextNode()); left -= text.length) {
    if (isStart ? left < text.length : left <= text.length) return [text, left];
  }
  return null;
}

document.addEventListener("htmx:wsBeforeMessage", () => {
  kept = undefined;
  const selection = getSelection();
  if (selection.rangeCount === 0) return;
  const { anchorNode, anchorOffset, focusNode, focusOffset } = selection;
  const { startContainer, startOffset } = selection.getRangeAt(0);
  const ends = [endAt(anchorNode, anchorOffset), endAt(focusNode, focusOffset)];
  const isForward = startContainer === anchorNode && startOffset === anchorOffset;
  const isStart = selection.isCollapsed ? [false, false] : [isForward, !isForward];
  if (ends.some(({ body }) => body)) kept = { ends, isStart };
});

document.addEventListener("htmx:oobAfterSwap", ({ detail: { target } }) => {
  if (!kept || !target.matches("[data-tail]")) return;
  const [anchor, focus] = kept.ends.map((end, at) => placeOf(end, kept.isStart[at]));
  if (anchor && focus) getSelection().setBaseAndExtent(...anchor, ...focus);
});
