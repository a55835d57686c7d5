import { expect, it } from "vitest";
import { inOrder, matcher, matchersOf, matchersText, operatorOf, operators, type Silence } from "./alerting";

it("writes matchers as amtool reads them", () => {
  expect(matchersText([matcher("ip", "=", "192.0.2.1"), matcher("host", "!~", 'a"b\\c\nd')])).toBe('ip="192.0.2.1", host!~"a\\"b\\\\c\\nd"');
  for (const op of operators) expect(operatorOf(matcher("a", op, "b"))).toBe(op);
});

it("makes matchers of just one notice", () => {
  const labels = { alertname: "Brute force", rule_id: "brute", severity: "high", kind: "signal", ip: "192.0.2.1", user: "x" };
  expect(matchersText(matchersOf(labels))).toBe('ip="192.0.2.1", rule_id="brute", user="x"');
  expect(matchersText(matchersOf({ alertname: "Drill", kind: "drill" }))).toBe('alertname="Drill"');
});

it("puts silences that hold first, the next to end before the others", () => {
  const one = (id: string, state: Silence["status"]["state"], ends: string) => ({ id, status: { state }, endsAt: ends }) as Silence;
  const list = [
    one("old", "expired", "2026-01-01T00:00:00Z"),
    one("late", "active", "2026-03-01T00:00:00Z"),
    one("recent", "expired", "2026-01-02T00:00:00Z"),
    one("then", "pending", "2026-02-01T00:00:00Z"),
    one("soon", "active", "2026-02-01T00:00:00Z"),
  ];
  expect(inOrder(list).map((s) => s.id)).toEqual(["soon", "late", "then", "recent", "old"]);
});
