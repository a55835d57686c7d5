/** A part of a text in Markdown. */
export type Block =
  | { kind: "heading"; level: number; text: string }
  | { kind: "paragraph"; text: string }
  | { kind: "code"; text: string }
  | { kind: "list"; ordered: boolean; start: number; items: string[] };

/** Reads the Markdown that runbooks and messages use: headings, lists, code, paragraphs. */
export function blocks(text: string): Block[] {
  const out: Block[] = [];
  const lines = text.split("\n");
  let paragraph: string[] = [];
  const flush = () => {
    if (paragraph.length) out.push({ kind: "paragraph", text: paragraph.join(" ") });
    paragraph = [];
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string;
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    const item = /^\s{0,3}(?:([-*])|(\d{1,9})[.)])\s+(.*)$/.exec(line);
    if (line.startsWith("```")) {
      flush();
      const code: string[] = [];
      while (++i < lines.length && !(lines[i] as string).startsWith("```")) code.push(lines[i] as string);
      out.push({ kind: "code", text: code.join("\n") });
    } else if (heading) {
      flush();
      out.push({ kind: "heading", level: (heading[1] as string).length, text: heading[2] as string });
    } else if (item) {
      flush();
      const ordered = item[2] !== undefined;
      const before = out.at(-1);
      if (before?.kind === "list" && before.ordered === ordered) before.items.push(item[3] as string);
      else out.push({ kind: "list", ordered, start: Number(item[2] ?? 1), items: [item[3] as string] });
    } else if (line.trim() === "") {
      flush();
    } else {
      const before = out.at(-1);
      if (/^\s{2,}/.test(line) && before?.kind === "list" && paragraph.length === 0) before.items.push(`${before.items.pop()} ${line.trim()}`);
      else paragraph.push(line.trim());
    }
  }
  flush();
  return out;
}
