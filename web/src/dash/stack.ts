import type { Bucket } from "../lib/scale";
import type { Series } from "../ui/histogram";

const most = 6;

/** Gives buckets the series that are wanted; without any, the most frequent values have one each, and the others one. */
export function stacked(
  buckets: Bucket[],
  series: Series[] | undefined,
  key: (value: string) => string = (v) => v,
  others: string,
  none: string,
): { buckets: Bucket[]; series: Series[] } {
  if (series) {
    const out = buckets.map((b) => {
      const counts: Record<string, number> = {};
      for (const [value, n] of Object.entries(b.counts)) counts[key(value)] = (counts[key(value)] ?? 0) + n;
      return { ...b, counts };
    });
    return { buckets: out, series };
  }
  const totals = new Map<string, number>();
  for (const b of buckets) for (const [value, n] of Object.entries(b.counts)) totals.set(value, (totals.get(value) ?? 0) + n);
  const top = [...totals].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([value]) => value);
  const own = new Set(top.slice(0, top.length > most ? most - 1 : most));
  // Series are named by their number: a value may be called anything.
  const names = [...own];
  const out = buckets.map((b) => {
    const counts: Record<string, number> = {};
    for (const [value, n] of Object.entries(b.counts)) {
      const at = own.has(value) ? `s${names.indexOf(value) + 1}` : "rest";
      counts[at] = (counts[at] ?? 0) + n;
    }
    return { ...b, counts };
  });
  const made = names.map((value, i): Series => ({ key: `s${i + 1}`, label: value || none, class: `s${i + 1}` }));
  if (top.length > own.size) made.push({ key: "rest", label: others, class: "plain" });
  return { buckets: out, series: made };
}
