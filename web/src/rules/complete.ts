import schema from "./schema.json";

/** The standard attributes (docs/glossary.md), as searches and lists of fields name them. */
export const attributes = [
  "network.client.ip",
  "network.client.name",
  "network.client.port",
  "network.client.geoip.country.iso_code",
  "network.destination.ip",
  "network.bytes_written",
  "usr.id",
  "usr.name",
  "usr.email",
  "evt.category",
  "evt.name",
  "evt.outcome",
  "evt.reason",
  "http.method",
  "http.status_code",
  "http.url",
  "http.url_details.path",
  "http.useragent",
  "http.referer",
  "http.version",
  "syslog.hostname",
  "syslog.appname",
  "process.pid",
  "process.name",
  "security.attack",
  "security.rules",
  "security.categories",
].map((name) => `@${name}`);

const sigmaKeys = [
  "title",
  "id",
  "status",
  "description",
  "author",
  "date",
  "references",
  "tags",
  "logsource",
  "detection",
  "correlation",
  "falsepositives",
  "level",
];
const levels = ["informational", "low", "medium", "high", "critical"];

const known: Record<string, Record<string, string[]>> = schema;

/** What may stand at a place: words, and where the one begins that is being written. */
export interface Completion {
  from: number;
  words: string[];
  kind: "key" | "value" | "attribute";
}

/** Returns what may stand at the end of a line of a rule, the lines before which are given. */
export function complete(before: string[], line: string): Completion | undefined {
  const at = /@[\w.-]*$/.exec(line);
  if (at) return { from: at.index, words: attributes, kind: "attribute" };
  const key = /^(\s*(?:- )?\s*)([\w]*)$/.exec(line);
  const sigma = [...before, line].some((l) => /^(detection|correlation|logsource):/.test(l));
  const indent = (l: string) => /^(\s*(?:- )*)/.exec(l)?.[1]?.length ?? 0;
  const path = parents(before, indent(line));
  if (key) {
    const lead = key[1]?.length ?? 0;
    const words = sigma ? (path === "" ? sigmaKeys : undefined) : Object.keys(known[path] ?? {});
    if (!words || words.length === 0) return undefined;
    const there = sigma ? new Set<string>() : siblings(before, indent(line));
    return { from: lead, words: words.filter((w) => !there.has(w) || w === key[2]), kind: "key" };
  }
  const value = /^\s*(?:- )?\s*(\w+):\s*(\w*)$/.exec(line);
  // In one line, as cases are often written: {name: x, status: hi
  const inFlow = /\{[^}]*$/.test(line);
  const flow = inFlow ? /[{,]\s*(\w+):\s*(\w*)$/.exec(line) : null;
  const found = flow ?? value;
  if (!found) {
    const inner = inFlow ? /[{,]\s*(\w*)$/.exec(line) : null;
    if (!inner || sigma) return undefined;
    const words = Object.keys(known[flowPath(path, line)] ?? {});
    return words.length > 0 ? { from: line.length - (inner[1]?.length ?? 0), words, kind: "key" } : undefined;
  }
  const from = line.length - (found[2]?.length ?? 0);
  if (sigma) return found[1] === "level" ? { from, words: levels, kind: "value" } : undefined;
  const words = known[flow ? flowPath(path, line) : path]?.[found[1] ?? ""] ?? [];
  const plain = words.filter((w) => w !== "@");
  return plain.length > 0 ? { from, words: plain, kind: "value" } : undefined;
}

/** The keys that stand around a mapping in one line, such as options: {. */
function flowPath(path: string, line: string): string {
  const opened = /^\s*(?:- )?\s*(\w+):\s*\{/.exec(line)?.[1];
  if (!opened) return path;
  return path ? `${path}.${opened}` : opened;
}

/** Returns the keys below which something stands that is indented so far, joined by dots. */
function parents(before: string[], indent: number): string {
  const keys: string[] = [];
  let left = indent;
  for (let i = before.length - 1; i >= 0 && left > 0; i--) {
    const m = /^(\s*(?:- )*)(\w+):\s*(.*)$/.exec(before[i] ?? "");
    if (!m) continue;
    const depth = m[1]?.length ?? 0;
    // A list may stand as far left as the key that it belongs to.
    const dash = /-/.test(m[1] ?? "");
    if (depth < left && !(m[3] && !m[3].startsWith("#"))) {
      keys.unshift(m[2] ?? "");
      left = dash ? depth - 1 : depth;
    }
  }
  return keys.join(".");
}

/** The keys that are there beside a line that is indented so far, above it. */
function siblings(before: string[], indent: number): Set<string> {
  const there = new Set<string>();
  for (let i = before.length - 1; i >= 0; i--) {
    const m = /^(\s*(- )?\s*)(\w+):/.exec(before[i] ?? "");
    if (!m) continue;
    const depth = m[1]?.length ?? 0;
    if (depth < indent) break;
    if (depth === indent) there.add(m[3] ?? "");
    if (depth === indent && m[2]) break;
  }
  return there;
}
