import type { Cell, Dashboard } from "./panel";

const requests = "@http.status_code:*";
const attacks = "@security.attack:true";
const code = "@http.status_code";
const ip = "@network.client.ip";
const country = "@network.client.geoip.country.iso_code";
const attackers = { query: attacks, groups: [ip, country, "@network.client.geoip.as.number", "@network.client.geoip.as.name"] };
const begins = (digits: string) => (value: string) => digits.includes(value[0] ?? "") && value.length === 3;

/** What the web servers were asked for, and what of it was an attack. */
export const attacksDashboard: Dashboard = {
  name: "web",
  panels: [
    { kind: "number", title: "requests", span: 3, query: requests, by: code },
    { kind: "number", title: "attacks", span: 3, query: attacks, by: code, bad: true },
    { kind: "number", title: "answered", span: 3, query: attacks, by: code, is: begins("25"), link: `${code}:([200 TO 299] OR [500 TO 599])`, bad: true },
    { kind: "number", title: "refused", span: 3, query: attacks, by: code, is: begins("4"), link: `${code}:[400 TO 499]` },
    {
      kind: "time",
      title: "byStatus",
      span: 6,
      query: requests,
      by: code,
      key: (v) => `${v[0] ?? ""}xx`,
      series: [
        { key: "2xx", label: "2xx", class: "ok" },
        { key: "1xx", label: "1xx", class: "plain" },
        { key: "3xx", label: "3xx", class: "low" },
        { key: "4xx", label: "4xx", class: "warn" },
        { key: "5xx", label: "5xx", class: "bad" },
      ],
    },
    { kind: "time", title: "byCategory", span: 6, query: attacks, by: "@security.categories" },
    { kind: "map", title: "attacksByCountry", span: 12, query: attacks, field: country },
    {
      kind: "table",
      title: "topAttackers",
      span: 6,
      query: attacks,
      asks: [attackers],
      columns: [{ title: "address" }, { title: "country" }, { title: "network" }, { title: "attacks", num: true }],
      rows: ([answer]) =>
        (answer?.groups?.rows ?? [])
          .filter((r) => r.values[0])
          .map(({ values, count }): Cell[] => [
            { field: ip, value: values[0] ?? "" },
            { country: values[1] ?? "" },
            [values[2] && `AS${values[2]}`, values[3]].filter(Boolean).join(" "),
            count,
          ]),
    },
    {
      kind: "time",
      title: "blocked",
      span: 6,
      query: attacks,
      by: code,
      key: (v) => (begins("25")(v) ? "answered" : begins("4")(v) ? "refused" : "other"),
      series: [
        { key: "refused", label: "4xx", class: "ok" },
        { key: "other", label: "1xx · 3xx", class: "plain" },
        { key: "answered", label: "2xx · 5xx", class: "bad" },
      ],
    },
    { kind: "top", title: "paths", span: 4, query: attacks, field: "@http.url_details.path" },
    { kind: "top", title: "patterns", span: 4, query: attacks, field: "@security.rules" },
    { kind: "top", title: "crs", span: 4, query: attacks, field: "@security.crs.rules" },
    { kind: "top", title: "scanners", span: 6, query: "@security.categories:scanner", field: "@http.useragent" },
    { kind: "signal-time", title: "signals", span: 6, signals: 'tag:"category:web"' },
  ],
};
