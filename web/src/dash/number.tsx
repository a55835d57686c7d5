import { useText } from "../i18n";
import { address } from "../lib/router";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { number } from "../lib/time";
import { useShared } from "./context";
import type { Answers } from "./load";
import { both, forSignals, linkOf, type NumberPanel, type SignalNumberPanel } from "./panel";

type Props = { panel: NumberPanel | SignalNumberPanel; answers: Answers };

/** How many now, and how many in the period before; undefined for what is not known. */
export function counts({ panel, answers: [now, then] }: Props): { now?: number; was?: number } {
  if (panel.kind === "signal-number") return { now: now?.signals?.total, was: then?.signals?.total };
  const { is } = panel;
  if (!is) return { now: now?.logs?.matched, was: then?.groups?.rows.reduce((sum, r) => sum + r.count, 0) };
  let sum: number | undefined;
  for (const b of now?.logs?.buckets ?? []) {
    sum ??= 0;
    for (const [value, n] of Object.entries(b.counts)) if (is(value)) sum += n;
  }
  return { now: now?.logs ? (sum ?? 0) : undefined, was: then?.groups?.rows.reduce((all, r) => all + (is(r.values[0] ?? "") ? r.count : 0), 0) };
}

/** A number, by how much it differs from the period before, and a link to what is counted. */
export function NumberView(p: Props) {
  const t = useText();
  const { lang } = useStore(settings);
  const { filter, range } = useShared();
  const { panel } = p;
  const { now, was } = counts(p);
  const to =
    panel.kind === "number"
      ? address("/ui/logs", { q: both(linkOf(panel), filter), range })
      : address("/", { q: both(panel.signals, forSignals(filter).filter) || " ", range });
  const bad = panel.kind === "number" && panel.bad;
  return (
    <>
      <h2>{t.dash.titles[panel.title]}</h2>
      <b>
        <a href={to}>{now === undefined ? "…" : number(now, lang)}</a>
      </b>
      {now !== undefined && was !== undefined && (
        <span class={bad && was > 0 && now > was ? "late" : undefined}>{t.dash.change(percent(now, was, lang), number(was, lang))}</span>
      )}
    </>
  );
}

/** Writes a change in percent with its sign; one from nothing is none. */
function percent(now: number, was: number, lang: string): string {
  if (was === 0) return now === 0 ? "±0%" : "";
  return new Intl.NumberFormat(lang, { style: "percent", signDisplay: "exceptZero", maximumFractionDigits: 0 }).format((now - was) / was);
}
