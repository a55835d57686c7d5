import type { Catalogue } from "../i18n/en";
import { and, tokens } from "../lib/query";
import type { Series } from "../ui/histogram";
import type { Answers } from "./load";

/** Counts of a search in the logs: over time by the values of a field, and how often a field has which value. */
export interface CountAsk {
  query: string;
  by?: string;
  facet?: string;
  /** How many values are wanted, 30 without it. */
  most?: number;
}

/** Counts of events by the values of up to four fields; before is the period before the one shown. */
export interface GroupAsk {
  query: string;
  groups: string[];
  before?: boolean;
}

/** Signals: how many by what they are, or with list so many of them. */
export interface SignalAsk {
  signals: string;
  before?: boolean;
  list?: number;
}

export type Ask = CountAsk | GroupAsk | SignalAsk;

export type Title = keyof Catalogue["dash"]["titles"];

interface Common {
  title: Title;
  /** How many of twelve columns it takes. */
  span: 2 | 3 | 4 | 6 | 8 | 12;
}

/** A number, and by how much it differs from the period before. */
export interface NumberPanel extends Common {
  kind: "number";
  query: string;
  /** The values of the field that count; without it, all events do. */
  by?: string;
  is?: (value: string) => boolean;
  /** What else the explorer is asked for. */
  link?: string;
  /** Whether it is bad news that there are more. */
  bad?: boolean;
}

export interface SignalNumberPanel extends Common {
  kind: "signal-number";
  signals: string;
}

/** Counts over time, stacked. Without series, the most frequent values have one each. */
export interface TimePanel extends Common {
  kind: "time";
  query: string;
  by: string;
  series?: Series[];
  /** Turns a value into the key of its series. */
  key?: (value: string) => string;
}

export interface SignalTimePanel extends Common {
  kind: "signal-time";
  signals: string;
}

export interface TopPanel extends Common {
  kind: "top";
  query: string;
  field: string;
}

export interface MapPanel extends Common {
  kind: "map";
  query: string;
  field: string;
}

export interface SignalListPanel extends Common {
  kind: "signal-list";
  signals: string;
  list: number;
}

/** A cell: text, a number, or the value of a field that can be filtered by. */
export type Cell = string | number | { field: string; value: string } | { country: string } | { time: number };

/** Rows that are worked out of several answers. */
export interface TablePanel extends Common {
  kind: "table";
  /** The search that its link opens. */
  query: string;
  asks: Ask[];
  columns: { title: keyof Catalogue["dash"]["columns"]; num?: boolean }[];
  rows: (answers: Answers) => Cell[][];
}

export type Panel = NumberPanel | SignalNumberPanel | TimePanel | SignalTimePanel | TopPanel | MapPanel | SignalListPanel | TablePanel;

/** A dashboard: one file that says what is shown. */
export interface Dashboard {
  /** The end of its address, and its name. */
  name: keyof Catalogue["dash"]["names"];
  panels: Panel[];
}

/** Returns what a panel wants to know. */
export function asksOf(panel: Panel): Ask[] {
  switch (panel.kind) {
    case "number":
      return [
        { query: panel.query, by: panel.by },
        { query: panel.query, groups: panel.by ? [panel.by] : [], before: true },
      ];
    case "time":
      return [{ query: panel.query, by: panel.by }];
    case "top":
      return [{ query: panel.query, facet: panel.field }];
    case "map":
      return [{ query: panel.query, facet: panel.field, most: 250 }];
    case "signal-number":
      return [{ signals: panel.signals }, { signals: panel.signals, before: true }];
    case "signal-time":
      return [{ signals: panel.signals }];
    case "signal-list":
      return [{ signals: panel.signals, list: panel.list }];
    case "table":
      return panel.asks;
  }
}

/** A request that answers one ask or several. */
export type Request =
  | { kind: "count"; query: string; by?: string; facets: string[]; most: number }
  | { kind: "group"; query: string; groups: string[]; before: boolean }
  | { kind: "signals"; signals: string; before: boolean }
  | { kind: "list"; signals: string; list: number };

/** Returns as few requests as answer all asks, and for each ask which of them does. */
export function plan(asks: Ask[]): { requests: Request[]; of: number[] } {
  const requests: Request[] = [];
  const place = (same: (r: Request) => boolean, make: () => Request) => {
    const at = requests.findIndex(same);
    return at >= 0 ? at : requests.push(make()) - 1;
  };
  const of = asks.map((ask) => {
    if ("signals" in ask) {
      const { signals, list, before = false } = ask;
      return list
        ? place(
            (r) => r.kind === "list" && r.signals === signals && r.list === list,
            () => ({ kind: "list", signals, list }),
          )
        : place(
            (r) => r.kind === "signals" && r.signals === signals && r.before === before,
            () => ({ kind: "signals", signals, before }),
          );
    }
    if ("groups" in ask) {
      const { query, groups, before = false } = ask;
      return place(
        (r) => r.kind === "group" && r.query === query && r.before === before && r.groups.join() === groups.join(),
        () => ({ kind: "group", query, groups, before }),
      );
    }
    const at = place(
      (r) => r.kind === "count" && r.query === ask.query && (!ask.by || !r.by || r.by === ask.by),
      () => ({ kind: "count", query: ask.query, facets: [], most: 30 }),
    );
    const r = requests[at] as Request & { kind: "count" };
    if (ask.by) r.by = ask.by;
    if (ask.facet && !r.facets.includes(ask.facet)) r.facets.push(ask.facet);
    r.most = Math.max(r.most, ask.most ?? 0);
    return at;
  });
  return { requests, of };
}

/** Returns the search for what both find. */
export function both(query: string, filter: string): string {
  if (!filter.trim()) return query;
  const all = tokens(filter);
  return all.some((t) => t === "OR" || t === "||") ? and(query, `(${filter.trim()})`) : and(query, ...all);
}

const ofSignals = /^-?(@network\.client\.ip|@usr\.(id|name)|@entity\.\w+|@container\.name|host|service):/;

/** Returns of a filter what signals have, too, and whether something was left out. */
export function forSignals(filter: string): { filter: string; less: boolean } {
  const all = tokens(filter);
  if (all.some((t) => t === "OR" || t === "||")) return { filter: "", less: true };
  const kept = all.filter((t) => ofSignals.test(t));
  return { filter: kept.join(" "), less: kept.length < all.length };
}

/** Returns the search of a number: that of its panel, and which of its events count. */
export const linkOf = (panel: NumberPanel) => (panel.link ? and(panel.query, panel.link) : panel.query);
