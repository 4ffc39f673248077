// What 1,000 tokens in and 500 out would cost, while a price is typed.

const example = (row) => {
  const price = (name) => row.querySelector(`input[name$="-${name}"]`)?.value.trim();
  const [input, output] = [price("input"), price("output")];
  if (!input || !output) return "";
  const cost = (1000 * Number(input) + 500 * Number(output)) / 1e6;
  const written = new Intl.NumberFormat(document.documentElement.lang, {
    style: "currency",
    currency: "USD",
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: 0,
    maximumFractionDigits: 10,
  });
  return Number.isFinite(cost) && cost >= 0 ? written.format(cost) : "";
};

document.addEventListener("input", (event) => {
  const row = event.target.closest("[id^='prices-']");
  const cell = row?.querySelector(".field-example");
  if (cell) (cell.querySelector("p, .readonly") ?? cell).textContent = example(row) || "–";
});
