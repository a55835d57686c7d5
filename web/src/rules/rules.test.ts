import { describe, expect, test } from "vitest";
import { draft } from "../lib/rules";
import { complete } from "./complete";
import { diff } from "./diff";

const at = (text: string) => {
  const lines = text.split("\n");
  const last = lines.pop() ?? "";
  return complete(lines, last);
};

describe("complete", () => {
  test("keys of the rule, without those that are there", () => {
    const words = at("id: a\nname: b\nqu")?.words ?? [];
    expect(words).toContain("queries");
    expect(words).not.toContain("name");
  });
  test.each([
    ["queries:\n  - na", "groupByFields"],
    ["queries:\n  - name: a\n    qu", "query"],
    ["queries:\n- name: a\n  qu", "query"],
    ["queries:\n  - name: a\n    query: '*'\ncases:\n  - st", "status"],
    ["options:\n  det", "detectionMethod"],
    ["options:\n  detectionMethod: x\n  leakyBucket:\n    cap", "capacity"],
    ["options:\n  sequenceDetectionOptions:\n    steps:\n      - na", "evaluationWindow"],
    ["cases:\n  - {na", "condition"],
    ["options:\n  leakyBucket: {cap", "leakSpeed"],
  ])("keys at %j", (text, want) => {
    expect(at(text)?.words).toContain(want);
    expect(at(text)?.kind).toBe("key");
  });
  test.each([
    ["options:\n  detectionMethod: ", "leaky_bucket"],
    ["cases:\n  - name: x\n    status: hi", "high"],
    ["cases:\n  - {name: x, status: ", "critical"],
    ["isEnabled: ", "false"],
    ["title: x\ndetection:\n  a: b\nlevel: ", "informational"],
  ])("values at %j", (text, want) => {
    expect(at(text)?.words).toContain(want);
    expect(at(text)?.kind).toBe("value");
  });
  test("attributes wherever one is begun", () => {
    for (const text of ["queries:\n  - query: '@net", "queries:\n  - groupByFields: ['@usr.id', '@net", "message: '{{@net"]) {
      expect(at(text)?.words).toContain("@network.client.ip");
      expect(at(text)?.kind).toBe("attribute");
    }
  });
  test("nothing inside of text", () => {
    expect(at("name: what it is about")).toBeUndefined();
    expect(at("message: a, b")).toBeUndefined();
  });
});

describe("diff", () => {
  const shown = (a: string, b: string) => diff(a, b).map((l) => ({ same: " ", old: "-", new: "+" })[l.kind] + l.text);
  test("lines of both, of one, of the other", () => {
    expect(shown("a\nb\nc\nd", "a\nx\nc\nd\ne")).toEqual([" a", "-b", "+x", " c", " d", "+e"]);
    expect(shown("a", "a")).toEqual([" a"]);
    expect(shown("", "a")).toEqual(["-", "+a"]);
  });
  test("both texts can be read off it", () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 48271) % 2147483647;
      return seed % 4;
    };
    for (let n = 0; n < 200; n++) {
      const text = () => Array.from({ length: random() + random() * 3 }, () => "abcd"[random()]).join("\n");
      const [a, b] = [text(), text()];
      const all = diff(a, b);
      expect(
        all
          .filter((l) => l.kind !== "new")
          .map((l) => l.text)
          .join("\n"),
      ).toBe(a);
      expect(
        all
          .filter((l) => l.kind !== "old")
          .map((l) => l.text)
          .join("\n"),
      ).toBe(b);
    }
  });
});

test("a search with quotes is a rule", () => {
  expect(draft("@http.url:'x'\nsource:nginx")).toContain("query: '@http.url:''x'' source:nginx'");
});
