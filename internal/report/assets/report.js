"use strict";
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);

  const theme = byId("theme");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });

  const search = byId("search");
  if (search) {
    search.hidden = false;
    const rows = [...document.querySelectorAll("tbody.signal")].map((row) => [row, row.textContent.toLowerCase()]);
    const shown = byId("shown");
    byId("filter").addEventListener("input", (event) => {
      const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      for (const [row, text] of rows) {
        row.hidden = !words.every((word) => text.includes(word));
        count += row.hidden ? 0 : 1;
      }
      shown.textContent = words.length ? `${count} / ${rows.length}` : "";
    });
  }

  const open = [];
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("tbody:not(.s-info) details:not([open]), .runbook:not([open]), .suspect:not([open])")) {
      details.open = true;
      open.push(details);
    }
  });
  addEventListener("afterprint", () => {
    for (const details of open.splice(0)) {
      details.open = false;
    }
  });
})();
