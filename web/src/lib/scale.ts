/** A length of time, and how many there are in it, by series. */
export interface Bucket {
  from: number;
  to: number;
  counts: Record<string, number>;
}

/** Fills the gaps between buckets that have something, up to the ends of the range. */
export function fill(rows: { at: number; key: string; count: number }[], every: number, from: number, to: number): Bucket[] {
  if (every <= 0) return [];
  const begin = Math.floor(from / every) * every;
  const n = Math.min(1000, Math.max(1, Math.ceil((to - begin) / every)));
  const out: Bucket[] = Array.from({ length: n }, (_, i) => ({ from: begin + i * every, to: begin + (i + 1) * every, counts: {} }));
  for (const row of rows) {
    const b = out[Math.floor((row.at - begin) / every)];
    if (b) b.counts[row.key] = (b.counts[row.key] ?? 0) + row.count;
  }
  return out;
}

/** Rounds up to a number that people read easily. */
export function niceMax(n: number): number {
  if (n <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(n));
  return ([1, 2, 4, 6, 8, 10].find((m) => m * power >= n) ?? 10) * power;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const steps = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * 1000),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 7, 14, 28, 91, 182, 364].map((n) => n * day),
];

/** Returns up to nine round times of a range; offset is how far the zone is ahead of UTC. */
export function times(from: number, to: number, offset: number): number[] {
  const step = steps.find((s) => (to - from) / s <= 8) ?? (to - from) / 8;
  const out: number[] = [];
  for (let at = Math.ceil((from + offset) / step) * step - offset; at < to && out.length < 9; at += step) out.push(at);
  return out;
}
