import type { Answers } from "./load";
import type { Ask, Cell, Dashboard } from "./panel";

const errors = "status:(error OR critical OR alert OR emergency)";
const failed = "@evt.name:authentication @evt.outcome:failure";
const sudo = "@sudo.user:*";
const hour = 3_600_000;
const most = 200;

/** Counts by the value of a field: events, errors, failed logins. */
const counted = (field: "host" | "service"): Ask[] => [
  { query: "", by: "host", facet: field, most },
  { query: errors, facet: field, most },
  { query: failed, facet: field, most },
];

/** Which hosts there are, how they do, and which fell silent. */
export const hostsDashboard: Dashboard = {
  name: "hosts",
  panels: [
    { kind: "number", title: "events", span: 3, query: "", by: "host" },
    { kind: "number", title: "errors", span: 3, query: errors, by: "host", bad: true },
    { kind: "number", title: "sudo", span: 3, query: sudo, by: "@evt.outcome" },
    { kind: "signal-number", title: "signals", span: 3, signals: "" },
    { kind: "time", title: "byHost", span: 6, query: "", by: "host" },
    { kind: "time", title: "errors", span: 6, query: errors, by: "host" },
    {
      kind: "table",
      title: "hosts",
      span: 6,
      query: "host:*",
      asks: [...counted("host"), { signals: "" }],
      columns: [
        { title: "host" },
        { title: "events", num: true },
        { title: "errors", num: true },
        { title: "failedLogins", num: true },
        { title: "signals", num: true },
      ],
      rows: (a) => table(a, "host"),
    },
    {
      kind: "table",
      title: "services",
      span: 6,
      query: "service:*",
      asks: counted("service"),
      columns: [{ title: "service" }, { title: "events", num: true }, { title: "errors", num: true }, { title: "failedLogins", num: true }],
      rows: (a) => table(a, "service"),
    },
    {
      kind: "table",
      title: "silent",
      span: 4,
      query: "host:*",
      asks: [
        { query: "", by: "host", facet: "host", most },
        { query: "", groups: ["host"], before: true },
      ],
      columns: [{ title: "host" }, { title: "last" }],
      rows: silent,
    },
    { kind: "top", title: "sudoUsers", span: 4, query: sudo, field: "@usr.name" },
    { kind: "top", title: "commands", span: 4, query: sudo, field: "@process.command_line" },
  ],
};

function table(answers: Answers, field: "host" | "service"): Cell[][] {
  const [all, bad, logins, signals] = answers;
  const of = (a: Answers[number] | undefined, value: string) => a?.logs?.facets[field]?.find((v) => v.value === value)?.count ?? 0;
  const found = signals?.signals?.facets.host ?? [];
  return (all?.logs?.facets[field] ?? []).map(({ value, count }) => [
    { field, value },
    count,
    of(bad, value),
    of(logins, value),
    ...(signals ? [found.find((v) => v.value === value)?.count ?? 0] : []),
  ]);
}

/** Hosts that logged before, and not in the last hour of the range, or the last two bars of a longer one. */
export function silent([now, then]: Answers): Cell[][] {
  const buckets = now?.logs?.buckets ?? [];
  const end = buckets.at(-1)?.to ?? 0;
  const every = buckets[0] ? buckets[0].to - buckets[0].from : 0;
  const last = new Map<string, number>();
  for (const b of buckets) for (const [host, count] of Object.entries(b.counts)) if (host && count) last.set(host, b.to);
  const quiet = [...last].filter(([, at]) => end - at >= Math.max(hour, 2 * every)).sort((a, b) => a[1] - b[1]);
  const gone = (then?.groups?.rows ?? []).flatMap((r) => (r.values[0] && !last.has(r.values[0]) ? [r.values[0]] : []));
  return [
    ...gone.map((value): Cell[] => [{ field: "host", value }, { time: Number.NaN }]),
    ...quiet.map(([value, at]): Cell[] => [{ field: "host", value }, { time: at }]),
  ];
}
