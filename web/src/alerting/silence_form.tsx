import { useEffect, useState } from "preact/hooks";
import { useText } from "../i18n";
import { type Matcher, makeSilence, matcher, matchersOf, matchersText, type Operator, operatorOf, operators, silencing, wouldTell } from "../lib/alerting";
import { me } from "../lib/api";
import { useLoad } from "../lib/load";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { number, span } from "../lib/time";
import { Icon } from "../ui/icons";
import { LogText } from "../ui/logtext";
import { Severity } from "../ui/severity";
import { complain, tell } from "../ui/toast";

interface Props {
  /** The signal whose notice is to be silenced; "" is none. */
  of: string;
  /** The longest one, in seconds, and those that may be chosen. */
  most: number;
  lengths: number[];
  onMade: () => void;
}

/** How long nobody may have typed before it is asked what would be held back, in ms. */
const pause = 400;

/** Where a silence is made, with what it would hold back. */
export function SilenceForm({ of, most, lengths, onMade }: Props) {
  const t = useText();
  const { lang } = useStore(settings);
  const who = useStore(me);
  const [list, setList] = useState<Matcher[]>([matcher("", "=", "")]);
  const [comment, setComment] = useState("");
  const [seconds, setSeconds] = useState(lengths[0] ?? most);
  useEffect(() => {
    if (of) wouldTell({ signal: of }).then((found) => setList(matchersOf(found.labels)), complain);
  }, [of]);
  const whole = list.filter((m) => m.name.trim() !== "");
  const text = matchersText(whole);
  const asked = useLater(text, pause);
  const preview = useLoad((signal) => silencing(whole, signal), [asked], asked !== "" && asked === text);
  const would = asked === text && !preview.busy && !preview.error ? preview.value : undefined;
  const set = (i: number, m: Matcher) => setList(list.map((old, k) => (k === i ? m : old)));
  const make = () => {
    const now = new Date();
    makeSilence({
      matchers: whole,
      createdBy: who?.name ?? "",
      comment: comment.trim(),
      startsAt: now.toISOString(),
      endsAt: new Date(now.getTime() + Math.min(seconds, most) * 1000 - 1000).toISOString(),
    }).then(() => {
      tell(t.alerting.silenced);
      setComment("");
      setList([matcher("", "=", "")]);
      onMade();
    }, complain);
  };
  return (
    <section class="card" id="silence">
      <h2>{t.alerting.newSilence}</h2>
      <p class="muted">{t.alerting.silenceText(span(most * 1000, lang))}</p>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          make();
        }}
      >
        {list.map((m, i) => (
          <div class="form matcher" key={i}>
            <label>
              {t.alerting.label}
              <input
                class="mono"
                maxLength={200}
                placeholder="ip"
                list="labels"
                value={m.name}
                onInput={(e) => set(i, { ...m, name: e.currentTarget.value })}
              />
            </label>
            <label>
              {t.alerting.compare}
              <select class="field mono" value={operatorOf(m)} onChange={(e) => set(i, matcher(m.name, e.currentTarget.value as Operator, m.value))}>
                {operators.map((op) => (
                  <option key={op} value={op}>
                    {op}
                  </option>
                ))}
              </select>
            </label>
            <label class="wide">
              {t.panel.value}
              <input class="mono" maxLength={2000} placeholder="192.0.2.1" value={m.value} onInput={(e) => set(i, { ...m, value: e.currentTarget.value })} />
            </label>
            {list.length > 1 && (
              <button type="button" class="bare" aria-label={t.alerting.removeMatcher} onClick={() => setList(list.filter((_, k) => k !== i))}>
                <Icon name="close" />
              </button>
            )}
          </div>
        ))}
        <datalist id="labels">
          {["ip", "host", "user", "rule_id", "alertname", "service", "container"].map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <div class="form">
          <button type="button" class="button" onClick={() => setList([...list, matcher("", "=", "")])}>
            <Icon name="plus" />
            {t.alerting.addMatcher}
          </button>
          <label>
            {t.suppressions.lasts}
            <select class="field" value={String(seconds)} onChange={(e) => setSeconds(Number(e.currentTarget.value))}>
              {(lengths.length > 0 ? lengths : [most]).map((s) => (
                <option key={s} value={String(s)}>
                  {span(s * 1000, lang)}
                </option>
              ))}
            </select>
          </label>
          <label class="wide">
            {t.suppressions.reason}
            <input required maxLength={2000} placeholder={t.suppressions.reasonHint} value={comment} onInput={(e) => setComment(e.currentTarget.value)} />
          </label>
          <button type="submit" class="button primary" disabled={!comment.trim() || !would || !!would.refused}>
            {t.alerting.silence}
          </button>
        </div>
      </form>
      <div role="status">
        {asked !== "" && preview.error && (
          <p class="refused">
            <LogText text={preview.error.message} />
          </p>
        )}
        {would && (
          <div class="preview">
            {would.refused && <p class="refused">{t.alerting.tooWide}</p>}
            <p>
              <b>{t.alerting.wouldHold(number(would.open_count, lang), number(would.told_count, lang))}</b>
            </p>
            <ul>
              {would.open.slice(0, 20).map((n) => (
                <li key={n.title + n.began}>
                  <Severity of={n.severity} /> <LogText text={n.title} most={200} />
                </li>
              ))}
              {would.told.slice(0, 20).map((d) => (
                <li key={d.number} class="muted">
                  <LogText text={d.target} most={60} />: <LogText text={d.title ?? ""} most={200} />
                </li>
              ))}
            </ul>
          </div>
        )}
      </div>
    </section>
  );
}

/** Returns the value once it has stayed the same for a while. */
function useLater<T>(value: T, ms: number): T {
  const [later, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => set(() => value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return later;
}
