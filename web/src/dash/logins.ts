import type { Answers } from "./load";
import type { Cell, Dashboard } from "./panel";

// One event a login: what a program says besides about the same one has other names.
const logins = "@evt.name:authentication";
const failed = `${logins} @evt.outcome:failure`;
const signals = 'tag:"category:authentication"';
// Cases of the shipped rules in which a login came behind failures.
const succeeded = `${signals} case:("Login after failures" OR "Login after a scan" OR Guessed OR Successful OR "Possibly successful" OR "Possible login" OR "Gave in")`;
const ip = "@network.client.ip";
const user = "@usr.id";
const attempts = { query: logins, groups: [ip, user, "@evt.outcome"] };

/** Logins: how many fail, whose, from where, and which succeeded all the same. */
export const loginsDashboard: Dashboard = {
  name: "logins",
  panels: [
    { kind: "number", title: "failedLogins", span: 3, query: logins, by: "@evt.outcome", is: (v) => v === "failure", link: "@evt.outcome:failure", bad: true },
    { kind: "number", title: "goodLogins", span: 3, query: logins, by: "@evt.outcome", is: (v) => v === "success", link: "@evt.outcome:success" },
    { kind: "signal-number", title: "loginSignals", span: 3, signals },
    { kind: "signal-number", title: "succeeded", span: 3, signals: succeeded },
    {
      kind: "time",
      title: "logins",
      span: 6,
      query: logins,
      by: "@evt.outcome",
      series: [
        { key: "success", label: "success", class: "ok" },
        { key: "failure", label: "failure", class: "bad" },
      ],
    },
    { kind: "signal-time", title: "signals", span: 6, signals },
    { kind: "map", title: "failedByCountry", span: 12, query: failed, field: "@network.client.geoip.country.iso_code" },
    { kind: "top", title: "addresses", span: 4, query: failed, field: ip },
    { kind: "top", title: "users", span: 4, query: failed, field: user },
    { kind: "top", title: "reasons", span: 4, query: failed, field: "@evt.reason" },
    { kind: "top", title: "services", span: 4, query: failed, field: "service" },
    { kind: "top", title: "sources", span: 4, query: failed, field: "source" },
    { kind: "top", title: "methods", span: 4, query: failed, field: "@evt.method" },
    {
      kind: "table",
      title: "attackers",
      span: 6,
      query: failed,
      asks: [attempts],
      columns: [{ title: "address" }, { title: "failures", num: true }, { title: "users", num: true }],
      rows: (a) => withoutSuccess(a),
    },
    {
      kind: "table",
      title: "attacked",
      span: 6,
      query: failed,
      asks: [attempts],
      columns: [{ title: "user" }, { title: "addresses", num: true }, { title: "failures", num: true }],
      rows: (a) => fromMany(a),
    },
    { kind: "signal-list", title: "succeeded", span: 12, signals: succeeded, list: 10 },
  ],
};

interface Tally {
  failures: number;
  successes: number;
  others: Set<string>;
}

/** Adds up attempts by one of their two sides; others are what is at the other. */
function tallies(answers: Answers, by: 0 | 1): Map<string, Tally> {
  const out = new Map<string, Tally>();
  for (const { values, count } of answers[0]?.groups?.rows ?? []) {
    const [key, other] = [values[by], values[1 - by]];
    if (!key) continue;
    const one = out.get(key) ?? { failures: 0, successes: 0, others: new Set() };
    out.set(key, one);
    if (values[2] === "success") one.successes += count;
    if (values[2] !== "failure") continue;
    one.failures += count;
    if (other) one.others.add(other);
  }
  return out;
}

/** Addresses all of whose logins failed, the most failures first. */
export function withoutSuccess(answers: Answers): Cell[][] {
  return [...tallies(answers, 0)]
    .filter(([, one]) => one.failures > 1 && one.successes === 0)
    .sort((a, b) => b[1].failures - a[1].failures)
    .map(([value, one]) => [{ field: ip, value }, one.failures, one.others.size]);
}

/** Users on whom several addresses tried, those with the most addresses first. */
export function fromMany(answers: Answers): Cell[][] {
  return [...tallies(answers, 1)]
    .filter(([, one]) => one.others.size > 1)
    .sort((a, b) => b[1].others.size - a[1].others.size || b[1].failures - a[1].failures)
    .map(([value, one]) => [{ field: user, value }, one.others.size, one.failures]);
}
