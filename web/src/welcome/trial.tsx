import { useEffect, useRef, useState } from "preact/hooks";
import { useText } from "../i18n";
import { may, withParams } from "../lib/api";
import { address } from "../lib/router";
import { settings } from "../lib/settings";
import { listSignals, type Signal, severities } from "../lib/signals";
import { useStore } from "../lib/store";
import { parse } from "../lib/time";
import { type Trial, tryDetection } from "../lib/welcome";
import { triage } from "../signals/triage";
import { Copied } from "../ui/copied";
import { LogText } from "../ui/logtext";
import { Severity } from "../ui/severity";
import { complain } from "../ui/toast";

/** After how long it is said that something may be wrong, in milliseconds. */
const patience = 20_000;

/** How often it is asked beside the stream, in milliseconds. */
const every = 3000;

const worst = (list: Signal[]) => [...list].sort((a, b) => severities.indexOf(a.signal.severity) - severities.indexOf(b.signal.severity));

/** Sends an attack, waits for what the rules make of it, and leads there. */
export function TrialStep({ onFound }: { onFound: () => void }) {
  const t = useText();
  const { lang } = useStore(settings);
  const [trial, setTrial] = useState<Trial>();
  const [found, setFound] = useState<Signal[]>([]);
  const [took, setTook] = useState(0);
  const [slow, setSlow] = useState(false);
  const [busy, setBusy] = useState(false);
  const began = useRef(0);
  const told = useRef(onFound);
  told.current = onFound;
  useEffect(() => {
    if (!trial) return;
    const since = parse(trial.at) - 60_000;
    const take = (some: Signal[]) => {
      const mine = some.filter((s) => parse(s.signal.last_seen) >= since);
      if (mine.length === 0) return;
      setTook((n) => n || performance.now() - began.current);
      setFound((now) => worst([...now.filter((s) => !mine.some((m) => m.id === s.id)), ...mine]));
      told.current();
    };
    const ask = () =>
      listSignals(trial.query, {}, "severity", "", 50)
        .then((page) => take(page.signals))
        .catch(() => undefined); // it is asked again, and said when it takes long
    const stream = new EventSource(withParams("/api/v1/signals/events", { query: trial.query }));
    stream.onopen = ask; // what came before the stream
    for (const name of ["opened", "changed"]) stream.addEventListener(name, (e) => take([JSON.parse((e as MessageEvent<string>).data)]));
    stream.addEventListener("reset", ask);
    const asking = setInterval(ask, every); // there may be no room for another stream
    const timer = setTimeout(() => setSlow(true), patience);
    const end = setTimeout(() => clearInterval(asking), 2 * patience);
    return () => {
      stream.close();
      clearInterval(asking);
      clearTimeout(timer);
      clearTimeout(end);
    };
  }, [trial]);
  const start = () => {
    setBusy(true);
    began.current = performance.now();
    tryDetection()
      .then((made) => {
        setFound([]);
        setTook(0);
        setSlow(false);
        setTrial(made);
      })
      .catch(complain)
      .finally(() => setBusy(false));
  };
  const open = found.filter((s) => s.state !== "archived");
  const first = found[0];
  return (
    <>
      <p>{t.welcome.trialText}</p>
      <p>
        <button type="button" class={trial ? "button" : "button primary"} disabled={busy} onClick={start}>
          {trial ? t.welcome.trialAgain : t.welcome.trialStart}
        </button>
      </p>
      <div role="status" class="trial">
        {trial && found.length === 0 && <p>{slow ? t.welcome.trialSlow : t.welcome.trialWaiting(trial.address)}</p>}
        {trial && first && (
          <>
            <p>
              <b>{t.welcome.trialFound(found.length, (took / 1000).toFixed(1))}</b>
            </p>
            <ul>
              {found.map((s) => (
                <li key={s.id}>
                  <Severity of={s.signal.severity} />{" "}
                  <a href={address("/", { q: trial.query, range: "24h", id: s.id })}>
                    <LogText text={(lang === "ja" && s.signal.rule_ja) || s.signal.rule} />
                  </a>
                </li>
              ))}
            </ul>
            <p class="buttons">
              <a class="button primary" href={address("/", { q: trial.query, range: "24h", id: first.id })}>
                {t.welcome.trialOpen}
              </a>
              {may("signals:write") &&
                (open.length > 0 ? (
                  <button
                    type="button"
                    class="button"
                    onClick={() =>
                      void triage(t, open, { state: "archived", reason: "testing" }, t.reason.testing, (changed) =>
                        setFound((now) => now.map((s) => changed.find((c) => c.id === s.id) ?? s)),
                      )
                    }
                  >
                    {t.welcome.trialArchive}
                  </button>
                ) : (
                  <span class="muted">{t.welcome.trialArchived}</span>
                ))}
            </p>
            <h3>{t.welcome.tour}</h3>
            <ol>
              <li>{t.welcome.tourWhy}</li>
              <li>{t.welcome.tourRunbook}</li>
              <li>{t.welcome.tourTriage}</li>
              <li>{t.welcome.tourMute}</li>
            </ol>
          </>
        )}
      </div>
      <details>
        <summary>{t.welcome.own}</summary>
        <p>{t.welcome.ownText}</p>
        <p class="muted">{t.welcome.ownLogger}</p>
        <Copied
          text={`for i in 1 2 3 4 5 6; do logger -p auth.info -t 'sshd[4242]' "Failed password for invalid user sasumata-test from 203.0.113.7 port 4000$i ssh2"; done`}
        />
        <p class="muted">{t.welcome.ownSsh}</p>
        <Copied text="for i in 1 2 3 4 5 6; do ssh -o BatchMode=yes -o StrictHostKeyChecking=no sasumata-test@localhost true; done" />
        <p class="muted">{t.welcome.ownWeb}</p>
        <Copied text="curl http://localhost/sasumata-test" />
      </details>
    </>
  );
}
