import { useCallback, useState } from "preact/hooks";
import { useText } from "../i18n";
import { useLoad } from "../lib/load";
import { usePages } from "../lib/pages";
import { assets, componentOf, type Found, type FoundFilter, findingKinds, findingStates, foundPart, grades, type Run, runsOf } from "../lib/posture";
import { keep, place } from "../lib/router";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { number, parse, stamp, zoneLabel } from "../lib/time";
import { Assets } from "../posture/assets";
import { FindingDialog, GradeOf } from "../posture/finding";
import { LogText } from "../ui/logtext";
import { Find, PagedTable } from "../ui/paged";
import { Bar, Table } from "../ui/table";
import { Notice } from "../ui/value";

/** What scanners and policies found about each project, image and machine. */
export default function Posture() {
  const t = useText();
  const { params } = useStore(place);
  const filter: FoundFilter = {
    asset: params.get("asset") ?? "",
    kind: params.get("kind") ?? "",
    state: params.get("state") ?? "",
    severity: params.get("severity") ?? "",
    text: params.get("text") ?? "",
  };
  const all = useLoad(assets, []);
  const list = usePages((cursor, signal) => foundPart(filter, cursor, signal), Object.values(filter));
  const [open, setOpen] = useState<Found>();
  const setText = useCallback((text: string) => keep({ text: text || undefined }, true), []);
  if (all.error && !all.value)
    return (
      <Notice top title={t.app.failed}>
        {all.error.message}
      </Notice>
    );
  if (all.value?.length === 0) {
    return (
      <Notice
        top
        title={t.posture.nothing}
        action={
          <pre>
            <code>{how}</code>
          </pre>
        }
      >
        {t.posture.nothingText}
      </Notice>
    );
  }
  const changed = () => {
    keep({ asset: undefined });
    all.again();
    list.again();
  };
  return (
    <div class="page">
      <header class="page-head">
        <h1>{t.posture.title}</h1>
        <span class="muted">{t.posture.about}</span>
      </header>
      <section class="card bottom-gap">
        <h2>{t.posture.assets}</h2>
        {all.value ? <Assets list={all.value} chosen={filter.asset} onChanged={changed} /> : <p class="muted">{t.app.loading}</p>}
      </section>
      {filter.asset && <History asset={filter.asset} />}
      <section class="card bottom-gap">
        <h2>{t.posture.findings}</h2>
        <div class="form bottom-gap">
          <Find label={t.posture.find} value={filter.text} onValue={setText} />
          <Choice
            label={t.posture.severity}
            value={filter.severity}
            all={grades.map((g) => [g, g === "unknown" ? t.posture.unknown : t.posture.least(t.severity[g])])}
            name="severity"
          />
          <Choice label={t.posture.kind} value={filter.kind} all={findingKinds.map((k) => [k, t.posture.kinds[k]])} name="kind" />
          <Choice label={t.posture.state} value={filter.state} all={findingStates.map((s) => [s, t.posture.states[s]])} name="state" usual={t.posture.toDo} />
        </div>
        <PagedTable
          label={t.posture.findings}
          list={list}
          rowKey={(f) => `${f.asset} ${f.key}`}
          empty={t.posture.none}
          columns={[
            { title: t.posture.severity, cell: (f) => <GradeOf of={f.severity} /> },
            {
              title: t.posture.finding,
              cell: (f) => (
                <button type="button" class="link" onClick={() => setOpen(f)}>
                  <LogText text={f.id} most={80} short />
                </button>
              ),
            },
            { title: t.posture.what, cell: (f) => <LogText text={f.title ?? ""} most={120} short /> },
            { title: t.posture.where, cell: (f) => <LogText text={componentOf(f)} most={100} short /> },
            { title: t.posture.repaired, cell: (f) => <LogText text={f.fixed?.join(", ") ?? ""} most={60} short /> },
            { title: t.posture.asset, cell: (f) => <LogText text={f.asset} most={60} short /> },
            {
              title: t.posture.state,
              cell: (f) => (
                <>
                  {f.suppressed ? t.posture.states.held : t.posture.states[f.state]}
                  {f.kev && <span class="tag late">{t.posture.states.exploited}</span>}
                </>
              ),
            },
          ]}
        />
      </section>
      {open && <FindingDialog f={open} onClose={() => setOpen(undefined)} />}
    </div>
  );
}

/** The command that brings something here. */
const how = "sasumata scan report --asset shop/api --send http://127.0.0.1:8480 --token-file ci.token reports/";

function Choice({ label, value, all, name, usual }: { label: string; value: string; all: (readonly [string, string])[]; name: string; usual?: string }) {
  const t = useText();
  return (
    <select class="field" aria-label={label} value={value} onChange={(e) => keep({ [name]: e.currentTarget.value || undefined }, true)}>
      <option value="">{usual ?? `${label}: ${t.posture.any}`}</option>
      {all.map(([key, text]) => (
        <option key={key} value={key}>
          {text}
        </option>
      ))}
    </select>
  );
}

/** How many runs are shown. */
const shownRuns = 12;

/** The numbers of the latest runs of an asset. */
function History({ asset }: { asset: string }) {
  const t = useText();
  const { lang, zone } = useStore(settings);
  const runs = useLoad((signal) => runsOf(asset, signal), [asset]);
  const latest = (runs.value ?? []).slice(-shownRuns).reverse();
  const most = Math.max(...latest.map((r) => r.counts.active), 1);
  const grave = (r: Run) => (r.counts.severity.critical ?? 0) + (r.counts.severity.high ?? 0);
  return (
    <section class="card bottom-gap">
      <h2>
        {t.posture.history}: <LogText text={asset} most={120} short />
      </h2>
      <Table
        label={t.posture.history}
        rows={latest}
        rowKey={(r) => r.time}
        empty={runs.error?.message ?? t.app.loading}
        columns={[
          { title: `${t.posture.taken} (${zoneLabel(zone)})`, cell: (r) => stamp(parse(r.time), zone) },
          { title: t.posture.active, num: true, cell: (r) => number(r.counts.active, lang) },
          { title: " ", cell: (r) => <Bar of={r.counts.active} most={most} /> },
          { title: t.posture.grave, num: true, cell: (r) => number(grave(r), lang) },
          { title: t.posture.states.new, num: true, cell: (r) => number(r.counts.new, lang) },
          { title: t.posture.states.reopened, num: true, cell: (r) => number(r.counts.reopened, lang) },
          { title: t.posture.states.fixed, num: true, cell: (r) => number(r.counts.fixed, lang) },
        ]}
      />
    </section>
  );
}
