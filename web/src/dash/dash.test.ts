import { expect, it, vi } from "vitest";

vi.stubGlobal("location", { pathname: "/", search: "", origin: "http://x" });
vi.stubGlobal("navigator", { language: "en" });
vi.stubGlobal("document", { documentElement: { dataset: {} } });
vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => {} });
vi.stubGlobal("addEventListener", () => {});

const { asksOf, both, forSignals, plan } = await import("./panel");
const { before, patiently, turns } = await import("./load");
const { attacksDashboard } = await import("./attacks");
const { hostsDashboard, silent } = await import("./hosts");
const { fromMany, loginsDashboard, withoutSuccess } = await import("./logins");
const { stacked } = await import("./stack");
const { bounds } = await import("./map");
const { counts } = await import("./number");
const { countryName } = await import("./value");
const { Problem } = await import("../lib/api");
const world = (await import("virtual:world")).default;

const groups = (rows: [(string | null)[], number][], busy = false) => ({
  busy,
  groups: { rows: rows.map(([values, count]) => ({ values, count })), lacking: 0, left: 0, cut: 0 },
});
const logs = (buckets: Record<string, number>[], matched = 0) => ({
  busy: false,
  logs: { buckets: buckets.map((c, i) => ({ from: i * 3_600_000, to: (i + 1) * 3_600_000, counts: c })), facets: {}, matched, lacking: 0, left: 0, cut: 0 },
});

it("asks few questions, and each ask finds its answer", () => {
  for (const [board, most] of [
    [loginsDashboard, 9],
    [attacksDashboard, 8],
    [hostsDashboard, 9],
  ] as const) {
    const asks = board.panels.flatMap(asksOf);
    const { requests, of } = plan(asks);
    expect(requests.length, board.name).toBeLessThanOrEqual(most);
    expect(asks.length).toBeGreaterThan(requests.length);
    asks.forEach((ask, i) => {
      const r = requests[of[i] as number];
      if ("signals" in ask) expect(r).toMatchObject(ask.list ? { list: ask.list } : { signals: ask.signals, before: ask.before ?? false });
      else if ("groups" in ask) expect(r).toMatchObject({ kind: "group", query: ask.query, groups: ask.groups });
      else {
        expect(r).toMatchObject({ kind: "count", query: ask.query, ...(ask.by ? { by: ask.by } : {}) });
        if (ask.facet) expect((r as { facets: string[] }).facets).toContain(ask.facet);
      }
    });
  }
});

it("keeps two histograms of one search apart", () => {
  const { requests, of } = plan([{ query: "a", by: "x" }, { query: "a", by: "y" }, { query: "a", facet: "f", most: 250 }, { query: "b" }]);
  expect(of).toEqual([0, 1, 0, 2]);
  expect(requests[0]).toMatchObject({ by: "x", facets: ["f"], most: 250 });
});

it("joins a search and a filter so that both hold", () => {
  expect(both("a:1", "")).toBe("a:1");
  expect(both("a:1", "b:2 -c:3")).toBe("a:1 b:2 -c:3");
  expect(both("a:1 OR a:2", "b:2")).toBe("(a:1 OR a:2) b:2");
  expect(both("a:1", "b:2 OR c:3")).toBe("a:1 (b:2 OR c:3)");
  expect(both("", "host:x")).toBe("host:x");
});

it("takes of a filter what signals have", () => {
  expect(forSignals("host:x -@network.client.ip:192.0.2.1 @evt.outcome:failure")).toEqual({ filter: "host:x -@network.client.ip:192.0.2.1", less: true });
  expect(forSignals("host:x")).toEqual({ filter: "host:x", less: false });
  expect(forSignals("host:x OR host:y")).toEqual({ filter: "", less: true });
});

it("knows the period before", () => {
  expect(before({ from: 100 }, 150)).toEqual({ from: 50, to: 100 });
  expect(before({ from: 100, to: 110 }, 150)).toEqual({ from: 90, to: 100 });
  expect(before({}, 150)).toBeUndefined();
});

it("lets two at a time, and asks again when there is no place", async () => {
  const turn = turns(2);
  let under = 0;
  let most = 0;
  await Promise.all(
    [1, 2, 3, 4, 5].map((n) =>
      turn(async () => {
        most = Math.max(most, ++under);
        await Promise.resolve();
        under--;
        if (n === 3) throw new Error("it may fail");
      }).catch(() => {}),
    ),
  );
  expect([most, under]).toEqual([2, 0]);
  let left = 2;
  const busy = async () => {
    if (left-- > 0) throw new Problem(429, "busy", "");
    return "done";
  };
  expect(await patiently(busy, new AbortController().signal, [0, 0, 0])).toBe("done");
  left = 9;
  await expect(patiently(busy, new AbortController().signal, [0, 0])).rejects.toThrow("busy");
  expect(left).toBe(6);
  await expect(patiently(() => Promise.reject(new Problem(400, "wrong", "")), new AbortController().signal, [0])).rejects.toThrow("wrong");
  await expect(patiently(async () => 1, AbortSignal.abort(), [0])).rejects.toThrow();
});

it("finds addresses that only fail, and users whom many attack", () => {
  const attempts = [
    groups([
      [["192.0.2.1", "ann", "failure"], 5],
      [["192.0.2.1", "bob", "failure"], 2],
      [["192.0.2.2", "ann", "failure"], 9],
      [["192.0.2.2", "ann", "success"], 1],
      [["192.0.2.3", null, "failure"], 1],
    ]),
  ];
  expect(withoutSuccess(attempts)).toEqual([[{ field: "@network.client.ip", value: "192.0.2.1" }, 7, 2]]);
  expect(fromMany(attempts)).toEqual([[{ field: "@usr.id", value: "ann" }, 2, 14]]);
});

it("finds hosts that fell silent", () => {
  const now = logs([{ a: 1, b: 1, c: 1 }, { a: 1, c: 2 }, { a: 1, c: 1 }, { a: 3 }]);
  const then = groups([
    [["a"], 9],
    [["z"], 4],
    [[null], 4],
  ]);
  expect(silent([now, then]).map(([host]) => (host as { value: string }).value)).toEqual(["z", "b"]);
});

it("counts what a number wants, and what it was", () => {
  const panel = { kind: "number", title: "attacks", span: 3, query: "q", by: "code", is: (v: string) => v.startsWith("4") } as const;
  const answers = [
    logs([{ "404": 2, "200": 9 }, { "403": 1 }]),
    groups([
      [["404"], 1],
      [["200"], 7],
    ]),
  ];
  expect(counts({ panel, answers })).toEqual({ now: 3, was: 1 });
  expect(counts({ panel, answers: [{ busy: true }, { busy: true }] })).toEqual({ now: undefined, was: undefined });
});

it("gives the most frequent values a colour each", () => {
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`v${i}`, 9 - i]));
  const { buckets, series } = stacked([{ from: 0, to: 1, counts: many }], undefined, undefined, "others", "none");
  expect(series.map((s) => s.label)).toEqual(["v0", "v1", "v2", "v3", "v4", "others"]);
  expect(buckets[0]?.counts).toEqual({ s1: 9, s2: 8, s3: 7, s4: 6, s5: 5, rest: 4 + 3 + 2 + 1 });
});

it("has steps of a legend up to the most", () => {
  expect(bounds(1)).toEqual([1]);
  expect(bounds(3)).toEqual([1, 2, 3]);
  expect(bounds(100_000)).toEqual([10, 100, 1000, 10_000, 100_000]);
});

it("has a world of countries that have names, none of which goes around it", () => {
  const codes = [...Object.keys(world.shapes), ...Object.keys(world.places)];
  expect(codes.length).toBeGreaterThan(220);
  for (const code of codes) expect(countryName(code, "ja"), code).not.toBe(code);
  expect(countryName("not a code", "en")).toBe("not a code");
  expect(world.places.SG).toBeDefined();
  for (const [code, d] of Object.entries(world.shapes)) {
    // A step of more than a quarter of the width is a ring that was not cut.
    for (const [, dx] of d.matchAll(/l(-?\d+) /g)) expect(Math.abs(Number(dx)), code).toBeLessThan(world.width / 4);
  }
  for (const [x, y] of Object.values(world.places)) expect(x >= 0 && x <= world.width && y >= -20 && y <= world.height + 60).toBe(true);
});
