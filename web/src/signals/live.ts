import { useEffect, useRef, useState } from "preact/hooks";
import { withParams } from "../lib/api";
import { useEvery } from "../lib/load";

/** How long changes are gathered before the list is asked for again. */
const gather = 1000;

/** Calls act when signals of the query changed; without a stream of the server, every five seconds. */
export function useLive(query: string, on: boolean, act: () => void) {
  const now = useRef(act);
  now.current = act;
  const [streaming, setStreaming] = useState(false);
  useEffect(() => {
    if (!on) return;
    const stream = new EventSource(withParams("/api/v1/signals/events", { query }));
    let timer = 0;
    const changed = () => {
      timer ||= window.setTimeout(() => {
        timer = 0;
        now.current();
      }, gather);
    };
    stream.onopen = () => {
      setStreaming(true);
      changed();
    };
    for (const name of ["opened", "changed", "reset"]) stream.addEventListener(name, changed);
    stream.onerror = () => setStreaming(false);
    return () => {
      stream.close();
      clearTimeout(timer);
      setStreaming(false);
    };
  }, [query, on]);
  useEvery(5000, () => now.current(), on && !streaming);
}
