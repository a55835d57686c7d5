import { useText } from "../i18n";
import type { Suspect } from "../lib/entities";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { number, parse, shortStamp, zoneLabel } from "../lib/time";
import { Risk } from "../signals/risk";
import { LogText } from "./logtext";
import { Table } from "./table";
import { entityPage } from "./value";

/** Entities, each with a link to its page. */
export function Suspects({ list, short }: { list: Suspect[]; short?: boolean }) {
  const t = useText();
  const { zone, lang } = useStore(settings);
  const most = Math.max(1, ...list.map((e) => e.risk));
  const columns = [
    { title: t.entities.kind, cell: (e: Suspect) => <span class="muted">{t.entities.kinds[e.kind] ?? e.kind}</span> },
    {
      title: t.entities.entity,
      cell: (e: Suspect) => (
        <a class="mono" href={entityPage(e.kind, e.value)}>
          <LogText text={e.value} most={120} short />
        </a>
      ),
    },
    { title: t.entities.risk, cell: (e: Suspect) => <Risk of={e.risk} most={most} /> },
    { title: t.entities.signals, num: true, cell: (e: Suspect) => number(e.signals, lang) },
    { title: `${t.entities.first} (${zoneLabel(zone)})`, cell: (e: Suspect) => <time>{shortStamp(parse(e.first_seen), zone)}</time> },
    { title: `${t.entities.last} (${zoneLabel(zone)})`, cell: (e: Suspect) => <time>{shortStamp(parse(e.last_seen), zone)}</time> },
  ];
  return (
    <Table
      label={t.entities.title}
      rows={list}
      rowKey={(e) => `${e.kind} ${e.value}`}
      empty={t.entities.noRisk}
      columns={short ? columns.slice(0, 4) : columns}
    />
  );
}
