import { useEffect, useState } from "preact/hooks";
import { useText } from "../i18n";
import { type Alerting, type Asked, type Recipients, type WouldBeTold, wouldTell } from "../lib/alerting";
import { get } from "../lib/api";
import { useLoad } from "../lib/load";
import { address, keep, place } from "../lib/router";
import { settings } from "../lib/settings";
import { type SeverityName, type Signal, severities } from "../lib/signals";
import { useStore } from "../lib/store";
import { cut, plain } from "../lib/text";
import { span } from "../lib/time";
import { LogText } from "../ui/logtext";
import { Matchers, Sent } from "./routing";

/** Who would be told of something, when, why not, and what they would get. */
export function Preview({ a }: { a: Alerting }) {
  const t = useText();
  const { params } = useStore(place);
  const id = params.get("signal") ?? "";
  const [severity, setSeverity] = useState<SeverityName>("high");
  const [rule, setRule] = useState("");
  const [labels, setLabels] = useState("");
  const [error, setError] = useState("");
  const [found, setFound] = useState<WouldBeTold>();
  const latest = useLoad((signal) => get<{ signals: Signal[] }>("/api/v1/signals", { limit: 30 }, signal), []);
  const ask = (of: Asked) => {
    setError("");
    wouldTell(of)
      .then(setFound)
      .catch((err: Error) => {
        setFound(undefined);
        setError(err.message);
      });
  };
  useEffect(() => {
    setFound(undefined);
    if (id) ask({ signal: id });
  }, [id]);
  const list = latest.value?.signals ?? [];
  return (
    <>
      <section class="card bottom-gap">
        <h2>{t.alerting.whoWould}</h2>
        <form
          class="form"
          onSubmit={(e) => {
            e.preventDefault();
            ask(id ? { signal: id } : { severity, ...(rule.trim() ? { rule: rule.trim(), rule_id: rule.trim() } : {}), labels: pairs(labels) });
          }}
        >
          <label class="wide">
            {t.alerting.ofSignal}
            <select class="field" value={id} onChange={(e) => keep({ signal: e.currentTarget.value || undefined })}>
              <option value="">{t.alerting.thought}</option>
              {id && !list.some((s) => s.id === id) && <option value={id}>{id}</option>}
              {list.map((s) => (
                <option key={s.id} value={s.id}>
                  {`${t.severity[s.signal.severity]} ${plain(cut(s.signal.title, 90))}`}
                </option>
              ))}
            </select>
          </label>
          {!id && (
            <>
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
              <label>
                {t.signals.rule}
                <input maxLength={200} placeholder="brute_force_by_ip" value={rule} onInput={(e) => setRule(e.currentTarget.value)} />
              </label>
              <label class="wide">
                {t.alerting.labels}
                <input class="mono" maxLength={2000} placeholder="ip=192.0.2.1, host=web1" value={labels} onInput={(e) => setLabels(e.currentTarget.value)} />
              </label>
            </>
          )}
          <button type="submit" class="button primary">
            {t.alerting.ask}
          </button>
        </form>
        {error && (
          <p class="refused" role="alert">
            <LogText text={error} />
          </p>
        )}
      </section>
      <div role="status">{found && <Found of={found} a={a} signal={id} />}</div>
    </>
  );
}

/** Reads name=value, name=value. */
export function pairs(text: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const part of text.split(",")) {
    const [name = "", ...value] = part.split("=");
    if (name.trim() && value.length > 0) out[name.trim()] = value.join("=").trim();
  }
  return out;
}

function Found({ of, a, signal }: { of: WouldBeTold; a: Alerting; signal: string }) {
  const t = useText();
  const { lang } = useStore(settings);
  const [language, setLanguage] = useState<string>(lang);
  return (
    <>
      <section class="card bottom-gap">
        <p>
          {t.alerting.matchersSee} <Matchers all={Object.entries(of.labels).map(([name, value]) => `${name}=${value}`)} />
        </p>
        {of.held && (
          <p class="note-warn" role="alert">
            {t.alerting.mutedBy[of.held] ?? of.held}{" "}
            {of.silences.length > 0 && <a href={address("/ui/alerting", { tab: "silences", id: of.silences[0] })}>{t.alerting.showSilence}</a>}
          </p>
        )}
        {signal && <a href={address("/ui/alerting", { tab: "silences", signal })}>{t.alerting.silenceIt}</a>}
      </section>
      <fieldset class="segments bottom-gap language" aria-label={t.settings.language}>
        {["en", "ja"].map((one) => (
          <button key={one} type="button" aria-pressed={language === one} onClick={() => setLanguage(one)}>
            {one === "ja" ? "日本語" : "English"} {one === a.language && `(${t.alerting.isSent})`}
          </button>
        ))}
      </fieldset>
      {of.told.map((one, i) => (
        <Recipient key={i} of={one} language={language} />
      ))}
    </>
  );
}

/** Who is told by one route, when, and what. */
function Recipient({ of, language }: { of: Recipients; language: string }) {
  const t = useText();
  const { lang } = useStore(settings);
  const seconds = (n: number) => span(n * 1000, lang);
  const why = of.why ? (t.alerting.why[of.why]?.((of.by ?? []).join(", ")) ?? of.muted) : of.muted;
  const when =
    of.escalates_after_seconds > 0
      ? t.alerting.escalates(seconds(of.escalates_after_seconds))
      : of.group_wait_seconds > 0
        ? t.alerting.waits(seconds(of.group_wait_seconds))
        : t.alerting.atOnce;
  return (
    <section class="card bottom-gap">
      <h2>
        <LogText text={of.why === "quiet" ? t.alerting.quietName : of.receiver} />{" "}
        {of.person && (
          <span class="muted">
            {t.alerting.isNow} <LogText text={of.person} />
          </span>
        )}
      </h2>
      {why ? (
        <p class="note-warn">
          <LogText text={why} />
        </p>
      ) : (
        <p>
          {when} · {t.alerting.again(seconds(of.repeat_interval_seconds))}
          {of.group_by !== "..." && ` · ${t.alerting.grouped(of.group_by || t.alerting.oneGroup)}`}
        </p>
      )}
      {of.texts
        .filter((x) => x.language === language)
        .map((x) => (
          <div key={x.target} lang={language}>
            <p class="top-gap">
              <code>
                <LogText text={x.target} />
              </code>{" "}
              {x.approximate && <span class="muted">{t.alerting.approximate}</span>}
            </p>
            {x.error ? (
              <p class="late">
                <LogText text={x.error} />
              </p>
            ) : (
              <Sent title={x.title} text={x.text} open />
            )}
          </div>
        ))}
    </section>
  );
}
