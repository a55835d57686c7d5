import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { type Alerting, type Integration, type Receiver, type Route, type Tested, testReceiver } from "../lib/alerting";
import { may } from "../lib/api";
import { useNow } from "../lib/load";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { ago, number, parse, span, stamp } from "../lib/time";
import { LogText } from "../ui/logtext";
import { Table } from "../ui/table";
import { complain } from "../ui/toast";

/** Who is told by which route, and how each receiver does. */
export function Routing({ a, onTested }: { a: Alerting; onTested: () => void }) {
  const t = useText();
  return (
    <>
      {a.warnings.length > 0 && (
        <section class="card bottom-gap">
          <h2>{t.alerting.warnings}</h2>
          <ul class="plain-list tight">
            {a.warnings.map((w) => (
              <li key={w.text} class="note-warn">
                <LogText text={t.alerting.warning[w.kind]?.(w.name) ?? w.text} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <Receivers a={a} onTested={onTested} />
      <section class="card bottom-gap">
        <h2>{t.alerting.routes}</h2>
        <p class="muted card-text">
          {a.file ? t.alerting.byFile : a.elsewhere ? t.alerting.byOther : t.alerting.byDefault} {t.alerting.order}
        </p>
        <ul class="tree">
          <Branch route={a.route} />
        </ul>
        <p class="muted card-note">{t.alerting.quiet(t.severity[a.quiet_below], String(a.quiet_per_day))}</p>
      </section>
      <div class="split">
        <section class="card">
          <h2>{t.alerting.intervals}</h2>
          <Table
            label={t.alerting.intervals}
            rows={a.intervals}
            rowKey={(i) => i.name}
            empty={t.alerting.noIntervals}
            columns={[
              { title: t.alerting.name, cell: (i) => <LogText text={i.name} /> },
              { title: t.alerting.times, cell: (i) => i.times.map((text) => <div key={text}>{text}</div>) },
              { title: t.alerting.now, cell: (i) => (i.now ? <b>{t.alerting.within}</b> : <span class="muted">{t.alerting.outside}</span>) },
            ]}
          />
        </section>
        <section class="card">
          <h2>{t.alerting.inhibitions}</h2>
          {a.inhibitions.length === 0 && <p class="muted">{t.alerting.noInhibitions}</p>}
          <ul class="plain-list">
            {a.inhibitions.map((i) => (
              <li key={JSON.stringify(i)}>
                {t.alerting.whileGoesOn} <Matchers all={i.source} />
                <br />
                {t.alerting.heldBack} <Matchers all={i.target} />
                {i.equal.length > 0 && (
                  <>
                    <br />
                    <span class="muted">{t.alerting.sameIn(i.equal.join(", "))}</span>
                  </>
                )}
              </li>
            ))}
          </ul>
        </section>
      </div>
    </>
  );
}

/** Matchers, as people write them. */
export function Matchers({ all }: { all: string[] }) {
  const t = useText();
  if (all.length === 0) return <span class="muted">{t.alerting.everything}</span>;
  return (
    <span class="chips inline">
      {all.map((m) => (
        <code key={m} class="tag">
          <LogText text={m} most={200} />
        </code>
      ))}
    </span>
  );
}

/** A route, with those below it. */
function Branch({ route: r }: { route: Route }) {
  const t = useText();
  const { lang } = useStore(settings);
  const seconds = (n: number) => span(n * 1000, lang);
  const facts = [
    r.escalates_after_seconds > 0 && t.alerting.escalates(seconds(r.escalates_after_seconds)),
    r.group_by.join() !== "..." && t.alerting.grouped(r.group_by.join(", ") || t.alerting.oneGroup),
    r.group_wait_seconds > 0 && t.alerting.waits(seconds(r.group_wait_seconds)),
    t.alerting.again(seconds(r.repeat_interval_seconds)),
    r.mute.length > 0 && t.alerting.notDuring(r.mute.join(", ")),
    r.active.length > 0 && t.alerting.onlyDuring(r.active.join(", ")),
    r.continue && t.alerting.goesOn,
  ].filter(Boolean);
  return (
    <li>
      <div class="branch">
        <Matchers all={r.matchers} />
        <span aria-hidden="true">→</span>
        <b>
          <LogText text={r.receiver} most={80} />
        </b>
        {r.held && <span class="state-pill warn">{t.alerting.heldNow}</span>}
        <span class="muted">{facts.join(" · ")}</span>
      </div>
      {r.routes.length > 0 && (
        <ul class="tree">
          {r.routes.map((below, i) => (
            <Branch key={i} route={below} />
          ))}
        </ul>
      )}
    </li>
  );
}

interface Row {
  receiver: Receiver;
  one?: Integration;
  first: boolean;
}

/** The receivers, how they do, and a test of each. */
function Receivers({ a, onTested }: { a: Alerting; onTested: () => void }) {
  const t = useText();
  const { lang, zone } = useStore(settings);
  const now = useNow(10_000);
  const [busy, setBusy] = useState("");
  const [tested, setTested] = useState<{ name: string; of: Tested }>();
  const test = (name: string) => {
    setBusy(name);
    setTested(undefined);
    testReceiver(name)
      .then((of) => setTested({ name, of }))
      .catch(complain)
      .finally(() => {
        setBusy("");
        onTested();
      });
  };
  const rows = a.receivers.flatMap((receiver): Row[] =>
    receiver.integrations.length === 0 ? [{ receiver, first: true }] : receiver.integrations.map((one, i) => ({ receiver, one, first: i === 0 })),
  );
  const time = (text: string | undefined) =>
    text ? (
      <time title={stamp(parse(text), zone)} datetime={text}>
        {t.alerting.since(ago(parse(text), now, lang))}
      </time>
    ) : (
      <span class="muted">–</span>
    );
  return (
    <section class="card bottom-gap">
      <h2>{t.alerting.receivers}</h2>
      <Table
        label={t.alerting.receivers}
        rows={rows}
        rowKey={(r) => r.receiver.name + (r.one?.target ?? "")}
        columns={[
          {
            title: t.alerting.receiver,
            cell: ({ receiver, first }) =>
              first && (
                <>
                  <b>
                    <LogText text={receiver.name} most={80} />
                  </b>
                  {receiver.people && (
                    <span class="muted">
                      {" "}
                      <LogText text={receiver.people.join(" → ")} most={120} />
                    </span>
                  )}
                  {!receiver.routed && <span class="late"> {t.alerting.noRoute}</span>}
                </>
              ),
          },
          {
            title: t.alerting.kind,
            cell: ({ receiver, one }) =>
              one ? (
                <>
                  {one.kind} <span class="muted">{one.where && <LogText text={one.where} most={80} />}</span>
                </>
              ) : (
                <span class="muted">{receiver.people ? t.alerting.rota : t.alerting.nothing}</span>
              ),
          },
          { title: t.alerting.lastTold, cell: ({ one }) => one && time(one.last_told) },
          {
            title: t.alerting.lastFailed,
            cell: ({ one }) =>
              one && (
                <>
                  {time(one.last_failed)}{" "}
                  {one.error && (
                    <span class={failing(one) ? "late" : "muted"}>
                      <LogText text={one.error} most={90} />
                    </span>
                  )}
                </>
              ),
          },
          { title: t.alerting.told, num: true, cell: ({ one }) => one && number(one.told, lang) },
          {
            title: t.alerting.failed,
            num: true,
            cell: ({ one }) => one && (one.failed > 0 ? <b class="late">{number(one.failed, lang)}</b> : <span class="muted">0</span>),
          },
          {
            title: t.alerting.waiting,
            cell: ({ receiver, one, first }) => (
              <>
                {one && one.undelivered > 0 && <b class="late">{number(one.undelivered, lang)} </b>}
                {one?.next_attempt && <span class="muted">{t.alerting.retryIn(ago(parse(one.next_attempt), now, lang))} </span>}
                {first && receiver.held > 0 && <span>{t.alerting.heldOf(number(receiver.held, lang), String(receiver.per_hour))}</span>}
                {(!one || one.undelivered === 0) && (!first || receiver.held === 0) && <span class="muted">–</span>}
              </>
            ),
          },
          {
            title: "",
            cell: ({ receiver, first }) =>
              first &&
              may("operate") && (
                <button
                  type="button"
                  class="button"
                  aria-label={t.alerting.testOf(receiver.name)}
                  disabled={busy !== "" || (receiver.integrations.length === 0 && !receiver.people)}
                  onClick={() => test(receiver.name)}
                >
                  {busy === receiver.name ? t.alerting.testing : t.alerting.test}
                </button>
              ),
          },
        ]}
      />
      <div role="status">{tested && <Answer name={tested.name} of={tested.of} />}</div>
    </section>
  );
}

/** Reports whether the latest attempt failed. */
function failing(i: Integration): boolean {
  return !!i.last_failed && !(parse(i.last_told) > parse(i.last_failed));
}

/** What came of a test. */
function Answer({ name, of }: { name: string; of: Tested }) {
  const t = useText();
  const { lang } = useStore(settings);
  return (
    <div class={of.told ? "answer good" : "answer bad"}>
      <p>
        <b>{of.told ? t.alerting.testTold(name) : t.alerting.testFailed(name)}</b>
      </p>
      <ul>
        {of.tried.map((one) => (
          <li key={one.target}>
            <code>
              <LogText text={one.target} />
            </code>{" "}
            {one.error ? (
              <span class="late">
                <LogText text={one.error} most={1000} />
              </span>
            ) : (
              <span>{t.alerting.took}</span>
            )}{" "}
            <span class="muted">{number(Math.round(one.took_seconds * 1000), lang)} ms</span>
          </li>
        ))}
      </ul>
      <Sent title={of.title} text={of.text} />
    </div>
  );
}

/** The text of a notification. */
export function Sent({ title, text, open = false }: { title: string; text: string; open?: boolean }) {
  const t = useText();
  return (
    <details class="message" open={open}>
      <summary>{t.alerting.text}</summary>
      <div class="sent">
        <b>
          <LogText text={title} most={400} />
        </b>
        <LogText text={text} lines most={8000} />
      </div>
    </details>
  );
}
