import { useMemo, useState } from "preact/hooks";
import { useText } from "../i18n";
import { may, Problem } from "../lib/api";
import { csv, download } from "../lib/csv";
import { useKeys } from "../lib/keys";
import { useLoad, useWide } from "../lib/load";
import { attributes, type LogEvent, levels, listLogs, logSummary, span } from "../lib/logs";
import { chosen, exclude, toggle } from "../lib/query";
import { address, keep, place } from "../lib/router";
import { remember, remembered, settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { compact, fixedRange, number, parse, stamp, zoneLabel } from "../lib/time";
import { EventPanel, Status } from "../logs/event";
import { Patterns } from "../logs/patterns";
import { useTail } from "../logs/tail";
import { Explorer } from "../ui/explorer";
import { type Column, Grid } from "../ui/grid";
import { Icon } from "../ui/icons";
import { LogText } from "../ui/logtext";
import { Notice } from "../ui/value";

const facetFields = {
  status: "status",
  source: "source",
  service: "service",
  host: "host",
  outcome: "@evt.outcome",
  event: "@evt.name",
  ip: "@network.client.ip",
  user: "@usr.id",
  code: "@http.status_code",
  country: "@network.client.geoip.country.iso_code",
} as const;

const limits = [200, 1000, 5000];

interface Row {
  n: number;
  event: LogEvent;
}

/** The logs, as they were kept or as they come. */
export default function Logs() {
  const t = useText();
  const { zone, lang } = useStore(settings);
  const { params } = useStore(place);
  const query = (params.get("q") ?? "").trim();
  const range = params.get("range") ?? "24h";
  const tailing = params.get("tail") === "1";
  const patterns = !tailing && params.get("view") === "patterns";
  const [limit, setLimit] = useState(limits[0] as number);
  const [at, setAt] = useState(-1);
  const [open, setOpen] = useState<Row | null>(null);
  const [around, setAround] = useState<LogEvent | null>(null);
  const [paused, setPaused] = useState(false);
  const [extra, setExtra] = useState<string[]>(() => (remembered(columnsKey) as string[] | null)?.filter((c) => typeof c === "string") ?? []);

  const tail = useTail(query, tailing, paused);
  const list = useLoad(
    async (signal) => {
      const found = await listLogs(query, span(range, Date.now()), limit, signal);
      return { ...found, rows: found.events.map((event, n) => ({ n, event })) };
    },
    [query, range, limit],
    !tailing && !patterns,
  );
  const summary = useLoad(
    (signal) => logSummary(query, span(range, Date.now()), "status", Object.values(facetFields), Date.now(), signal),
    [query, range],
    !tailing,
  );
  const rows: Row[] = tailing ? tail.events : (list.value?.rows ?? []);
  const step = (by: number) => {
    const i = Math.min(rows.length - 1, Math.max(0, at + by));
    setAt(i);
    if (open) setOpen(rows[i] ?? null);
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Enter: () => setOpen(rows[at] ?? null),
    Escape: () => {
      setOpen(null);
      setAround(null);
    },
  });
  const setQuery = (q: string) => {
    setAt(-1);
    keep({ q: q || undefined });
  };
  const filter = (field: string, value: string, not: boolean) =>
    setQuery(not ? exclude(query, field, value) : chosen(query, field).only.includes(value) ? query : toggle(query, field, value));
  const setColumns = (some: string[]) => {
    setExtra(some);
    remember(columnsKey, some);
  };
  const columns: Column<Row>[] = [
    {
      key: "time",
      title: `${t.logs.time} (${zoneLabel(zone)})`,
      width: "178px",
      cell: (r) => <time>{stamp(parse(r.event.timestamp), zone, true).slice(5)}</time>,
    },
    { key: "status", title: t.logs.status, width: "88px", cell: (r) => <Status of={r.event.status} /> },
    { key: "source", title: t.logs.source, width: "96px", cell: (r) => <LogText text={r.event.source ?? ""} most={60} short /> },
    { key: "host", title: t.logs.host, width: "110px", cell: (r) => <LogText text={r.event.host ?? ""} most={60} short /> },
    ...extra.map(
      (field): Column<Row> => ({ key: field, title: field, width: "150px", cell: (r) => <LogText text={valueAt(r.event, field)} most={100} short /> }),
    ),
    { key: "message", title: t.logs.message, cell: (r) => <span class="mono">{<LogText text={r.event.message ?? ""} most={400} short />}</span> },
  ];
  const wide = useWide(1000);
  const shown = columns.filter((c) => (wide && !open) || !["source", "host"].includes(c.key));
  const found = summary.value;
  const wrong = [list.error, tail.error].find((err) => err instanceof Problem && err.status === 400)?.message;
  const failed = tailing ? tail.error : list.error;
  const stored = list.value?.rows;
  const known = useMemo(() => knownFields(found?.facets ?? {}, (stored ?? []).slice(0, 50)), [found, stored]);

  return (
    <Explorer
      page="logs"
      title={t.logs.title}
      query={query}
      onQuery={setQuery}
      range={range}
      onRange={(r) => keep({ range: r === "24h" ? undefined : r, tail: undefined })}
      known={known}
      placeholder={t.query.placeholderLogs}
      error={wrong}
      tools={
        <>
          {may("rules:write") && query.trim() !== "" && (
            <a class="button" href={address("/ui/rule", { q: query })}>
              {t.rules.fromSearch}
            </a>
          )}
          <button
            type="button"
            class={tailing ? "button live on" : "button live"}
            aria-pressed={tailing}
            onClick={() => {
              setOpen(null);
              setAt(-1);
              setPaused(false);
              keep({ tail: tailing ? undefined : "1" });
            }}
          >
            <i class="live-dot" />
            {t.logs.tail}
          </button>
        </>
      }
      facets={
        tailing
          ? []
          : (Object.keys(facetFields) as (keyof typeof facetFields)[]).map((f) => ({
              key: `log-${f}`,
              title: t.facets[f],
              field: facetFields[f],
              values: found?.facets[facetFields[f]] ?? [],
            }))
      }
      histogram={
        tailing
          ? undefined
          : { title: t.logs.title, buckets: found?.buckets ?? [], series: levels, busy: summary.busy, onZoom: (a, b) => keep({ range: fixedRange(a, b) }) }
      }
      panel={
        around ? (
          <EventPanel
            key={`${around.timestamp} ${around.message}`}
            event={around}
            tab="around"
            onClose={() => setAround(null)}
            onFilter={filter}
            onColumn={(field) => setColumns([...extra.filter((c) => c !== field), field])}
          />
        ) : open ? (
          <EventPanel
            key={open.n}
            event={open.event}
            onClose={() => setOpen(null)}
            onFilter={filter}
            onColumn={(field) => setColumns([...extra.filter((c) => c !== field), field])}
          />
        ) : undefined
      }
      bar={
        <>
          {tailing ? (
            <>
              <span class="count">{t.logs.rate(number(Math.round(tail.rate), lang))}</span>
              {tail.sampled > 0 && <span class="note-warn">{t.logs.sampled(compact(tail.sampled))}</span>}
              {tail.leftOut > 0 && <span class="note-warn">{t.logs.leftOut(compact(tail.leftOut))}</span>}
              <LiveSummary came={tail.came} />
            </>
          ) : (
            <>
              <span class="count" aria-live="polite">
                {found ? t.logs.count(number(found.matched, lang)) : t.app.loading}
              </span>
              <fieldset class="segments view-switch" aria-label={t.patterns.view}>
                <button type="button" aria-pressed={!patterns} onClick={() => keep({ view: undefined })}>
                  {t.patterns.events}
                </button>
                <button
                  type="button"
                  aria-pressed={patterns}
                  onClick={() => {
                    setOpen(null);
                    setAt(-1);
                    keep({ view: "patterns" });
                  }}
                >
                  {t.patterns.title}
                </button>
              </fieldset>
              {found && !patterns && rows.length < found.matched && (
                <span class="muted">
                  {t.logs.shown(number(rows.length, lang), number(found.matched, lang))}
                  {limit < 5000 && (
                    <button type="button" class="link" onClick={() => setLimit(limits[limits.indexOf(limit) + 1] ?? 5000)}>
                      {t.app.more}
                    </button>
                  )}
                </span>
              )}
              {(found?.lacking ?? 0) > 0 && <span class="note-warn">{t.logs.lacking(found?.lacking ?? 0)}</span>}
            </>
          )}
          <span class="grow" />
          {(patterns ? [] : extra).map((field) => (
            <span class="tag" key={field}>
              <LogText text={field} />
              <button type="button" class="bare" aria-label={`${t.app.close}: ${field}`} onClick={() => setColumns(extra.filter((c) => c !== field))}>
                ×
              </button>
            </span>
          ))}
          {tailing && (
            <button type="button" class="bare labelled" aria-pressed={paused} onClick={() => setPaused(!paused)}>
              <Icon name={paused ? "play" : "pause"} />
              <span>{paused ? t.logs.resume : t.logs.pause}</span>
            </button>
          )}
          {!patterns && (
            <button type="button" class="bare labelled" title={t.table.export} onClick={() => download("logs.csv", "text/csv", csv(asRows(rows, extra)))}>
              <Icon name="download" />
              <span>CSV</span>
            </button>
          )}
        </>
      }
    >
      {patterns ? (
        <Patterns
          query={query}
          range={range}
          onAround={setAround}
          onQuery={(q, events) => {
            setAt(-1);
            keep({ q: q || undefined, view: events ? undefined : "patterns" });
          }}
        />
      ) : failed && !wrong ? (
        <Notice
          title={t.app.failed}
          action={
            <button type="button" class="button" onClick={list.again}>
              {t.app.retry}
            </button>
          }
        >
          {failed.message}
        </Notice>
      ) : rows.length === 0 && (tailing || list.value) ? (
        <Notice title={tailing ? t.logs.waiting : t.table.nothing}>{tailing ? "" : t.table.nothingText}</Notice>
      ) : (
        <Grid
          label={t.logs.title}
          rows={rows}
          columns={shown}
          rowKey={(r) => String(r.n)}
          at={at}
          onAt={setAt}
          onOpen={setOpen}
          openKey={open ? String(open.n) : undefined}
          height={28}
        />
      )}
    </Explorer>
  );
}

const columnsKey = "sasumata.columns.logs";

/** Tells a screen reader how many came, not more often than every five seconds. */
function LiveSummary({ came }: { came: number }) {
  const t = useText();
  const { lang } = useStore(settings);
  const steps = Math.floor(Date.now() / 5000);
  const text = useMemo(() => t.logs.tailSummary(number(came, lang)), [steps]);
  return (
    <span class="hidden" aria-live="polite">
      {text}
    </span>
  );
}

function valueAt(event: LogEvent, field: string): string {
  return attributes(event).find((a) => a.field === field)?.text ?? "";
}

function asRows(rows: Row[], extra: string[]): string[][] {
  const head = ["timestamp", "status", "source", "service", "host", ...extra, "message"];
  return [
    head,
    ...rows.map(({ event }) => [
      event.timestamp ?? "",
      event.status ?? "",
      event.source ?? "",
      event.service ?? "",
      event.host ?? "",
      ...extra.map((f) => valueAt(event, f)),
      event.message ?? "",
    ]),
  ];
}

function knownFields(facets: Record<string, { value: string }[]>, rows: Row[]) {
  const fields = new Map<string, string[]>(Object.values(facetFields).map((f) => [f, (facets[f] ?? []).map((v) => v.value)]));
  for (const { event } of rows) for (const a of attributes(event)) if (a.scalar && !fields.has(a.field)) fields.set(a.field, []);
  return [...fields].map(([field, values]) => ({ field, values }));
}
