import { useEffect, useState } from "preact/hooks";

/** A value that components look at and that anybody may replace. */
export interface Store<T> {
  get(): T;
  set(next: T): void;
  subscribe(told: (value: T) => void): () => void;
}

export function store<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<(value: T) => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const told of [...listeners]) told(value);
    },
    subscribe(told) {
      listeners.add(told);
      return () => listeners.delete(told);
    },
  };
}

/** Returns the value of a store, and renders again when there is another. */
export function useStore<T>(s: Store<T>): T {
  const [value, set] = useState(s.get());
  useEffect(() => {
    set(() => s.get());
    return s.subscribe((next) => set(() => next));
  }, [s]);
  return value;
}
