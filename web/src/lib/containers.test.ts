import { expect, it } from "vitest";
import { means } from "./containers";

const at = (second: number) => new Date(1_800_000_000_000 + second * 1000).toISOString();

it("leaves out of means what is not known", () => {
  const history = [
    { at: at(0), memory_bytes: 1 },
    { at: at(1), memory_bytes: 1, cpu_percent: 10 },
    { at: at(2), memory_bytes: 1, cpu_percent: 20 },
    { at: at(3), memory_bytes: 1 },
  ];
  const got = means(history, (p) => p.cpu_percent, 3);
  expect(got.map((b) => [b.to - b.from, b.counts.use])).toEqual([
    [3000, 15],
    [1000, 0],
  ]);
  expect(means([], (p) => p.cpu_percent)).toEqual([]);
});
