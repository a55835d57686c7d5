import { Costs } from "../health/costs";
import { Dead } from "../health/dead";
import { Sensor } from "../health/sensor";
import { Told } from "../health/told";
import { useText } from "../i18n";
import { may, send } from "../lib/api";
import { useEvery, useLoad, useNow } from "../lib/load";
import { bytes, metrics, type Sample, sum } from "../lib/metrics";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { ago, number, stamp, zoneLabel } from "../lib/time";
import { LogText } from "../ui/logtext";
import { Table } from "../ui/table";
import { Notice } from "../ui/value";

interface Source {
  name: string;
  kind: string;
  records: number;
  errors: number;
  dropped: number;
  cut: number;
  last: number;
  silent: boolean;
}

function sources(list: Sample[]): Source[] {
  const all = new Map<string, Source>();
  for (const s of list) {
    const name = s.labels.source;
    if (name === undefined || !s.name.startsWith("sasumata_source_")) continue;
    const one = all.get(name) ?? { name, kind: s.labels.kind ?? "", records: 0, errors: 0, dropped: 0, cut: 0, last: 0, silent: false };
    all.set(name, one);
    if (s.name.endsWith("_records_total")) one.records = s.value;
    if (s.name.endsWith("_errors_total")) one.errors = s.value;
    if (s.name.endsWith("_dropped_total")) one.dropped = s.value;
    if (s.name.endsWith("_cut_total")) one.cut = s.value;
    if (s.name.endsWith("_last_record_seconds")) one.last = s.value * 1000;
    if (s.name.endsWith("_silent")) one.silent = s.value > 0;
  }
  return [...all.values()].sort((a, b) => Number(b.silent) - Number(a.silent) || a.name.localeCompare(b.name));
}

/** Whether logs come, are understood, looked at and kept. */
export default function Health() {
  const t = useText();
  const { lang, zone } = useStore(settings);
  const now = useNow(10_000);
  const loaded = useLoad(async (signal) => {
    const [ready, text] = await Promise.all([fetch("/-/ready", { signal }), send("/metrics", { signal }).then((a) => a.text())]);
    return { ready: ready.ok, note: (await ready.text()).trim(), list: metrics(text) };
  }, []);
  useEvery(10_000, loaded.again);
  if (loaded.error && !loaded.value) return <Notice title={t.app.failed}>{loaded.error.message}</Notice>;
  const m = loaded.value?.list ?? [];
  const lag = sum(m, "sasumata_detection_lag_seconds");
  const dead = sum(m, "sasumata_dead_letters");
  const bad = (n: number) => (n > 0 ? <b class="late">{number(n, lang)}</b> : <span class="muted">0</span>);
  return (
    <div class="page">
      <header class="page-head">
        <h1>{t.health.title}</h1>
        {loaded.value && (
          <span class={loaded.value.ready ? "state-pill good" : "state-pill bad"}>{loaded.value.ready ? t.health.ready : t.health.notReady}</span>
        )}
        {loaded.value && loaded.value.note !== "ready" && <LogText text={loaded.value.note} />}
        <span class="grow" />
        {may("operate") && <a href="/ui/welcome">{t.welcome.nav}</a>}
        <span class="muted">{t.health.sinceStart}</span>
      </header>
      <div class="cards">
        <div class="card stat">
          {t.health.events}
          <b>{number(sum(m, "sasumata_events_total") || 0, lang)}</b>
          <span>
            {t.health.unparsed}: {number(sum(m, "sasumata_events_unparsed_total") || 0, lang)}
          </span>
        </div>
        <div class="card stat">
          {t.health.lag}
          <b class={lag > 60 ? "late" : undefined}>{Number.isFinite(lag) ? `${lag.toFixed(1)} s` : "–"}</b>
        </div>
        <div class="card stat">
          {t.health.queue}
          <b>{bytes(sum(m, "sasumata_queue_bytes"))}</b>
          <span>
            / {bytes(sum(m, "sasumata_queue_max_bytes"))} {sum(m, "sasumata_queue_connected") === 0 && <span class="late">{t.health.disconnected}</span>}
          </span>
        </div>
        <div class="card stat">
          {t.health.store}
          <b>{bytes(sum(m, "sasumata_store_bytes"))}</b>
          <span>
            {number(sum(m, "sasumata_store_events") || 0, lang)} {t.health.events} · {number(sum(m, "sasumata_store_parts") || 0, lang)} {t.health.files}
          </span>
        </div>
        <div class="card stat">
          {t.health.database}
          <b>{bytes(sum(m, "sasumata_database_bytes"))}</b>
          <span>{sum(m, "sasumata_database_up") === 1 ? t.health.up : <span class="late">{t.health.down}</span>}</span>
        </div>
        <div class="card stat">
          {t.health.dead}
          <b class={dead > 0 ? "late" : undefined}>{number(dead || 0, lang)}</b>
        </div>
      </div>
      <section class="card bottom-gap">
        <h2>{t.health.sources}</h2>
        <Table
          label={t.health.sources}
          rows={sources(m)}
          rowKey={(s) => s.name}
          empty={t.app.loading}
          columns={[
            {
              title: t.health.source,
              cell: (s) => (
                <span class="mono">
                  <LogText text={s.name} most={160} />
                </span>
              ),
            },
            { title: t.health.records, num: true, cell: (s) => number(s.records, lang) },
            { title: t.health.errors, num: true, cell: (s) => bad(s.errors) },
            { title: t.health.dropped, num: true, cell: (s) => bad(s.dropped) },
            { title: t.health.cut, num: true, cell: (s) => bad(s.cut) },
            {
              title: `${t.health.lastRecord} (${zoneLabel(zone)})`,
              cell: (s) => (
                <>
                  {s.last ? stamp(s.last, zone) : "–"} <span class="muted">{s.last ? ago(s.last, now, lang) : ""}</span>{" "}
                  {s.silent && <b class="late">{t.health.silent}</b>}
                </>
              ),
            },
          ]}
        />
      </section>
      <Sensor list={m} />
      {dead > 0 && may("operate") && <Dead count={dead} />}
      <Told />
      <Costs />
      <details class="card">
        <summary>{t.health.all}</summary>
        <Table
          label={t.health.all}
          rows={m}
          rowKey={(s) => s.name + JSON.stringify(s.labels)}
          columns={[
            { title: t.health.metric, cell: (s) => <code>{s.name}</code> },
            {
              title: "",
              cell: (s) => (
                <span class="muted">
                  <LogText
                    text={Object.entries(s.labels)
                      .map(([k, v]) => `${k}=${v}`)
                      .join(" ")}
                  />
                </span>
              ),
            },
            { title: t.health.value, num: true, cell: (s) => number(s.value, lang) },
          ]}
        />
      </details>
    </div>
  );
}
