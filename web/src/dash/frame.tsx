import { useMemo, useState } from "preact/hooks";
import { useText } from "../i18n";
import { Problem } from "../lib/api";
import { useKeys } from "../lib/keys";
import { useEvery } from "../lib/load";
import { chosen, exclude, toggle } from "../lib/query";
import { keep, place } from "../lib/router";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { fixedRange, stamp, zoneLabel } from "../lib/time";
import { QueryBar } from "../ui/querybar";
import { TimeRange } from "../ui/timerange";
import { DashContext } from "./context";
import { type Answer, useAnswers } from "./load";
import { type Ask, asksOf, type Dashboard as Board, forSignals, type Panel } from "./panel";
import { PanelView } from "./panels";
import { Tabs } from "./tabs";

const every = 60_000;

/** A dashboard: one range of time and one filter for all panels, both in the address. */
export function Dashboard({ board }: { board: Board }) {
  const t = useText();
  const { zone } = useStore(settings);
  const { params } = useStore(place);
  const filter = (params.get("q") ?? "").trim();
  const range = params.get("range") ?? "24h";
  const refreshing = params.get("refresh") !== "off";
  const [turn, setTurn] = useState(0);
  const asks = useMemo(() => board.panels.map(asksOf), [board]);
  const all: Ask[] = useMemo(() => asks.flat(), [asks]);
  const { answers, of, at } = useAnswers(all, filter, range, turn);
  const busy = answers.some((a) => a.busy);
  // A range with two ends does not change any more. Who waits is not made to wait again.
  useEvery(every, () => !busy && setTurn((n) => n + 1), refreshing && !range.includes("-"));
  useKeys({ "/": () => document.getElementById("query")?.focus() });
  const setFilter = (q: string) => keep({ q: q || undefined });
  const shared = useMemo(
    () => ({
      filter,
      range,
      onFilter: (field: string, value: string, not: boolean) =>
        setFilter(not ? exclude(filter, field, value) : chosen(filter, field).only.includes(value) ? filter : toggle(filter, field, value)),
      onZoom: (from: number, to: number) => keep({ range: fixedRange(from, to) }),
    }),
    [filter, range],
  );
  let next = 0;
  const parts = board.panels.map((panel, i) => {
    const mine = (asks[i] ?? []).map(() => answers[of[next++] ?? -1] ?? { busy: true });
    return { panel, answers: mine };
  });
  const wrong = filter ? answers.find((a) => a.error instanceof Problem && a.error.status === 400)?.error?.message : undefined;
  return (
    <div class="page dash-page">
      <h1 class="hidden">{t.dash.names[board.name]}</h1>
      <Tabs now={board.name} />
      <div class="explorer-search dash-search">
        <QueryBar query={filter} onQuery={setFilter} known={known(parts)} placeholder={t.dash.placeholder} error={wrong} />
        <button
          type="button"
          class={refreshing ? "button live on" : "button live"}
          aria-pressed={refreshing}
          title={refreshing ? t.live.stop : t.live.start}
          onClick={() => {
            if (!refreshing) setTurn(turn + 1);
            keep({ refresh: refreshing ? "off" : undefined }, true);
          }}
        >
          <i class="live-dot" />
          {t.live.on}
        </button>
        <TimeRange range={range} onRange={(r) => keep({ range: r === "24h" ? undefined : r })} />
      </div>
      <p class="dash-note muted">
        {busy ? t.app.loading : t.dash.asOf(`${stamp(at, zone).slice(11)} ${zoneLabel(zone)}`)}
        {forSignals(filter).less && <span class="note-warn">{t.dash.signalsUnfiltered}</span>}
      </p>
      <DashContext.Provider value={shared}>
        <div class="dash">
          {parts.map((one) => (
            <PanelView key={`${one.panel.kind} ${one.panel.title}`} panel={one.panel} answers={one.answers} />
          ))}
        </div>
      </DashContext.Provider>
    </div>
  );
}

/** The fields of the panels, with the values that they have, to complete the filter. */
function known(parts: { panel: Panel; answers: Answer[] }[]) {
  const fields = new Map<string, string[]>();
  for (const { answers } of parts) {
    for (const a of answers) {
      for (const [field, values] of Object.entries(a.logs?.facets ?? {}))
        fields.set(
          field,
          values.map((v) => v.value),
        );
    }
  }
  return [...fields].map(([field, values]) => ({ field, values }));
}
