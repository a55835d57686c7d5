import { expect, it } from "vitest";
import { fromServer, fromTo, inverse, type Signal } from "./signals";

const signal = (opened: string, severity: string, more: object = {}): Signal =>
  ({
    id: opened,
    state: "open",
    tags: [],
    version: 1,
    signal: { opened, severity, rule: "R", rule_id: "r", category: "c", tags: ["tactic:TA0006-x"], entities: [{ kind: "ip", value: "192.0.2.1", events: 1 }] },
    ...more,
  }) as unknown as Signal;

it("takes back what was done, and nothing else", () => {
  const before = signal("x", "high", { state: "archived", reason: "benign", assignee: "ann", tags: ["a"] });
  expect(inverse(before, { state: "open" })).toEqual({ state: "archived", reason: "benign" });
  expect(inverse(before, { assignee: "" })).toEqual({ assignee: "ann" });
  expect(inverse(before, { add_tags: ["a", "b"], remove_tags: ["a", "c"] })).toEqual({ remove_tags: ["b"], add_tags: ["a"] });
  expect(inverse(signal("x", "high"), { state: "archived", reason: "testing" })).toEqual({ state: "open" });
});

it("asks for a range of time", () => {
  expect(fromTo({})).toEqual({});
  expect(fromTo({ from: 0, to: 1500 })).toEqual({ from: "1970-01-01T00:00:00.000Z", to: "1970-01-01T00:00:01.500Z" });
});

it("takes over what the server counted", () => {
  const now = Date.UTC(2026, 0, 2);
  const said = {
    signals: 3,
    facets: {
      entity: {
        values: [
          { value: "192.0.2.1", kind: "ip", count: 2 },
          { value: "ann", kind: "user", count: 1 },
        ],
      },
      tactic: { values: [{ value: "TA0006-x", count: 3 }] },
    },
    histogram: { seconds: 3600, buckets: [{ time: "2026-01-01T22:00:00Z", count: { high: 3 } }] },
  };
  const s = fromServer(said, { from: now - 4 * 3_600_000 }, now);
  expect(s.buckets.map((b) => b.counts.high ?? 0)).toEqual([0, 0, 3, 0]);
  expect(s.facets.user?.map((v) => v.value)).toEqual(["ann"]);
  expect(s.facets.tactic?.[0]?.value).toBe("tactic:TA0006-x");
  expect(s.facets.severity).toEqual([]);
});
