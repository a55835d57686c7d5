import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useText } from "../i18n";
import { may, me, Problem } from "../lib/api";
import { csv, download } from "../lib/csv";
import { useKeys } from "../lib/keys";
import { useLoad, useNow, useWide } from "../lib/load";
import { mitreLabel } from "../lib/mitre";
import { useRuleNames } from "../lib/names";
import { chosen, exclude, toggle } from "../lib/query";
import { keep, place } from "../lib/router";
import { remember, remembered, settings } from "../lib/settings";
import {
  type Count,
  type FacetName,
  facetFields,
  listSignals,
  type SeverityName,
  type Signal,
  type StateName,
  severities,
  signalSummary,
} from "../lib/signals";
import { useStore } from "../lib/store";
import type { Known } from "../lib/suggest";
import { plain } from "../lib/text";
import { ago, bounds, fixedRange, number, parse, shortStamp, zoneLabel } from "../lib/time";
import { useLive } from "../signals/live";
import { SignalPanel } from "../signals/panel";
import { Due, Simulated, State, Tag } from "../signals/parts";
import { TriageButtons, triage } from "../signals/triage";
import { Explorer } from "../ui/explorer";
import { type Column, Grid } from "../ui/grid";
import type { Series } from "../ui/histogram";
import { Icon } from "../ui/icons";
import { LogText } from "../ui/logtext";
import { Menu, MenuItem } from "../ui/menu";
import { Severity } from "../ui/severity";
import { EntityValue, Notice } from "../ui/value";

const usual = { query: "-state:archived", range: "7d" };
const pageSize = 100;

/** The home of the analyst: which signals there are, and what is to be done about them. */
export default function Signals() {
  const t = useText();
  const { zone, lang } = useStore(settings);
  const { params } = useStore(place);
  const who = useStore(me);
  const now = useNow();
  const query = (params.get("q") ?? usual.query).trim();
  const range = params.get("range") ?? usual.range;
  const sort = params.get("sort") ?? "opened";
  const openId = params.get("id") ?? "";
  const live = params.get("live") === "1";

  const [rows, setRows] = useState<Signal[]>([]);
  const [next, setNext] = useState("");
  const [at, setAt] = useState(-1);
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const [beginning, setBeginning] = useState<"archive" | "assign">();
  const [keysFor, setKeysFor] = useState({ archive: 0, assign: 0 });
  const [turn, setTurn] = useState(0);
  const lastMark = useRef("");

  const list = useLoad(
    (signal) => listSignals(query, bounds(range, Date.now()), sort, "", Math.min(500, Math.max(pageSize, rows.length)), signal),
    [query, range, sort],
  );
  const summary = useLoad((signal) => signalSummary(query, range, Date.now(), signal), [query, range]);
  useEffect(() => {
    if (!list.value) return;
    setRows(list.value.signals);
    setNext(list.value.next ?? "");
  }, [list.value]);
  useEffect(() => {
    setAt(-1);
    setMarked(new Set());
  }, [query, range, sort]);
  const refresh = () => {
    list.again();
    summary.again();
  };
  useLive(query, live, refresh);

  const fetching = useRef(false);
  const more = useCallback(() => {
    if (!next || fetching.current) return;
    fetching.current = true;
    listSignals(query, bounds(range, Date.now()), sort, next, pageSize)
      .then((page) => {
        setRows((now) => [...now, ...page.signals.filter((s) => !now.some((one) => one.id === s.id))]);
        setNext(page.next ?? "");
      })
      .catch(() => setNext(""))
      .finally(() => {
        fetching.current = false;
      });
  }, [next, query, range, sort]);

  const open = (s: Signal | undefined) => keep({ id: s?.id }, openId !== "");
  useEffect(() => {
    if (openId === "") setBeginning(undefined);
  }, [openId]);
  const step = (by: number) => {
    const i = Math.min(rows.length - 1, Math.max(0, at + by));
    setAt(i);
    if (openId) open(rows[i]);
  };
  const changed = (some: Signal[]) => {
    setRows((now) => now.map((r) => some.find((s) => s.id === r.id) ?? r));
    setMarked(new Set());
    setTurn((n) => n + 1);
    refresh();
  };
  const markedRows = rows.filter((r) => marked.has(r.id));
  const setQuery = (q: string) => keep({ q: q === usual.query ? undefined : q || " ", id: undefined });
  const mark = (s: Signal, through: boolean) => {
    const nowMarked = new Set(marked);
    const on = !marked.has(s.id);
    const [a, b] = [rows.findIndex((r) => r.id === lastMark.current), rows.findIndex((r) => r.id === s.id)];
    const some = through && a >= 0 ? rows.slice(Math.min(a, b), Math.max(a, b) + 1) : [s];
    for (const one of some) on ? nowMarked.add(one.id) : nowMarked.delete(one.id);
    lastMark.current = s.id;
    setMarked(nowMarked);
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Enter: () => open(rows[at]),
    Escape: () => (openId ? open(undefined) : setMarked(new Set())),
    x: () => rows[at] && mark(rows[at], false),
  });
  // With a signal open and none selected, these are the keys of the panel.
  const bulk = markedRows.length > 0;
  const begin = (which: "archive" | "assign") => {
    if (bulk) setKeysFor((n) => ({ ...n, [which]: n[which] + 1 }));
    else if (rows[at]) {
      setBeginning(which);
      open(rows[at]);
    }
  };
  useKeys(
    {
      r: () => {
        const some = bulk ? markedRows : rows[at] ? [rows[at]] : [];
        if (some.length) void triage(t, some, { state: "under_review" }, t.state.under_review, changed);
      },
      e: () => begin("archive"),
      a: () => begin("assign"),
    },
    (bulk || openId === "") && may("signals:write"),
  );
  useEffect(() => {
    if (!openId) return;
    const i = rows.findIndex((r) => r.id === openId);
    if (i >= 0) setAt(i);
  }, [openId, rows]);

  const filter = (field: string, value: string, not: boolean) =>
    setQuery(not ? exclude(query, field, value) : chosen(query, field).only.includes(value) ? query : toggle(query, field, value));
  const all = useColumns(now, filter);
  const wide = useWide(1000);
  const [columns, setColumns] = useState<string[]>(() => savedColumns());
  const shown = all.filter((c) => columns.includes(c.key) && (!openId || besidePanel.includes(c.key)) && (wide || narrow.includes(c.key)));
  const facets = summary.value?.facets ?? {};
  const total = summary.value?.total ?? 0;
  const called = useRuleNames();
  const series: Series[] = useMemo(() => [...severities].reverse().map((s) => ({ key: s, label: t.severity[s], class: s })), [t]);
  const known = useMemo(() => fieldsOf(facets), [facets]);
  const wrong = list.error instanceof Problem && list.error.status === 400 ? list.error.message : undefined;

  return (
    <Explorer
      page="signals"
      title={t.signals.title}
      query={query}
      onQuery={setQuery}
      range={range}
      onRange={(r) => keep({ range: r === usual.range ? undefined : r })}
      known={known}
      placeholder={t.query.placeholderSignals}
      error={wrong}
      live={live}
      onLive={(on) => keep({ live: on ? "1" : undefined }, true)}
      presets={[
        { name: t.views.open, query: usual.query },
        { name: t.views.highOpen, query: "state:open severity:(critical OR high)" },
        { name: t.views.mine, query: `-state:archived assignee:${who?.name ?? ""}` },
        { name: t.views.overdue, query: "state:open breached:true" },
        { name: t.views.all, query: "" },
      ]}
      facets={(Object.keys(facetFields) as FacetName[]).map((f) => ({
        key: f,
        title: t.facets[f],
        field: facetFields[f],
        values: inOrder(f, facets[f] ?? []).map((v) => (f === "rule" ? { ...v, name: called(v.value, v.name ?? v.value) } : v)),
        show:
          f === "severity"
            ? (v: string) => <Severity of={v as SeverityName} />
            : f === "state"
              ? (v: string) => t.state[v as StateName] ?? v
              : f === "tactic"
                ? (v: string) => plain(`${mitreLabel(v).id} ${mitreLabel(v).name}`)
                : undefined,
      }))}
      facetsNote={summary.value?.left ? t.facets.left(number(summary.value.left, lang)) : undefined}
      histogram={{
        title: t.signals.title,
        buckets: summary.value?.buckets ?? [],
        series,
        busy: summary.busy,
        onZoom: (a, b) => keep({ range: fixedRange(a, b) }),
      }}
      panel={
        openId ? (
          <SignalPanel
            key={openId}
            id={openId}
            turn={turn}
            onClose={() => open(undefined)}
            onStep={step}
            onFilter={filter}
            onChanged={changed}
            begin={beginning}
            quiet={bulk}
          />
        ) : undefined
      }
      bar={
        markedRows.length > 0 ? (
          <div class="bulk">
            <b>{t.signals.selected(markedRows.length)}</b>
            <TriageButtons signals={markedRows} onDone={changed} archiveKey={keysFor.archive} assignKey={keysFor.assign} compact />
            <button type="button" class="link" onClick={() => setMarked(new Set())}>
              {t.signals.clearSelection}
            </button>
          </div>
        ) : (
          <>
            <span class="count" aria-live="polite">
              {summary.value ? t.signals.count(number(total, lang)) : t.app.loading}
            </span>
            <span class="grow" />
            <Menu
              class="bare labelled"
              align="right"
              label={<span>{{ opened: t.table.newest, severity: t.table.worst, last_seen: t.table.latest }[sort] ?? sort} ▾</span>}
            >
              {(close) =>
                (["opened", "severity", "last_seen"] as const).map((s) => (
                  <MenuItem
                    key={s}
                    checked={s === sort}
                    onClick={() => {
                      close();
                      keep({ sort: s === "opened" ? undefined : s });
                    }}
                  >
                    {{ opened: t.table.newest, severity: t.table.worst, last_seen: t.table.latest }[s]}
                  </MenuItem>
                ))
              }
            </Menu>
            <Menu
              class="bare labelled"
              align="right"
              label={
                <>
                  <Icon name="columns" />
                  <span>{t.table.columns}</span>
                </>
              }
            >
              {() =>
                all.map((c) => (
                  <MenuItem
                    key={c.key}
                    checked={columns.includes(c.key)}
                    onClick={() => {
                      const some = columns.includes(c.key) ? columns.filter((k) => k !== c.key) : [...columns, c.key];
                      if (some.length === 0) return;
                      setColumns(some);
                      remember(columnsKey, some);
                    }}
                  >
                    {c.title}
                  </MenuItem>
                ))
              }
            </Menu>
            <button type="button" class="bare labelled" onClick={() => download("signals.csv", "text/csv", csv(asRows(rows, t)))} title={t.table.export}>
              <Icon name="download" />
              <span>CSV</span>
            </button>
          </>
        )
      }
    >
      {list.error && !wrong ? (
        <Notice
          title={t.app.failed}
          action={
            <button type="button" class="button" onClick={refresh}>
              {t.app.retry}
            </button>
          }
        >
          {list.error.message}
        </Notice>
      ) : list.value && rows.length === 0 ? (
        <Notice title={t.table.nothing}>{t.table.nothingText}</Notice>
      ) : (
        <Grid
          label={t.signals.title}
          rows={rows}
          columns={shown}
          rowKey={(s) => s.id}
          at={at}
          onAt={setAt}
          onOpen={open}
          openKey={openId}
          rowClass={(s) => `edge-${s.signal.severity}${s.state === "archived" ? " done" : ""}`}
          marked={marked}
          onMark={mark}
          onMarkAll={(on) => setMarked(new Set(on ? rows.map((r) => r.id) : []))}
          onEnd={more}
          footer={
            !next && rows.length > 12 ? (
              <p class="grid-end muted">
                {t.table.end} · {zoneLabel(zone)}
              </p>
            ) : undefined
          }
        />
      )}
    </Explorer>
  );
}

const columnsKey = "sasumata.columns.signals";
const narrow = ["time", "severity", "signal", "entity"];
const besidePanel = ["time", "severity", "signal"];
const usualColumns = ["time", "severity", "signal", "entity", "events", "state", "assignee", "due"];

function savedColumns(): string[] {
  const saved = remembered(columnsKey);
  return Array.isArray(saved) && saved.length > 0 && saved.every((c) => typeof c === "string") ? saved : usualColumns;
}

function useColumns(now: number, filter: (field: string, value: string, not: boolean) => void): Column<Signal>[] {
  const t = useText();
  const { zone, lang } = useStore(settings);
  return [
    {
      key: "time",
      title: `${t.signals.time} (${zoneLabel(zone, now)})`,
      width: "128px",
      cell: (s) => {
        const opened = parse(s.signal.opened);
        return <time title={ago(opened, now, lang)}>{shortStamp(opened, zone)}</time>;
      },
    },
    { key: "severity", title: t.signals.severity, width: "94px", cell: (s) => <Severity of={s.signal.severity} /> },
    {
      key: "signal",
      title: t.signals.signal,
      cell: (s) => (
        <a class="row-title" href={`/signals/${encodeURIComponent(s.id)}`}>
          {lang === "ja" && s.signal.rule_ja ? <LogText text={s.signal.rule_ja} most={200} short /> : <LogText text={s.signal.rule} most={200} short />}
          {s.signal.case && (
            <span class="muted">
              {" "}
              · <LogText text={s.signal.case} most={100} short />
            </span>
          )}
        </a>
      ),
    },
    {
      key: "entity",
      title: t.signals.entity,
      width: "160px",
      cell: (s) => (s.signal.entities[0] ? <EntityValue kind={s.signal.entities[0].kind} value={s.signal.entities[0].value} onFilter={filter} /> : null),
    },
    { key: "events", title: t.signals.events, width: "66px", num: true, cell: (s) => number(s.signal.events, lang) },
    {
      key: "state",
      title: t.signals.state,
      width: "118px",
      cell: (s) => (
        <>
          <State of={s} /> <Simulated of={s} />
        </>
      ),
    },
    {
      key: "assignee",
      title: t.signals.assignee,
      width: "84px",
      cell: (s) => (s.assignee ? <LogText text={s.assignee} most={60} short /> : <span class="muted">–</span>),
    },
    { key: "due", title: t.signals.due, width: "84px", cell: (s) => <Due of={s} now={now} /> },
    { key: "category", title: t.signals.category, width: "130px", cell: (s) => <LogText text={s.signal.category} most={60} short /> },
    { key: "lastSeen", title: t.signals.lastSeen, width: "130px", cell: (s) => <time>{shortStamp(parse(s.signal.last_seen), zone)}</time> },
    { key: "tags", title: t.signals.tags, width: "200px", cell: (s) => s.tags.map((tag) => <Tag key={tag} text={tag} />) },
  ];
}

/** Severities and states have an order of their own. */
function inOrder(facet: FacetName, values: Count[]): Count[] {
  if (facet !== "severity") return values;
  return [...values].sort((a, b) => severities.indexOf(a.value as SeverityName) - severities.indexOf(b.value as SeverityName));
}

function fieldsOf(facets: Record<string, { value: string }[]>): Known[] {
  const values = (f: FacetName) => (facets[f] ?? []).map((v) => v.value);
  return [
    { field: "severity", values: [...severities] },
    { field: "state", values: ["open", "under_review", "archived"] },
    { field: "reason", values: ["true_positive", "false_positive", "benign", "testing"] },
    { field: "assignee", values: values("assignee") },
    { field: "breached", values: ["true", "false"] },
    { field: "rule.id", values: values("rule") },
    { field: "rule.name" },
    { field: "case" },
    { field: "category", values: values("category") },
    { field: "tag", values: values("tactic") },
    { field: "host", values: values("host") },
    { field: "service" },
    { field: "@network.client.ip", values: values("ip") },
    { field: "@usr.id", values: values("user") },
    { field: "@usr.name", values: values("user") },
    { field: "@entity.ip", values: values("ip") },
    { field: "@entity.user", values: values("user") },
    { field: "events" },
    { field: "timestamp" },
  ];
}

function asRows(rows: Signal[], t: ReturnType<typeof useText>): string[][] {
  const head = [
    t.signals.time,
    t.signals.severity,
    t.signals.rule,
    t.panel.case,
    t.signals.entity,
    t.signals.events,
    t.signals.state,
    t.facets.reason,
    t.signals.assignee,
    t.signals.tags,
    "id",
  ];
  return [
    head,
    ...rows.map((s) => [
      s.signal.opened,
      s.signal.severity,
      s.signal.rule,
      s.signal.case,
      s.signal.entity,
      String(s.signal.events),
      s.state,
      s.reason ?? "",
      s.assignee ?? "",
      s.tags.join(" "),
      s.id,
    ]),
  ];
}
