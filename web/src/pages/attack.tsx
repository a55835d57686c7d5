import { useMemo } from "preact/hooks";
import { useText } from "../i18n";
import { get } from "../lib/api";
import { type Cell, type CoveringRule, layer, matrix, signalsOf, type TagCount } from "../lib/attack";
import { download } from "../lib/csv";
import { useLoad } from "../lib/load";
import { clause } from "../lib/query";
import { address, keep, place } from "../lib/router";
import { settings } from "../lib/settings";
import { fromTo, listSignals } from "../lib/signals";
import { useStore } from "../lib/store";
import { bounds, number, parse, shortStamp } from "../lib/time";
import { Dialog } from "../ui/dialog";
import { Icon } from "../ui/icons";
import { LogText } from "../ui/logtext";
import { Severity } from "../ui/severity";
import { Table } from "../ui/table";
import { TimeRange, useRangeLabel } from "../ui/timerange";
import { Notice } from "../ui/value";

interface Facet {
  values: TagCount[];
  values_not_shown?: number;
}

/** The matrix of ATT&CK: which techniques the rules cover, and which have signals. */
export default function Attack() {
  const t = useText();
  const { lang } = useStore(settings);
  const { params } = useStore(place);
  const label = useRangeLabel();
  const range = params.get("range") ?? "7d";
  const rules = useLoad(allRules, []);
  const found = useLoad((signal) => hits(range, signal), [range]);
  const m = useMemo(() => (rules.value ? matrix(rules.value, found.value?.tags ?? []) : undefined), [rules.value, found.value]);
  const failed = rules.error ?? found.error;
  const wanted = params.get("technique");
  const cells = m?.columns.flatMap((c) => c.cells.flatMap((one) => [one, ...one.below])) ?? [];
  const open = wanted ? cells.find((c) => c.id === wanted) : undefined;
  const covered = m?.columns.filter((c) => c.rules > 0 || c.cells.some((one) => [one, ...one.below].some((x) => x.rules.length > 0))).length ?? 0;
  return (
    <div class="page">
      <header class="page-head">
        <h1>{t.attack.title}</h1>
        <span class="muted" aria-live="polite">
          {m && t.attack.of(number(m.techniques, lang), number(m.rules, lang), String(covered), String(m.columns.length), number(m.hit, lang))}
        </span>
        <span class="grow" />
        {m && (
          <button
            type="button"
            class="button"
            title={t.attack.layerHelp}
            onClick={() => download("sasumata-attack-layer.json", "application/json", layer(m, "Sasumata", range))}
          >
            <Icon name="download" />
            {t.attack.layer}
          </button>
        )}
        <TimeRange range={range} onRange={(r) => keep({ range: r })} />
      </header>
      {failed ? (
        <Notice title={t.app.failed}>{failed.message}</Notice>
      ) : m ? (
        <>
          {(found.value?.left ?? 0) > 0 && <p class="note-warn">{t.attack.left(number(found.value?.left ?? 0, lang))}</p>}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
          <section class="matrix" tabIndex={0} aria-label={t.attack.title}>
            {m.columns.map((c) => (
              <section key={c.id} class={c.cells.length > 0 || c.rules > 0 ? "matrix-column" : "matrix-column bare-column"} aria-labelledby={`tactic-${c.id}`}>
                <header>
                  <h2 id={`tactic-${c.id}`} lang="en">
                    {c.name}
                  </h2>
                  <span class="muted">
                    {c.id} · {c.rules > 0 ? t.attack.rules(c.rules) : t.attack.none}
                  </span>
                </header>
                <ul>
                  {c.cells.map((one) => (
                    <li key={one.id}>
                      <CellView cell={one} />
                      {one.below.length > 0 && (
                        <ul>
                          {one.below.map((part) => (
                            <li key={part.id}>
                              <CellView cell={part} />
                            </li>
                          ))}
                        </ul>
                      )}
                    </li>
                  ))}
                </ul>
              </section>
            ))}
          </section>
          <p class="muted small card-note">{t.attack.help}</p>
        </>
      ) : (
        <p class="muted">{t.app.loading}</p>
      )}
      {open && <Detail cell={open} range={range} label={label(range)} onClose={() => keep({ technique: undefined })} />}
    </div>
  );
}

function CellView({ cell }: { cell: Cell }) {
  const t = useText();
  const { lang } = useStore(settings);
  const signals = cell.signals > 0;
  return (
    <button
      type="button"
      class={`technique${cell.rules.length > 0 ? " covered" : ""}${signals ? " hit" : ""}`}
      onClick={() => keep({ technique: cell.id })}
      disabled={cell.tags.length === 0}
    >
      <span class="technique-name">
        <span lang="en">
          <LogText text={cell.name || cell.id} most={80} short />
        </span>
        <small class="muted">{cell.id}</small>
      </span>
      <span class="technique-counts">
        {cell.rules.length > 0 && <span>{t.attack.rules(cell.rules.length)}</span>}
        {signals && <b>{t.attack.signals(number(cell.signals, lang))}</b>}
      </span>
    </button>
  );
}

/** The rules and the newest signals of a technique. */
function Detail({ cell, range, label, onClose }: { cell: Cell; range: string; label: string; onClose: () => void }) {
  const t = useText();
  const { lang, zone } = useStore(settings);
  const query = signalsOf(cell);
  const list = useLoad((signal) => listSignals(query, bounds(range, Date.now()), "opened", "", 10, signal), [query, range], query !== "");
  const title = `${cell.id} ${cell.name}`.trim();
  return (
    <Dialog title={title} wide onClose={onClose}>
      <div class="technique-detail">
        <h3>{t.rules.title}</h3>
        <Table
          label={t.rules.title}
          rows={cell.rules}
          rowKey={(r) => r.id}
          empty={t.attack.none}
          columns={[
            {
              title: t.rules.rule,
              cell: (r) => (
                <a class="row-title" href={address("/ui/rules", { find: r.id })}>
                  <LogText text={(lang === "ja" && r.name_ja) || r.name} most={120} short />
                </a>
              ),
            },
            { title: t.rules.severity, cell: (r) => (r.severities[0] ? <Severity of={r.severities[0]} /> : "–") },
            { title: t.rules.signals, cell: (r) => <a href={address("/", { q: clause("rule.id", r.id), range })}>{t.rules.show}</a> },
          ]}
        />
        <h3>
          {t.signals.title} ({label})
        </h3>
        <Table
          label={t.signals.title}
          rows={list.value?.signals ?? []}
          rowKey={(s) => s.id}
          empty={list.error?.message ?? (list.value ? t.table.nothing : t.app.loading)}
          columns={[
            { title: t.signals.time, cell: (s) => <time>{shortStamp(parse(s.signal.opened), zone)}</time> },
            { title: t.signals.severity, cell: (s) => <Severity of={s.signal.severity} /> },
            {
              title: t.signals.signal,
              cell: (s) => (
                <a class="row-title" href={`/signals/${s.id}`}>
                  <LogText text={s.signal.title} most={120} short />
                </a>
              ),
            },
          ]}
        />
        {cell.signals > 0 && (
          <a class="button" href={address("/", { q: query, range })}>
            {t.app.showAll(number(cell.signals, lang))}
          </a>
        )}
      </div>
    </Dialog>
  );
}

/** Asks for all rules, page by page. */
async function allRules(signal: AbortSignal): Promise<CoveringRule[]> {
  const list: CoveringRule[] = [];
  for (let cursor = ""; ; ) {
    const page = await get<{ rules: CoveringRule[]; next?: string }>("/api/v1/rules", { limit: 1000, cursor }, signal);
    list.push(...page.rules);
    if (!page.next) return list;
    cursor = page.next;
  }
}

/** Asks how many signals have which technique, in Datadog's form of tags and in Sigma's. */
async function hits(range: string, signal: AbortSignal): Promise<{ tags: TagCount[]; left: number }> {
  const said = await get<{ facets: Record<string, Facet> }>(
    "/api/v1/signals/summary",
    { ...fromTo(bounds(range, Date.now())), limit: 100, buckets: 1 },
    signal,
  );
  const own = (said.facets.technique?.values ?? []).map((v) => ({ value: `technique:${v.value}`, count: v.count }));
  const sigma = (said.facets.tag?.values ?? []).filter((v) => v.value.startsWith("attack."));
  return { tags: [...own, ...sigma], left: said.facets.technique?.values_not_shown ?? 0 };
}
