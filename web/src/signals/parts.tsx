import { useText } from "../i18n";
import { settings } from "../lib/settings";
import type { Signal } from "../lib/signals";
import { useStore } from "../lib/store";
import { ago, parse } from "../lib/time";
import { LogText } from "../ui/logtext";

/** The state of a signal, with the reason of one that is done. */
export function State({ of }: { of: Signal }) {
  const t = useText();
  return (
    <span class={`state ${of.state}`}>
      {t.state[of.state]}
      {of.reason && <span class="muted"> · {t.reason[of.reason]}</span>}
    </span>
  );
}

/** Says of a signal that nobody was told, because its rule is only tried. */
export function Simulated({ of }: { of: Signal }) {
  const t = useText();
  if (!of.simulated) return null;
  return (
    <span class="tag simulated" title={t.rules.simulateHelp}>
      {t.rules.simulated}
    </span>
  );
}

/** Until when somebody is to look at it, or since when that is over. */
export function Due({ of, now }: { of: Signal; now: number }) {
  const t = useText();
  const { lang } = useStore(settings);
  if (of.state !== "open" || !of.due) return of.breached ? <span class="due late">{t.signals.overdue}</span> : null;
  const at = parse(of.due);
  return at < now ? <span class="due late">{t.signals.overdueSince(ago(at, now, lang))}</span> : <span class="due">{t.signals.dueIn(ago(at, now, lang))}</span>;
}

/** The name of the rule in the language of the reader. */
export function ruleName(s: Signal, lang: string): string {
  return (lang === "ja" && s.signal.rule_ja) || s.signal.rule;
}

export function Tag({ text }: { text: string }) {
  return (
    <span class="tag">
      <LogText text={text} most={120} short />
    </span>
  );
}
