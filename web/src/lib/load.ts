import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { aborted } from "./api";

/** What was asked for: nothing yet, what came, or what went wrong. */
export interface Loaded<T> {
  value?: T;
  error?: Error;
  busy: boolean;
  again: () => void;
}

/** Asks when something of deps is another one; an answer to an older question is not taken. */
export function useLoad<T>(ask: (signal: AbortSignal) => Promise<T>, deps: unknown[], on = true): Loaded<T> {
  const [state, set] = useState<{ value?: T; error?: Error; busy: boolean }>({ busy: on });
  const [turn, setTurn] = useState(0);
  const question = useRef(ask);
  question.current = ask;
  useEffect(() => {
    if (!on) return;
    const ctl = new AbortController();
    set((s) => ({ ...s, busy: true }));
    question
      .current(ctl.signal)
      .then((value) => {
        if (!ctl.signal.aborted) set({ value, busy: false });
      })
      .catch((err: unknown) => {
        if (ctl.signal.aborted || aborted(err)) return;
        set((s) => ({ ...s, error: err instanceof Error ? err : new Error(String(err)), busy: false }));
      });
    return () => ctl.abort();
  }, [...deps, turn, on]);
  const again = useCallback(() => setTurn((n) => n + 1), []);
  return { ...state, again };
}

/** Calls something again and again while the page is looked at. */
export function useEvery(ms: number, act: () => void, on = true) {
  const now = useRef(act);
  now.current = act;
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") now.current();
    }, ms);
    return () => clearInterval(timer);
  }, [ms, on]);
}

/** Returns the time, a new one from now and then. */
export function useNow(every = 30_000): number {
  const [now, set] = useState(Date.now);
  useEvery(every, () => set(Date.now()));
  return now;
}

/** Reports whether the window has so many pixels. */
export function useWide(pixels: number): boolean {
  const [wide, set] = useState(() => innerWidth >= pixels);
  useEffect(() => {
    const query = matchMedia(`(min-width: ${pixels}px)`);
    const look = () => set(query.matches);
    query.addEventListener("change", look);
    return () => query.removeEventListener("change", look);
  }, [pixels]);
  return wide;
}
