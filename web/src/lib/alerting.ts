import { get, post, remove } from "./api";
import type { SeverityName } from "./signals";

export interface Route {
  receiver: string;
  matchers: string[];
  continue: boolean;
  group_by: string[];
  group_wait_seconds: number;
  group_interval_seconds: number;
  repeat_interval_seconds: number;
  mute: string[];
  active: string[];
  held: boolean;
  escalates_after_seconds: number;
  routes: Route[];
}

/** One way of a receiver, and how it does. */
export interface Integration {
  target: string;
  kind: string;
  where?: string;
  told: number;
  failed: number;
  last_told?: string;
  last_failed?: string;
  error?: string;
  undelivered: number;
  next_attempt?: string;
}

export interface Receiver {
  name: string;
  people?: string[];
  routed: boolean;
  per_hour: number;
  held: number;
  integrations: Integration[];
}

export interface OnCall {
  name: string;
  people: string[];
  now: string;
  next: string;
  since: string;
  until: string;
}

export interface Escalation {
  title: string;
  severity: SeverityName;
  id?: string;
  target: string;
  began: string;
  due: string;
  told: boolean;
  error?: string;
}

/** Who is told, and how that goes. */
export interface Alerting {
  language: "en" | "ja";
  links: boolean;
  file: boolean;
  elsewhere: boolean;
  max_silence_seconds: number;
  quiet_below: SeverityName;
  quiet_per_day: number;
  open: number;
  undelivered: number;
  route: Route;
  receivers: Receiver[];
  intervals: { name: string; times: string[]; now: boolean }[];
  inhibitions: { source: string[]; target: string[]; equal: string[] }[];
  warnings: { kind: string; name: string; text: string }[];
  on_call: OnCall[];
  escalation: { severity: SeverityName[]; after_seconds: number; receiver: string }[];
  running: Escalation[];
  running_count: number;
  heartbeat?: { every_seconds: number; sent: number; failed: number; last?: string; error?: string };
}

export const alerting = (signal?: AbortSignal) => get<Alerting>("/api/v1/alerting", {}, signal);

export interface Tested {
  title: string;
  text: string;
  told: boolean;
  tried: { target: string; took_seconds: number; error?: string }[];
}

export const testReceiver = (name: string) => post<Tested>(`/api/v1/receivers/${encodeURIComponent(name)}/test`);
export const drill = (severity: SeverityName) => post("/api/v1/alerting/drill", { severity });

/** A signal, or a notice that is thought of. */
export interface Asked {
  signal?: string;
  severity?: SeverityName;
  rule?: string;
  rule_id?: string;
  labels?: Record<string, string>;
  title?: string;
}

export interface Recipients {
  receiver: string;
  person?: string;
  targets: string[];
  escalates_after_seconds: number;
  group_wait_seconds: number;
  repeat_interval_seconds: number;
  group_by: string;
  muted?: string;
  why?: string;
  by?: string[];
  texts: { target: string; language: string; title: string; text: string; approximate?: boolean; error?: string }[];
}

export interface WouldBeTold {
  labels: Record<string, string>;
  held?: string;
  silences: string[];
  told: Recipients[];
}

export const wouldTell = (of: Asked) => post<WouldBeTold>("/api/v1/alerting/preview", of);

export const outcomes = ["told", "failed", "held", "muted"] as const;
export type Outcome = (typeof outcomes)[number];

/** An attempt at telling a receiver. */
export interface Delivery {
  number: number;
  at: string;
  target: string;
  title?: string;
  text?: string;
  error?: string;
  muted?: string;
  signal?: string;
  attempts?: number;
  repeats?: number;
  outcome: Outcome;
}

export interface Waiting {
  target: string;
  title: string;
  severity: SeverityName;
  id?: string;
  began: string;
  attempts: number;
  error?: string;
  next_attempt?: string;
}

export interface Filter {
  receiver?: string | undefined;
  signal?: string | undefined;
  outcome?: string | undefined;
  /** Also of signals that are the same by rule and entities. */
  same?: boolean;
}

export const deliveries = (of: Filter, limit: number, cursor = "", signal?: AbortSignal) =>
  get<{ history: Delivery[]; count: number; next?: string }>("/api/v1/notices/history", { ...of, same: of.same ? "true" : undefined, limit, cursor }, signal);
export const undelivered = (of: Filter, limit: number, signal?: AbortSignal) =>
  get<{ undelivered: Waiting[]; count: number }>(
    "/api/v1/notices/undelivered",
    { receiver: of.receiver, signal: of.signal, same: of.same ? "true" : undefined, limit },
    signal,
  );

export interface Matcher {
  name: string;
  value: string;
  isRegex: boolean;
  isEqual: boolean;
}

export interface Silence {
  id: string;
  status: { state: "active" | "pending" | "expired" };
  matchers: Matcher[];
  createdBy: string;
  comment: string;
  startsAt: string;
  endsAt: string;
}

export const operators = ["=", "!=", "=~", "!~"] as const;
export type Operator = (typeof operators)[number];

/** Returns the operator of a matcher, as people write it. */
export function operatorOf(m: Matcher): Operator {
  if (m.isRegex) return m.isEqual ? "=~" : "!~";
  return m.isEqual ? "=" : "!=";
}

export function matcher(name: string, op: Operator, value: string): Matcher {
  return { name, value, isRegex: op.endsWith("~"), isEqual: !op.startsWith("!") };
}

/** Writes matchers as amtool takes them. */
export function matchersText(all: Matcher[]): string {
  return all.map((m) => `${m.name}${operatorOf(m)}${quoted(m.value)}`).join(", ");
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** Returns the matchers of just the notice that has the labels: by rule and entities, in whatever severity. */
export function matchersOf(labels: Record<string, string>): Matcher[] {
  const names = Object.keys(labels).filter((name) => !["severity", "kind", "reopened"].includes(name) && !(name === "alertname" && labels.rule_id));
  return names.sort().map((name) => matcher(name, "=", labels[name] as string));
}

const order = { active: 0, pending: 1, expired: 2 };

/** Returns silences, those that hold first, the next to end before the others. */
export function inOrder(list: Silence[]): Silence[] {
  return [...list].sort((a, b) => {
    if (a.status.state !== b.status.state) return order[a.status.state] - order[b.status.state];
    const later = Date.parse(a.endsAt) - Date.parse(b.endsAt);
    return a.status.state === "expired" ? -later : later;
  });
}

export const silences = (signal?: AbortSignal) => get<Silence[]>("/api/v2/silences", {}, signal).then(inOrder);
export const makeSilence = (s: Omit<Silence, "id" | "status"> & { id?: string }) => post<{ silenceID: string }>("/api/v2/silences", s);
export const expireSilence = (id: string) => remove(`/api/v2/silence/${encodeURIComponent(id)}`);

export interface Silencing {
  refused?: string;
  open_count: number;
  open: { title: string; severity: SeverityName; id?: string; began: string }[];
  told_count: number;
  told: Delivery[];
}

export const silencing = (all: Matcher[], signal?: AbortSignal) => get<Silencing>("/api/v1/silences/preview", { matchers: matchersText(all) }, signal);

/** How long a silence may be chosen to last, in seconds, if the server lets it. */
export const silenceLengths = [3600, 4 * 3600, 8 * 3600, 86_400, 3 * 86_400, 7 * 86_400, 30 * 86_400];
