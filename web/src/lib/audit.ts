import { get } from "./api";
import type { Part } from "./pages";
import { fromTo } from "./signals";
import type { Range } from "./time";

/** One thing that somebody did. */
export interface Entry {
  id: number;
  time: string;
  actor: string;
  action: string;
  object: string;
  outcome: string;
  detail: string;
}

export interface AuditFilter {
  actor: string;
  action: string;
  object: string;
}

export async function auditPart(filter: AuditFilter, range: Range, cursor: string, limit: number, signal?: AbortSignal): Promise<Part<Entry>> {
  const part = await get<{ entries: Entry[]; next?: string }>("/api/v1/audit", { ...filter, ...fromTo(range), cursor, limit }, signal);
  return { rows: part.entries, next: part.next };
}

function word(value: unknown): string {
  if (Array.isArray(value)) return value.map(word).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Takes a detail apart: the address that it came from, and the rest in words. Some are no JSON. */
export function detailOf(detail: string): { from: string; rest: string } {
  let all: unknown;
  try {
    all = JSON.parse(detail);
  } catch {
    return { from: "", rest: detail };
  }
  if (typeof all !== "object" || all === null || Array.isArray(all)) return { from: "", rest: detail };
  const { from, ...rest } = all as Record<string, unknown>;
  return {
    from: typeof from === "string" ? from : "",
    rest: Object.entries(rest)
      .map(([k, v]) => `${k}: ${word(v)}`)
      .join(" · "),
  };
}
