// How much of a file has been sent, and that it is being read. Without a script the form sends itself.

function tell(form, sent) {
  const going = form.querySelector(".import-going");
  const bar = going.querySelector("progress");
  going.hidden = false;
  if (sent < 1) bar.value = sent;
  else bar.removeAttribute("value");
  const phase = sent < 1 ? going.dataset.sending : going.dataset.reading;
  const told = going.querySelector("span");
  if (told.textContent !== phase) told.textContent = phase; // each change is read aloud
}

function fail(form) {
  form.querySelector(".import-going").hidden = true;
  form.querySelector("button").disabled = false;
  form.querySelector(".import-lost").hidden = false;
}

// A refusal is the same page, with a sentence; anything else is a page to go to.
function show(form, request) {
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const refused = request.status === 400 && page.querySelector("form.import");
  if (refused) form.replaceWith(refused);
  else if (request.status === 200) location.assign(request.responseURL);
  else fail(form);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form.import")) return;
  event.preventDefault();
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", ({ loaded, total }) => tell(form, loaded / total));
  request.addEventListener("load", () => show(form, request));
  request.addEventListener("error", () => fail(form));
  request.open("POST", form.action);
  request.send(new FormData(form));
  form.querySelector(".import-lost").hidden = true;
  form.querySelector("button").disabled = true;
  tell(form, 0);
});
