import { useText } from "../i18n";
import { alerting, type Integration } from "../lib/alerting";
import { Problem } from "../lib/api";
import { useEvery, useLoad, useNow } from "../lib/load";
import { responding } from "../lib/responses";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { ago, number, parse } from "../lib/time";
import { LogText } from "../ui/logtext";
import { Table } from "../ui/table";

const ifThere = <T,>(asked: Promise<T>) =>
  asked.catch((err: unknown) => {
    if (err instanceof Problem && err.status === 404) return undefined;
    throw err;
  });

/** Reports whether a way of telling does not work now. */
export function fails(i: Integration): boolean {
  return Boolean(i.last_failed && (!i.last_told || i.last_failed > i.last_told));
}

/** Whether who should be told is told, and whether responses can act. */
export function Told() {
  const t = useText();
  const { lang } = useStore(settings);
  const now = useNow(10_000);
  const loaded = useLoad(async (signal) => {
    const [told, responses] = await Promise.all([ifThere(alerting(signal)), ifThere(responding(signal))]);
    return { told, responses };
  }, []);
  useEvery(30_000, loaded.again);
  const a = loaded.value?.told;
  const r = loaded.value?.responses;
  if (!a && !r) return null;
  const failing = a?.receivers.flatMap((one) => one.integrations.filter(fails)) ?? [];
  return (
    <section class="card bottom-gap">
      <h2>{t.health.told}</h2>
      {a && (
        <>
          <p class="card-text">
            <a href="/ui/alerting?tab=deliveries">
              {t.health.undelivered}: {number(a.undelivered, lang)}
            </a>
          </p>
          {a.heartbeat?.error && (
            <p class="late">
              {t.alerting.heartbeat}: <LogText text={a.heartbeat.error} most={300} />
            </p>
          )}
          <Table
            label={t.health.told}
            rows={failing}
            rowKey={(i) => i.target}
            empty={t.health.allTold}
            columns={[
              { title: t.health.receiver, cell: (i) => <LogText text={i.target} most={160} /> },
              {
                title: t.health.error,
                cell: (i) => (
                  <span class="late">
                    <LogText text={i.error ?? ""} most={300} />
                  </span>
                ),
              },
              { title: t.health.lastFailed, cell: (i) => ago(parse(i.last_failed ?? ""), now, lang) },
              { title: t.health.waiting, num: true, cell: (i) => number(i.undelivered, lang) },
            ]}
          />
        </>
      )}
      {r && (
        <p class="card-note">
          <a href="/ui/responses">
            {t.nav.responses}: {!r.problem && r.mode}
            {r.problem && (
              <b class="late">
                <LogText text={r.problem} most={500} />
              </b>
            )}
          </a>
        </p>
      )}
    </section>
  );
}
