import { OfSignal } from "../alerting/deliveries";
import { useText } from "../i18n";
import { deliveries, undelivered } from "../lib/alerting";
import { may, me, Problem } from "../lib/api";
import { useEvery, useLoad } from "../lib/load";
import { address } from "../lib/router";
import type { Edit, Signal, SignalDetail } from "../lib/signals";
import { useStore } from "../lib/store";
import { triage } from "./triage";

/** How many attempts are shown; the page of deliveries has all. */
const some = 50;

/** Who was told of a signal, what came of it, and what a notification's link does. */
export function Told({ s, onChanged }: { s: SignalDetail; onChanged: (list: Signal[]) => void }) {
  const t = useText();
  const who = useStore(me);
  const waiting = useLoad((signal) => undelivered({ signal: s.id, same: true }, some, signal), [s.id]);
  const told = useLoad((signal) => deliveries({ signal: s.id, same: true }, some, "", signal), [s.id]);
  useEvery(10_000, () => {
    waiting.again();
    told.again();
  });
  if (told.error instanceof Problem && told.error.status === 404) return <p class="muted">{t.alerting.off}</p>;
  if (told.error && !told.value) return <p class="late">{told.error.message}</p>;
  const left = waiting.value?.undelivered ?? [];
  const takeUp = () => {
    const edit: Edit = { state: "under_review" };
    if (!s.assignee && who) edit.assignee = who.name;
    void triage(t, [s], edit, t.alerting.takenUp, onChanged);
  };
  return (
    <>
      <div class="panel-tools">
        {may("signals:write") && s.state === "open" && (
          <button type="button" class="button" title={t.alerting.takeCareText} onClick={takeUp}>
            {t.alerting.takeCare}
          </button>
        )}
        {may("operate") && (
          <a class="button" href={address("/ui/alerting", { tab: "silences", signal: s.id })}>
            {t.alerting.silenceIt}
          </a>
        )}
        <a class="button" href={address("/ui/alerting", { tab: "preview", signal: s.id })}>
          {t.alerting.previewIt}
        </a>
      </div>
      <OfSignal id={s.id} waiting={left} told={told.value?.history ?? []} empty={told.value ? t.alerting.toldNobody : t.app.loading} />
      {told.value?.next && <a href={address("/ui/alerting", { tab: "deliveries", signal: s.id })}>{t.alerting.allDeliveries}</a>}
    </>
  );
}
