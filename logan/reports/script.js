"use strict";
// Sorting, filtering and opening. Without this script the page holds the same, in its first order.
(() => {
  const words = document.body.dataset;

  const valueOf = (cell) => {
    const text = cell.dataset.value ?? cell.textContent.trim();
    const number = Number(text.replace(/[,\s%]/g, "").replace("−", "-"));
    return text !== "" && Number.isFinite(number) ? number : text === "–" ? -1 : text.toLowerCase();
  };

  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });

  const sort = (table, place, header) => {
    const now = header.getAttribute("aria-sort");
    const up = now === "descending" || (now === null && !header.classList.contains("n"));
    for (const other of header.parentElement.children) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [valueOf(row.cells[place]), row]);
    rows.sort((a, b) => (up ? compare(a[0], b[0]) : compare(b[0], a[0])));
    body.append(...rows.map((pair) => pair[1]));
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((header, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = header.textContent;
      button.title = words.sort.replace("#", header.textContent);
      button.addEventListener("click", () => sort(table, place, header));
      header.replaceChildren(button);
    });
  }

  const make = (name, properties) => Object.assign(document.createElement(name), properties);

  for (const table of document.querySelectorAll("table.filtered")) {
    const rows = [...table.tBodies[0].rows];
    const tools = make("div", { className: "tools" });
    const label = make("label", { textContent: table.dataset.label });
    const input = make("input", { type: "search", placeholder: words.hint, autocomplete: "off", spellcheck: false });
    const told = make("span", { className: "quiet" });
    told.setAttribute("role", "status");
    input.addEventListener("input", () => {
      const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !wanted.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      told.textContent = wanted.length === 0 ? "" : shown === 0 ? words.none : words.count.replace("##", rows.length).replace("#", shown);
    });
    label.append(input);
    const toggle = make("button", { type: "button", textContent: words.open });
    toggle.addEventListener("click", () => {
      const open = toggle.textContent === words.open;
      for (const row of rows) if (!row.hidden) for (const part of row.querySelectorAll("details")) part.open = open;
      toggle.textContent = open ? words.close : words.open;
    });
    tools.append(label, toggle, told);
    table.before(tools);
  }

  // paper cannot be opened: findings are printed with their evidence
  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("article details")) part.open = true;
  });
})();
