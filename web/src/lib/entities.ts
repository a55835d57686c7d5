import { get } from "./api";

/** Somebody or something that signals name, with the risk that they add up to. */
export interface Suspect {
  kind: string;
  value: string;
  risk: number;
  signals: number;
  first_seen: string;
  last_seen: string;
}

export async function suspects(limit: number, signal?: AbortSignal): Promise<Suspect[]> {
  return (await get<{ entities: Suspect[] }>("/api/v1/signals/entities", { limit }, signal)).entities;
}
