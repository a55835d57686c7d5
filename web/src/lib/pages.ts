import { useEffect, useRef, useState } from "preact/hooks";
import { aborted } from "./api";

/** A part of a list, and the cursor of the next one. */
export interface Part<R> {
  rows: R[];
  next?: string;
  count?: number;
}

/** A list that comes in parts. */
export interface Pages<R> {
  rows: R[];
  count?: number;
  error?: Error;
  busy: boolean;
  /** Fetches the next part; undefined at the end. */
  more?: () => void;
  again: () => void;
}

/** Asks for the first part when something of deps is another one, and for others on demand. */
export function usePages<R>(ask: (cursor: string, signal: AbortSignal) => Promise<Part<R>>, deps: unknown[]): Pages<R> {
  const [state, set] = useState<{ rows: R[]; next?: string; count?: number; error?: Error; busy: boolean }>({ rows: [], busy: true });
  const [turn, setTurn] = useState(0);
  const question = useRef(ask);
  question.current = ask;
  const asking = useRef<AbortController | undefined>(undefined);
  const fetchFrom = (cursor: string, before: R[]) => {
    asking.current?.abort();
    const ctl = new AbortController();
    asking.current = ctl;
    set((s) => ({ ...s, busy: true }));
    question
      .current(cursor, ctl.signal)
      .then((part) => {
        if (!ctl.signal.aborted) set({ rows: [...before, ...part.rows], next: part.next, count: part.count, busy: false });
      })
      .catch((err: unknown) => {
        if (ctl.signal.aborted || aborted(err)) return;
        set((s) => ({ ...s, error: err instanceof Error ? err : new Error(String(err)), busy: false }));
      });
  };
  useEffect(() => {
    fetchFrom("", []);
    return () => asking.current?.abort();
  }, [...deps, turn]);
  const { next, rows } = state;
  return {
    rows,
    count: state.count,
    error: state.error,
    busy: state.busy,
    more: next ? () => fetchFrom(next, rows) : undefined,
    again: () => setTurn((n) => n + 1),
  };
}
