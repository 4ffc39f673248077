// Django's boxes to choose from draw pictures by CSS and give them a name, which only a picture may have.

addEventListener("load", () => {
  for (const drawn of document.querySelectorAll(".selector .help-tooltip[aria-label]")) drawn.role = "img";
});
