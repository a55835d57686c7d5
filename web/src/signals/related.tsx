import { useText } from "../i18n";
import { useLoad } from "../lib/load";
import { levels, listLogs, logSummary } from "../lib/logs";
import { address } from "../lib/router";
import { settings } from "../lib/settings";
import type { SignalDetail } from "../lib/signals";
import { useStore } from "../lib/store";
import { fixedRange, number, parse, stamp, zoneLabel } from "../lib/time";
import { Histogram } from "../ui/histogram";
import { Icon } from "../ui/icons";
import { LogText } from "../ui/logtext";
import { Notice } from "../ui/value";

/** The logs around a signal, in the order in which they happened. */
export function RelatedLogs({ s }: { s: SignalDetail }) {
  const t = useText();
  const { zone, lang } = useStore(settings);
  const range = { from: s.related.from, to: s.related.to };
  const list = useLoad((signal) => listLogs(s.related.query, range, 200, signal), [s.id]);
  const summary = useLoad((signal) => logSummary(s.related.query, range, "status", [], parse(s.related.to), signal), [s.id]);
  if (list.error) return <Notice title={t.app.failed}>{list.error.message}</Notice>;
  const events = [...(list.value?.events ?? [])].reverse();
  const samples = new Set(s.signal.samples.map((one) => parse(one.time)));
  return (
    <>
      <div class="panel-tools">
        <span class="muted">{list.value && t.panel.relatedCount(number(list.value.scanned.matched, lang))}</span>
        <span class="grow" />
        <a class="button" href={address("/ui/logs", { q: s.related.query, range: fixedRange(parse(s.related.from), parse(s.related.to)) })}>
          <Icon name="logs" />
          {t.panel.openInLogs}
        </a>
      </div>
      <code class="query-line">
        <LogText text={s.related.query} />
      </code>
      {summary.value && <Histogram title={t.panel.relatedLogs} buckets={summary.value.buckets} series={levels} height={48} />}
      {list.busy && !list.value && <p class="muted">{t.app.loading}</p>}
      <div class="muted small">
        {t.logs.time} ({zoneLabel(zone, parse(s.related.from))})
      </div>
      <ol class="lines">
        {events.map((e, i) => {
          const message = e.message ?? "";
          return (
            <li key={`${e.timestamp}${i}`} class={samples.has(parse(e.timestamp)) ? "hit" : undefined}>
              <time>{stamp(parse(e.timestamp), zone).slice(5)}</time>
              <LogText text={message} most={400} />
            </li>
          );
        })}
      </ol>
    </>
  );
}
