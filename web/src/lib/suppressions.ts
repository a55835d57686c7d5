import { get, post } from "./api";

export interface Suppression {
  id: number;
  state: "scheduled" | "active" | "expired" | "ended";
  name: string;
  reason: string;
  rules: string;
  query: string;
  expires?: string;
  schedule?: string;
  made: string;
  made_by: string;
  signals: number;
  broken?: string;
}

/** What somebody wants to suppress. */
export interface Wish {
  rules?: string;
  query?: string;
  reason?: string;
  for?: string;
  forever?: boolean;
  confirm?: boolean;
}

export interface Preview {
  days: number;
  recorded: number;
  signals: number;
  true_positives: number;
  warnings: string[];
  samples: { id: string; title: string; severity: string; opened: string }[];
}

interface Made {
  suppression: Suppression;
  preview?: Preview;
}

/** How long one may last; "" has no end. */
export const lasting = ["1d", "7d", "30d", "90d", ""] as const;

/** Writes how long for the API. */
export function life(text: string): Wish {
  return text ? { for: text } : { forever: true };
}

const path = "/api/v1/suppressions";

/** Reports whether one that is at work ends within a day. */
export function endsSoon(s: Suppression, now: number): boolean {
  const left = Date.parse(s.expires ?? "") - now;
  return s.state === "active" && left > 0 && left <= 86_400_000;
}

export const suppressions = (state: string, cursor: string, signal?: AbortSignal) =>
  get<{ suppressions: Suppression[]; next?: string }>(path, { state, limit: 50, cursor }, signal);
export const suppress = (wish: Wish) => post<Made>(path, wish);
export const previewOf = (wish: Wish) => post<Preview>(`${path}/preview`, wish);
export const endSuppression = (id: number) => post<Suppression>(`${path}/${id}/end`, {});
export const mute = (signal: string, wish: Wish & { all_rules?: boolean }) => post<Made>(`/api/v1/signals/${encodeURIComponent(signal)}/mute`, wish);
