// What is typed into a form that is sent by leaving its page stays in the tab until it was taken: who
// was signed out meanwhile, or did not reach the server, finds it there when they come back.

const form = document.querySelector("form[data-typed-for]");
const fields = [...form.querySelectorAll("input[type=text], textarea")];
const keyOf = (what) => `typed:${form.dataset.typedBy}:${what}`;
const key = keyOf(form.dataset.typedFor);

function keep() {
  const typed = fields.map(({ name, value }) => [name, value]);
  sessionStorage.setItem(key, JSON.stringify(typed));
}

// What comes back refused is as it was typed.
function restore() {
  if (form.querySelector(".field-error")) return;
  for (const [name, value] of JSON.parse(sessionStorage.getItem(key) ?? "[]")) {
    form.elements[name].value = value;
  }
}

// The page that follows says so in its address: once, for it may be loaded anew.
function forgetTaken() {
  const taken = location.hash.match(/^#taken-(.+)$/);
  if (!taken) return;
  sessionStorage.removeItem(keyOf(taken[1]));
  history.replaceState(history.state, "", location.pathname);
}

form.addEventListener("input", keep);
form.querySelector("[data-typed-undo]")?.addEventListener("click", () => sessionStorage.removeItem(key));
forgetTaken();
restore();
