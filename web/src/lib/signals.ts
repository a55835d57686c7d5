import { get, Problem, patch } from "./api";
import { type Bucket, fill } from "./scale";
import { bounds, parse, type Range } from "./time";

export const severities = ["critical", "high", "medium", "low", "info"] as const;
export type SeverityName = (typeof severities)[number];
export const states = ["open", "under_review", "archived"] as const;
export type StateName = (typeof states)[number];
export const reasons = ["true_positive", "false_positive", "benign", "testing"] as const;
export type Reason = (typeof reasons)[number];

export interface Entity {
  kind: string;
  value: string;
  events: number;
}

/** A signal as detection wrote it. */
export interface SignalDocument {
  id: string;
  rule: string;
  rule_id: string;
  rule_ja?: string;
  case: string;
  condition?: string;
  title: string;
  severity: SeverityName;
  category: string;
  entity: string;
  entities: Entity[];
  /** What the case of the rule asks to be done, such as block_ip; nothing is done by that alone. */
  actions?: { type: string; name?: string; duration_seconds?: number }[];
  unlisted_entities?: { kind: string; events: number }[];
  group: Record<string, string>;
  tags: string[];
  events: number;
  events_per_query: Record<string, number | null>;
  unusual?: { feature: string; value: number; low: number; high: number }[];
  first_seen: string;
  last_seen: string;
  opened: string;
  closed?: string;
  window_seconds: number;
  message: string;
  message_ja?: string;
  runbook: string;
  samples: { time: string; line: number; text: string }[];
}

/** A signal with what people decided. */
export interface Signal {
  signal: SignalDocument;
  id: string;
  state: StateName;
  reason?: Reason;
  assignee?: string;
  tags: string[];
  recorded: string;
  due?: string;
  acknowledged?: string;
  breached: boolean;
  simulated?: boolean;
  version: number;
}

export interface HistoryEntry {
  time: string;
  actor: string;
  action: string;
  text: string;
}

export interface SignalDetail extends Signal {
  history: HistoryEntry[];
  related: { query: string; from: string; to: string };
  mitre: string[];
}

export interface SignalPage {
  signals: Signal[];
  next?: string;
}

export interface Edit {
  state?: StateName;
  reason?: Reason;
  assignee?: string;
  add_tags?: string[];
  remove_tags?: string[];
  comment?: string;
  version?: number;
}

/** A value of a field, and how many have it. */
export interface Count {
  value: string;
  /** What people call it, when that is something else. */
  name?: string;
  count: number;
}

/** How many there are over time, by series, and which values fields have. */
export interface Summary {
  total: number;
  /** How many are too old to be searched. */
  left: number;
  buckets: Bucket[];
  facets: Record<string, Count[]>;
}

/** Writes a range of time as the API wants it. */
export function fromTo(range: Range): { from?: string; to?: string } {
  const out: { from?: string; to?: string } = {};
  if (range.from !== undefined) out.from = new Date(range.from).toISOString();
  if (range.to !== undefined) out.to = new Date(range.to).toISOString();
  return out;
}

export function listSignals(query: string, range: Range, sort: string, cursor: string, limit: number, signal?: AbortSignal): Promise<SignalPage> {
  return get<SignalPage>("/api/v1/signals", { query, ...fromTo(range), sort, cursor, limit }, signal);
}

export const getSignal = (id: string, signal?: AbortSignal) => get<SignalDetail>(`/api/v1/signals/${encodeURIComponent(id)}`, {}, signal);
export const editSignal = (id: string, edit: Edit) => patch<Signal>(`/api/v1/signals/${encodeURIComponent(id)}`, edit);

/** What an edit that failed left behind: nothing, since somebody else was quicker. */
export function conflict(err: unknown): boolean {
  return err instanceof Problem && err.status === 409;
}

/** Returns the edit that takes back what another one did to the signal. */
export function inverse(before: Signal, did: Edit): Edit {
  const back: Edit = {};
  if (did.state !== undefined) {
    back.state = before.state;
    if (before.state === "archived" && before.reason) back.reason = before.reason;
  }
  if (did.assignee !== undefined) back.assignee = before.assignee ?? "";
  if (did.add_tags) back.remove_tags = did.add_tags.filter((t) => !before.tags.includes(t));
  if (did.remove_tags) back.add_tags = did.remove_tags.filter((t) => before.tags.includes(t));
  return back;
}

/** The fields by which signals are filtered, in the order in which they are shown. */
export const facetFields = {
  severity: "severity",
  state: "state",
  rule: "rule.id",
  category: "category",
  ip: "@entity.ip",
  user: "@entity.user",
  host: "host",
  tactic: "tag",
  assignee: "assignee",
} as const;
export type FacetName = keyof typeof facetFields;

/** What the server says of a search. */
interface Said {
  signals: number;
  not_searched?: number;
  facets: Record<string, { values: { value: string; kind?: string; name?: string; count: number }[] }>;
  histogram: { seconds: number; buckets: { time: string; count: Record<string, number> }[] };
}

/** Takes what the server says for what the page shows. */
export function fromServer(said: Said, range: Range, now: number): Summary {
  const facets: Record<string, Count[]> = {};
  for (const name of Object.keys(facetFields)) facets[name] = said.facets[name]?.values ?? [];
  facets.tactic = (facets.tactic ?? []).map((v) => ({ ...v, value: `tactic:${v.value}` }));
  for (const kind of ["ip", "user", "host"]) facets[kind] = (said.facets.entity?.values ?? []).filter((v) => v.kind === kind);
  const every = said.histogram.seconds * 1000;
  const rows = said.histogram.buckets.flatMap((b) => Object.entries(b.count).map(([key, count]) => ({ at: parse(b.time), key, count })));
  const times = rows.map((r) => r.at);
  const from = range.from ?? Math.min(now, ...times);
  const to = Math.max(range.to ?? now, ...times.map((at) => at + every));
  return { total: said.signals, left: said.not_searched ?? 0, buckets: fill(rows, every, from, to), facets };
}

/** Returns facets and histogram of what a query finds. */
export async function signalSummary(query: string, rangeText: string, now: number, signal?: AbortSignal): Promise<Summary> {
  const range = bounds(rangeText, now);
  return fromServer(await get<Said>("/api/v1/signals/summary", { query, ...fromTo(range), limit: 100, buckets: 60 }, signal), range, now);
}
