import { expect, it } from "vitest";
import { endsSoon, type Suppression } from "./suppressions";

it("marks what is at work and ends within a day", () => {
  const now = Date.parse("2026-11-22T00:00:00Z");
  const soon = (state: Suppression["state"], expires?: string) => endsSoon({ state, expires } as Suppression, now);
  expect(soon("active", "2026-11-22T23:59:59Z")).toBe(true);
  expect(soon("active", "2026-11-23T00:00:01Z")).toBe(false);
  expect(soon("active", "2026-11-21T23:00:00Z")).toBe(false);
  expect(soon("active")).toBe(false);
  expect(soon("ended", "2026-11-22T12:00:00Z")).toBe(false);
});
