import { Tabs } from "../dash/tabs";
import { useText } from "../i18n";
import { get, withParams } from "../lib/api";
import { suspects } from "../lib/entities";
import { useEvery, useLoad, useNow } from "../lib/load";
import { span as logSpan, logSummary } from "../lib/logs";
import { useRuleNames } from "../lib/names";
import { address, go, keep, place } from "../lib/router";
import { settings } from "../lib/settings";
import { listSignals, severities, signalSummary } from "../lib/signals";
import { useStore } from "../lib/store";
import { bounds, fixedRange, number, span } from "../lib/time";
import { Due, ruleName } from "../signals/parts";
import { Histogram, type Series } from "../ui/histogram";
import { LogText } from "../ui/logtext";
import { Severity } from "../ui/severity";
import { Suspects } from "../ui/suspects";
import { Bar, Table } from "../ui/table";
import { useRangeLabel } from "../ui/timerange";
import { entityPage } from "../ui/value";
import type { Statistics } from "./rules";

const logins = "@evt.name:authentication";
const ranges = ["24h", "7d", "30d"];

/** How things are: signals by severity, who waits, and who fails to log in. */
export default function Overview() {
  const t = useText();
  const { lang } = useStore(settings);
  const { params } = useStore(place);
  const label = useRangeLabel();
  const called = useRuleNames();
  const now = useNow();
  const range = params.get("range") ?? "7d";
  const stats = useLoad((signal) => get<Statistics>("/api/v1/signals/stats", { from: range }, signal), [range]);
  const summary = useLoad((signal) => signalSummary("", range, Date.now(), signal), [range]);
  const risky = useLoad((signal) => suspects(8, signal), []);
  const outcomes = useLoad((signal) => logSummary(logins, logSpan(range, Date.now()), "@evt.outcome", [], Date.now(), signal), [range]);
  const failed = useLoad(
    (signal) => logSummary(`${logins} @evt.outcome:failure`, logSpan(range, Date.now()), "status", ["@network.client.ip", "@usr.id"], Date.now(), signal),
    [range],
  );
  const late = useLoad((signal) => listSignals("breached:true state:open", bounds(range, Date.now()), "severity", "", 8, signal), [range]);
  useEvery(60_000, () => {
    for (const one of [late, stats, summary, risky, outcomes, failed]) one.again();
  });
  const series: Series[] = [...severities].reverse().map((s) => ({ key: s, label: t.severity[s], class: s }));
  const by = stats.value?.severities;
  const overdue = by ? Object.values(by).reduce((sum, c) => sum + c.breached, 0) : 0;
  const rules = (stats.value?.rules ?? []).slice(0, 8);
  const most = Math.max(1, ...rules.map((r) => r.signals));
  const top = (field: string, kind: string, title: string) => (
    <section class="card">
      <h2>{title}</h2>
      <Table
        label={title}
        rows={(failed.value?.facets[field] ?? []).slice(0, 8)}
        rowKey={(v) => v.value}
        empty={failed.value ? t.chart.empty : t.app.loading}
        columns={[
          {
            title: t.entities.entity,
            cell: (v) => (
              <a class="mono" href={entityPage(kind, v.value)}>
                <LogText text={v.value} most={80} short />
              </a>
            ),
          },
          { title: t.overview.failedLogins, num: true, cell: (v) => number(v.count, lang) },
          { title: "", cell: (v) => <Bar of={v.count} most={failed.value?.facets[field]?.[0]?.count ?? 1} /> },
        ]}
      />
    </section>
  );
  return (
    <div class="page">
      <Tabs now="overview" />
      <header class="page-head">
        <h1>{t.overview.title}</h1>
        <span class="grow" />
        {ranges.map((r) => (
          <button key={r} type="button" class="preset" aria-pressed={r === range} onClick={() => keep({ range: r })}>
            {label(r)}
          </button>
        ))}
      </header>
      <div class="cards">
        {severities.map((s) => (
          <a key={s} class="card stat" href={address("/", { q: `severity:${s} -state:archived`, range })}>
            <Severity of={s} />
            <b>{by ? number((by[s]?.open ?? 0) + (by[s]?.under_review ?? 0), lang) : "…"}</b>
            <span>
              {t.overview.waiting} {by?.[s]?.open ?? 0}
              {(by?.[s]?.breached ?? 0) > 0 && (
                <span class="late">
                  {" · "}
                  {t.overview.overdue} {by?.[s]?.breached}
                </span>
              )}
            </span>
          </a>
        ))}
        <div class="card stat">
          {t.overview.median}
          <b>{stats.value ? (stats.value.acknowledged ? span(stats.value.median_seconds_to_acknowledge * 1000, lang) : "–") : "…"}</b>
          <a href={withParams("/", { q: "state:open breached:true", range })}>
            {t.overview.overdue}: {overdue}
          </a>
        </div>
      </div>
      <section class="card bottom-gap">
        <Histogram
          title={t.overview.bySeverity}
          buckets={summary.value?.buckets ?? []}
          series={series}
          height={120}
          busy={summary.busy}
          onZoom={(a, b) => go(address("/", { q: " ", range: fixedRange(a, b) }))}
        />
      </section>
      <div class="split">
        <section class="card">
          <h2>{t.overview.topRules}</h2>
          <Table
            label={t.overview.topRules}
            rows={rules}
            rowKey={(r) => r.rule_id}
            empty={stats.value ? t.rules.never : t.app.loading}
            columns={[
              {
                title: t.rules.rule,
                cell: (r) => (
                  <a class="row-title" href={address("/", { q: `rule.id:${r.rule_id}`, range })}>
                    <LogText text={called(r.rule_id, r.rule)} most={80} short />
                  </a>
                ),
              },
              { title: t.rules.signals, num: true, cell: (r) => number(r.signals, lang) },
              { title: "", cell: (r) => <Bar of={r.signals} most={most} /> },
            ]}
          />
        </section>
        <section class="card">
          <h2>{t.overview.topEntities}</h2>
          <Suspects list={risky.value ?? []} short />
        </section>
      </div>
      {(late.value?.signals.length ?? 0) > 0 && (
        <section class="card bottom-gap">
          <h2>{t.overview.late}</h2>
          <Table
            label={t.overview.late}
            rows={late.value?.signals ?? []}
            rowKey={(s) => s.id}
            columns={[
              { title: t.signals.severity, cell: (s) => <Severity of={s.signal.severity} /> },
              {
                title: t.signals.signal,
                cell: (s) => (
                  <a class="row-title" href={`/signals/${s.id}`}>
                    <LogText text={ruleName(s, lang)} most={100} short />
                  </a>
                ),
              },
              { title: t.signals.entity, cell: (s) => <LogText text={s.signal.entity} most={80} short /> },
              { title: t.signals.due, cell: (s) => <Due of={s} now={now} /> },
              { title: t.signals.assignee, cell: (s) => <LogText text={s.assignee ?? ""} most={40} short /> },
            ]}
          />
        </section>
      )}
      <section class="card bottom-gap">
        <Histogram
          title={t.overview.logins}
          buckets={outcomes.value?.buckets ?? []}
          series={[
            { key: "success", label: "success", class: "ok" },
            { key: "failure", label: "failure", class: "bad" },
          ]}
          height={96}
          busy={outcomes.busy}
          onZoom={(a, b) => go(address("/ui/logs", { q: logins, range: fixedRange(a, b) }))}
        />
      </section>
      <div class="split">
        {top("@network.client.ip", "ip", t.overview.topAddresses)}
        {top("@usr.id", "user", t.overview.topUsers)}
      </div>
    </div>
  );
}
