import type { Lang, Zone } from "./settings";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Returns the name of the zone as Intl knows it; undefined is that of the browser. */
function zoneName(zone: Zone): string | undefined {
  return zone === "local" ? undefined : zone;
}

/** Names the zone as it is shown beside times: UTC, JST, or that of the browser. */
export function zoneLabel(zone: Zone, at = Date.now()): string {
  if (zone === "UTC") return "UTC";
  if (zone === "Asia/Tokyo") return "JST";
  const offset = -new Date(at).getTimezoneOffset();
  if (offset === 0) return "UTC+0";
  const sign = offset > 0 ? "+" : "-";
  const abs = Math.abs(offset);
  const rest = abs % 60;
  return `UTC${sign}${Math.floor(abs / 60)}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

interface Parts {
  year: string;
  month: string;
  day: string;
  hour: string;
  minute: string;
  second: string;
}

function parts(at: number, zone: Zone): Parts {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-CA", {
      timeZone: zoneName(zone),
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
    });
    formats.set(zone, format);
  }
  const out = {} as Record<string, string>;
  for (const p of format.formatToParts(at)) out[p.type] = p.value;
  return out as unknown as Parts;
}

/** Reads a time of the API; NaN when it is none. */
export function parse(text: string | undefined): number {
  return text ? Date.parse(text) : Number.NaN;
}

/** Writes a time as 2026-11-22 13:45:07, in the zone. */
export function stamp(at: number, zone: Zone, millis = false): string {
  if (!Number.isFinite(at)) return "–";
  const p = parts(at, zone);
  const rest = millis ? `.${String(((at % 1000) + 1000) % 1000).padStart(3, "0")}` : "";
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second}${rest}`;
}

/** Writes a time without its year, as 11-22 13:45:07. */
export function shortStamp(at: number, zone: Zone): string {
  return Number.isFinite(at) ? stamp(at, zone).slice(5) : "–";
}

/** Returns by how many milliseconds the clock of the zone is ahead of UTC at the time. */
export function ahead(at: number, zone: Zone): number {
  const whole = Math.floor(at / second) * second;
  return Date.parse(`${stamp(whole, zone).replace(" ", "T")}Z`) - whole;
}

/** Writes a time as an axis over the span shows it. */
export function tick(at: number, span: number, zone: Zone): string {
  const full = stamp(at, zone);
  if (span > 3 * day) return full.slice(5, 10);
  if (span > 10 * minute) return full.slice(11, 16);
  return full.slice(11, 19);
}

/** Writes how long ago, or until when: 5 m, 3 h, 2 d. */
export function ago(at: number, now: number, lang: Lang): string {
  return span(Math.abs(now - at), lang);
}

const unitNames = { en: ["s", "m", "h", "d"], ja: ["秒", "分", "時間", "日"] } as const;

/** Writes a length of time by its largest unit. */
export function span(ms: number, lang: Lang): string {
  if (!Number.isFinite(ms)) return "–";
  const [s, m, h, d] = unitNames[lang];
  if (ms < minute) return `${Math.round(ms / second)} ${s}`;
  if (ms < hour) return `${Math.round(ms / minute)} ${m}`;
  if (ms < 10 * hour) return `${Math.round((ms / hour) * 10) / 10} ${h}`;
  if (ms < 2 * day) return `${Math.round(ms / hour)} ${h}`;
  return `${Math.round(ms / day)} ${d}`;
}

/** Writes a number as the language does. */
export function number(n: number, lang: Lang): string {
  return new Intl.NumberFormat(lang).format(n);
}

/** Writes a number in little room: 1.2K. */
export function compact(n: number): string {
  return n < 10_000 ? String(Math.round(n)) : new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(n);
}

/** A range of time: the last so long ("24h"), all of it (""), or from..to in milliseconds. */
export interface Range {
  from?: number;
  to?: number;
}

const units: Record<string, number> = { s: second, m: minute, h: hour, d: day, w: 7 * day };

/** Reads what the address keeps: "24h", "all", or "1700000000000-1700000360000". */
export function bounds(text: string, now: number): Range {
  const last = /^(\d{1,5})([smhdw])$/.exec(text);
  if (last) return { from: now - Number(last[1]) * (units[last[2] as string] as number) };
  const fixed = /^(\d{1,15})-(\d{1,15})$/.exec(text);
  if (fixed) return { from: Number(fixed[1]), to: Number(fixed[2]) };
  return {};
}

/** Writes a range of two times for the address. */
export function fixedRange(from: number, to: number): string {
  return `${Math.floor(from)}-${Math.ceil(to)}`;
}

/** Reads what an input of type datetime-local has, as a time in the zone. */
export function fromInput(text: string, zone: Zone): number {
  const wanted = Date.parse(`${text}${text.length === 16 ? ":00" : ""}Z`);
  if (!Number.isFinite(wanted)) return Number.NaN;
  if (zone === "UTC") return wanted;
  // The offset depends on the time itself: the second look corrects the first.
  let at = wanted;
  for (let i = 0; i < 2; i++) at = wanted - (Date.parse(`${stamp(at, zone).replace(" ", "T")}Z`) - Math.floor(at / 1000) * 1000);
  return at;
}

/** Writes a time for an input of type datetime-local. */
export function toInput(at: number, zone: Zone): string {
  return stamp(at, zone).replace(" ", "T");
}

const steps = [second, 5 * second, 15 * second, minute, 5 * minute, 15 * minute, hour, 3 * hour, 6 * hour, day, 7 * day];

/** Returns the length of buckets that people count in, for at most so many of them. */
export function bucket(length: number, most: number): number {
  return steps.find((s) => length / s <= most) ?? 30 * day;
}
