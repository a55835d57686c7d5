import { useText } from "../i18n";
import type { Container } from "../lib/containers";
import { bytes } from "../lib/metrics";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { number } from "../lib/time";
import { LogText } from "../ui/logtext";

/** How a container is, as a word. */
export function ContainerState({ of }: { of: Container }) {
  const t = useText();
  const bad = of.state === "dead" || of.state === "restarting" || of.health === "unhealthy";
  const text = t.containers.states[of.state] ?? of.state;
  return (
    <span class={bad ? "state-pill bad" : of.state === "running" ? "state-pill good" : "state-pill"}>
      {of.health === "unhealthy" ? `${text} · ${t.containers.unhealthy}` : text}
    </span>
  );
}

/** What is special about a container. */
export function Remarks({ of }: { of: Container }) {
  const t = useText();
  const { lang } = useStore(settings);
  return (
    <span class="pills">
      {of.powers.map((p) => (
        <span key={p} class="state-pill warn">
          {t.containers.powers[p] ?? <LogText text={p} />}
        </span>
      ))}
      {of.written_count > 0 && <span class="state-pill bad">{t.containers.wrote(number(of.written_count, lang))}</span>}
      {of.problem && (
        <span class="muted small">
          <LogText text={of.problem} most={200} />
        </span>
      )}
    </span>
  );
}

/** Memory, with the limit when there is one. */
export function memoryOf(c: Container): string {
  const u = c.usage;
  if (!u) return "–";
  return u.memory_percent === undefined ? bytes(u.memory_bytes) : `${bytes(u.memory_bytes)} (${Math.round(u.memory_percent)} %)`;
}

/** A number that may not be known. */
export const perCent = (n: number | undefined) => (n === undefined ? "–" : `${n.toFixed(1)} %`);
