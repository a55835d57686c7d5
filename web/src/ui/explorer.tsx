import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { useKeys } from "../lib/keys";
import type { Bucket } from "../lib/scale";
import { remember, remembered } from "../lib/settings";
import type { Known } from "../lib/suggest";
import { type Facet, Facets } from "./facets";
import { Histogram, type Series } from "./histogram";
import { Icon } from "./icons";
import { QueryBar } from "./querybar";
import { TimeRange } from "./timerange";
import { SavedViews } from "./views";

interface Props {
  /** Names what the browser remembers of this page. */
  page: string;
  title: string;
  query: string;
  onQuery: (query: string) => void;
  range: string;
  onRange: (range: string) => void;
  known: Known[];
  placeholder: string;
  error?: string;
  live?: boolean;
  onLive?: (on: boolean) => void;
  /** More buttons beside the time range. */
  tools?: ComponentChildren;
  presets?: { name: string; query: string }[];
  facets: Facet[];
  facetsNote?: string;
  histogram?: { title: string; buckets: Bucket[]; series: Series[]; busy?: boolean; onZoom?: (from: number, to: number) => void };
  /** Above the list: how much was found, or what can be done with what is selected. */
  bar: ComponentChildren;
  panel?: ComponentChildren;
  children: ComponentChildren;
}

/** A search, how what it found is spread, the list, and one of it beside. */
export function Explorer(p: Props) {
  const t = useText();
  const [facets, setFacets] = useState(remembered("sasumata.facets") !== false && innerWidth > 900);
  const [before, setBefore] = useState<string[]>([]);
  useKeys({
    "/": () => {
      const field = document.getElementById("query") as HTMLInputElement | null;
      field?.focus();
      field?.setSelectionRange(field.value.length, field.value.length);
    },
  });
  const zoom = (from: number, to: number) => {
    setBefore([...before, p.range]);
    p.histogram?.onZoom?.(from, to);
  };
  return (
    <div class={`explorer${p.panel ? " with-panel" : ""}`}>
      <h1 class="hidden">{p.title}</h1>
      <div class="explorer-top">
        <div class="explorer-search">
          <QueryBar query={p.query} onQuery={p.onQuery} known={p.known} placeholder={p.placeholder} error={p.error} />
          {p.onLive && (
            <button
              type="button"
              class={p.live ? "button live on" : "button live"}
              aria-pressed={p.live}
              title={p.live ? t.live.stop : t.live.start}
              onClick={() => p.onLive?.(!p.live)}
            >
              <i class="live-dot" />
              {p.live ? t.live.on : t.live.off}
            </button>
          )}
          {p.tools}
          <TimeRange range={p.range} onRange={p.onRange} />
        </div>
        <div class="presets">
          <button
            type="button"
            class="bare labelled"
            aria-pressed={facets}
            title={facets ? t.facets.hide : t.facets.show}
            onClick={() => {
              remember("sasumata.facets", !facets);
              setFacets(!facets);
            }}
          >
            <Icon name="filter" />
            <span>{t.facets.title}</span>
          </button>
          {(p.presets ?? []).map((v) => (
            <button key={v.name} type="button" class="preset" aria-pressed={v.query === p.query} onClick={() => p.onQuery(v.query)}>
              {v.name}
            </button>
          ))}
          <SavedViews page={p.page} />
          <span class="grow" />
          {before.length > 0 && (
            <button
              type="button"
              class="bare labelled"
              onClick={() => {
                p.onRange(before.at(-1) as string);
                setBefore(before.slice(0, -1));
              }}
            >
              <Icon name="zoom" />
              <span>{t.chart.resetZoom}</span>
            </button>
          )}
        </div>
      </div>
      <div class="explorer-body">
        {facets && <Facets facets={p.facets} query={p.query} onQuery={p.onQuery} note={p.facetsNote} />}
        <div class="explorer-main">
          {p.histogram && <Histogram {...p.histogram} onZoom={p.histogram.onZoom && zoom} />}
          <div class="explorer-bar">{p.bar}</div>
          <div class="explorer-list">{p.children}</div>
        </div>
        {p.panel}
      </div>
    </div>
  );
}
