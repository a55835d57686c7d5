import { get, remove, send } from "./api";
import type { SeverityName } from "./signals";

export const modes = ["enabled", "simulate", "disabled"] as const;
export type Mode = (typeof modes)[number];

/** A rule that is at work, or switched off. */
export interface Rule {
  id: string;
  name: string;
  name_ja?: string;
  enabled: boolean;
  mode: Mode;
  switched?: { mode: Mode; reason?: string; by: string; at: string };
  origin: "shipped" | "file" | "yours";
  overrides?: boolean;
  not_run?: string;
  method: string;
  severities: SeverityName[];
  category?: string;
  tags?: string[];
  runbook?: string;
  signals_per_day: number[];
  precision: number | null;
  cost: number | null;
}

export interface Edition {
  version: number;
  at: string;
  by: string;
  note?: string;
  text?: string;
  removed?: boolean;
}

export interface RuleDetail extends Rule {
  format: "datadog" | "sigma";
  text: string;
  file: string;
  line: number;
  beneath?: string;
  edition: number;
  editions: Edition[];
}

export interface Fault {
  line: number;
  col: number;
  message: string;
  suggestion?: string;
}

export interface Check {
  format: "datadog" | "sigma";
  ids: string[];
  faults: Fault[];
  advice: Fault[];
}

export interface PreviewSignal {
  title: string;
  severity: SeverityName;
  case?: string;
  group: Record<string, string>;
  events: number;
  first_seen: string;
  last_seen: string;
  line?: string;
}

export interface RulePreview {
  from: string;
  to: string;
  cut?: string;
  events: number;
  matched: number;
  signals: number;
  severities: Partial<Record<SeverityName, number>>;
  per_day: number;
  suppressed: number;
  learnt_from?: string;
  evicted?: number;
  took_ms: number;
  samples: PreviewSignal[];
}

const base = "/api/v1/rules";
const path = (id: string) => `${base}/${encodeURIComponent(id)}`;

async function ask<T>(method: string, to: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const init: RequestInit = { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  if (signal) init.signal = signal;
  return (await send(to, init)).json();
}

/** Asks for all rules, page by page. */
export async function allRules(signal?: AbortSignal): Promise<Rule[]> {
  const list: Rule[] = [];
  for (let cursor = ""; ; ) {
    const page = await get<{ rules: Rule[]; next?: string }>(base, { limit: "1000", ...(cursor && { cursor }) }, signal);
    list.push(...page.rules);
    if (!page.next) return list;
    cursor = page.next;
  }
}

export const getRule = (id: string, signal?: AbortSignal) => get<RuleDetail>(path(id), {}, signal);
export const getEdition = (id: string, version: number) => get<Edition>(`${path(id)}/editions/${version}`);
export const checkRule = (text: string, signal?: AbortSignal) => ask<Check>("POST", `${base}/check`, { text }, signal);
export const previewRule = (text: string, hours: number, signal?: AbortSignal) => ask<RulePreview>("POST", `${base}/preview`, { text, hours }, signal);
export const writeRule = (id: string, text: string, note: string, edition?: number) =>
  ask<RuleDetail>("PUT", path(id), { text, note, ...(edition === undefined ? {} : { edition }) });
export const removeRule = (id: string) => remove<RuleDetail>(path(id));
export const switchRule = (id: string, mode: Mode, reason: string) => ask<RuleDetail>("PUT", `${path(id)}/mode`, { mode, reason });

/** The address of the page of a rule. */
export const rulePage = (id: string) => `/ui/rule?id=${encodeURIComponent(id)}`;

/** Returns what a new rule begins as, about what a search finds. */
export function draft(query: string): string {
  const text = query.trim() || "@evt.outcome:failure";
  return `id: my_rule
version: 1
name: What it is about
type: log_detection
isEnabled: true
tags: []
queries:
  - name: events
    query: '${text.replaceAll("'", "''").replace(/\s*\n\s*/g, " ")}'
    aggregation: count
    groupByFields: ['@network.client.ip']
cases:
  - name: Many
    status: medium
    condition: events > 10
options:
  detectionMethod: threshold
  evaluationWindow: 300
  keepAlive: 3600
  maxSignalDuration: 86400
message: '**{{@network.client.ip}}: {{events_matched_per_query.events}} events within 5 minutes.**'
`;
}
