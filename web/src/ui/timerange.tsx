import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { bounds, fixedRange, fromInput, stamp, toInput, zoneLabel } from "../lib/time";
import { Icon } from "./icons";
import { Menu, MenuItem } from "./menu";

const presets = ["15m", "1h", "4h", "24h", "7d", "30d", "90d", "all"] as const;

/** Returns the words for a range of the address. */
export function useRangeLabel(): (range: string) => string {
  const t = useText();
  const { zone } = useStore(settings);
  return (range) => {
    const n = Number.parseInt(range, 10);
    if (/^\d+m$/.test(range)) return t.range.last(t.range.minutes(n));
    if (/^\d+h$/.test(range)) return t.range.last(t.range.hours(n));
    if (/^\d+d$/.test(range)) return t.range.last(t.range.days(n));
    const b = bounds(range, Date.now());
    if (b.from !== undefined && b.to !== undefined) return `${stamp(b.from, zone).slice(5, 16)} – ${stamp(b.to, zone).slice(5, 16)} ${zoneLabel(zone, b.from)}`;
    return t.range.all;
  };
}

export function TimeRange({ range, onRange }: { range: string; onRange: (range: string) => void }) {
  const t = useText();
  const { zone } = useStore(settings);
  const label = useRangeLabel();
  const b = bounds(range, Date.now());
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const fromText = from || toInput(b.from ?? Date.now() - 86_400_000, zone);
  const toText = to || toInput(b.to ?? Date.now(), zone);
  return (
    <Menu
      align="right"
      label={
        <>
          <Icon name="clock" />
          <span class="range-label">{label(range)}</span>
          <Icon name="down" size={12} />
        </>
      }
    >
      {(close) => (
        <div class="range-box">
          <div class="range-presets">
            {presets.map((p) => (
              <MenuItem
                key={p}
                checked={p === range}
                onClick={() => {
                  onRange(p);
                  close();
                }}
              >
                {label(p)}
              </MenuItem>
            ))}
          </div>
          <form
            class="range-custom"
            onSubmit={(e) => {
              e.preventDefault();
              const [a, z] = [fromInput(fromText, zone), fromInput(toText, zone)];
              if (a < z) {
                onRange(fixedRange(a, z));
                close();
              }
            }}
          >
            <label>
              {t.range.from} ({zoneLabel(zone)})
              <input type="datetime-local" step="1" value={fromText} onInput={(e) => setFrom(e.currentTarget.value)} />
            </label>
            <label>
              {t.range.to} ({zoneLabel(zone)})
              <input type="datetime-local" step="1" value={toText} onInput={(e) => setTo(e.currentTarget.value)} />
            </label>
            <button type="submit" class="button primary">
              {t.range.apply}
            </button>
          </form>
        </div>
      )}
    </Menu>
  );
}
