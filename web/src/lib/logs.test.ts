import { expect, it } from "vitest";
import { newest, splitter } from "../logs/tail";
import { attributes, goDuration, level } from "./logs";
import { fill } from "./scale";

it("reads lengths of time as Go writes them", () => {
  expect(goDuration("1h0m0s")).toBe(3_600_000);
  expect(goDuration("15s")).toBe(15_000);
  expect(goDuration("1m30.5s")).toBe(90_500);
  expect(goDuration("500ms")).toBe(500);
});

it("fills the gaps of a histogram", () => {
  const b = fill([{ at: 30, key: "ok", count: 2 }], 10, 5, 50);
  expect(b.map((x) => x.counts.ok ?? 0)).toEqual([0, 0, 0, 2, 0]);
  expect(fill([], 0, 0, 1)).toEqual([]);
  expect(fill([], 1, 0, 1e9).length).toBe(1000);
});

it("names attributes as the search language does", () => {
  const list = attributes({
    timestamp: "x",
    message: "y",
    source: "nginx",
    host: { name: "h" } as unknown as string,
    http: { status_code: 200, list: [1, 2] },
    n: null,
  });
  expect(list).toEqual([
    { path: "source", field: "source", text: "nginx", scalar: true },
    { path: "host.name", field: "@host.name", text: "h", scalar: true },
    { path: "http.status_code", field: "@http.status_code", text: "200", scalar: true },
    { path: "http.list", field: "@http.list", text: "[1,2]", scalar: false },
    { path: "n", field: "@n", text: "null", scalar: true },
  ]);
});

it("stops at depth and number", () => {
  let deep: unknown = 1;
  for (let i = 0; i < 100; i++) deep = { a: deep };
  expect(attributes({ deep } as never)).toHaveLength(1);
  expect(attributes(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`a${i}`, i])) as never)).toHaveLength(1000);
});

it("takes a status for a colour", () => {
  expect(["error", "critical", "emerg", "warning", "ok", "info", "", undefined, "x"].map(level)).toEqual([
    "bad",
    "bad",
    "bad",
    "warn",
    "ok",
    "ok",
    "plain",
    "plain",
    "plain",
  ]);
});

it("cuts a stream into lines, wherever it breaks", () => {
  const lines = splitter();
  expect(lines('{"a":')).toEqual([]);
  expect(lines('1}\n{}\n{"b"')).toEqual(['{"a":1}', "{}"]);
  expect(lines(":2}\n\n")).toEqual(['{"b":2}']);
});

it("keeps no more of a tail than there is room for", () => {
  const list = (n: number, size: number) => Array.from({ length: n }, (_, i) => ({ n: i, event: {}, size }));
  expect(newest(list(10, 100))).toHaveLength(10);
  expect(newest(list(3000, 100))).toHaveLength(1000);
  expect(newest(list(100, 1 << 20))).toHaveLength(16);
});
