import { expect, it } from "vitest";
import { cell, csv } from "./csv";

it("writes cells that a spreadsheet does not compute", () => {
  const f = (value: string, want: string) => expect(cell(value)).toBe(want);
  f("plain", "plain");
  f('=HYPERLINK("http://192.0.2.1","x")', '"\'=HYPERLINK(""http://192.0.2.1"",""x"")"');
  f("+1", "'+1");
  f("-1", "'-1");
  f("@SUM(A1)", "'@SUM(A1)");
  f("\t=1", "'\t=1");
  f("\r=1", '"\'\r=1"');
  f("＝1", "'＝1");
  f("a,b", '"a,b"');
  f("a\nb", '"a\nb"');
  f('say "x"', '"say ""x"""');
  f("", "");
});

it("writes rows", () => {
  expect(
    csv([
      ["a", "b"],
      ["=1", "2"],
    ]),
  ).toBe("\ufeffa,b\r\n'=1,2\r\n");
});
