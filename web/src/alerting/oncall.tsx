import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { type Alerting, drill } from "../lib/alerting";
import { may } from "../lib/api";
import { useNow } from "../lib/load";
import { settings } from "../lib/settings";
import { type SeverityName, severities } from "../lib/signals";
import { useStore } from "../lib/store";
import { ago, number, parse, span, stamp, zoneLabel } from "../lib/time";
import { Dialog } from "../ui/dialog";
import { LogText } from "../ui/logtext";
import { Severity } from "../ui/severity";
import { Table } from "../ui/table";
import { complain, tell } from "../ui/toast";
import { About } from "./deliveries";

/** Who is on call now and next, what is escalated, and whether the server is heard. */
export function OnCallTab({ a, onDrilled }: { a: Alerting; onDrilled: () => void }) {
  const t = useText();
  const { lang, zone } = useStore(settings);
  const now = useNow(10_000);
  const h = a.heartbeat;
  return (
    <>
      <div class="cards">
        {a.on_call.map((r) => (
          <div key={r.name} class="card stat">
            <LogText text={r.name} most={80} />
            <b>
              <LogText text={r.now} most={80} />
            </b>
            <span>
              {t.alerting.until(stamp(parse(r.until), zone))} {zoneLabel(zone)}
            </span>
            <span>
              {t.alerting.nextOne} <LogText text={r.next} most={80} /> · <LogText text={r.people.join(" → ")} most={200} />
            </span>
          </div>
        ))}
        <div class="card stat">
          {t.alerting.heartbeat}
          {h ? (
            <>
              <b class={h.error ? "late" : undefined}>{h.error ? t.alerting.failing : h.last ? t.alerting.beats : "–"}</b>
              <span>
                {h.last ? t.alerting.since(ago(parse(h.last), now, lang)) : t.alerting.never} · {t.alerting.every(span(h.every_seconds * 1000, lang))}
              </span>
              {h.error && (
                <span class="late">
                  <LogText text={h.error} most={200} />
                </span>
              )}
            </>
          ) : (
            <span>{t.alerting.noHeartbeat}</span>
          )}
        </div>
      </div>
      {a.on_call.length === 0 && <p class="muted bottom-gap">{t.alerting.noRota}</p>}
      <section class="card bottom-gap">
        <h2>{t.alerting.steps}</h2>
        <Table
          label={t.alerting.steps}
          rows={a.escalation}
          rowKey={(s) => s.severity.join() + s.receiver + s.after_seconds}
          empty={t.alerting.noSteps}
          columns={[
            { title: t.signals.severity, cell: (s) => s.severity.map((one) => <Severity key={one} of={one} />) },
            { title: t.alerting.unacknowledged, cell: (s) => span(s.after_seconds * 1000, lang) },
            { title: t.alerting.receiver, cell: (s) => <LogText text={s.receiver} most={80} /> },
          ]}
        />
      </section>
      <section class="card bottom-gap">
        <h2>
          {t.alerting.running} <span class="muted">{number(a.running_count, lang)}</span>
        </h2>
        <Table
          label={t.alerting.running}
          rows={a.running}
          rowKey={(e) => e.target + e.began + e.title}
          empty={t.alerting.noRunning}
          columns={[
            { title: t.signals.severity, cell: (e) => <Severity of={e.severity} /> },
            {
              title: t.alerting.notice,
              cell: (e) => <About title={e.title} id={e.id} />,
            },
            { title: t.alerting.receiver, cell: (e) => <LogText text={e.target} most={80} /> },
            {
              title: `${t.alerting.due} (${zoneLabel(zone)})`,
              cell: (e) => (
                <>
                  <time>{stamp(parse(e.due), zone)}</time>{" "}
                  {e.told ? (
                    <span class="state-pill warn">{t.alerting.outcomes.told}</span>
                  ) : parse(e.due) > now ? (
                    <span class="muted">{t.signals.dueIn(ago(parse(e.due), now, lang))}</span>
                  ) : (
                    <span class="late">{e.error ? <LogText text={e.error} most={160} /> : t.alerting.soon}</span>
                  )}
                </>
              ),
            },
          ]}
        />
      </section>
      {may("operate") && <FireDrill onDrilled={onDrilled} />}
    </>
  );
}

/** Begins a drill, after a question: people are called. */
function FireDrill({ onDrilled }: { onDrilled: () => void }) {
  const t = useText();
  const [severity, setSeverity] = useState<SeverityName>("critical");
  const [sure, setSure] = useState(false);
  return (
    <section class="card">
      <h2>{t.alerting.drill}</h2>
      <p class="muted">{t.alerting.drillText}</p>
      <div class="form">
        <label>
          {t.signals.severity}
          <select class="field" value={severity} onChange={(e) => setSeverity(e.currentTarget.value as SeverityName)}>
            {severities.map((s) => (
              <option key={s} value={s}>
                {t.severity[s]}
              </option>
            ))}
          </select>
        </label>
        <button type="button" class="button" onClick={() => setSure(true)}>
          {t.alerting.beginDrill}
        </button>
      </div>
      {sure && (
        <Dialog title={t.alerting.drill} onClose={() => setSure(false)}>
          <p>{t.alerting.drillSure(t.severity[severity])}</p>
          <div class="form">
            <button
              type="button"
              class="button danger"
              onClick={() => {
                setSure(false);
                drill(severity).then(() => {
                  tell(t.alerting.drilled);
                  onDrilled();
                }, complain);
              }}
            >
              {t.alerting.beginDrill}
            </button>
            <button type="button" class="button" onClick={() => setSure(false)}>
              {t.app.close}
            </button>
          </div>
        </Dialog>
      )}
    </section>
  );
}
