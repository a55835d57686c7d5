import { useEffect, useState } from "preact/hooks";
import { useText } from "../i18n";
import { toggle } from "../lib/query";
import { address, keep } from "../lib/router";
import { settings } from "../lib/settings";
import type { Count } from "../lib/signals";
import { useStore } from "../lib/store";
import { number } from "../lib/time";
import { Icon } from "../ui/icons";
import { LogText } from "../ui/logtext";
import { Bar, Table } from "../ui/table";
import { useShared } from "./context";
import type { Answer } from "./load";
import { countryName, DashValue } from "./value";

type World = typeof import("virtual:world").default;

const steps = 5;

/** Returns up to five upper bounds, each a like multiple of the one before, the last of which is the most. */
export function bounds(most: number): number[] {
  const out: number[] = [];
  for (let i = 1; i <= steps; i++) {
    const bound = Math.round(most ** (i / steps));
    if (bound > (out.at(-1) ?? 0)) out.push(bound);
  }
  return out;
}

interface Props {
  field: string;
  query: string;
  title: string;
  answer?: Answer;
}

/** Counts by country: on a map, and as a table; or how to know of countries. */
export function WorldMap({ field, query, title, answer }: Props) {
  const t = useText();
  const { lang } = useStore(settings);
  const { filter } = useShared();
  const [world, setWorld] = useState<World | null>(null);
  const [failed, setFailed] = useState<Error | null>(null);
  const [asTable, setAsTable] = useState(false);
  const counts = answer?.logs?.facets[field] ?? [];
  const some = counts.length > 0;
  useEffect(() => {
    if (some && !world) import("virtual:world").then((module) => setWorld(module.default), setFailed);
  }, [some, world]);
  if (!answer?.logs) return <p class="muted">{t.app.loading}</p>;
  if (!some) return answer.logs.matched > 0 && !filter ? <NoPlaces /> : <p class="muted">{t.chart.empty}</p>;
  const total = counts.reduce((sum, c) => sum + c.count, 0);
  const most = counts[0]?.count ?? 1;
  const list = (shown: number) => (
    <Table
      label={title}
      rows={counts.slice(0, shown)}
      rowKey={(c) => c.value}
      columns={[
        {
          title: t.dash.columns.country,
          cell: (c) => (
            <span class="country-cell">
              <DashValue field={field} value={c.value} query={query} />
              <LogText text={countryName(c.value, lang)} most={60} short />
            </span>
          ),
        },
        { title: t.dash.columns.events, num: true, cell: (c) => number(c.count, lang) },
        { title: "", cell: (c) => <Bar of={c.count} most={most} /> },
      ]}
    />
  );
  return (
    <>
      <div class="map-tools">
        <button
          type="button"
          class="bare"
          aria-pressed={asTable}
          title={asTable ? t.dash.asMap : t.chart.asTable}
          aria-label={`${asTable ? t.dash.asMap : t.chart.asTable}: ${title}`}
          onClick={() => setAsTable(!asTable)}
        >
          <Icon name={asTable ? "globe" : "table"} />
        </button>
      </div>
      {failed && <p class="refused">{failed.message}</p>}
      {asTable ? (
        list(counts.length)
      ) : (
        <div class="map-split">
          <div>
            {world ? <Picture world={world} counts={counts} field={field} title={`${title}: ${number(total, lang)}`} /> : <p class="muted">{t.app.loading}</p>}
            <Legend most={most} />
          </div>
          {list(8)}
        </div>
      )}
    </>
  );
}

/** The countries; those that have something can be reached by keys, and filter. */
function Picture({ world, counts, field, title }: { world: World; counts: Count[]; field: string; title: string }) {
  const { lang } = useStore(settings);
  const { filter } = useShared();
  const levels = bounds(counts[0]?.count ?? 1);
  const has = new Map(counts.map((c) => [c.value, c.count]));
  const classOf = (n: number) => `country c${levels.findIndex((b) => n <= b) + 1 + (steps - levels.length)}`;
  const link = (code: string, n: number, shape: preact.JSX.Element) => {
    const q = toggle(filter, field, code);
    const name = `${countryName(code, lang)}: ${number(n, lang)}`;
    const to = new URLSearchParams(location.search);
    if (q) to.set("q", q);
    else to.delete("q");
    return (
      <a
        key={code}
        href={address(location.pathname, Object.fromEntries(to))}
        class={classOf(n)}
        aria-label={name}
        onClick={(e) => {
          if (e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
          e.preventDefault();
          keep({ q: q || undefined });
        }}
      >
        <title>{name}</title>
        {shape}
      </a>
    );
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: it is a picture with links in it
    <svg class="map" viewBox={`0 0 ${world.width} ${world.height}`} role="group" aria-label={title}>
      {Object.entries(world.shapes).map(([code, d]) => !has.get(code) && <path key={code} class="land" d={d} />)}
      {Object.entries(world.shapes).map(([code, d]) => has.get(code) && link(code, has.get(code) ?? 0, <path d={d} />))}
      {Object.entries(world.places).map(([code, [x, y]]) => has.get(code) && link(code, has.get(code) ?? 0, <circle cx={x} cy={y} r={6} />))}
    </svg>
  );
}

function Legend({ most }: { most: number }) {
  const t = useText();
  const { lang } = useStore(settings);
  const levels = bounds(most);
  return (
    <p class="map-legend muted">
      {t.dash.columns.events}
      {levels.map((to, i) => {
        const from = (levels[i - 1] ?? 0) + 1;
        return (
          <span key={to} class="legend-item">
            <i class={`swatch c${i + 1 + (steps - levels.length)}`} />
            {from === to ? number(to, lang) : `${number(from, lang)}–${number(to, lang)}`}
          </span>
        );
      })}
    </p>
  );
}

/** How the server learns where addresses are. */
function NoPlaces() {
  const t = useText();
  return (
    <div class="no-places">
      <p>{t.dash.noPlaces}</p>
      <pre class="json">{"content:\n  geoip: [/var/lib/GeoIP/GeoLite2-City.mmdb, /var/lib/GeoIP/GeoLite2-ASN.mmdb]"}</pre>
      <p class="muted">{t.dash.noPlacesHow}</p>
    </div>
  );
}
