import type { Series } from "../ui/histogram";
import { get, withParams } from "./api";
import type { Bucket } from "./scale";
import { fill } from "./scale";
import { type Count, fromTo } from "./signals";
import { bounds, parse } from "./time";

/** An event as the log store has it: official fields, and attributes of any form. */
export interface LogEvent {
  timestamp?: string;
  status?: string;
  service?: string;
  source?: string;
  host?: string;
  tags?: string[];
  message?: string;
  [attribute: string]: unknown;
}

export interface Scanned {
  matched: number;
  bytes_read: number;
  parts_not_readable?: string[];
}

interface Group {
  time?: string;
  by?: Record<string, string | null>;
  count: number;
  value: number | null;
}

interface Groups {
  rows: Group[];
  groups_not_shown?: number;
  events_in_no_group?: number;
}

/** What an answer lacks: parts that could not be read, events and groups beyond the limits. */
export interface Lacks {
  lacking: number;
  left: number;
  cut: number;
}

export interface LogSummary extends Lacks {
  buckets: Bucket[];
  facets: Record<string, Count[]>;
  matched: number;
}

/** A group of events, by the values of the fields that were asked for, in their order. */
export interface LogGroup {
  values: (string | null)[];
  count: number;
}

/** Reads a range of the address, and writes it as the API wants it. */
export const span = (range: string, now: number) => fromTo(bounds(range, now));

export function listLogs(query: string, range: { from?: string; to?: string }, limit: number, signal?: AbortSignal) {
  return get<{ events: LogEvent[]; scanned: Scanned }>("/api/v1/logs", { query, ...range, limit }, signal);
}

/** Reads a length of time as Go writes it: 1h0m0s. */
export function goDuration(text: string): number {
  let ms = 0;
  for (const found of text.matchAll(/([\d.]+)(ms|h|m|s)/g)) ms += Number(found[1]) * { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }[found[2] as "h"];
  return ms;
}

/** Asks for the histogram of a search by a field, and the values of others. */
export async function logSummary(
  query: string,
  range: { from?: string; to?: string },
  by: string,
  facets: string[],
  now: number,
  signal?: AbortSignal,
  limit = 30,
): Promise<LogSummary> {
  const said = await get<{ every: string; histogram: Groups; facets: Record<string, Groups>; scanned: Scanned }>(
    "/api/v1/logs/summary",
    { query, ...range, by, facets: facets.join(","), limit },
    signal,
  );
  const rows = said.histogram.rows
    .map((r) => ({ at: parse(r.time), key: by === "status" ? level(r.by?.[by] ?? "") : (r.by?.[by] ?? ""), count: r.count }))
    .filter((r) => Number.isFinite(r.at));
  const times = rows.map((r) => r.at);
  const every = goDuration(said.every);
  const from = range.from ? Date.parse(range.from) : Math.min(now, ...times);
  const to = range.to ? Date.parse(range.to) : Math.max(now, ...times.map((at) => at + every));
  const out: Record<string, Count[]> = {};
  for (const [field, groups] of Object.entries(said.facets)) {
    out[field] = groups.rows.flatMap((r) => {
      const value = r.by?.[field];
      return value === null || value === undefined ? [] : [{ value, count: r.count }];
    });
  }
  const left = [said.histogram, ...Object.values(said.facets)].reduce((sum, g) => sum + (g.events_in_no_group ?? 0), 0);
  return {
    buckets: fill(rows, every, from, to),
    facets: out,
    matched: said.scanned.matched,
    lacking: said.scanned.parts_not_readable?.length ?? 0,
    left,
    cut: said.histogram.groups_not_shown ?? 0,
  };
}

/** Asks how many events there are by the values of up to four fields, the largest groups first. */
export async function logGroups(
  query: string,
  range: { from?: string; to?: string },
  fields: string[],
  limit: number,
  signal?: AbortSignal,
): Promise<Lacks & { rows: LogGroup[] }> {
  const stats = fields.length ? `count by ${fields.join(", ")}` : "count";
  const said = await get<Groups & { scanned: Scanned }>("/api/v1/logs/stats", { query, ...range, stats, limit }, signal);
  return {
    rows: said.rows.map((r) => ({ values: fields.map((f) => r.by?.[f] ?? null), count: r.count })),
    lacking: said.scanned.parts_not_readable?.length ?? 0,
    left: said.events_in_no_group ?? 0,
    cut: said.groups_not_shown ?? 0,
  };
}

/** Returns how a status counts in colours. */
export function level(status: string | undefined): "bad" | "warn" | "ok" | "plain" {
  const s = (status ?? "").toLowerCase();
  if (/^(emerg|alert|crit|err|fatal)/.test(s)) return "bad";
  if (/^(warn)/.test(s)) return "warn";
  if (/^(ok|info|notice|debug)/.test(s)) return "ok";
  return "plain";
}

/** The colours of a histogram of logs, from the bottom of the stack up. */
export const levels: Series[] = [
  { key: "ok", label: "ok · info", class: "ok" },
  { key: "plain", label: "–", class: "plain" },
  { key: "warn", label: "warn", class: "warn" },
  { key: "bad", label: "error", class: "bad" },
];

/** Lists the attributes of an event as paths and texts, as the search language names them. */
export function attributes(event: LogEvent): { path: string; field: string; text: string; scalar: boolean }[] {
  const out: { path: string; field: string; text: string; scalar: boolean }[] = [];
  const official = ["status", "service", "source", "host"];
  const walk = (value: unknown, path: string, depth: number) => {
    if (out.length >= 1000) return;
    if (value !== null && typeof value === "object" && !Array.isArray(value) && depth < 20) {
      for (const [key, v] of Object.entries(value)) walk(v, path ? `${path}.${key}` : key, depth + 1);
      return;
    }
    const scalar = value === null || typeof value !== "object";
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const field = official.includes(path) && typeof value === "string" ? path : `@${path}`;
    out.push({ path, field, text, scalar });
  };
  for (const [key, value] of Object.entries(event)) {
    if (key === "timestamp" || key === "message") continue;
    walk(value, key, 0);
  }
  return out;
}

export const tailAddress = (query: string) => withParams("/api/v1/logs/tail", { query });
