import { describe, expect, it } from "vitest";
import { and, chosen, clause, exclude, quote, toggle, tokens, wordAt } from "./query";

describe("queries", () => {
  it("are cut at blanks outside quotes and parentheses", () => {
    const f = (query: string, ...want: string[]) => expect(tokens(query)).toEqual(want);
    f("");
    f("a  b", "a", "b");
    f('"failed password" source:sshd', '"failed password"', "source:sshd");
    f("a:(b OR c) [1 TO 2] d", "a:(b OR c)", "[1 TO 2]", "d");
    f('a:"b \\" c" d', 'a:"b \\" c"', "d");
    f("a\\ b c", "a\\ b", "c");
    f('open "quote', "open", '"quote');
    f("end\\", "end\\");
  });
  it("quote what the language would read as something else", () => {
    const f = (value: string, want: string) => expect(quote(value)).toBe(want);
    f("high", "high");
    f("203.0.113.7", "203.0.113.7");
    f("2001:db8::1", '"2001:db8::1"');
    f("two words", '"two words"');
    f('a"b\\c', '"a\\"b\\\\c"');
    f("*", '"*"');
    f("-x", '"-x"');
    f("OR", '"OR"');
    f("失敗", "失敗");
    f("", '""');
  });
  it("take values in and out", () => {
    const f = (query: string, field: string, value: string, want: string) => {
      const once = toggle(query, field, value);
      expect(once).toBe(want);
      expect(chosen(once, field).only).toContain(value);
      expect(tokens(toggle(once, field, value)).sort()).toEqual(tokens(query).sort());
    };
    f("", "severity", "high", "severity:high");
    f("x", "severity", "high", "x severity:high");
    f("severity:high x", "severity", "low", "x severity:(high OR low)");
    f("a", "rule.name", "Brute force (slow)", 'a rule.name:"Brute force (slow)"');
    f("a", "@entity.user", 'o"h \\', 'a @entity.user:"o\\"h \\\\"');
    expect(toggle("a OR b", "x", "y")).toBe("(a OR b) x:y");
    expect(toggle("severity:>low", "severity", "high")).toBe("severity:>low severity:high");
  });
  it("exclude values", () => {
    expect(exclude("state:open", "state", "archived")).toBe("state:open -state:archived");
    expect(exclude("-state:archived", "state", "archived")).toBe("");
    expect(exclude("state:open", "state", "open")).toBe("-state:open");
    expect(chosen("-state:archived x", "state")).toEqual({ only: [], not: ["archived"] });
  });
  it("are joined", () => {
    expect(and("", clause("a", "b"))).toBe("a:b");
    expect(and("a:b", "a:b", "c")).toBe("a:b c");
    expect(and("a OR b", "c")).toBe("(a OR b) c");
  });
  it("know the word that is being written", () => {
    expect(wordAt("a:b sev", 7)).toEqual({ from: 4, text: "sev" });
    expect(wordAt("(sta", 4)).toEqual({ from: 1, text: "sta" });
    expect(wordAt("a ", 2)).toEqual({ from: 2, text: "" });
  });
});
