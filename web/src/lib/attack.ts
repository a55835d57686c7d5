import { mitreOf, type Technique, tactics, techniques } from "./attacknames";
import { quote } from "./query";
import type { SeverityName } from "./signals";

/** A rule as far as the matrix wants to know it. */
export interface CoveringRule {
  id: string;
  name: string;
  name_ja?: string;
  enabled: boolean;
  severities: SeverityName[];
  tags?: string[];
}

/** A value that tags of signals have, and how many signals. */
export interface TagCount {
  value: string;
  count: number;
}

/** A technique of the matrix: the rules for it, and the signals of the range that have its tags. */
export interface Cell {
  id: string;
  name: string;
  rules: CoveringRule[];
  signals: number;
  /** The tags that name it, as rules and signals have them. */
  tags: string[];
  below: Cell[];
}

export interface Column {
  id: string;
  name: string;
  cells: Cell[];
  /** Rules that name the tactic. */
  rules: number;
}

export interface Matrix {
  columns: Column[];
  /** How many techniques rules cover, by how many rules; how many of them have signals. */
  techniques: number;
  rules: number;
  hit: number;
}

/** Lays out which techniques the rules cover that are at work, and which have signals. */
export function matrix(rules: CoveringRule[], found: TagCount[]): Matrix {
  const cells = new Map<string, Cell>();
  const places = new Map<string, Set<string>>(); // tactics of a technique, by those who name it
  const column = new Map<string, Set<string>>(tactics.map((t) => [t.id, new Set()]));
  const cell = (id: string, word: string): Cell => {
    const one = cells.get(id) ?? { id, name: techniques[id]?.name ?? word, rules: [], signals: 0, tags: [], below: [] };
    if (one.name === "") one.name = word;
    cells.set(id, one);
    return one;
  };
  const put = (id: string, tactic: string) => {
    const set = places.get(id) ?? new Set();
    places.set(id, set.add(tactic));
  };
  const covering = rules.filter((r) => r.enabled);
  const named = new Set<string>();
  for (const r of covering) {
    const said = (r.tags ?? []).map((tag) => ({ tag, ...mitreOf(tag) }));
    const of = said.flatMap((s) => (s.tactic ? [s.tactic] : []));
    for (const tactic of of) column.get(tactic)?.add(r.id);
    for (const s of said) {
      if (!s.technique) continue;
      const one = cell(s.technique, s.name);
      if (!one.rules.includes(r)) one.rules.push(r);
      if (!one.tags.includes(s.tag)) one.tags.push(s.tag);
      for (const tactic of of) put(s.technique, tactic);
      named.add(r.id);
    }
  }
  for (const { value, count } of found) {
    const s = mitreOf(value);
    if (!s.technique) continue;
    const one = cell(s.technique, s.name);
    one.signals += count;
    if (!one.tags.includes(value)) one.tags.push(value);
  }
  // A part stands below its whole, which is there for its sake, too.
  for (const id of [...cells.keys()]) {
    const whole = id.split(".")[0] as string;
    if (whole !== id) cell(whole, "").below.push(cells.get(id) as Cell);
  }
  for (const one of cells.values()) one.below.sort((a, b) => a.id.localeCompare(b.id));
  const tacticsOf = (id: string): string[] => {
    const whole = id.split(".")[0] as string;
    const known: Technique | undefined = techniques[id] ?? techniques[whole];
    if (known) return known.tactics;
    // One that nobody here knows stands where its rules stand.
    const parts = [...cells.keys()].filter((k) => k === id || k.startsWith(`${id}.`));
    return [...new Set(parts.flatMap((p) => [...(places.get(p) ?? [])]))];
  };
  const columns = tactics.map((tactic) => ({
    ...tactic,
    rules: column.get(tactic.id)?.size ?? 0,
    cells: [...cells.values()].filter((c) => !c.id.includes(".") && tacticsOf(c.id).includes(tactic.id)).sort((a, b) => a.id.localeCompare(b.id)),
  }));
  const all = [...cells.values()];
  return {
    columns,
    techniques: all.filter((c) => c.rules.length > 0).length,
    rules: named.size,
    hit: all.filter((c) => c.signals > 0).length,
  };
}

/** Returns the search for the signals of a technique. */
export function signalsOf(cell: Cell): string {
  const [first, ...more] = cell.tags;
  if (first === undefined) return "";
  return more.length ? `tag:(${cell.tags.map(quote).join(" OR ")})` : `tag:${quote(first)}`;
}

/** Writes the matrix as a layer of the ATT&CK Navigator: the score of a technique is its number of rules. */
export function layer(m: Matrix, name: string, range: string): string {
  const all = new Map<string, Cell>();
  for (const c of m.columns) for (const one of c.cells) for (const part of [one, ...one.below]) all.set(part.id, part);
  const listed = [...all.values()].filter((c) => c.rules.length > 0 || c.signals > 0);
  return `${JSON.stringify(
    {
      name,
      versions: { attack: "17", navigator: "5.1.0", layer: "4.5" },
      domain: "enterprise-attack",
      description: `Techniques that the rules of Sasumata cover; signals of ${range}.`,
      sorting: 3,
      hideDisabled: false,
      techniques: listed.map((c) => ({
        techniqueID: c.id,
        score: c.rules.length,
        enabled: true,
        showSubtechniques: c.below.length > 0,
        comment: c.rules.map((r) => r.id).join(", "),
        metadata: [
          { name: "rules", value: String(c.rules.length) },
          { name: "signals", value: String(c.signals) },
        ],
      })),
      gradient: { colors: ["#ffe766", "#8ec843"], minValue: 0, maxValue: Math.max(1, ...listed.map((c) => c.rules.length)) },
      legendItems: [],
      showTacticRowBackground: true,
      tacticRowBackground: "#dddddd",
    },
    null,
    2,
  )}\n`;
}
