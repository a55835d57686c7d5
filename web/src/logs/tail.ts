import { useEffect, useRef, useState } from "preact/hooks";
import { Problem, send } from "../lib/api";
import { type LogEvent, tailAddress } from "../lib/logs";

/** How many events are kept on the screen, of how many characters together, and how many are taken at a time, and how
 * many milliseconds pass between two times: more than that nobody reads, and scrolling stays smooth. */
const kept = 1000;
const keptSize = 16 << 20;
const perFrame = 100;
const between = 100;

export interface Shown {
  n: number;
  event: LogEvent;
  size: number;
}

/** Keeps the newest, as many as there is room for. */
export function newest(list: Shown[]): Shown[] {
  let size = 0;
  const end = list.findIndex((one, i) => {
    size += one.size;
    return i >= kept || size > keptSize;
  });
  return end < 0 ? list : list.slice(0, end);
}

export interface Tail {
  /** The newest first, each with a number of its own. */
  events: Shown[];
  /** How many came since it began, how many of them were not shown here, and how many the server left out. */
  came: number;
  sampled: number;
  leftOut: number;
  /** Events in a second, of the last ones. */
  rate: number;
  error?: Error;
  open: boolean;
}

const nothing: Tail = { events: [], came: 0, sampled: 0, leftOut: 0, rate: 0, open: false };

/** Cuts a stream into lines; a line may come in pieces. */
export function splitter(): (chunk: string) => string[] {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    return lines.filter((l) => l !== "");
  };
}

/**
 * Watches the events of a search as they come. More than a screen can show in a frame are
 * sampled, and how many were left out is said. While paused, events are counted only.
 */
export function useTail(query: string, on: boolean, paused: boolean): Tail {
  const [state, set] = useState(nothing);
  const pausing = useRef(paused);
  pausing.current = paused;
  useEffect(() => {
    if (!on) return;
    const ctl = new AbortController();
    const now: Tail = { ...nothing, open: false };
    let waiting: { event: LogEvent; size: number }[] = [];
    let timer = 0;
    let frame = 0;
    let serial = 0;
    let marks: [number, number][] = [];
    const draw = () => {
      frame = 0;
      if (ctl.signal.aborted) return;
      const at = performance.now();
      marks = [...marks.filter(([t]) => at - t < 3000), [at, now.came]];
      const first = marks[0] as [number, number];
      now.rate = at - first[0] > 400 ? ((now.came - first[1]) * 1000) / (at - first[0]) : now.rate;
      if (!pausing.current) {
        const few = waiting.slice(-perFrame);
        now.sampled += waiting.length - few.length;
        now.events = newest([...few.map((one) => ({ n: ++serial, ...one })).reverse(), ...now.events]);
      } else {
        now.sampled += waiting.length;
      }
      waiting = [];
      set({ ...now });
    };
    const later = () => {
      timer ||= window.setTimeout(() => {
        timer = 0;
        frame ||= requestAnimationFrame(draw);
      }, between);
    };
    const watch = async () => {
      const answer = await send(tailAddress(query), { signal: ctl.signal });
      const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
      if (!reader) throw new Problem(0, "no stream", "");
      now.open = true;
      later();
      const lines = splitter();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        for (const line of lines(value)) {
          const said = JSON.parse(line) as { event?: LogEvent; left_out?: number };
          if (said.event) {
            now.came++;
            waiting.push({ event: said.event, size: line.length });
            if (waiting.length > 5000) now.sampled += waiting.splice(0, 4000).length;
          }
          now.leftOut += said.left_out ?? 0;
        }
        later();
      }
      now.open = false;
      later();
    };
    set(now);
    watch().catch((err: unknown) => {
      if (ctl.signal.aborted) return;
      now.error = err instanceof Error ? err : new Error(String(err));
      now.open = false;
      set({ ...now });
    });
    const calm = setInterval(later, 1000); // the rate falls when nothing comes
    return () => {
      ctl.abort();
      clearInterval(calm);
      clearTimeout(timer);
      cancelAnimationFrame(frame);
    };
  }, [query, on]);
  return on ? state : nothing;
}
