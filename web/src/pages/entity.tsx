import { ContainerCard } from "../containers/card";
import { useText } from "../i18n";
import { copy } from "../lib/clipboard";
import { suspects } from "../lib/entities";
import { useLoad } from "../lib/load";
import { levels, listLogs, logSummary, span } from "../lib/logs";
import { address, go, place } from "../lib/router";
import { settings } from "../lib/settings";
import { listSignals, severities, signalSummary } from "../lib/signals";
import { useStore } from "../lib/store";
import { defang } from "../lib/text";
import { fixedRange, number, parse, shortStamp, stamp, zoneLabel } from "../lib/time";
import { RepliesAbout } from "../responses/about";
import { ruleName, State } from "../signals/parts";
import { Risk } from "../signals/risk";
import { Histogram } from "../ui/histogram";
import { Icon } from "../ui/icons";
import { LogText } from "../ui/logtext";
import { Severity } from "../ui/severity";
import { Table } from "../ui/table";
import { logsOf, Notice, signalsOf } from "../ui/value";

/** What is known of an address, a user, a host or a container. */
export default function EntityPage() {
  const t = useText();
  const { zone, lang } = useStore(settings);
  const { params } = useStore(place);
  const [kind, value] = [params.get("kind") ?? "", params.get("value") ?? ""];
  const known = useLoad(async (signal) => (await suspects(500, signal)).find((e) => e.kind === kind && e.value === value), [kind, value]);
  const signals = useLoad((signal) => listSignals(signalsOf(kind, value), {}, "opened", "", 200, signal), [kind, value]);
  const spread = useLoad((signal) => signalSummary(signalsOf(kind, value), "30d", Date.now(), signal), [kind, value]);
  const query = logsOf(kind, value);
  const logs = useLoad((signal) => listLogs(query, span("7d", Date.now()), 50, signal), [query]);
  const summary = useLoad(
    (signal) =>
      logSummary(
        query,
        span("7d", Date.now()),
        "status",
        ["@http.useragent", "@http.status_code", "@evt.outcome", "@usr.id", "@network.client.ip", "@network.client.geoip.country.name", "source"],
        Date.now(),
        signal,
      ),
    [query],
  );
  if (!kind || !value) return <Notice title={t.app.notFound} />;
  const list = signals.value?.signals ?? [];
  const facets = Object.entries(summary.value?.facets ?? {}).filter(([, values]) => values.length > 0);
  const e = known.value;
  return (
    <div class="page">
      <header class="page-head">
        <div>
          <div class="muted small">{t.entities.page(t.entities.kinds[kind] ?? kind)}</div>
          <h1 class="mono entity-name">
            <LogText text={value} most={300} />
          </h1>
        </div>
        <span class="grow" />
        <button type="button" class="button" onClick={() => copy(defang(value))}>
          <Icon name="copy" />
          {t.app.copyDefanged}
        </button>
        <a class="button" href={address("/", { q: signalsOf(kind, value), range: "30d" })}>
          <Icon name="signals" />
          {t.entities.itsSignals}
        </a>
        <a class="button" href={address("/ui/logs", { q: query, range: "7d" })}>
          <Icon name="logs" />
          {t.entities.itsLogs}
        </a>
      </header>
      <div class="cards">
        <div class="card stat">
          {t.entities.risk}
          <b>{e ? Math.round(e.risk) : 0}</b>
          {e ? <Risk of={e.risk} most={Math.max(400, e.risk)} /> : <span>{t.entities.noRisk}</span>}
        </div>
        <div class="card stat">
          {t.entities.signals}
          <b>{e ? number(e.signals, lang) : number(list.length, lang)}</b>
          <span>
            {list.filter((s) => s.state === "open").length} {t.state.open}
          </span>
        </div>
        <div class="card stat">
          {t.logs.title}
          <b>{summary.value ? number(summary.value.matched, lang) : "…"}</b>
          <span>{t.range.last(t.range.days(7))}</span>
        </div>
        <div class="card stat">
          {t.entities.first} · {t.entities.last}
          <span class="stat-times">{e ? stamp(parse(e.first_seen), zone) : "–"}</span>
          <span class="stat-times">
            {e ? stamp(parse(e.last_seen), zone) : "–"} {zoneLabel(zone)}
          </span>
        </div>
      </div>
      <div class="split">
        <section class="card">
          <Histogram
            title={t.signals.title}
            buckets={spread.value?.buckets ?? []}
            series={[...severities].reverse().map((s) => ({ key: s, label: t.severity[s], class: s }))}
            height={72}
            busy={spread.busy}
            onZoom={(a, b) => go(address("/", { q: signalsOf(kind, value), range: fixedRange(a, b) }))}
          />
        </section>
        <section class="card">
          <Histogram
            title={t.logs.title}
            buckets={summary.value?.buckets ?? []}
            series={levels}
            height={72}
            busy={summary.busy}
            onZoom={(a, b) => go(address("/ui/logs", { q: query, range: fixedRange(a, b) }))}
          />
        </section>
      </div>
      <section class="card">
        <h2>{t.entities.itsSignals}</h2>
        <Table
          label={t.entities.itsSignals}
          rows={list.slice(0, 50)}
          rowKey={(s) => s.id}
          empty={signals.value ? t.table.nothing : t.app.loading}
          columns={[
            { title: `${t.signals.time} (${zoneLabel(zone)})`, cell: (s) => <time>{shortStamp(parse(s.signal.opened), zone)}</time> },
            { title: t.signals.severity, cell: (s) => <Severity of={s.signal.severity} /> },
            {
              title: t.signals.signal,
              cell: (s) => (
                <a class="row-title" href={`/signals/${encodeURIComponent(s.id)}`}>
                  <LogText text={ruleName(s, lang)} most={200} />
                </a>
              ),
            },
            { title: t.signals.events, num: true, cell: (s) => number(s.signal.events, lang) },
            { title: t.signals.state, cell: (s) => <State of={s} /> },
          ]}
        />
      </section>
      {kind === "container" && <ContainerCard id={value} />}
      {(kind === "ip" || kind === "network" || kind === "container") && (
        <section class="card top-gap">
          <h2>{t.responses.title}</h2>
          <RepliesAbout asked={{ target: value }} addresses={kind === "container" ? [] : [value]} containers={kind === "container" ? [value] : []} />
        </section>
      )}
      <div class="split top-gap">
        {facets.slice(0, 6).map(([field, values]) => (
          <section class="card" key={field}>
            <h2>
              <code>{field}</code>
            </h2>
            <Table
              label={field}
              rows={values.slice(0, 8)}
              rowKey={(v) => v.value}
              columns={[
                { title: t.panel.value, cell: (v) => <LogText text={v.value} most={120} short /> },
                { title: t.logs.title, num: true, cell: (v) => number(v.count, lang) },
              ]}
            />
          </section>
        ))}
      </div>
      <section class="card">
        <h2>{t.entities.itsLogs}</h2>
        <ol class="lines">
          {(logs.value?.events ?? []).map((l, i) => (
            <li key={`${l.timestamp}${i}`}>
              <time>{shortStamp(parse(l.timestamp), zone)}</time>
              <LogText text={l.message ?? ""} most={300} />
            </li>
          ))}
        </ol>
        {logs.value?.events.length === 0 && <p class="muted">{t.entities.noLogs}</p>}
      </section>
    </div>
  );
}
