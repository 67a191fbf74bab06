"use strict";
const search = document.querySelector("#search");
const show = document.querySelector("#show");
const order = document.querySelector("#order");
const body = document.querySelector(".matrix > tbody");
const shown = document.querySelector("#shown");
const rows = [...body.querySelectorAll("tr.op")].map((row) => ({
  row,
  detail: row.nextElementSibling,
  name: row.dataset.name,
  words: row.dataset.words,
  worst: Number(row.dataset.worst),
  seconds: Number(row.dataset.seconds),
}));

function refresh() {
  const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const { row, detail, words } of rows) {
    const fits = wanted.every((word) => words.includes(word)) && (!show.value || words.includes(show.value));
    row.hidden = !fits;
    if (!fits) detail.hidden = true;
    count += fits;
  }
  shown.textContent = `${count} of ${rows.length} ops`;
}

function sort() {
  const key = order.value;
  const sorted = [...rows];
  if (key === "name") sorted.sort((a, b) => a.name.localeCompare(b.name));
  if (key === "worst" || key === "seconds") sorted.sort((a, b) => b[key] - a[key]);
  for (const { row, detail } of sorted) body.append(row, detail);
}

for (const { row, detail } of rows) {
  const toggle = () => {
    detail.hidden = !detail.hidden;
    row.setAttribute("aria-expanded", String(!detail.hidden));
  };
  row.addEventListener("click", toggle);
  row.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); toggle(); }
  });
}
search.addEventListener("input", refresh);
show.addEventListener("change", refresh);
order.addEventListener("change", sort);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== search) { event.preventDefault(); search.focus(); }
});
refresh();
