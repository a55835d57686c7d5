import { useText } from "../i18n";
import { type Sample, sum } from "../lib/metrics";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { number } from "../lib/time";
import { LogText } from "../ui/logtext";
import { Table } from "../ui/table";

/** How the sensor watches processes, what that misses, and why there is nothing better. */
export function Sensor({ list }: { list: Sample[] }) {
  const t = useText();
  const { lang } = useStore(settings);
  const ways = list.filter((s) => s.name === "sasumata_sensor_active");
  if (ways.length === 0) return null;
  const active = ways.findIndex((s) => s.value > 0);
  const better = active < 0 ? ways : ways.slice(0, active);
  const says = (text = "") => t.health.sensorSays[text] ?? text;
  const lost = sum(list, "sasumata_sensor_lost_total") || 0;
  return (
    <section class="card bottom-gap">
      <h2>{t.health.sensor}</h2>
      <p class="card-text">
        {t.health.sensorWay}: {active < 0 ? <b class="late">{t.health.sensorNone}</b> : <b class="mono">{ways[active]?.labels.way}</b>}
        {" · "}
        {t.health.sensorProcesses}: {number(sum(list, "sasumata_sensor_processes") || 0, lang)}
        {" · "}
        {t.health.sensorLost}: {lost > 0 ? <b class="late">{number(lost, lang)}</b> : 0}
      </p>
      {better.length > 0 && (
        <Table
          label={t.health.sensorBetter}
          rows={better}
          rowKey={(s) => s.labels.way ?? ""}
          columns={[
            { title: t.health.sensorBetter, cell: (s) => <code>{s.labels.way}</code> },
            { title: t.health.sensorWhy, cell: (s) => <LogText text={s.labels.why ?? ""} most={300} /> },
            { title: t.health.sensorFix, cell: (s) => (s.labels.fix ? <code>{s.labels.fix}</code> : "–") },
          ]}
        />
      )}
      <Table
        label={t.health.sensorMisses}
        rows={list.filter((s) => s.name === "sasumata_sensor_misses")}
        rowKey={(s) => s.labels.what ?? ""}
        columns={[{ title: t.health.sensorMisses, cell: (s) => <LogText text={says(s.labels.what)} most={300} /> }]}
      />
    </section>
  );
}
