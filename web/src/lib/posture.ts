import { get, remove } from "./api";
import type { Part } from "./pages";

/** The severities of findings, the gravest first. */
export const grades = ["critical", "high", "medium", "low", "info", "unknown"] as const;
export type Grade = (typeof grades)[number];

export const findingKinds = ["vulnerability", "code", "misconfiguration", "secret", "other"] as const;
export type FindingKind = (typeof findingKinds)[number];

export const findingStates = ["new", "open", "reopened", "held", "fixed", "exploited", "all"] as const;

export interface Counts {
  severity: Record<string, number>;
  active: number;
  new: number;
  reopened: number;
  kev: number;
  fixable: number;
  suppressed: number;
  fixed: number;
}

export interface Asset {
  name: string;
  taken: string;
  by: string;
  tools?: string;
  counts: Counts;
  left_out?: number;
}

export interface Run {
  time: string;
  counts: Counts;
}

export interface Found {
  key: string;
  kind: FindingKind;
  asset: string;
  id: string;
  aliases?: string[];
  title?: string;
  description?: string;
  severity: Grade;
  severity_from?: string;
  ratings?: { tool?: string; source?: string; severity: Grade; score?: number }[];
  cvss?: number;
  epss?: { score: number };
  kev?: { added?: string; due?: string; ransomware?: boolean };
  package?: { name?: string; type?: string; versions?: string[] };
  fixed?: string[];
  fix?: string;
  place?: { path?: string; line?: number; resource?: string };
  url?: string;
  state: "new" | "open" | "reopened" | "fixed";
  suppressed?: { by: string; name?: string; reason?: string; until?: string };
  first_seen?: string;
  last_seen?: string;
  fixed_at?: string;
  sources: { tool: string; report: string }[];
}

export interface FoundFilter {
  asset: string;
  kind: string;
  state: string;
  severity: string;
  text: string;
}

export const assets = (signal?: AbortSignal) => get<{ assets: Asset[] }>("/api/v1/posture/assets", {}, signal).then((a) => a.assets);

export const runsOf = (asset: string, signal?: AbortSignal) =>
  get<{ runs: Run[] }>(`/api/v1/posture/assets/${encodeURIComponent(asset)}/runs`, {}, signal).then((a) => a.runs);

export const forget = (asset: string) => remove<unknown>(`/api/v1/posture/assets/${encodeURIComponent(asset)}`);

export async function foundPart(filter: FoundFilter, cursor: string, signal?: AbortSignal): Promise<Part<Found>> {
  const part = await get<{ findings: Found[]; count: number; next?: string }>("/api/v1/posture/findings", { ...filter, cursor, limit: 100 }, signal);
  return { rows: part.findings, count: part.count, next: part.next };
}

/** Returns where a finding is: the package with its versions, or the file and line. */
export function componentOf(f: Found): string {
  if (f.package?.name) return [f.package.name, ...(f.package.versions ?? [])].join(" ");
  const at = [f.place?.path, f.place?.line].filter(Boolean).join(":");
  return [at, f.place?.resource].filter(Boolean).join(" ");
}

/** Returns the address of more about a finding, if it is one that a browser may open. */
export function moreAbout(url: string | undefined): string | undefined {
  return url && /^https:\/\//i.test(url) ? url : undefined;
}
