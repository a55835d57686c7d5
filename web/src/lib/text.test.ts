import { describe, expect, it } from "vitest";
import { cut, defang, pieces, plain } from "./text";

describe("text that somebody else wrote", () => {
  const f = (text: string, want: string) => expect(plain(text)).toBe(want);
  it("shows what would act or hide as glyphs", () => {
    f("plain", "plain");
    f("\u001b[2J\u0007\u0000", "⟨ESC⟩[2J⟨BEL⟩⟨NUL⟩");
    f("a\u007fb\u009bc", "a⟨DEL⟩b⟨U+009B⟩c");
    f("invoice\u202egpj.exe", "invoice⟨U+202E⟩gpj.exe");
    f("\u2066x\u2069\u200b\ufeff", "⟨U+2066⟩x⟨U+2069⟩⟨U+200B⟩⟨U+FEFF⟩");
    f("tag \u{e0041}", "tag ⟨U+E0041⟩");
    f("half \ud800 pair", "half ⟨U+D800⟩ pair");
    f("<script>alert(1)</script>", "<script>alert(1)</script>");
    f("日本語 パスワード é 👍", "日本語 パスワード é 👍");
    f("a\nb\tc", "a⟨LF⟩b⟨TAB⟩c");
  });
  it("keeps line breaks and tabs where there may be several lines, nothing else", () => {
    expect(pieces("a\n\tb\r", true)).toEqual([{ text: "a\n\tb" }, { text: "⟨CR⟩", code: "U+000D" }]);
  });
  it("loses nothing and finds each one", () => {
    for (let code = 0; code < 0x20; code++) expect(pieces(`a${String.fromCharCode(code)}b`)).toHaveLength(3);
    for (const code of [0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0x200e, 0x200f, 0x061c]) {
      expect(pieces(String.fromCodePoint(code))[0]?.code).toBe(`U+${code.toString(16).toUpperCase().padStart(4, "0")}`);
    }
  });
  it("cuts between characters", () => {
    expect(cut("abc", 3)).toBe("abc");
    expect(cut("abcd", 3)).toBe("abc");
    expect(cut("a👍b", 2)).toBe("a");
  });
  it("makes addresses harmless", () => {
    expect(defang("https://evil.example/a.b 192.0.2.1")).toBe("hxxps://evil[.]example/a[.]b 192[.]0[.]2[.]1");
  });
});
