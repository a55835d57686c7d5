import { useText } from "../i18n";
import { get, may } from "../lib/api";
import { useLoad } from "../lib/load";
import { clause } from "../lib/query";
import { address, keep, place } from "../lib/router";
import { allRules, type Rule, rulePage } from "../lib/rules";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { number } from "../lib/time";
import { ModeSwitch } from "../rules/mode";
import { Spark } from "../rules/spark";
import { LogText } from "../ui/logtext";
import { Severity } from "../ui/severity";
import { Table } from "../ui/table";
import { useRangeLabel } from "../ui/timerange";
import { Notice } from "../ui/value";

export interface RuleCounts {
  rule_id: string;
  rule: string;
  signals: number;
  true_positive: number;
  false_positive: number;
  benign: number;
  testing: number;
  precision: number | null;
}

interface Row extends Rule {
  /** It is gone, and its signals are not. */
  gone?: boolean;
  counts?: RuleCounts;
}

export interface Statistics {
  severities: Record<string, { open: number; under_review: number; archived: number; breached: number }>;
  rules: RuleCounts[];
  acknowledged: number;
  median_seconds_to_acknowledge: number;
}

const ranges = ["24h", "7d", "30d", "90d"];

/** Which rules open signals, and how often they are right. */
export default function Rules() {
  const t = useText();
  const { lang } = useStore(settings);
  const { params } = useStore(place);
  const label = useRangeLabel();
  const range = params.get("range") ?? "30d";
  const stats = useLoad((signal) => get<Statistics>("/api/v1/signals/stats", { from: range }, signal), [range]);
  const known = useLoad((signal) => allRules(signal), []);
  const search = (params.get("find") ?? "").toLowerCase();
  const rows = join(known.value ?? [], stats.value?.rules ?? []).filter((r) =>
    `${r.id} ${r.name} ${r.name_ja ?? ""} ${(r.tags ?? []).join(" ")}`.toLowerCase().includes(search),
  );
  const fired = rows.filter((r) => r.counts).length;
  const dash = <span class="muted">–</span>;
  const failed = stats.error ?? known.error;
  return (
    <div class="page">
      <header class="page-head">
        <h1>{t.rules.title}</h1>
        <span class="muted">{stats.value && known.value && t.rules.of(number(rows.length, lang), number(fired, lang))}</span>
        <span class="grow" />
        <input
          type="search"
          class="find"
          aria-label={t.rules.find}
          placeholder={t.rules.find}
          value={params.get("find") ?? ""}
          onInput={(e) => keep({ find: e.currentTarget.value }, true)}
        />
        {may("rules:write") && (
          <a class="button primary" href="/ui/rule">
            {t.rules.create}
          </a>
        )}
        {ranges.map((r) => (
          <button key={r} type="button" class="preset" aria-pressed={r === range} onClick={() => keep({ range: r })}>
            {label(r)}
          </button>
        ))}
      </header>
      {failed ? (
        <Notice title={t.app.failed}>{failed.message}</Notice>
      ) : (
        <div class="card">
          <Table
            label={t.rules.title}
            rows={rows}
            rowKey={(r) => r.id}
            empty={stats.value && known.value ? t.rules.none : t.app.loading}
            columns={[
              {
                title: t.rules.rule,
                cell: (r) => (
                  <>
                    {r.gone ? (
                      <LogText text={r.name} most={200} />
                    ) : (
                      <a class="row-title" href={rulePage(r.id)}>
                        <LogText text={(lang === "ja" && r.name_ja) || r.name} most={200} />
                      </a>
                    )}
                    <code class="muted rule-id">
                      <LogText text={r.id} most={100} />
                    </code>
                  </>
                ),
              },
              {
                title: t.rules.mode,
                cell: (r) =>
                  r.gone ? (
                    <span class="muted">{t.rules.gone}</span>
                  ) : (
                    <>
                      <ModeSwitch of={r} onChanged={known.again} />
                      {r.not_run && (
                        <span class="late" title={r.not_run}>
                          {" "}
                          {t.rules.notRun}
                        </span>
                      )}
                    </>
                  ),
              },
              { title: t.rules.origin, cell: (r) => (r.gone ? dash : <span class={r.origin === "yours" ? "" : "muted"}>{t.rules.origins[r.origin]}</span>) },
              { title: t.rules.severity, cell: (r) => (r.severities[0] ? <Severity of={r.severities[0]} /> : dash) },
              { title: t.rules.method, cell: (r) => <span class="muted">{r.method}</span> },
              { title: t.rules.days, cell: (r) => (r.gone ? dash : <Spark days={r.signals_per_day} />) },
              {
                title: t.rules.signals,
                num: true,
                cell: (r) =>
                  r.counts ? (
                    <a href={address("/", { q: clause("rule.id", r.id), range })} title={t.rules.show}>
                      {number(r.counts.signals, lang)}
                    </a>
                  ) : (
                    dash
                  ),
              },
              {
                title: t.rules.precision,
                num: true,
                cell: (r) =>
                  r.precision !== null ? (
                    <b
                      title={
                        r.counts &&
                        `${t.reason.true_positive} ${r.counts.true_positive}, ${t.reason.false_positive} ${r.counts.false_positive}, ${t.reason.benign} ${r.counts.benign}`
                      }
                    >
                      {Math.round(r.precision * 100)} %
                    </b>
                  ) : (
                    dash
                  ),
              },
              { title: t.rules.cost, num: true, cell: (r) => (r.cost === null ? dash : `${number(Math.round(r.cost * 10) / 10, lang)} ‰`) },
            ]}
          />
          <p class="muted small card-note">
            {t.rules.precision}: {t.rules.precisionHelp}
            <br />
            {t.rules.cost}: {t.rules.costHelp}
          </p>
        </div>
      )}
    </div>
  );
}

/** Joins rules with what became of their signals, also of rules that are gone: the busiest first. */
function join(known: Rule[], counts: RuleCounts[]): Row[] {
  const rows = new Map<string, Row>(known.map((r) => [r.id, r]));
  for (const c of counts) {
    const r = rows.get(c.rule_id) ?? gone(c);
    rows.set(c.rule_id, { ...r, counts: c });
  }
  return [...rows.values()].sort((a, b) => (b.counts?.signals ?? 0) - (a.counts?.signals ?? 0) || (a.id < b.id ? -1 : 1));
}

function gone(c: RuleCounts): Row {
  return {
    id: c.rule_id,
    name: c.rule,
    gone: true,
    enabled: false,
    mode: "disabled",
    origin: "yours",
    method: "",
    severities: [],
    signals_per_day: [],
    precision: c.precision,
    cost: null,
  };
}
