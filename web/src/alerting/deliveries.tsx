import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { type Alerting, type Delivery, deliveries, type Outcome, outcomes, undelivered, type Waiting } from "../lib/alerting";
import { useEvery, useLoad, useNow } from "../lib/load";
import { keep, place } from "../lib/router";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { ago, number, parse, shortStamp, stamp, zoneLabel } from "../lib/time";
import { LogText } from "../ui/logtext";
import { Severity } from "../ui/severity";
import { Table } from "../ui/table";
import { complain } from "../ui/toast";
import { Sent } from "./routing";

/** How many attempts are asked for at a time. */
const some = 100;

/** What came of telling people, and what still waits. */
export function Deliveries({ a }: { a: Alerting }) {
  const t = useText();
  const { lang } = useStore(settings);
  const { params } = useStore(place);
  const of = { receiver: params.get("receiver") ?? undefined, signal: params.get("signal") ?? undefined, outcome: params.get("outcome") ?? undefined };
  const deps = [of.receiver, of.signal, of.outcome];
  const waiting = useLoad((signal) => undelivered(of, some, signal), deps);
  const told = useLoad((signal) => deliveries(of, some, "", signal), deps);
  const [more, setMore] = useState<{ behind: string; list: Delivery[]; next: string }>();
  useEvery(10_000, () => {
    waiting.again();
    if (!more) told.again(); // who reads on is not disturbed
  });
  const first = told.value;
  const behind = JSON.stringify(deps);
  const rest = more?.behind === behind ? more : undefined;
  const list = [...(first?.history ?? []), ...(rest?.list ?? [])].filter((d, i, all) => all.findIndex((x) => x.number === d.number) === i);
  const next = rest ? rest.next : first?.next;
  const readOn = () => {
    if (!next) return;
    deliveries(of, some, next)
      .then((page) => setMore({ behind, list: [...(rest?.list ?? []), ...page.history], next: page.next ?? "" }))
      .catch(complain);
  };
  return (
    <>
      <form class="form bottom-gap" onSubmit={(e) => e.preventDefault()}>
        <label>
          {t.alerting.receiver}
          <select class="field" value={of.receiver ?? ""} onChange={(e) => keep({ receiver: e.currentTarget.value || undefined })}>
            <option value="">{t.app.all}</option>
            {a.receivers.map((r) => (
              <option key={r.name} value={r.name}>
                {r.name}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t.alerting.outcome}
          <select class="field" value={of.outcome ?? ""} onChange={(e) => keep({ outcome: e.currentTarget.value || undefined })}>
            <option value="">{t.app.all}</option>
            {outcomes.map((o) => (
              <option key={o} value={o}>
                {t.alerting.outcomes[o]}
              </option>
            ))}
          </select>
        </label>
        <label class="wide">
          {t.alerting.signalId}
          <input class="mono" maxLength={200} value={of.signal ?? ""} onChange={(e) => keep({ signal: e.currentTarget.value.trim() || undefined })} />
        </label>
      </form>
      <section class="card bottom-gap">
        <h2>
          {t.alerting.undelivered} {waiting.value && <span class="muted">{number(waiting.value.count, lang)}</span>}
        </h2>
        {waiting.error && <p class="late">{waiting.error.message}</p>}
        <Undelivered list={waiting.value?.undelivered ?? []} empty={waiting.value ? t.alerting.allTold : t.app.loading} />
        <p class="muted card-note">{t.alerting.triedAgain}</p>
      </section>
      <section class="card bottom-gap">
        <h2>
          {t.alerting.history} {first && <span class="muted">{number(first.count, lang)}</span>}
        </h2>
        {told.error && <p class="late">{told.error.message}</p>}
        <Attempts list={list} empty={first ? t.alerting.nothingTold : t.app.loading} />
        {next && (
          <button type="button" class="button top-gap" onClick={readOn}>
            {t.alerting.more}
          </button>
        )}
      </section>
    </>
  );
}

/** Notices of which a receiver has still to be told. */
function Undelivered({ list, empty }: { list: Waiting[]; empty: string }) {
  const t = useText();
  const { lang, zone } = useStore(settings);
  return (
    <Table
      label={t.alerting.undelivered}
      rows={list}
      rowKey={waitingKey}
      empty={empty}
      columns={[
        { title: `${t.alerting.began} (${zoneLabel(zone)})`, cell: (w) => <time>{shortStamp(parse(w.began), zone)}</time> },
        { title: t.alerting.receiver, cell: (w) => <LogText text={w.target} most={80} /> },
        { title: t.signals.severity, cell: (w) => <Severity of={w.severity} /> },
        {
          title: t.alerting.notice,
          cell: (w) => (
            <>
              <About title={w.title} id={w.id} />
              <Failure text={w.error} />
            </>
          ),
        },
        { title: t.alerting.attempts, num: true, cell: (w) => number(w.attempts, lang) },
        { title: t.alerting.next, cell: (w) => <Next of={w} /> },
      ]}
    />
  );
}

const waitingKey = (w: Waiting) => `${w.target} ${w.began} ${w.title}`;

/** When it is tried again. */
function Next({ of }: { of: Waiting }) {
  const t = useText();
  const { lang } = useStore(settings);
  const now = useNow(10_000);
  const at = parse(of.next_attempt);
  return <span class="muted">{at > now ? t.alerting.retryIn(ago(at, now, lang)) : t.alerting.soon}</span>;
}

function Failure({ text }: { text?: string | undefined }) {
  if (!text) return null;
  return (
    <div class="late">
      <LogText text={text} most={300} />
    </div>
  );
}

/** What a notice is about: its signal, if it has one. */
export function About({ title, id }: { title: string; id?: string | undefined }) {
  const text = <LogText text={title} most={160} />;
  if (!id) return text;
  return (
    <a class="about" href={`/signals/${encodeURIComponent(id)}`}>
      {text}
    </a>
  );
}

const looks: Record<Outcome, string> = { told: "state-pill good", failed: "state-pill bad", held: "state-pill warn", muted: "muted" };

/** What came of telling people. */
function Attempts({ list, empty }: { list: Delivery[]; empty: string }) {
  const t = useText();
  const { lang, zone } = useStore(settings);
  return (
    <Table
      label={t.alerting.history}
      rows={list}
      rowKey={(d) => String(d.number)}
      empty={empty}
      columns={[
        { title: `${t.logs.time} (${zoneLabel(zone)})`, cell: (d) => <time>{shortStamp(parse(d.at), zone)}</time> },
        { title: t.alerting.receiver, cell: (d) => <LogText text={d.target} most={80} /> },
        { title: t.alerting.outcome, cell: (d) => <span class={looks[d.outcome]}>{t.alerting.outcomes[d.outcome]}</span> },
        { title: t.alerting.attempt, num: true, cell: (d) => (d.attempts ? number(d.attempts, lang) : "–") },
        {
          title: t.alerting.notice,
          cell: (d) => (
            <>
              <About title={d.title || "–"} id={d.signal} />
              <Rest of={d} />
            </>
          ),
        },
      ]}
    />
  );
}

/** What there is to say of an attempt beyond its notice. */
function Rest({ of }: { of: Delivery }) {
  const t = useText();
  const { lang } = useStore(settings);
  return (
    <>
      <Failure text={of.error} />
      {of.muted && <div class="muted">{t.alerting.mutedBy[of.muted] ?? of.muted}</div>}
      {(of.repeats ?? 0) > 0 && <div class="muted">{t.alerting.repeats(number(of.repeats ?? 0, lang))}</div>}
      {of.text && <Sent title={of.title ?? ""} text={of.text} />}
    </>
  );
}

/** What was told of one signal and those that are the same, and what was not, where there is little room. */
export function OfSignal({ id, waiting, told, empty }: { id: string; waiting: Waiting[]; told: Delivery[]; empty: string }) {
  const t = useText();
  const { zone } = useStore(settings);
  return (
    <>
      {waiting.length > 0 && (
        <section aria-label={t.alerting.undelivered}>
          <h3>{t.alerting.undelivered}</h3>
          <ol class="history">
            {waiting.map((w) => (
              <li key={waitingKey(w)}>
                <span class="state-pill bad">{t.alerting.waiting}</span>{" "}
                <b>
                  <LogText text={w.target} most={80} />
                </b>{" "}
                <Next of={w} />
                <Failure text={w.error} />
              </li>
            ))}
          </ol>
        </section>
      )}
      <section aria-label={t.alerting.history}>
        <h3>
          {t.alerting.history} <span class="muted">{zoneLabel(zone)}</span>
        </h3>
        {told.length === 0 && <p class="muted">{empty}</p>}
        <ol class="history">
          {told.map((d) => (
            <li key={d.number}>
              <span class={looks[d.outcome]}>{t.alerting.outcomes[d.outcome]}</span>{" "}
              <b>
                <LogText text={d.target} most={80} />
              </b>{" "}
              <time class="muted">{stamp(parse(d.at), zone)}</time>
              {d.signal !== id && (
                <div class="muted">
                  {t.alerting.sameBefore} <About title={d.title || "–"} id={d.signal} />
                </div>
              )}
              <Rest of={d} />
            </li>
          ))}
        </ol>
      </section>
    </>
  );
}
