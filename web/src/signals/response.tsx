import { useText } from "../i18n";
import { may } from "../lib/api";
import { incidentArchive } from "../lib/responses";
import type { SignalDetail } from "../lib/signals";
import { RepliesAbout } from "../responses/about";

/** What was done about a signal, and what may be done. */
export function Response({ s }: { s: SignalDetail }) {
  const t = useText();
  const addresses = s.signal.entities.filter((e) => e.kind === "ip" || e.kind === "network").map((e) => e.value);
  const containers = s.signal.entities.filter((e) => e.kind === "container").map((e) => e.value);
  const seconds = s.signal.actions?.find((a) => a.type === "block_ip")?.duration_seconds;
  return (
    <>
      <RepliesAbout
        asked={{ signal: s.id }}
        {...(seconds ? { seconds } : {})}
        addresses={[...new Set(addresses)]}
        containers={[...new Set(containers)]}
        reason={s.signal.title}
        signal={s.id}
      />
      {may("responses:write") && (
        <p>
          <a class="link" href={incidentArchive({ signal: s.id })} download>
            {t.responses.incident}
          </a>
        </p>
      )}
    </>
  );
}
