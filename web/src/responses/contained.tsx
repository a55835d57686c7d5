import { useText } from "../i18n";
import { may } from "../lib/api";
import { evidenceArchive, type Containment as Of } from "../lib/responses";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { number, parse, stamp } from "../lib/time";
import { LogText } from "../ui/logtext";

/** What was done to a container. */
export function Contained({ of }: { of: Of }) {
  const t = useText();
  const { zone, lang } = useStore(settings);
  return (
    <>
      <h3>{t.responses.container}</h3>
      <dl class="facts">
        <dt>{t.settings.name}</dt>
        <dd>
          <LogText text={of.name} /> <LogText text={of.container.slice(0, 12)} />
        </dd>
        {of.image && (
          <>
            <dt>{t.responses.image}</dt>
            <dd>
              <LogText text={of.image} most={200} />
            </dd>
          </>
        )}
        <dt>{t.responses.state}</dt>
        <dd>
          {[of.quarantine && t.responses.quarantines[of.quarantine], of.frozen && t.responses.frozen].filter(Boolean).join(", ") || t.responses.free}
          {Boolean(of.restored) && ` (${t.responses.heldAgain(number(of.restored ?? 0, lang))})`}
        </dd>
        {of.evidence && (
          <>
            <dt>{t.responses.actions.evidence}</dt>
            <dd>
              {may("responses:write") ? (
                <a class="link" href={evidenceArchive(of.evidence)} download>
                  <LogText text={of.evidence} />
                </a>
              ) : (
                <LogText text={of.evidence} />
              )}
            </dd>
          </>
        )}
        {of.snapshot && (
          <>
            <dt>{t.responses.actions.snapshot}</dt>
            <dd>
              <LogText text={of.snapshot} most={300} />
            </dd>
          </>
        )}
      </dl>
      <ol class="lines">
        {of.done.map((s) => (
          <li key={s.step}>
            <time>{stamp(parse(s.at), zone)}</time>
            <span class={s.error ? "late" : ""}>
              {t.responses.actions[s.step] ?? s.step} ({number(s.took_us / 1000, lang)} ms): <LogText text={s.error ?? s.how ?? ""} most={500} />
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}
