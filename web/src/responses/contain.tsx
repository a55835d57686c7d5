import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { Problem } from "../lib/api";
import { useLoad } from "../lib/load";
import { ask, blockTimes, type ContainerAction, check, containerActions, forGood, responding } from "../lib/responses";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { span } from "../lib/time";
import { LogText } from "../ui/logtext";
import { tell } from "../ui/toast";

interface Props {
  /** The container, if that is known already. */
  target?: string;
  reason?: string;
  signal?: string;
  onDone: () => void;
}

/** Where somebody has something done to a container: what refuses it is said before. */
export function ContainForm(p: Props) {
  const t = useText();
  const { lang } = useStore(settings);
  const going = useLoad(responding, []);
  const [action, setAction] = useState<ContainerAction>("quarantine");
  const [target, setTarget] = useState(p.target ?? "");
  const [reason, setReason] = useState(p.reason ?? "");
  const [time, setTime] = useState("4h");
  const [dry, setDry] = useState(false);
  const [wrong, setWrong] = useState("");
  const name = target.trim();
  const complete = /^\/?[a-z0-9][a-z0-9_.-]*$/i.test(name);
  const checked = useLoad((signal) => check(name, signal, action), [name, action], complete);
  const c = complete && !checked.busy && !checked.error ? checked.value : undefined;
  const onlyDry = going.value?.mode === "dry-run";
  const go = () =>
    ask({ action, target: name, reason: reason.trim(), for: time, ...(dry ? { dry_run: true } : {}), ...(p.signal ? { signal: p.signal } : {}) })
      .then((r) => {
        setWrong("");
        if (!p.target) setTarget("");
        setReason("");
        tell(r.state === "dry_run" ? t.responses.wouldContain(name) : t.responses.contains(name));
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
        <label>
          {t.responses.action}
          <select class="field" value={action} onChange={(e) => setAction(e.currentTarget.value as ContainerAction)}>
            {containerActions.map((one) => (
              <option key={one} value={one}>
                {t.responses.actions[one]}
              </option>
            ))}
          </select>
        </label>
        {!p.target && (
          <label class="wide">
            {t.responses.container}
            <input
              class="mono"
              required
              maxLength={300}
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
        {!forGood(action) && (
          <label>
            {t.suppressions.lasts}
            <select class="field" value={time} onChange={(e) => setTime(e.currentTarget.value)}>
              {blockTimes.map((one) => (
                <option key={one} value={one}>
                  {span(Number.parseInt(one, 10) * (one.endsWith("h") ? 3_600_000 : 86_400_000), lang)}
                </option>
              ))}
            </select>
          </label>
        )}
        {!onlyDry && (
          <label class="check">
            <input type="checkbox" checked={dry} onChange={(e) => setDry(e.currentTarget.checked)} /> {t.responses.dryRun}
          </label>
        )}
        <button type="submit" class={onlyDry || dry ? "button primary" : "button danger"} disabled={!reason.trim() || !complete || Boolean(c?.refusal)}>
          {onlyDry || dry ? t.responses.tryContain : t.responses.actions[action]}
        </button>
      </form>
      <p class="muted">{t.responses.actionHints[action]}</p>
      {onlyDry && <p class="muted">{t.responses.onlyDryContain}</p>}
      {(c?.refusal || wrong || (complete && checked.error)) && (
        <p class="refused" role="alert">
          <LogText text={wrong || (c?.refusal ? (c.reason ?? c.refusal) : (checked.error?.message ?? ""))} most={500} />
        </p>
      )}
    </>
  );
}
