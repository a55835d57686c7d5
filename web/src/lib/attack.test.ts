import { expect, it } from "vitest";

import { layer, matrix, signalsOf } from "./attack";
import { mitreOf, tactics } from "./attacknames";

const rule = (id: string, tags: string[], enabled = true) => ({ id, name: id, enabled, severities: [], tags });

it("reads tags of both forms", () => {
  expect(mitreOf("technique:T1110.001-password-guessing")).toMatchObject({ technique: "T1110.001" });
  expect(mitreOf("tactic:TA0006-credential-access")).toMatchObject({ tactic: "TA0006" });
  expect(mitreOf("attack.t1110.001")).toMatchObject({ technique: "T1110.001" });
  expect(mitreOf("attack.command_and_control")).toMatchObject({ tactic: "TA0011" });
  expect(mitreOf("category:authentication")).toEqual({ name: "" });
  expect(mitreOf("technique:none")).not.toHaveProperty("technique");
});

it("puts rules and signals where ATT&CK has their techniques", () => {
  const m = matrix(
    [
      rule("a", ["tactic:TA0001-initial-access", "technique:T1110.001-password-guessing"]),
      rule("b", ["technique:T1110-brute-force", "attack.t1110.001", "attack.credential_access"]),
      rule("c", ["tactic:TA0008-lateral-movement", "technique:T9999-new-one"]),
      rule("off", ["technique:T1190-exploit-public-facing-application"], false),
    ],
    [
      { value: "technique:T1110.001-password-guessing", count: 4 },
      { value: "attack.t1110.001", count: 1 },
      { value: "technique:T1046-network-service-discovery", count: 2 },
    ],
  );
  const at = (tactic: string) => m.columns.find((c) => c.id === tactic);
  const brute = at("TA0006")?.cells[0];
  expect(brute).toMatchObject({ id: "T1110", name: "Brute Force", signals: 0, below: [{ id: "T1110.001", signals: 5 }] });
  expect(brute?.below[0]?.rules.map((r) => r.id)).toEqual(["a", "b"]);
  expect(at("TA0001")).toMatchObject({ rules: 1, cells: [] });
  expect(at("TA0008")?.cells).toMatchObject([{ id: "T9999", name: "new one" }]);
  expect(at("TA0007")?.cells).toMatchObject([{ id: "T1046", rules: [], signals: 2 }]);
  expect(at("TA0010")).toMatchObject({ rules: 0, cells: [] });
  expect(m).toMatchObject({ techniques: 3, rules: 3, hit: 2 });
  expect(m.columns.map((c) => c.id)).toEqual(tactics.map((t) => t.id));
  expect(signalsOf(brute?.below[0] as never)).toBe('tag:("technique:T1110.001-password-guessing" OR attack.t1110.001)');
});

it("writes a layer of the Navigator", () => {
  const m = matrix([rule("a", ["technique:T1078-valid-accounts"])], [{ value: "technique:T1078-valid-accounts", count: 3 }]);
  const said = JSON.parse(layer(m, "n", "7d"));
  expect(said).toMatchObject({ domain: "enterprise-attack", versions: { layer: "4.5" } });
  // It stands below four tactics, and in the layer once.
  expect(said.techniques).toHaveLength(1);
  expect(said.techniques[0]).toMatchObject({ techniqueID: "T1078", score: 1, comment: "a", metadata: [{}, { name: "signals", value: "3" }] });
});
