import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { type Alerting, expireSilence, makeSilence, matchersText, type Silence, silenceLengths, silences } from "../lib/alerting";
import { may } from "../lib/api";
import { useEvery, useLoad, useNow } from "../lib/load";
import { place } from "../lib/router";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { ago, number, parse, span, stamp, zoneLabel } from "../lib/time";
import { LogText } from "../ui/logtext";
import { Menu, MenuItem } from "../ui/menu";
import { Table } from "../ui/table";
import { complain, tell } from "../ui/toast";
import { SilenceForm } from "./silence_form";

/** How many are shown at first. */
const some = 100;

/** What is held back from everybody for a time, by whom and why. */
export function Silences({ a }: { a: Alerting }) {
  const t = useText();
  const { zone, lang } = useStore(settings);
  const { params } = useStore(place);
  const now = useNow(10_000);
  const loaded = useLoad(silences, []);
  useEvery(15_000, loaded.again);
  const [most, setMost] = useState(some);
  const [old, setOld] = useState(false);
  const wanted = params.get("id");
  const all = loaded.value ?? [];
  const list = all.filter((s) => old || s.status.state !== "expired" || s.id === wanted);
  const lengths = silenceLengths.filter((s) => s <= a.max_silence_seconds);
  const done = (what: string) => () => {
    tell(what);
    loaded.again();
  };
  const extend = (s: Silence, seconds: number) => {
    const { status, ...rest } = s;
    const ends = Math.min(
      Math.max(parse(s.endsAt), Date.now()) + seconds * 1000,
      Math.max(parse(s.startsAt), Date.now()) + a.max_silence_seconds * 1000 - 5000,
    );
    makeSilence({ ...rest, endsAt: new Date(ends).toISOString() }).then(done(t.alerting.extended), complain);
  };
  const mine = may("operate");
  return (
    <>
      <section class="card bottom-gap">
        <h2>{t.alerting.silences}</h2>
        {loaded.error && <p class="late">{loaded.error.message}</p>}
        <Table
          label={t.alerting.silences}
          rows={list.slice(0, most)}
          rowKey={(s) => s.id}
          empty={loaded.value ? t.alerting.noSilences : t.app.loading}
          columns={[
            {
              title: t.signals.state,
              cell: (s) => <span class={s.status.state === "active" ? "state-pill good" : "muted"}>{t.alerting.silenceStates[s.status.state]}</span>,
            },
            {
              title: t.alerting.matchers,
              cell: (s) => (
                <code>
                  <LogText text={matchersText(s.matchers)} most={300} />
                </code>
              ),
            },
            { title: t.suppressions.reason, cell: (s) => <LogText text={s.comment} most={200} /> },
            { title: t.suppressions.by, cell: (s) => <LogText text={s.createdBy} most={60} short /> },
            {
              title: `${t.suppressions.until} (${zoneLabel(zone)})`,
              cell: (s) => (
                <>
                  <time>{stamp(parse(s.endsAt), zone)}</time>{" "}
                  {s.status.state === "active" && (
                    <span class={parse(s.endsAt) - now < 3_600_000 ? "late" : "muted"}>{t.signals.dueIn(ago(parse(s.endsAt), now, lang))}</span>
                  )}
                  {s.status.state === "pending" && <span class="muted">{t.alerting.begins(stamp(parse(s.startsAt), zone))}</span>}
                </>
              ),
            },
            {
              title: "",
              cell: (s) =>
                mine &&
                s.status.state !== "expired" && (
                  <span class="actions">
                    <Menu label={t.alerting.extend} align="right" class="link">
                      {(close) =>
                        lengths.map((seconds) => (
                          <MenuItem
                            key={seconds}
                            onClick={() => {
                              close();
                              extend(s, seconds);
                            }}
                          >
                            +{span(seconds * 1000, lang)}
                          </MenuItem>
                        ))
                      }
                    </Menu>
                    <button type="button" class="link" onClick={() => expireSilence(s.id).then(done(t.alerting.expired), complain)}>
                      {t.alerting.expire}
                    </button>
                  </span>
                ),
            },
          ]}
        />
        <p class="top-gap">
          {list.length > most && (
            <button type="button" class="link" onClick={() => setMost(most + some)}>
              {t.app.showAll(number(list.length, lang))}
            </button>
          )}{" "}
          <label class="check">
            <input type="checkbox" checked={old} onChange={(e) => setOld(e.currentTarget.checked)} /> {t.alerting.withExpired}
          </label>
        </p>
      </section>
      {mine ? (
        <SilenceForm key={params.get("signal") ?? ""} of={params.get("signal") ?? ""} most={a.max_silence_seconds} lengths={lengths} onMade={loaded.again} />
      ) : (
        <p class="muted">{t.alerting.maySilence}</p>
      )}
    </>
  );
}
