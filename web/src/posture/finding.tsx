import type { ComponentChildren } from "preact";
import { useText } from "../i18n";
import { componentOf, type Found, type Grade, moreAbout } from "../lib/posture";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { parse, stamp } from "../lib/time";
import { Dialog } from "../ui/dialog";
import { LogText } from "../ui/logtext";
import { Severity } from "../ui/severity";

/** A severity of a finding; scanners do not always say one. */
export function GradeOf({ of }: { of: Grade }) {
  const t = useText();
  return of === "unknown" ? <span class="muted">{t.posture.unknown}</span> : <Severity of={of} />;
}

/** All that is known about a finding. */
export function FindingDialog({ f, onClose }: { f: Found; onClose: () => void }) {
  const t = useText();
  const { zone } = useStore(settings);
  const url = moreAbout(f.url);
  const when = (time: string | undefined) => time && stamp(parse(time), zone);
  const facts: [string, ComponentChildren][] = [
    [t.posture.severity, <GradeOf key="g" of={f.severity} />],
    [t.posture.state, f.suppressed ? t.posture.states.held : t.posture.states[f.state]],
    [t.posture.kind, t.posture.kinds[f.kind]],
    [t.posture.asset, <LogText key="a" text={f.asset} />],
    [t.posture.where, <LogText key="w" text={componentOf(f)} />],
    [t.posture.repaired, f.fixed?.length ? <LogText key="r" text={f.fixed.join(", ")} /> : undefined],
    [t.posture.fix, f.fix && <LogText key="f" text={f.fix} most={2000} />],
    [
      t.posture.ratings,
      f.ratings?.length
        ? f.ratings.map((r) => `${[r.tool, r.source].filter(Boolean).join("/") || "?"}: ${r.severity}${r.score ? ` ${r.score}` : ""}`).join(" · ")
        : undefined,
    ],
    [t.posture.epss, f.epss ? `${(f.epss.score * 100).toFixed(1)} %` : undefined],
    [t.posture.kev, f.kev ? [f.kev.added, f.kev.ransomware ? t.posture.ransomware : ""].filter(Boolean).join(" · ") || t.app.yes : undefined],
    [t.posture.aliases, f.aliases?.length ? <LogText key="l" text={f.aliases.join(", ")} /> : undefined],
    [
      t.posture.heldWhy,
      f.suppressed ? <LogText key="s" text={[f.suppressed.reason, f.suppressed.name, f.suppressed.until].filter(Boolean).join(" · ")} /> : undefined,
    ],
    [t.posture.tools, [...new Set(f.sources.map((s) => s.tool))].join(", ")],
    [t.posture.firstSeen, when(f.first_seen)],
    [t.posture.lastSeen, when(f.last_seen)],
    [t.posture.fixedAt, when(f.fixed_at)],
  ];
  return (
    <Dialog title={f.id} onClose={onClose} wide>
      {f.title && (
        <p>
          <b>
            <LogText text={f.title} most={500} />
          </b>
        </p>
      )}
      {f.description && (
        <p>
          <LogText text={f.description} most={2000} />
        </p>
      )}
      <dl class="facts">
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </>
          ))}
      </dl>
      {url && (
        <p>
          <a href={url} target="_blank" rel="noreferrer noopener">
            {t.posture.more}
          </a>
        </p>
      )}
    </Dialog>
  );
}
