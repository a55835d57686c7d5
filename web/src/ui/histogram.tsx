import type { ComponentChildren } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import { useText } from "../i18n";
import type { Bucket } from "../lib/scale";
import { niceMax, times } from "../lib/scale";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { plain } from "../lib/text";
import { ahead, compact, number, shortStamp, span, tick, zoneLabel } from "../lib/time";
import { Icon } from "./icons";

/** One colour of a stack. */
export interface Series {
  key: string;
  label: string;
  /** Names the token of the colour, and of the texture of its legend. */
  class: string;
}

interface Props {
  title: string;
  buckets: Bucket[];
  /** From the bottom of the stack up. */
  series: Series[];
  onZoom?: (from: number, to: number) => void;
  height?: number;
  busy?: boolean;
  /** Beside the button that shows the table. */
  tools?: ComponentChildren;
}

const width = 1000;

/** Counts over time as a stack of bars, on which a range can be dragged; or the same as a table. */
export function Histogram({ title, buckets, series, onZoom, height = 96, busy, tools }: Props) {
  const t = useText();
  const { zone, lang } = useStore(settings);
  const [asTable, setAsTable] = useState(false);
  const [hover, setHover] = useState(-1);
  const [drag, setDrag] = useState<[number, number] | null>(null);
  const at = useRef<HTMLDivElement>(null);
  const totals = useMemo(() => buckets.map((b) => series.reduce((sum, s) => sum + (b.counts[s.key] ?? 0), 0)), [buckets, series]);
  const most = niceMax(Math.max(0, ...totals));
  const used = series.filter((s) => buckets.some((b) => b.counts[s.key]));
  const n = Math.max(1, buckets.length);
  const every = buckets[0] ? buckets[0].to - buckets[0].from : 0;
  const whole = buckets.length ? (buckets[n - 1] as Bucket).to - (buckets[0] as Bucket).from : 0;
  const bar = width / n;

  const place = (e: PointerEvent): number => {
    const box = at.current?.getBoundingClientRect();
    if (!box) return 0;
    return Math.min(n - 1, Math.max(0, Math.floor(((e.clientX - box.left) / box.width) * n)));
  };
  const release = () => {
    if (drag && onZoom) {
      const [a, b] = [Math.min(...drag), Math.max(...drag)];
      if (buckets[a] && buckets[b]) onZoom(buckets[a].from, buckets[b].to - 1);
    }
    setDrag(null);
  };
  const shown = hover >= 0 ? buckets[hover] : undefined;
  const begin = buckets[0]?.from ?? 0;
  const ticks = n > 0 ? times(begin, begin + whole, ahead(begin, zone)).filter((at) => at < begin + whole * 0.95) : [];

  return (
    <figure class={busy ? "histogram busy" : "histogram"}>
      <figcaption>
        <span class="histogram-title">{t.chart.title(title)}</span>
        <span class="muted">{every > 0 && t.chart.perBucket(span(every, lang))}</span>
        <span class="legend">
          {used.map((s) => (
            <span key={s.key} class="legend-item">
              <i class={`swatch ${s.class}`} />
              {plain(s.label)}
            </span>
          ))}
        </span>
        <button
          type="button"
          class="bare"
          aria-pressed={asTable}
          title={asTable ? t.chart.asChart : t.chart.asTable}
          aria-label={asTable ? t.chart.asChart : t.chart.asTable}
          onClick={() => setAsTable(!asTable)}
        >
          <Icon name={asTable ? "chart" : "table"} />
        </button>
        {tools}
      </figcaption>
      {asTable ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        <section class="twin" tabIndex={0} aria-label={t.chart.title(title)}>
          <table>
            <thead>
              <tr>
                <th scope="col">
                  {t.chart.time} ({zoneLabel(zone)})
                </th>
                <th scope="col" class="num">
                  {t.chart.total}
                </th>
                {used.map((s) => (
                  <th key={s.key} scope="col" class="num">
                    {plain(s.label)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {buckets.map((b, i) =>
                totals[i] ? (
                  <tr key={b.from}>
                    <th scope="row">{shortStamp(b.from, zone)}</th>
                    <td class="num">{number(totals[i] as number, lang)}</td>
                    {used.map((s) => (
                      <td key={s.key} class="num">
                        {b.counts[s.key] ? number(b.counts[s.key] as number, lang) : ""}
                      </td>
                    ))}
                  </tr>
                ) : null,
              )}
            </tbody>
          </table>
        </section>
      ) : (
        <div class="plot">
          <div class="plot-scale" aria-hidden="true">
            <span>{compact(most)}</span>
            <span>{compact(most / 2)}</span>
            <span>0</span>
          </div>
          <div
            ref={at}
            class={onZoom ? "plot-area zooms" : "plot-area"}
            role="img"
            aria-label={`${t.chart.title(title)}: ${number(
              totals.reduce((a, b) => a + b, 0),
              lang,
            )}`}
            title={onZoom && !drag ? t.chart.zoomHint : undefined}
            onPointerMove={(e) => {
              const i = place(e);
              setHover(i);
              if (drag) setDrag([drag[0], i]);
            }}
            onPointerLeave={() => setHover(-1)}
            onPointerDown={(e) => {
              if (!onZoom || e.button !== 0 || buckets.length === 0) return;
              (e.currentTarget as HTMLElement).setPointerCapture(e.pointerId);
              const i = place(e);
              setDrag([i, i]);
            }}
            onPointerUp={release}
            onPointerCancel={() => setDrag(null)}
          >
            <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" height={height} aria-hidden="true">
              <path class="grid-line" d={`M0 .5H${width}M0 ${height / 2}H${width}M0 ${height - 0.5}H${width}`} />
              {hover >= 0 && !drag && <rect class="hover-bar" x={hover * bar} y={0} width={bar} height={height} />}
              {buckets.map((b, i) => {
                let y = height;
                return series.map((s) => {
                  const count = b.counts[s.key] ?? 0;
                  if (!count) return null;
                  const h = Math.max((count / most) * height, 1.5);
                  y -= h;
                  return <rect key={`${b.from}${s.key}`} class={`bar ${s.class}`} x={i * bar + bar * 0.08} y={y} width={bar * 0.84} height={h} />;
                });
              })}
              {drag && <rect class="drag-bar" x={Math.min(...drag) * bar} y={0} width={(Math.abs(drag[1] - drag[0]) + 1) * bar} height={height} />}
            </svg>
            <div class="plot-ticks" aria-hidden="true">
              {ticks.map((at) => (
                <span key={at} style={{ left: `${((at - begin) / whole) * 100}%` }}>
                  {tick(at, whole, zone)}
                </span>
              ))}
            </div>
            {shown && (
              <div
                class={hover > n / 2 ? "plot-tip left" : "plot-tip"}
                style={hover > n / 2 ? { right: `${100 - (hover / n) * 100}%` } : { left: `${((hover + 1) / n) * 100}%` }}
              >
                <div class="muted">
                  {shortStamp(shown.from, zone)} {zoneLabel(zone, shown.from)}
                </div>
                {[...series].reverse().map((s) =>
                  shown.counts[s.key] ? (
                    <div key={s.key} class="plot-tip-row">
                      <i class={`swatch ${s.class}`} />
                      <span>{plain(s.label)}</span>
                      <b>{number(shown.counts[s.key] as number, lang)}</b>
                    </div>
                  ) : null,
                )}
                {!totals[hover] && <div class="muted">0</div>}
              </div>
            )}
            {!busy && totals.every((x) => x === 0) && <div class="plot-empty">{t.chart.empty}</div>}
          </div>
        </div>
      )}
    </figure>
  );
}
