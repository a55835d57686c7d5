import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { may, Problem } from "../lib/api";
import type { Signal } from "../lib/signals";
import { endSuppression, life, mute } from "../lib/suppressions";
import { Icon } from "../ui/icons";
import { Lasting } from "../ui/lasting";
import { LogText } from "../ui/logtext";
import { Menu } from "../ui/menu";
import { complain, tell } from "../ui/toast";

/** Mutes what the signal is about, for a time and for a reason. */
export function Mute({ of }: { of: Signal }) {
  const t = useText();
  const [reason, setReason] = useState("");
  const [time, setTime] = useState<string>("7d");
  const [all, setAll] = useState(false);
  const [refused, setRefused] = useState("");
  const group = Object.entries(of.signal.group);
  if (!may("signals:write") || group.length === 0) return null;
  const go = (close: () => void, confirm: boolean) =>
    mute(of.id, { reason: reason.trim(), all_rules: all, ...life(time), ...(confirm ? { confirm } : {}) })
      .then(({ suppression }) => {
        setRefused("");
        setReason("");
        close();
        const undo = () => {
          endSuppression(suppression.id)
            .then(() => tell(t.app.undone))
            .catch(complain);
        };
        tell(t.suppressions.muted, { undo });
      })
      .catch((err) => (err instanceof Problem && err.status === 409 ? setRefused(err.message) : complain(err)));
  return (
    <Menu
      label={
        <>
          <Icon name="suppressions" />
          {t.suppressions.mute}
        </>
      }
    >
      {(close) => (
        <form
          class="mute"
          onSubmit={(e) => {
            e.preventDefault();
            void go(close, false);
          }}
        >
          <div class="menu-title">{t.suppressions.muteTitle}</div>
          {group.map(([path, value]) => (
            <code key={path} class="query-line">
              @{path}:<LogText text={value} most={200} />
            </code>
          ))}
          <label class="check">
            <input type="radio" name="mute" checked={!all} onChange={() => setAll(false)} /> {t.suppressions.muteRule}
          </label>
          <label class="check">
            <input type="radio" name="mute" checked={all} onChange={() => setAll(true)} /> {t.suppressions.muteAll}
          </label>
          <Lasting value={time} onValue={setTime} />
          <input
            class="field"
            required
            maxLength={2000}
            aria-label={t.suppressions.reason}
            placeholder={t.suppressions.reasonHint}
            value={reason}
            onInput={(e) => setReason(e.currentTarget.value)}
          />
          {refused ? (
            <>
              <p class="late" role="alert">
                {refused}
              </p>
              <button type="button" class="button danger" onClick={() => go(close, true)}>
                {t.suppressions.anyway}
              </button>
            </>
          ) : (
            <button type="submit" class="button primary" disabled={!reason.trim()}>
              {t.suppressions.mute}
            </button>
          )}
        </form>
      )}
    </Menu>
  );
}
