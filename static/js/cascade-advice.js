// Says what is to be seen to while a cascade's form changes, as the server would once it is saved.

const advice = document.getElementById("advice");
const form = advice?.closest("form");
let asking;

const show = (sentences) => {
  const items = sentences.map((sentence) => {
    const item = document.createElement("li");
    item.textContent = sentence;
    return item;
  });
  advice.querySelector("ul").replaceChildren(...items);
  advice.hidden = items.length === 0;
};

const ask = async () => {
  asking?.abort();
  asking = new AbortController();
  try {
    const body = new FormData(form);
    const answer = await fetch(advice.dataset.url, { method: "POST", body, signal: asking.signal });
    if (answer.ok) show((await answer.json()).advice);
  } catch {
    // Left as it was: saving says the same.
  }
};

if (form && advice.dataset.url) {
  form.addEventListener("change", ask);
  form.addEventListener("steps:moved", ask);
}
