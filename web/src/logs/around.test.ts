import { expect, it, vi } from "vitest";

vi.stubGlobal("location", { pathname: "/", search: "", origin: "http://x" });
vi.stubGlobal("navigator", { language: "en" });
vi.stubGlobal("document", { documentElement: { dataset: {} } });
vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => {} });
vi.stubGlobal("addEventListener", () => {});

const { around } = await import("./event");

const at = Date.parse("2026-11-22T12:00:00Z");

/** A log with a line every so many milliseconds, that gives the newest as the server does. */
function log(every: number) {
  const lines = Array.from({ length: 120_000 / every }, (_, i) => at - 60_000 + i * every);
  return async (_q: string, range: { from?: string; to?: string }, limit: number) => {
    const [from, to] = [Date.parse(range.from ?? ""), Date.parse(range.to ?? "")];
    const found = lines.filter((t) => t >= from && t < to).slice(-limit);
    return { events: found.reverse().map((t) => ({ timestamp: new Date(t).toISOString() })), scanned: { matched: found.length, bytes_read: 0 } };
  };
}

const times = (events: { timestamp?: string }[]) => events.map((e) => Date.parse(e.timestamp ?? ""));

it("shows all lines of a quiet minute, oldest first", async () => {
  const { events, cut } = await around("", at, undefined, log(1000));
  expect(cut).toBe(false);
  expect(times(events)).toHaveLength(120);
  expect(times(events)).toContain(at);
  expect(times(events)).toEqual([...times(events)].sort((a, b) => a - b));
});

it("shows the nearest lines of a busy one, and says so", async () => {
  const { events, cut } = await around("", at, undefined, log(10));
  expect(cut).toBe(true);
  const i = times(events).indexOf(at);
  expect(i).toBeGreaterThan(0);
  // Neither side has a gap at the line itself.
  expect(times(events)[i - 1]).toBe(at - 10);
  expect(times(events)[i + 1]).toBe(at + 10);
});
