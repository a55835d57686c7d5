import { expect, it } from "vitest";
import { en } from "../i18n/en";
import { ja } from "../i18n/ja";
import { blocks } from "./markdown";
import { niceMax } from "./scale";
import { suggest } from "./suggest";

it("reads the Markdown of runbooks", () => {
  expect(blocks("# T\n\nsome\ntext\n\n- a\n- b\n  goes on\n\n1. x\n\n```\ncode <b>\n```\n2. y")).toEqual([
    { kind: "heading", level: 1, text: "T" },
    { kind: "paragraph", text: "some text" },
    { kind: "list", ordered: false, start: 1, items: ["a", "b goes on"] },
    { kind: "list", ordered: true, start: 1, items: ["x"] },
    { kind: "code", text: "code <b>" },
    { kind: "list", ordered: true, start: 2, items: ["y"] },
  ]);
  expect(blocks("```\nnever ends")).toEqual([{ kind: "code", text: "never ends" }]);
});

it("suggests fields and their values", () => {
  const known = [
    { field: "severity", values: ["high", "low"] },
    { field: "rule.name", values: ["two words"] },
  ];
  expect(suggest("sev", known).map((s) => s.text)).toEqual(["severity:"]);
  expect(suggest("-severity:h", known).map((s) => s.text)).toEqual(["-severity:high "]);
  expect(suggest("rule.name:", known).map((s) => s.text)).toEqual(['rule.name:"two words" ']);
  expect(suggest("", known)).toEqual([]);
});

it("ends a scale at a number that is easily read", () => {
  expect([0, 4, 5, 13, 99, 101, 1500].map(niceMax)).toEqual([4, 4, 6, 20, 100, 200, 2000]);
});

it("says everything in Japanese, too", () => {
  const same: string[] = [];
  const walk = (a: Record<string, unknown>, b: Record<string, unknown>, path: string) => {
    for (const [key, value] of Object.entries(a)) {
      const other = b[key];
      if (typeof value === "object" && value) walk(value as Record<string, unknown>, other as Record<string, unknown>, `${path}${key}.`);
      else if (typeof value === "string" && value === other) same.push(path + key);
    }
  };
  walk(en, ja, "");
  // What is the same in both is a name or a query.
  expect(same.filter((key) => !/^(severity|query\.placeholder|panel\.(json|mitre)|nav\.attack|attack\.title|logs\.raw)/.test(key))).toEqual([]);
});
