import { useCallback, useState } from "preact/hooks";
import { useText } from "../i18n";
import { may } from "../lib/api";
import { type AuditFilter, auditPart, detailOf, type Entry } from "../lib/audit";
import { csv, download } from "../lib/csv";
import { usePages } from "../lib/pages";
import { keep, place } from "../lib/router";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { bounds, number, parse, stamp, zoneLabel } from "../lib/time";
import { Icon } from "../ui/icons";
import { LogText } from "../ui/logtext";
import { Find, PagedTable } from "../ui/paged";
import { TimeRange } from "../ui/timerange";
import { complain, tell } from "../ui/toast";
import { Notice } from "../ui/value";

/** How many entries a file has at the most: a reader waits for them. */
const maxExport = 10_000;
const usual = "30d";

/** Who did what, when, and from where. */
export default function Audit() {
  const t = useText();
  const { zone, lang } = useStore(settings);
  const { params } = useStore(place);
  const range = params.get("range") ?? usual;
  const filter: AuditFilter = { actor: params.get("actor") ?? "", action: params.get("action") ?? "", object: params.get("object") ?? "" };
  const list = usePages(
    (cursor, signal) => auditPart(filter, bounds(range, Date.now()), cursor, 100, signal),
    [filter.actor, filter.action, filter.object, range],
  );
  const [busy, setBusy] = useState(false);
  const setActor = useCallback((actor: string) => keep({ actor }, true), []);
  const setAction = useCallback((action: string) => keep({ action }, true), []);
  const setObject = useCallback((object: string) => keep({ object }, true), []);
  if (!may("audit:read")) return <Notice top title={t.audit.forbidden} />;

  const save = async () => {
    setBusy(true);
    try {
      const all: Entry[] = [];
      const fixed = bounds(range, Date.now());
      let cursor = "";
      do {
        const part = await auditPart(filter, fixed, cursor, 1000);
        all.push(...part.rows);
        cursor = part.next ?? "";
      } while (cursor && all.length < maxExport);
      const rows = all.slice(0, maxExport).map((e) => [e.time, e.actor, detailOf(e.detail).from, e.action, e.object, e.outcome, e.detail]);
      download("sasumata-audit.csv", "text/csv", csv([["time", "actor", "from", "action", "object", "outcome", "detail"], ...rows]));
      if (cursor) tell(t.audit.cut(number(maxExport, lang)), { bad: true });
    } catch (err) {
      complain(err);
    } finally {
      setBusy(false);
    }
  };
  const cell = (text: string, onChoose: (text: string) => void) =>
    text ? (
      <button type="button" class="link" title={t.audit.only} onClick={() => onChoose(text)}>
        <LogText text={text} most={120} short />
      </button>
    ) : (
      <span class="muted">–</span>
    );
  return (
    <div class="page">
      <header class="page-head">
        <h1>{t.audit.title}</h1>
        <span class="muted">{t.audit.about}</span>
      </header>
      <div class="form bottom-gap">
        <Find label={t.audit.actor} hint={t.audit.actor} value={filter.actor} onValue={setActor} />
        <Find label={t.audit.action} hint={`${t.audit.action}: signal.*`} value={filter.action} onValue={setAction} />
        <Find label={t.audit.object} value={filter.object} onValue={setObject} />
        <TimeRange range={range} onRange={(r) => keep({ range: r === usual ? undefined : r })} />
        <button type="button" class="button" disabled={busy} onClick={save} title={t.table.export}>
          <Icon name="download" />
          CSV
        </button>
      </div>
      <section class="card bottom-gap">
        <PagedTable
          label={t.audit.title}
          list={list}
          rowKey={(e) => String(e.id)}
          empty={t.audit.none}
          columns={[
            { title: `${t.audit.time} (${zoneLabel(zone)})`, cell: (e) => stamp(parse(e.time), zone) },
            { title: t.audit.actor, cell: (e) => cell(e.actor, setActor) },
            { title: t.audit.from, cell: (e) => <LogText text={detailOf(e.detail).from || "–"} most={60} short /> },
            { title: t.audit.action, cell: (e) => cell(e.action, setAction) },
            { title: t.audit.object, cell: (e) => cell(e.object, setObject) },
            {
              title: t.audit.outcome,
              cell: (e) => (
                <span class={e.outcome === "done" || e.outcome === "begun" ? "muted" : "late"}>
                  <LogText text={e.outcome || "–"} most={60} short />
                </span>
              ),
            },
            { title: t.audit.detail, cell: (e) => <LogText text={detailOf(e.detail).rest} most={160} /> },
          ]}
        />
      </section>
    </div>
  );
}
