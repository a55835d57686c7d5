import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

import { mitreOf, tactics, techniques } from "../src/lib/attacknames";

it("knows each technique and tactic that shipped rules name", () => {
  const dir = join(import.meta.dirname, "../../content/rules");
  const files = readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".yaml") && !f.endsWith("_test.yaml"));
  const seen = new Set();
  for (const file of files) {
    for (const [tag] of readFileSync(join(dir, file), "utf8").matchAll(/\b(?:technique|tactic):T[^\s'"\]]+/g)) {
      const { technique, tactic } = mitreOf(tag);
      if (technique) expect(techniques[technique], `${file}: ${technique}`).toBeDefined();
      else
        expect(
          tactics.some((one) => one.id === tactic),
          `${file}: ${tag}`,
        ).toBe(true);
      seen.add(technique ?? "");
    }
  }
  expect(seen.size).toBeGreaterThan(60);
  for (const [id, one] of Object.entries(techniques)) {
    if (id.includes(".")) expect(techniques[id.split(".")[0]], id).toBeDefined();
    for (const tactic of one.tactics) expect(tactics.map((x) => x.id)).toContain(tactic);
  }
});
