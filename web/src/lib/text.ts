/** A piece of text of a log: as it is, or a character that must not act, as a glyph. */
export interface Piece {
  text: string;
  /** Names the character that the glyph stands for; undefined for ordinary text. */
  code?: string;
}

// What steers a terminal, turns the direction of text, or cannot be seen. A line break and
// a tab are shown as what they are only where the caller allows it.
const unseen = new RegExp(
  [
    "[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f",
    "\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\\ud800-\\udfff",
    "\\u{e0000}-\\u{e0fff}]",
  ].join(""),
  "gu",
);

/** Cuts text into pieces: what could act or hide is a glyph of its own. */
export function pieces(text: string, lines = false): Piece[] {
  const out: Piece[] = [];
  let from = 0;
  for (const found of text.matchAll(unseen)) {
    const char = found[0];
    if (lines && (char === "\n" || char === "\t")) continue;
    if (found.index > from) out.push({ text: text.slice(from, found.index) });
    out.push({ text: glyph(char), code: codeOf(char) });
    from = found.index + char.length;
  }
  if (from < text.length) out.push({ text: text.slice(from) });
  return out;
}

function codeOf(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

// Their names in ASCII: few fonts have the pictures of Unicode for them.
const names = "NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US".split(" ");

function glyph(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return `⟨${code === 0x7f ? "DEL" : (names[code] ?? codeOf(char))}⟩`;
}

/** Returns the text with glyphs in it, for places that take plain text only. */
export function plain(text: string): string {
  return pieces(text)
    .map((p) => p.text)
    .join("");
}

/** Makes an address or name harmless to paste: nothing makes a link of it. */
export function defang(text: string): string {
  return text.replace(/\bhttp(s?):\/\//gi, "hxxp$1://").replace(/(\w)\.(?=\w)/g, "$1[.]");
}

/** Cuts text to so many characters, never within one. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = text.charCodeAt(most - 1);
  return text.slice(0, end >= 0xd800 && end < 0xdc00 ? most - 1 : most);
}
