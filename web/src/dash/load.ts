import { useEffect, useMemo, useState } from "preact/hooks";
import { aborted, Problem } from "../lib/api";
import { type Lacks, type LogGroup, type LogSummary, logGroups, logSummary } from "../lib/logs";
import { listSignals, type Signal, type Summary, signalSummary } from "../lib/signals";
import { bounds, fixedRange, type Range } from "../lib/time";
import { type Ask, both, forSignals, plan, type Request } from "./panel";

/** What came for a request: of logs, of groups of them, or of signals. */
export interface Said {
  logs?: LogSummary;
  groups?: Lacks & { rows: LogGroup[] };
  signals?: Summary;
  list?: Signal[];
}

export interface Answer extends Said {
  busy: boolean;
  error?: Error;
}

/** The answers to the asks of one panel, in their order. */
export type Answers = Answer[];

/** How many groups are asked for: the largest. */
export const mostGroups = 1000;

// The server searches for few at a time. Of those, one page takes two, so that others get
// through; and it waits when there is no place.
const atATime = 2;
const waits = [250, 500, 1000, 2000, 4000];

/** Lets so many act at a time, in the order in which they came. */
export function turns(most: number) {
  let free = most;
  const waiting: (() => void)[] = [];
  return async <T>(act: () => Promise<T>): Promise<T> => {
    if (free > 0) free--;
    else await new Promise<void>((go) => waiting.push(go)); // who leaves hands the place on
    try {
      return await act();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}

const inTurn = turns(atATime);

/** Asks again for as long as the server has no place. */
export async function patiently<T>(act: () => Promise<T>, signal: AbortSignal, pauses = waits): Promise<T> {
  for (const pause of pauses) {
    signal.throwIfAborted();
    try {
      return await act();
    } catch (err) {
      if (!(err instanceof Problem) || err.status !== 429) throw err;
    }
    await new Promise((done) => setTimeout(done, pause));
  }
  signal.throwIfAborted();
  return act();
}

/** Returns the range of the same length before the range; undefined for one without a beginning. */
export function before(range: Range, now: number): Range | undefined {
  if (range.from === undefined) return undefined;
  return { from: range.from - ((range.to ?? now) - range.from), to: range.from };
}

async function ask(r: Request, filter: string, range: Range, now: number, signal: AbortSignal): Promise<Said> {
  const times = (b: Range) => ({
    ...(b.from === undefined ? {} : { from: new Date(b.from).toISOString() }),
    ...(b.to === undefined ? {} : { to: new Date(b.to).toISOString() }),
  });
  const then = "before" in r && r.before ? before(range, now) : range;
  if (!then) return {};
  switch (r.kind) {
    case "count":
      return inTurn(() =>
        patiently(async () => ({ logs: await logSummary(both(r.query, filter), times(then), r.by ?? "service", r.facets, now, signal, r.most) }), signal),
      );
    case "group":
      return inTurn(() => patiently(async () => ({ groups: await logGroups(both(r.query, filter), times(then), r.groups, mostGroups, signal) }), signal));
    case "signals": {
      const text = then.from === undefined ? "all" : fixedRange(then.from, then.to ?? now);
      return { signals: await signalSummary(both(r.signals, forSignals(filter).filter), text, now, signal) };
    }
    case "list":
      return { list: (await listSignals(both(r.signals, forSignals(filter).filter), then, "opened", "", r.list, signal)).signals };
  }
}

/** Asks for all that panels want to know, in few requests; what is known stays until more is. */
export function useAnswers(asks: Ask[], filter: string, range: string, turn: number): { answers: Answer[]; of: number[]; at: number } {
  const planned = useMemo(() => plan(asks), [asks]);
  const [answers, set] = useState<Answer[]>([]);
  const [at, setAt] = useState(() => Date.now());
  useEffect(() => {
    const ctl = new AbortController();
    const now = Date.now();
    const until = bounds(range, now);
    setAt(now);
    set((was) => planned.requests.map((_, i) => ({ ...was[i], busy: true })));
    const take = (i: number, answer: Answer) => {
      if (!ctl.signal.aborted) set((was) => was.map((one, k) => (k === i ? answer : one)));
    };
    planned.requests.forEach((r, i) => {
      ask(r, filter, until, now, ctl.signal).then(
        (said) => take(i, { ...said, busy: false }),
        (err: unknown) => {
          if (!aborted(err)) take(i, { busy: false, error: err instanceof Error ? err : new Error(String(err)) });
        },
      );
    });
    return () => ctl.abort();
  }, [planned, filter, range, turn]);
  return { answers, of: planned.of, at };
}
