import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { get, me } from "../lib/api";
import { useEvery, useLoad, useNow } from "../lib/load";
import { change, type Lang, settings, type Zone } from "../lib/settings";
import { useStore } from "../lib/store";
import { zoneLabel } from "../lib/time";
import { type Beginning, beginning, sayWelcome, type WelcomeWord } from "../lib/welcome";
import { LogText } from "../ui/logtext";
import { complain } from "../ui/toast";
import { Notice } from "../ui/value";
import { SourcesStep } from "../welcome/sources";
import { TrialStep } from "../welcome/trial";

/** How often it is looked at what came, in milliseconds. */
const every = 2000;

/** The first hour: what is read, who is told, who you are, and a signal. */
export default function Welcome() {
  const t = useText();
  const now = useNow(every);
  const loaded = useLoad(beginning, []);
  const [found, setFound] = useState(false);
  useEvery(every, loaded.again);
  const b = loaded.value;
  if (!b)
    return loaded.error ? (
      <Notice top title={t.app.failed}>
        {loaded.error.message}
      </Notice>
    ) : null;
  const say = (state: WelcomeWord) => sayWelcome(state).then(loaded.again).catch(complain);
  return (
    <div class="page welcome">
      <header class="page-head">
        <h1>{t.welcome.title}</h1>
        <span class="muted">{t.welcome.about}</span>
      </header>
      <Step number={1} title={t.welcome.sources} done={b.sources.some((s) => s.records > 0)}>
        <SourcesStep now={b} at={now} />
      </Step>
      <Step number={2} title={t.welcome.trial} done={found}>
        <TrialStep onFound={() => setFound(true)} />
      </Step>
      <Step number={3} title={t.welcome.told} done={b.told} optional>
        <Told now={b} />
      </Step>
      <Step number={4} title={t.welcome.you} optional>
        <You />
      </Step>
      <footer class="buttons">
        {b.state === "open" ? (
          <>
            <button type="button" class="button primary" onClick={() => say("finished")}>
              {t.welcome.finish}
            </button>
            <button type="button" class="button" onClick={() => say("dismissed")}>
              {t.welcome.dismiss}
            </button>
          </>
        ) : (
          <>
            <span>{b.state === "finished" ? t.welcome.finished(b.by ?? "") : t.welcome.dismissed(b.by ?? "")}</span>
            <button type="button" class="button" onClick={() => say("open")}>
              {t.welcome.again}
            </button>
          </>
        )}
        <span class="muted">{t.welcome.kept}</span>
      </footer>
    </div>
  );
}

interface StepProps {
  number: number;
  title: string;
  done?: boolean;
  optional?: boolean;
  children: ComponentChildren;
}

function Step({ number, title, done, optional, children }: StepProps) {
  const t = useText();
  return (
    <section class="card bottom-gap step" aria-labelledby={`step-${number}`}>
      <header>
        <h2 id={`step-${number}`}>
          {number}. {title}
        </h2>
        <span class={done ? "state-pill good" : "muted"}>{done ? t.welcome.done : optional ? t.welcome.optional : t.welcome.waiting}</span>
      </header>
      {children}
    </section>
  );
}

function Told({ now }: { now: Beginning }) {
  const t = useText();
  const list = useLoad((signal) => get<{ name: string }[]>("/api/v2/receivers", {}, signal), [now.told], now.told);
  const more = <a href="/ui/alerting">{t.welcome.toldMore}</a>;
  if (!now.told) {
    return (
      <p>
        {t.welcome.toldNobody} {more}
      </p>
    );
  }
  return (
    <p>
      {more} · {t.welcome.toldBy} {(list.value ?? []).map((one, i) => [i > 0 && ", ", <b key={one.name}>{<LogText text={one.name} />}</b>])}
    </p>
  );
}

function You() {
  const t = useText();
  const who = useStore(me);
  const now = useStore(settings);
  return (
    <>
      <div class="form">
        <label>
          {t.settings.zone}
          <select value={now.zone} onChange={(e) => change({ zone: e.currentTarget.value as Zone })}>
            {(["UTC", "local", "Asia/Tokyo"] as Zone[]).map((zone) => (
              <option key={zone} value={zone}>
                {zone === "local" ? `${t.settings.local} (${zoneLabel(zone)})` : zoneLabel(zone)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t.settings.language}
          <select value={now.lang} onChange={(e) => change({ lang: e.currentTarget.value as Lang })}>
            <option value="en" lang="en">
              English
            </option>
            <option value="ja" lang="ja">
              日本語
            </option>
          </select>
        </label>
      </div>
      <p class="muted">{t.welcome.zoneHint}</p>
      {who?.session && (
        <p>
          {t.welcome.factorHint} <a href="/ui/settings">{t.welcome.factorAdd}</a>
        </p>
      )}
    </>
  );
}
