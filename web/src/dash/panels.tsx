import type { ComponentChildren } from "preact";
import { useText } from "../i18n";
import { address } from "../lib/router";
import { settings } from "../lib/settings";
import { severities } from "../lib/signals";
import { useStore } from "../lib/store";
import { number, parse, shortStamp, zoneLabel } from "../lib/time";
import { ruleName, State } from "../signals/parts";
import { Histogram, type Series } from "../ui/histogram";
import { Icon } from "../ui/icons";
import { LogText } from "../ui/logtext";
import { Severity } from "../ui/severity";
import { Bar, Table } from "../ui/table";
import { useShared } from "./context";
import type { Answer, Answers } from "./load";
import { WorldMap } from "./map";
import { NumberView } from "./number";
import { both, type Cell, forSignals, type Panel, type TablePanel, type TimePanel, type TopPanel } from "./panel";
import { stacked } from "./stack";
import { CountryName, DashValue } from "./value";

/** One panel with its answers, whatever it is. */
export function PanelView({ panel, answers }: { panel: Panel; answers: Answers }) {
  const t = useText();
  const error = answers.find((a) => a.error)?.error;
  const title = t.dash.titles[panel.title];
  if (error) {
    return (
      <Card panel={panel}>
        <h2>{title}</h2>
        <p class="refused" role="alert">
          {error.message}
        </p>
      </Card>
    );
  }
  switch (panel.kind) {
    case "number":
    case "signal-number":
      return (
        <Card panel={panel} stat>
          <NumberView panel={panel} answers={answers} />
          <Lacking answers={answers} />
        </Card>
      );
    case "time":
      return (
        <Card panel={panel}>
          <Over panel={panel} answers={answers} />
        </Card>
      );
    case "signal-time":
      return (
        <Card panel={panel}>
          <SignalsOver signals={panel.signals} title={title} answer={answers[0]} />
        </Card>
      );
    default:
      return (
        <Card panel={panel}>
          <header>
            <h2>{title}</h2>
            {panel.kind === "signal-list" ? <ToSignals signals={panel.signals} title={title} /> : <ToLogs query={panel.query} title={title} />}
          </header>
          {panel.kind === "top" && <Top panel={panel} answer={answers[0]} title={title} />}
          {panel.kind === "map" && <WorldMap field={panel.field} query={panel.query} title={title} answer={answers[0]} />}
          {panel.kind === "table" && <Rows panel={panel} answers={answers} title={title} />}
          {panel.kind === "signal-list" && <SignalList answer={answers[0]} title={title} />}
          <Lacking answers={answers} />
        </Card>
      );
  }
}

function Card({ panel, stat, children }: { panel: Panel; stat?: boolean; children: ComponentChildren }) {
  return <section class={`card dash-panel span-${panel.span}${stat ? " stat" : ""}`}>{children}</section>;
}

/** A link to the logs behind a panel. */
export function ToLogs({ query, title }: { query: string; title: string }) {
  const t = useText();
  const { filter, range } = useShared();
  return <Out to={address("/ui/logs", { q: both(query, filter), range })} name={`${t.panel.openInLogs}: ${title}`} />;
}

/** A link to the signals behind a panel. */
export function ToSignals({ signals, title }: { signals: string; title: string }) {
  const t = useText();
  const { filter, range } = useShared();
  return <Out to={address("/", { q: both(signals, forSignals(filter).filter) || " ", range })} name={`${t.dash.openInSignals}: ${title}`} />;
}

function Out({ to, name }: { to: string; name: string }) {
  return (
    <a class="bare" href={to} aria-label={name} title={name}>
      <Icon name="out" />
    </a>
  );
}

/** Says what an answer lacks: nothing is left out in silence. */
function Lacking({ answers }: { answers: Answers }) {
  const t = useText();
  const { lang } = useStore(settings);
  const sum = (of: (a: Answer) => number | undefined) => Math.max(0, ...answers.map((a) => of(a) ?? 0));
  const notes = [
    [sum((a) => (a.logs ?? a.groups)?.lacking), t.logs.lacking],
    [sum((a) => (a.logs ?? a.groups)?.left), (n: number) => t.dash.left(number(n, lang))],
    [sum((a) => (a.logs ?? a.groups)?.cut), (n: number) => t.dash.cut(number(n, lang))],
    [sum((a) => a.signals?.left), (n: number) => t.facets.left(number(n, lang))],
  ] as const;
  return (
    <>
      {notes.map(
        ([n, text]) =>
          n > 0 && (
            <p key={text(n)} class="note-warn">
              {text(n)}
            </p>
          ),
      )}
    </>
  );
}

function Over({ panel, answers }: { panel: TimePanel; answers: Answers }) {
  const t = useText();
  const { onZoom } = useShared();
  const answer = answers[0];
  const { buckets, series } = stacked(answer?.logs?.buckets ?? [], panel.series, panel.key, t.dash.others, t.dash.noValue);
  return (
    <>
      <Histogram
        title={t.dash.titles[panel.title]}
        buckets={buckets}
        series={series}
        height={120}
        busy={answer?.busy}
        onZoom={onZoom}
        tools={<ToLogs query={panel.query} title={t.dash.titles[panel.title]} />}
      />
      <Lacking answers={answers} />
    </>
  );
}

function SignalsOver({ signals, title, answer }: { signals: string; title: string; answer?: Answer }) {
  const t = useText();
  const { onZoom } = useShared();
  const series: Series[] = [...severities].reverse().map((s) => ({ key: s, label: t.severity[s], class: s }));
  return (
    <>
      <Histogram
        title={title}
        buckets={answer?.signals?.buckets ?? []}
        series={series}
        height={120}
        busy={answer?.busy}
        onZoom={onZoom}
        tools={<ToSignals signals={signals} title={title} />}
      />
      {answer && <Lacking answers={[answer]} />}
    </>
  );
}

const shownTop = 10;

function Top({ panel, answer, title }: { panel: TopPanel; answer?: Answer; title: string }) {
  const t = useText();
  const { lang } = useStore(settings);
  const values = answer?.logs?.facets[panel.field] ?? [];
  const most = values[0]?.count ?? 1;
  return (
    <Table
      class="top-list"
      label={title}
      rows={values.slice(0, shownTop)}
      rowKey={(v) => v.value}
      empty={answer?.logs ? t.chart.empty : t.app.loading}
      columns={[
        { title: t.health.value, cell: (v) => <DashValue field={panel.field} value={v.value} query={panel.query} /> },
        { title: t.dash.columns.events, num: true, cell: (v) => number(v.count, lang) },
        { title: "", cell: (v) => <Bar of={v.count} most={most} /> },
      ]}
    />
  );
}

const shownRows = 15;

function Rows({ panel, answers, title }: { panel: TablePanel; answers: Answers; title: string }) {
  const t = useText();
  const { lang } = useStore(settings);
  const ready = answers.every((a) => a.logs || a.groups || a.signals || !a.busy);
  const rows = ready ? panel.rows(answers).map((cells, n) => ({ cells, n })) : [];
  return (
    <>
      <Table
        label={title}
        rows={rows.slice(0, shownRows)}
        rowKey={(r) => String(r.n)}
        empty={ready ? t.chart.empty : t.app.loading}
        columns={panel.columns.map((c, i) => ({
          title: t.dash.columns[c.title],
          num: c.num,
          cell: (r: { cells: Cell[] }) => <CellView cell={r.cells[i] ?? ""} query={panel.query} />,
        }))}
      />
      {rows.length > shownRows && <p class="muted">{t.logs.shown(number(shownRows, lang), number(rows.length, lang))}</p>}
    </>
  );
}

function CellView({ cell, query }: { cell: Cell; query: string }) {
  const t = useText();
  const { zone, lang } = useStore(settings);
  if (typeof cell === "number") return <>{number(cell, lang)}</>;
  if (typeof cell === "string") return <LogText text={cell} most={120} short />;
  if ("country" in cell) return cell.country ? <CountryName code={cell.country} /> : <>–</>;
  if ("time" in cell) return <>{Number.isFinite(cell.time) ? <time>{shortStamp(cell.time, zone)}</time> : t.dash.before}</>;
  return <DashValue field={cell.field} value={cell.value} query={query} />;
}

function SignalList({ answer, title }: { answer?: Answer; title: string }) {
  const t = useText();
  const { zone, lang } = useStore(settings);
  return (
    <Table
      label={title}
      rows={answer?.list ?? []}
      rowKey={(s) => s.id}
      empty={answer?.list ? t.table.nothing : t.app.loading}
      columns={[
        { title: `${t.signals.time} (${zoneLabel(zone)})`, cell: (s) => <time>{shortStamp(parse(s.signal.opened), zone)}</time> },
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
        { title: t.signals.events, num: true, cell: (s) => number(s.signal.events, lang) },
        { title: t.signals.state, cell: (s) => <State of={s} /> },
      ]}
    />
  );
}
