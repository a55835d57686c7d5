import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { may } from "../lib/api";
import { useLoad, useNow } from "../lib/load";
import { decide, incidentArchive, type Reply, response, type Verdict, verdicts } from "../lib/responses";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { ago, number, parse, span, stamp, zoneLabel } from "../lib/time";
import { Dialog } from "../ui/dialog";
import { LogText } from "../ui/logtext";
import { type Column, Table } from "../ui/table";
import { complain, tell } from "../ui/toast";
import { EntityValue } from "../ui/value";
import { Contained } from "./contained";

/** The state of a response, in a word and a colour. */
export function ReplyState({ of }: { of: Reply }) {
  const t = useText();
  const look: Record<string, string> = { active: "state-pill good", waiting_approval: "state-pill warn", failed: "state-pill bad" };
  const word = of.ending ? t.responses.ending : (t.responses.states[of.state] ?? of.state);
  return <span class={look[of.ending ? "" : of.state] ?? "muted nowrap"}>{word}</span>;
}

/** Responses as a table, with what may be decided about each. */
export function Replies(p: {
  list: Reply[];
  empty: string;
  onChanged: () => void;
  /** There is little room. */
  narrow?: boolean;
  /** What was a dry run may be done. */
  real?: boolean;
}) {
  const { list, empty, onChanged } = p;
  const t = useText();
  const { zone, lang } = useStore(settings);
  const now = useNow();
  const [shown, setShown] = useState<number>();
  const judge = (r: Reply, what: Verdict) =>
    decide(r, what)
      .then(() => {
        tell(t.responses.decided[what]);
        onChanged();
      })
      .catch((err) => {
        complain(err);
        onChanged();
      });
  const columns: Column<Reply>[] = [
    { title: t.responses.state, cell: (r) => <ReplyState of={r} /> },
    { title: t.responses.action, cell: (r) => (t.responses.actions[r.action] ? t.responses.actions[r.action] : <LogText text={r.action} most={60} />) },
    {
      title: t.responses.target,
      cell: (r) =>
        r.kind === "signal" ? (
          <a href={`/signals/${encodeURIComponent(r.target)}`}>{t.responses.theSignal}</a>
        ) : r.container ? (
          <LogText text={r.container.name} most={60} />
        ) : (
          <EntityValue kind={r.kind === "network" && !r.target.includes("/") ? "ip" : r.kind} value={r.target} />
        ),
    },
    {
      title: t.responses.why,
      cell: (r) => (
        <>
          {r.signal ? (
            <a href={`/signals/${encodeURIComponent(r.signal)}`}>
              <LogText text={r.reason} most={200} />
            </a>
          ) : (
            <LogText text={r.reason} most={200} />
          )}
          {r.error && (
            <div class="late">
              <LogText text={r.error} most={300} />
            </div>
          )}
        </>
      ),
    },
    { title: t.responses.by, cell: (r) => <LogText text={r.made_by} most={60} short /> },
    {
      title: `${t.responses.until} (${zoneLabel(zone)})`,
      cell: (r) => (
        <>
          <time>{stamp(parse(r.ended ?? r.expires), zone)}</time>
          {r.open && !r.ended && parse(r.expires) > now && <span class="muted"> {t.responses.left(ago(parse(r.expires), now, lang))}</span>}
        </>
      ),
    },
    { title: t.responses.repeats, num: true, cell: (r) => number(r.repeats, lang) },
    {
      title: "",
      cell: (r) => (
        <div class="row-actions">
          {may("responses:write") &&
            verdicts(r)
              .filter((what) => p.real || r.state !== "dry_run" || what !== "approve")
              .map((what) => (
                <button key={what} type="button" class="link" onClick={() => judge(r, what)}>
                  {r.state === "dry_run" && what === "approve"
                    ? t.responses.forReal
                    : r.state === "failed" && what === "approve"
                      ? t.responses.again
                      : t.responses[what]}
                </button>
              ))}
          <button type="button" class="link" aria-label={`${t.responses.details} ${r.target}`} onClick={() => setShown(r.id)}>
            {t.responses.details}
          </button>
        </div>
      ),
    },
  ];
  return (
    <>
      <Table
        label={t.responses.title}
        rows={list}
        rowKey={(r) => String(r.id)}
        empty={empty}
        columns={columns.filter((c) => !p.narrow || ![t.responses.action, t.responses.by, t.responses.repeats].includes(c.title))}
      />
      {shown !== undefined && <Details id={shown} onClose={() => setShown(undefined)} />}
    </>
  );
}

/** All that is known of a response. */
function Details({ id, onClose }: { id: number; onClose: () => void }) {
  const t = useText();
  const { zone, lang } = useStore(settings);
  const loaded = useLoad((signal) => response(id, signal), [id]);
  const d = loaded.value;
  return (
    <Dialog title={`${t.responses.one} ${id}`} onClose={onClose} wide>
      {!d ? (
        <p class="muted">{loaded.error?.message ?? t.app.loading}</p>
      ) : (
        <>
          <dl class="facts">
            <dt>{t.responses.state}</dt>
            <dd>
              <ReplyState of={d.response} />
            </dd>
            <dt>{t.responses.target}</dt>
            <dd>
              <LogText text={d.response.target} most={300} />
            </dd>
            <dt>{t.responses.why}</dt>
            <dd>
              <LogText text={d.response.reason} most={2000} />
            </dd>
            {d.response.policy && (
              <>
                <dt>{t.responses.policy}</dt>
                <dd>
                  <LogText text={d.response.policy} />
                </dd>
              </>
            )}
            <dt>{t.responses.duration}</dt>
            <dd>{span(d.response.duration_seconds * 1000, lang)}</dd>
            {d.response.error && (
              <>
                <dt>{t.responses.error}</dt>
                <dd class="late">
                  <LogText text={d.response.error} most={4000} />
                </dd>
              </>
            )}
            {d.response.output && (
              <>
                <dt>{t.responses.output}</dt>
                <dd>
                  <LogText text={d.response.output} lines most={5000} />
                </dd>
              </>
            )}
            {d.signals.length > 0 && (
              <>
                <dt>{t.nav.signals}</dt>
                <dd class="row-actions">
                  {d.signals.slice(0, 20).map((s) => (
                    <a key={s} class="link" href={`/signals/${encodeURIComponent(s)}`}>
                      <LogText text={s} most={40} />
                    </a>
                  ))}
                </dd>
              </>
            )}
          </dl>
          {d.response.container && <Contained of={d.response.container} />}
          {may("responses:write") && (
            <p>
              <a class="link" href={incidentArchive(d.response)} download>
                {t.responses.incident}
              </a>
            </p>
          )}
          <h3>{t.responses.history}</h3>
          <ol class="lines">
            {d.history.map((h) => (
              <li key={h.id}>
                <time>{stamp(parse(h.time), zone)}</time>
                <LogText text={`${h.actor}: ${t.responses.done[h.action.replace("response.", "")] ?? h.action}`} />
              </li>
            ))}
          </ol>
        </>
      )}
    </Dialog>
  );
}
