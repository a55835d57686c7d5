import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { may } from "../lib/api";
import { type Mode, modes, type Rule, switchRule } from "../lib/rules";
import { Dialog } from "../ui/dialog";
import { complain, tell } from "../ui/toast";

/** How a rule runs, and where that is changed: what makes it quieter wants a reason. */
export function ModeSwitch({ of, onChanged }: { of: Rule; onChanged: () => void }) {
  const t = useText();
  const [asked, setAsked] = useState<Mode>();
  const [reason, setReason] = useState("");
  const put = (mode: Mode, why: string) => {
    const before = of.mode;
    const back = of.switched?.reason || t.rules.undone;
    switchRule(of.id, mode, why)
      .then(() => {
        setAsked(undefined);
        setReason("");
        tell(t.rules.switched(of.id, t.rules.modes[mode]), {
          undo: () => switchRule(of.id, before, back).then(onChanged).catch(complain),
        });
        onChanged();
      })
      .catch(complain);
  };
  const title = of.switched?.mode === of.mode ? [of.switched.by, of.switched.reason].filter(Boolean).join(": ") : undefined;
  if (!may("rules:write")) {
    return (
      <span class={`mode mode-${of.mode}`} title={title}>
        {t.rules.modes[of.mode]}
      </span>
    );
  }
  return (
    <>
      <select
        class={`mode mode-${of.mode}`}
        aria-label={`${t.rules.mode}: ${of.id}`}
        title={title}
        value={of.mode}
        onChange={(e) => {
          const wanted = e.currentTarget.value as Mode;
          e.currentTarget.value = of.mode; // until it is so
          if (wanted === "enabled") put(wanted, "");
          else setAsked(wanted);
        }}
      >
        {modes.map((m) => (
          <option key={m} value={m}>
            {t.rules.modes[m]}
          </option>
        ))}
      </select>
      {asked && (
        <Dialog title={`${t.rules.modes[asked]}: ${of.id}`} onClose={() => setAsked(undefined)}>
          <form
            class="form"
            onSubmit={(e) => {
              e.preventDefault();
              put(asked, reason.trim());
            }}
          >
            <p class="muted wide">{asked === "simulate" ? t.rules.simulateHelp : t.rules.disableHelp}</p>
            <label class="wide">
              {t.rules.reason}
              <input required maxLength={2000} value={reason} onInput={(e) => setReason(e.currentTarget.value)} />
            </label>
            <button type="submit" class="button primary" disabled={!reason.trim()}>
              {t.rules.modes[asked]}
            </button>
          </form>
        </Dialog>
      )}
    </>
  );
}
