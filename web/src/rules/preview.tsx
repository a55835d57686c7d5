import { useEffect, useState } from "preact/hooks";
import { useText } from "../i18n";
import { may } from "../lib/api";
import { useLoad } from "../lib/load";
import { previewRule } from "../lib/rules";
import { settings } from "../lib/settings";
import { severities } from "../lib/signals";
import { useStore } from "../lib/store";
import { number, parse, shortStamp, stamp, zoneLabel } from "../lib/time";
import { LogText } from "../ui/logtext";
import { Severity } from "../ui/severity";
import { Table } from "../ui/table";
import { useRangeLabel } from "../ui/timerange";
import { Notice } from "../ui/value";

const ranges = { "1h": 1, "24h": 24, "7d": 168 } as const;
type Range = keyof typeof ranges;

/** What a rule would have opened in the stored logs. It follows what is written, a moment later. */
export function Preview({ text, good }: { text: string; good: boolean }) {
  const t = useText();
  const { zone, lang } = useStore(settings);
  const label = useRangeLabel();
  const [range, setRange] = useState<Range>("24h");
  const settled = useSettled(text, good, 800);
  const loaded = useLoad((signal) => previewRule(settled, ranges[range], signal), [settled, range], settled !== "" && may("logs:read"));
  const p = loaded.value;
  const stale = loaded.busy || !good || settled !== text;
  return (
    <section class="card rule-preview" aria-label={t.rules.preview}>
      <header class="page-head">
        <h2>{t.rules.preview}</h2>
        <span class="grow" />
        {(Object.keys(ranges) as Range[]).map((r) => (
          <button key={r} type="button" class="preset" aria-pressed={r === range} onClick={() => setRange(r)}>
            {label(r)}
          </button>
        ))}
      </header>
      {loaded.error && !loaded.busy && <Notice title={t.rules.previewFailed}>{loaded.error.message}</Notice>}
      {!may("logs:read") && <p class="muted">{t.rules.previewForbidden}</p>}
      <div role="status" aria-busy={stale} class={stale ? "stale" : undefined}>
        {!p && !loaded.error && <p class="muted">{good ? t.app.loading : t.rules.previewWaits}</p>}
        {p && (!loaded.error || loaded.busy) && (
          <>
            <p class="preview-count">
              <b>{t.rules.would(number(p.signals, lang))}</b> <span class="muted">{t.rules.perDay(number(p.per_day, lang))}</span>
            </p>
            <p class="preview-severities">
              {severities
                .filter((s) => (p.severities[s] ?? 0) > 0)
                .map((s) => (
                  <span key={s}>
                    <Severity of={s} /> {number(p.severities[s] ?? 0, lang)}
                  </span>
                ))}
            </p>
            <p class="muted small">{t.rules.looked(number(p.events, lang), number(p.matched, lang), number(p.took_ms, lang))}</p>
            {p.cut && <p class="note-warn">{t.rules.cut(stamp(parse(p.to), zone), p.cut)}</p>}
            {p.learnt_from && <p class="muted small">{t.rules.learnt(stamp(parse(p.learnt_from), zone))}</p>}
            {p.suppressed > 0 && <p class="muted small">{t.rules.heldBack(number(p.suppressed, lang))}</p>}
            {(p.evicted ?? 0) > 0 && <p class="note-warn">{t.rules.evicted(number(p.evicted ?? 0, lang))}</p>}
            <Table
              label={t.rules.wouldOpen}
              rows={p.samples}
              rowKey={(s) => `${s.first_seen} ${s.title} ${JSON.stringify(s.group)}`}
              empty={t.rules.wouldOpenNone}
              columns={[
                { title: t.signals.severity, cell: (s) => <Severity of={s.severity} /> },
                {
                  title: t.signals.signal,
                  cell: (s) => (
                    <>
                      <LogText text={s.title} most={160} />
                      <span class="muted small preview-line">{s.line && <LogText text={s.line} most={160} />}</span>
                    </>
                  ),
                },
                {
                  title: t.rules.group,
                  cell: (s) =>
                    Object.entries(s.group).map(([k, v]) => (
                      <span key={k} class="mono preview-line" title={k}>
                        <LogText text={v} most={40} />
                      </span>
                    )),
                },
                { title: t.signals.events, num: true, cell: (s) => number(s.events, lang) },
                {
                  title: `${t.rules.when} (${zoneLabel(zone)})`,
                  cell: (s) => (
                    <time title={`${stamp(parse(s.first_seen), zone)} – ${stamp(parse(s.last_seen), zone)}`}>{shortStamp(parse(s.first_seen), zone)}</time>
                  ),
                },
              ]}
            />
            {p.signals > p.samples.length && <p class="muted small">{t.rules.firstOnly(p.samples.length)}</p>}
          </>
        )}
      </div>
    </section>
  );
}

/** Returns the text once nobody wrote for some time, as long as it is good. */
function useSettled(text: string, good: boolean, ms: number): string {
  const [settled, set] = useState("");
  useEffect(() => {
    if (!good) return;
    const timer = setTimeout(() => set(text), settled === "" ? 0 : ms);
    return () => clearTimeout(timer);
  }, [text, good]);
  return settled;
}
