import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { copy } from "../lib/clipboard";
import { useLoad } from "../lib/load";
import { attributes, type LogEvent, listLogs } from "../lib/logs";
import { clause } from "../lib/query";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { defang } from "../lib/text";
import { parse, stamp, zoneLabel } from "../lib/time";
import { Icon } from "../ui/icons";
import { LogText } from "../ui/logtext";
import { Menu, MenuItem } from "../ui/menu";
import { Notice } from "../ui/value";

interface Props {
  event: LogEvent;
  onClose: () => void;
  onFilter: (field: string, value: string, not: boolean) => void;
  onColumn: (field: string) => void;
  /** What is shown at first. */
  tab?: Tab;
}

const tabs = ["attributes", "around", "raw"] as const;
type Tab = (typeof tabs)[number];

/** Everything about one event. */
export function EventPanel({ event, onClose, onFilter, onColumn, tab: first = "attributes" }: Props) {
  const t = useText();
  const { zone } = useStore(settings);
  const [tab, setTab] = useState<Tab>(first);
  const at = parse(event.timestamp);
  return (
    <section class="panel" aria-label={t.logs.event}>
      <header class="panel-head">
        <div class="panel-line">
          <Status of={event.status} />
          <time>
            {stamp(at, zone, true)} <span class="muted">{zoneLabel(zone, at)}</span>
          </time>
          <span class="grow" />
          <button type="button" class="bare" aria-label={t.app.close} title={`${t.app.close} (Esc)`} onClick={onClose}>
            <Icon name="close" />
          </button>
        </div>
        <p class="panel-message">
          <LogText text={event.message ?? ""} lines most={1500} />
        </p>
        <div class="tabs" role="tablist">
          {tabs.map((one) => (
            <button key={one} type="button" role="tab" id={`event-${one}`} aria-selected={tab === one} aria-controls="panel-body" onClick={() => setTab(one)}>
              {t.logs[one]}
            </button>
          ))}
        </div>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <div class="panel-body" id="panel-body" role="tabpanel" aria-labelledby={`event-${tab}`} tabIndex={0}>
        {tab === "attributes" && <Attributes event={event} onFilter={onFilter} onColumn={onColumn} />}
        {tab === "around" && <Around event={event} />}
        {tab === "raw" && (
          <>
            <div class="panel-tools">
              <button type="button" class="button" onClick={() => copy(JSON.stringify(event, null, 2))}>
                <Icon name="copy" />
                {t.panel.copyJson}
              </button>
            </div>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
            <pre class="json" tabIndex={0}>
              <LogText text={JSON.stringify(event, null, 2)} lines most={50_000} />
            </pre>
          </>
        )}
      </div>
    </section>
  );
}

/** The status of an event, with its colour. */
export function Status({ of }: { of?: string }) {
  const name = /^(emerg|alert|crit|err|fatal)/i.test(of ?? "")
    ? "bad"
    : /^warn/i.test(of ?? "")
      ? "warn"
      : /^(ok|info|notice)/i.test(of ?? "")
        ? "ok"
        : "plain";
  return (
    <span class={`status ${name}`}>
      <i class={`swatch ${name}`} />
      <LogText text={of ?? "–"} most={20} short />
    </span>
  );
}

function Attributes({ event, onFilter, onColumn }: Pick<Props, "event" | "onFilter" | "onColumn">) {
  const t = useText();
  return (
    <table class="plain attributes">
      <tbody>
        {attributes(event).map((a) => (
          <tr key={a.path}>
            <th scope="row">
              <LogText text={a.path} most={200} />
            </th>
            <td>
              <Menu class="value" label={<LogText text={a.text} most={500} short />}>
                {(close) => {
                  const act = (what: () => void) => () => {
                    close();
                    what();
                  };
                  return (
                    <>
                      {a.scalar && (
                        <>
                          <MenuItem onClick={act(() => onFilter(a.field, a.text, false))}>{t.logs.filterBy}</MenuItem>
                          <MenuItem onClick={act(() => onFilter(a.field, a.text, true))}>{t.logs.filterOut}</MenuItem>
                          <MenuItem onClick={act(() => onColumn(a.field))}>{t.logs.addColumn}</MenuItem>
                        </>
                      )}
                      <MenuItem onClick={act(() => copy(a.text))}>{t.app.copy}</MenuItem>
                      <MenuItem onClick={act(() => copy(defang(a.text)))}>{t.app.copyDefanged}</MenuItem>
                    </>
                  );
                }}
              </Menu>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What the same source and host logged around the event. */
function Around({ event }: { event: LogEvent }) {
  const t = useText();
  const { zone } = useStore(settings);
  const at = parse(event.timestamp);
  const query = [event.source && clause("source", event.source), event.host && clause("host", event.host)].filter(Boolean).join(" ");
  const loaded = useLoad((signal) => around(query, at, signal), [query, at], Number.isFinite(at));
  if (loaded.error) return <Notice title={t.app.failed}>{loaded.error.message}</Notice>;
  return (
    <>
      <p class="muted">{t.logs.aroundText}</p>
      {loaded.value?.cut && <p class="note-warn">{t.logs.aroundCut}</p>}
      <ol class="lines">
        {(loaded.value?.events ?? []).map((e, i) => (
          <li key={`${e.timestamp}${i}`} class={e.timestamp === event.timestamp && e.message === event.message ? "hit" : undefined}>
            <time>{stamp(parse(e.timestamp), zone).slice(11)}</time>
            <LogText text={e.message ?? ""} most={300} />
          </li>
        ))}
      </ol>
    </>
  );
}

/** How many lines are asked for on each side, and within which times. */
const side = 250;
const spans = [60_000, 5_000, 500, 50];

/** Asks for the lines nearest to a time, oldest first. A search gives the newest, so behind a time that many share a shorter span is asked for. */
export async function around(query: string, at: number, signal?: AbortSignal, ask = listLogs): Promise<{ events: LogEvent[]; cut: boolean }> {
  const iso = (ms: number) => new Date(ms).toISOString();
  const earlier = await ask(query, { from: iso(at - 60_000), to: iso(at + 1) }, side, signal);
  for (const [i, length] of spans.entries()) {
    const later = await ask(query, { from: iso(at + 1), to: iso(at + length) }, side, signal);
    const full = later.events.length >= side;
    if (full && i < spans.length - 1) continue;
    return { events: [...later.events, ...earlier.events].reverse(), cut: full || earlier.events.length >= side || i > 0 };
  }
  return { events: [...earlier.events].reverse(), cut: true };
}
