import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { Problem } from "../lib/api";
import { useLoad } from "../lib/load";
import { block, blockTimes, check, responding } from "../lib/responses";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { span } from "../lib/time";
import { LogText } from "../ui/logtext";
import { tell } from "../ui/toast";

interface Props {
  /** What is to be blocked, if that is known already. */
  target?: string;
  reason?: string;
  signal?: string;
  /** For how many seconds the rule of the signal asks to block. */
  seconds?: number;
  onDone: () => void;
}

/** Where somebody blocks an address: what refuses it is said before. */
export function BlockForm(p: Props) {
  const t = useText();
  const { lang } = useStore(settings);
  const going = useLoad(responding, []);
  const [target, setTarget] = useState(p.target ?? "");
  const [reason, setReason] = useState(p.reason ?? "");
  const asked = p.seconds && p.seconds <= 30 * 86_400 ? `${p.seconds}s` : "";
  const [time, setTime] = useState(asked || "4h");
  const [dry, setDry] = useState(false);
  const [wrong, setWrong] = useState("");
  const complete = /^[0-9a-f.:]+(\/\d+)?$/i.test(target.trim()) && target.trim().length > 2;
  const checked = useLoad((signal) => check(target.trim(), signal), [target], complete);
  const c = complete && !checked.busy && !checked.error ? checked.value : undefined;
  const onlyDry = going.value?.mode === "dry-run";
  const go = () =>
    block({ target: target.trim(), reason: reason.trim(), for: time, ...(dry ? { dry_run: true } : {}), ...(p.signal ? { signal: p.signal } : {}) })
      .then((r) => {
        setWrong("");
        if (!p.target) setTarget("");
        setReason("");
        tell(r.state === "dry_run" ? t.responses.wouldBlock(r.target) : t.responses.blocks(r.target));
        p.onDone();
      })
      .catch((err) => setWrong(err instanceof Problem ? err.message : String(err)));
  return (
    <>
      <form
        class="form"
        onSubmit={(e) => {
          e.preventDefault();
          void go();
        }}
      >
        {!p.target && (
          <label class="wide">
            {t.responses.target}
            <input
              class="mono"
              required
              maxLength={300}
              placeholder="203.0.113.7, 203.0.113.0/24, 2001:db8::/64"
              value={target}
              onInput={(e) => {
                setTarget(e.currentTarget.value);
                setWrong("");
              }}
            />
          </label>
        )}
        <label class="wide">
          {t.suppressions.reason}
          <input required maxLength={2000} placeholder={t.suppressions.reasonHint} value={reason} onInput={(e) => setReason(e.currentTarget.value)} />
        </label>
        <label>
          {t.suppressions.lasts}
          <select class="field" value={time} onChange={(e) => setTime(e.currentTarget.value)}>
            {asked && <option value={asked}>{t.responses.asRule(span((p.seconds ?? 0) * 1000, lang))}</option>}
            {blockTimes.map((one) => (
              <option key={one} value={one}>
                {span(Number.parseInt(one, 10) * (one.endsWith("h") ? 3_600_000 : 86_400_000), lang)}
              </option>
            ))}
          </select>
        </label>
        {!onlyDry && (
          <label class="check">
            <input type="checkbox" checked={dry} onChange={(e) => setDry(e.currentTarget.checked)} /> {t.responses.dryRun}
          </label>
        )}
        <button type="submit" class={onlyDry || dry ? "button primary" : "button danger"} disabled={!reason.trim() || !complete || Boolean(c?.refusal)}>
          {onlyDry || dry ? t.responses.tryBlock : t.responses.doBlock}
        </button>
      </form>
      {onlyDry && <p class="muted">{t.responses.onlyDry}</p>}
      {c?.refusal && (
        <p class="refused" role="alert">
          <LogText text={t.responses.refusals[c.refusal] ? t.responses.neverIs(c.target, t.responses.refusals[c.refusal] as string) : (c.reason ?? "")} />
        </p>
      )}
      {c && !c.refusal && c.target !== target.trim() && <p class="muted">{t.responses.means(c.target)}</p>}
      {wrong && (
        <p class="refused" role="alert">
          <LogText text={wrong} />
        </p>
      )}
    </>
  );
}
