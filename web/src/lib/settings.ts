import { type Store, store } from "./store";

export type Theme = "system" | "light" | "dark";
export type Lang = "en" | "ja";
export type Zone = "UTC" | "local" | "Asia/Tokyo";

export interface Settings {
  theme: Theme;
  lang: Lang;
  zone: Zone;
}

const key = "sasumata.settings";

/** Reads what this browser remembers by the name; anything strange there is nothing. */
export function remembered(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

/** Remembers a value in this browser, which may refuse. */
export function remember(name: string, value: unknown) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Storage may be full or forbidden: the page works without it.
  }
}

function oneOf<T extends string>(value: unknown, all: readonly T[], usual: T): T {
  return all.includes(value as T) ? (value as T) : usual;
}

function load(): Settings {
  const saved = (remembered(key) ?? {}) as Partial<Settings>;
  const browser = (navigator.language ?? "").toLowerCase().startsWith("ja") ? "ja" : "en";
  return {
    theme: oneOf(saved.theme, ["system", "light", "dark"] as const, "system"),
    lang: oneOf(saved.lang, ["en", "ja"] as const, browser),
    zone: oneOf(saved.zone, ["UTC", "local", "Asia/Tokyo"] as const, "local"),
  };
}

export const settings: Store<Settings> = store(load());

function apply(s: Settings) {
  const root = document.documentElement;
  root.lang = s.lang;
  root.dataset.theme = s.theme;
}

apply(settings.get());
settings.subscribe((s) => {
  apply(s);
  remember(key, s);
});

export function change(patch: Partial<Settings>) {
  settings.set({ ...settings.get(), ...patch });
}
