import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { may } from "../lib/api";
import { type Asset, forget } from "../lib/posture";
import { keep } from "../lib/router";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { number, parse, stamp, zoneLabel } from "../lib/time";
import { Dialog } from "../ui/dialog";
import { LogText } from "../ui/logtext";
import { Table } from "../ui/table";
import { complain } from "../ui/toast";

/** The assets with their numbers; one can be chosen. */
export function Assets({ list, chosen, onChanged }: { list: Asset[]; chosen: string; onChanged: () => void }) {
  const t = useText();
  const { lang, zone } = useStore(settings);
  const [leaving, setLeaving] = useState<Asset>();
  const count = (n: number | undefined) => (n ? number(n, lang) : <span class="muted">0</span>);
  const leave = (name: string) => {
    setLeaving(undefined);
    forget(name).then(onChanged).catch(complain);
  };
  return (
    <>
      <Table
        label={t.posture.assets}
        rows={list}
        rowKey={(a) => a.name}
        columns={[
          {
            title: t.posture.asset,
            cell: (a) => (
              <button type="button" class="link" aria-pressed={a.name === chosen} onClick={() => keep({ asset: a.name === chosen ? undefined : a.name })}>
                <LogText text={a.name} most={120} short />
              </button>
            ),
          },
          { title: t.severity.critical, num: true, cell: (a) => count(a.counts.severity.critical) },
          { title: t.severity.high, num: true, cell: (a) => count(a.counts.severity.high) },
          { title: t.severity.medium, num: true, cell: (a) => count(a.counts.severity.medium) },
          { title: t.severity.low, num: true, cell: (a) => count(a.counts.severity.low) },
          { title: t.posture.states.exploited, num: true, cell: (a) => count(a.counts.kev) },
          { title: t.posture.states.new, num: true, cell: (a) => count(a.counts.new + a.counts.reopened) },
          { title: t.posture.states.held, num: true, cell: (a) => count(a.counts.suppressed) },
          { title: t.posture.tools, cell: (a) => <LogText text={a.tools || "–"} most={80} short /> },
          { title: `${t.posture.taken} (${zoneLabel(zone)})`, cell: (a) => stamp(parse(a.taken), zone) },
          ...(may("operate")
            ? [
                {
                  title: "",
                  cell: (a: Asset) => (
                    <button type="button" class="button" onClick={() => setLeaving(a)}>
                      {t.posture.forget}
                    </button>
                  ),
                },
              ]
            : []),
        ]}
      />
      {leaving && (
        <Dialog title={t.posture.forget} onClose={() => setLeaving(undefined)}>
          <p>
            <LogText text={t.posture.forgetAsk(leaving.name)} />
          </p>
          <p class="buttons">
            <button type="button" class="button danger" onClick={() => leave(leaving.name)}>
              {t.posture.forget}
            </button>
            <button type="button" class="button" onClick={() => setLeaving(undefined)}>
              {t.app.close}
            </button>
          </p>
        </Dialog>
      )}
    </>
  );
}
