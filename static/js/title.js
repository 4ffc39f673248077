// The tab is called as its conversation is, also when that is renamed. What stands before the title, as
// that it is archived, is an element of its own.

const AFTER = document.title.slice(document.title.lastIndexOf(" · "));

document.addEventListener("htmx:oobBeforeSwap", ({ detail: { fragment } }) => {
  const title = fragment.querySelector("#conversation-title")?.lastChild.data.trim();
  if (title) document.title = title + AFTER;
});
