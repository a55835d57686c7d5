import { expect, it } from "vitest";
import { times } from "./scale";
import { ahead, bounds, bucket, compact, fixedRange, fromInput, span, stamp, tick, toInput, zoneLabel } from "./time";

const at = Date.UTC(2026, 10, 22, 15, 4, 5, 678);

it("writes times in a zone, and names it", () => {
  expect(stamp(at, "UTC")).toBe("2026-11-22 15:04:05");
  expect(stamp(at, "Asia/Tokyo")).toBe("2026-11-23 00:04:05");
  expect(stamp(at, "UTC", true)).toBe("2026-11-22 15:04:05.678");
  expect(stamp(-322, "UTC", true)).toBe("1969-12-31 23:59:59.678");
  expect(stamp(Number.NaN, "UTC")).toBe("–");
  expect(zoneLabel("UTC")).toBe("UTC");
  expect(zoneLabel("Asia/Tokyo")).toBe("JST");
  expect(zoneLabel("local", at)).toMatch(/^UTC[+-]\d/);
});

it("writes an axis by what it spans", () => {
  expect(tick(at, 7 * 86_400_000, "UTC")).toBe("11-22");
  expect(tick(at, 3_600_000, "UTC")).toBe("15:04");
  expect(tick(at, 60_000, "UTC")).toBe("15:04:05");
});

it("reads ranges of the address", () => {
  expect(bounds("24h", at)).toEqual({ from: at - 86_400_000 });
  expect(bounds("15m", at)).toEqual({ from: at - 900_000 });
  expect(bounds(fixedRange(1.5, 2.5), at)).toEqual({ from: 1, to: 3 });
  for (const text of ["all", "", "x", "1h2", "-5h", "9999999h"]) expect(bounds(text, at)).toEqual({});
});

it("takes a time of an input to be one of the zone", () => {
  for (const zone of ["UTC", "Asia/Tokyo", "local"] as const) {
    const second = Math.floor(at / 1000) * 1000;
    expect(fromInput(toInput(second, zone), zone)).toBe(second);
  }
  expect(fromInput("2026-11-23T00:04", "Asia/Tokyo")).toBe(Date.UTC(2026, 10, 22, 15, 4));
  expect(fromInput("", "UTC")).toBeNaN();
});

it("writes lengths and numbers in little room", () => {
  expect(span(44_000, "en")).toBe("44 s");
  expect(span(90 * 60_000, "en")).toBe("1.5 h");
  expect(span(3 * 86_400_000, "ja")).toBe("3 日");
  expect(compact(999)).toBe("999");
  expect(compact(12_345)).toBe("12.3K");
});

it("counts in lengths that people count in", () => {
  expect(bucket(3_600_000, 60)).toBe(60_000);
  expect(bucket(7 * 86_400_000, 60)).toBe(3 * 3_600_000);
});

it("an axis has round times of its zone", () => {
  const from = Date.UTC(2026, 10, 15, 14, 7);
  const week = from + 7 * 86_400_000;
  const days = times(from, week, 0);
  expect(days.map((at) => stamp(at, "UTC"))).toEqual([16, 17, 18, 19, 20, 21, 22].map((d) => `2026-11-${d} 00:00:00`));
  expect(ahead(from, "Asia/Tokyo")).toBe(9 * 3_600_000);
  const clock = times(from, from + 86_400_000, ahead(from, "Asia/Tokyo")).map((at) => tick(at, 86_400_000, "Asia/Tokyo"));
  expect(clock.join(" ")).toBe("00:00 03:00 06:00 09:00 12:00 15:00 18:00 21:00");
  expect(times(from, from, 0)).toEqual([]);
});
