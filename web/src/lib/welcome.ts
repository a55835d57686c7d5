import { get, post } from "./api";
import type { Listening } from "./snippets";
import { store } from "./store";

export type WelcomeWord = "open" | "finished" | "dismissed";

export interface WelcomeState {
  state: WelcomeWord;
  at?: string;
  by?: string;
}

/** A log that is there and is not read. */
export interface Lacking {
  kind: string;
  name: string;
  why: string;
  fix?: string;
}

/** What the server reads, what it cannot, and where it listens. */
export interface Beginning extends WelcomeState {
  sources: { name: string; kind: string; records: number; errors: number; last?: string; silent: boolean }[];
  lacking: Lacking[];
  listens: Listening[];
  user: string;
  unit?: string;
  container: boolean;
  told: boolean;
}

/** An attack that the server sent to itself. */
export interface Trial {
  address: string;
  query: string;
  lines: number;
  at: string;
}

/** How far the first hour has come; undefined while nobody knows. */
export const welcomed = store<WelcomeWord | undefined>(undefined);

export const beginning = (signal?: AbortSignal) => get<Beginning>("/api/v1/welcome", {}, signal);

export async function askWelcome() {
  welcomed.set((await get<WelcomeState>("/api/v1/welcome/state")).state);
}

export async function sayWelcome(state: WelcomeWord) {
  welcomed.set((await post<WelcomeState>("/api/v1/welcome/state", { state })).state);
}

export const tryDetection = () => post<Trial>("/api/v1/welcome/trial");
