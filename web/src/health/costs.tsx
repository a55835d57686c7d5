import { useText } from "../i18n";
import { useLoad } from "../lib/load";
import { allRules, rulePage } from "../lib/rules";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { number } from "../lib/time";
import { LogText } from "../ui/logtext";
import { Bar, Table } from "../ui/table";

/** How many rules are shown: those that cost the most. */
const most = 8;

/** Which rules take the most of the time of detection. */
export function Costs() {
  const t = useText();
  const { lang } = useStore(settings);
  const loaded = useLoad((signal) => allRules(signal), []);
  const known = (loaded.value ?? []).filter((r) => r.cost !== null && r.cost > 0);
  const worst = known.sort((a, b) => (b.cost ?? 0) - (a.cost ?? 0)).slice(0, most);
  const top = worst[0]?.cost ?? 1;
  return (
    <section class="card bottom-gap">
      <h2>{t.health.costs}</h2>
      <p class="muted card-text">{t.rules.costHelp}</p>
      <Table
        label={t.health.costs}
        rows={worst}
        rowKey={(r) => r.id}
        empty={loaded.busy ? t.app.loading : t.health.noCosts}
        columns={[
          {
            title: t.rules.rule,
            cell: (r) => (
              <a href={rulePage(r.id)}>
                <LogText text={(lang === "ja" && r.name_ja) || r.name} most={160} />
              </a>
            ),
          },
          { title: t.rules.cost, num: true, cell: (r) => `${number(Math.round((r.cost ?? 0) * 10) / 10, lang)} ‰` },
          { title: "", cell: (r) => <Bar of={(r.cost ?? 0) * 1000} most={top * 1000} /> },
        ]}
      />
    </section>
  );
}
