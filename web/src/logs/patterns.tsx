import { useText } from "../i18n";
import { get } from "../lib/api";
import { copy } from "../lib/clipboard";
import { useLoad } from "../lib/load";
import { type LogEvent, level, listLogs, type Scanned, span } from "../lib/logs";
import { and } from "../lib/query";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { plain } from "../lib/text";
import { number, parse, shortStamp, zoneLabel } from "../lib/time";
import { LogText } from "../ui/logtext";
import { Menu, MenuItem } from "../ui/menu";
import { Bar, Table } from "../ui/table";
import { complain } from "../ui/toast";
import { Notice } from "../ui/value";

/** What messages have in common: texts, and wildcards with some of their values. */
export interface LogPattern {
  pattern: string;
  pieces: { text?: string; values?: string[] }[];
  count: number;
  share: number;
  first?: string;
  last?: string;
  statuses: Record<string, number>;
  example: string;
  query: string;
}

interface Found {
  patterns: LogPattern[];
  messages: number;
  messages_in_no_pattern?: number;
  patterns_not_shown?: number;
  older_not_read?: boolean;
  scanned: Scanned;
}

const limit = 200;

interface Props {
  query: string;
  range: string;
  /** Searches for something else; events says that they are wanted, not patterns. */
  onQuery: (query: string, events: boolean) => void;
  /** Opens what was logged around an event. */
  onAround: (event: LogEvent) => void;
}

/** The forms that messages have, the most frequent first. */
export function Patterns({ query, range, onQuery, onAround }: Props) {
  const t = useText();
  const { zone, lang } = useStore(settings);
  const found = useLoad((signal) => get<Found>("/api/v1/logs/patterns", { query, ...span(range, Date.now()), limit }, signal), [query, range]);
  const said = found.value;
  if (found.error && !found.busy) return <Notice title={t.app.failed}>{found.error.message}</Notice>;
  if (!said) return <p class="muted patterns">{t.app.loading}</p>;
  const percent = new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1 });
  const most = said.patterns[0]?.count ?? 1;
  const around = (p: LogPattern) =>
    listLogs(and(query, p.query), { from: p.last, to: new Date(parse(p.last) + 1).toISOString() }, 1)
      .then((list) => list.events[0] && onAround(list.events[0]))
      .catch(complain);
  return (
    <div class={found.busy ? "patterns busy" : "patterns"}>
      <p class="muted" aria-live="polite">
        {t.patterns.of(number(said.patterns.length + (said.patterns_not_shown ?? 0), lang), number(said.messages, lang))}
      </p>
      {said.older_not_read && <p class="note-warn">{t.patterns.older(number(said.messages, lang))}</p>}
      {(said.messages_in_no_pattern ?? 0) > 0 && <p class="note-warn">{t.patterns.left(number(said.messages_in_no_pattern ?? 0, lang))}</p>}
      {(said.patterns_not_shown ?? 0) > 0 && <p class="note-warn">{t.patterns.cut(number(said.patterns_not_shown ?? 0, lang))}</p>}
      {(said.scanned.parts_not_readable?.length ?? 0) > 0 && <p class="note-warn">{t.logs.lacking(said.scanned.parts_not_readable?.length ?? 0)}</p>}
      <Table
        label={t.patterns.title}
        rows={said.patterns}
        rowKey={(p) => p.pattern + p.example}
        empty={t.table.nothing}
        columns={[
          { title: t.patterns.count, num: true, cell: (p) => number(p.count, lang) },
          { title: t.patterns.share, num: true, cell: (p) => percent.format(p.share) },
          { title: "", cell: (p) => <Bar of={p.count} most={most} /> },
          { title: t.logs.status, cell: (p) => <Statuses of={p} /> },
          { title: `${t.patterns.last} (${zoneLabel(zone)})`, cell: (p) => <time>{shortStamp(parse(p.last), zone)}</time> },
          {
            title: t.patterns.pattern,
            cell: (p) => (
              <Menu class="value pattern" label={<Form of={p} />}>
                {(close) => {
                  const act = (what: () => void) => () => {
                    close();
                    what();
                  };
                  return (
                    <>
                      {p.query && <MenuItem onClick={act(() => onQuery(and(query, p.query), true))}>{t.patterns.show}</MenuItem>}
                      {p.query && <MenuItem onClick={act(() => onQuery(and(query, `-(${p.query})`), false))}>{t.patterns.hide}</MenuItem>}
                      {p.last && <MenuItem onClick={act(() => around(p))}>{t.patterns.around}</MenuItem>}
                      <MenuItem onClick={act(() => copy(p.pattern))}>{t.app.copy}</MenuItem>
                      <div class="menu-note example">
                        {t.patterns.example}: <LogText text={p.example} most={600} short />
                      </div>
                    </>
                  );
                }}
              </Menu>
            ),
          },
        ]}
      />
    </div>
  );
}

/** A pattern, whose wildcards say what they stood for. */
function Form({ of }: { of: LogPattern }) {
  return (
    <>
      {of.pieces.map((piece, i) =>
        piece.values ? (
          <span key={i} class="wild" title={plain(piece.values.join(" · "))}>
            *
          </span>
        ) : (
          <LogText key={i} text={piece.text ?? ""} most={400} short />
        ),
      )}
    </>
  );
}

/** The statuses of a pattern, the most frequent first. */
function Statuses({ of }: { of: LogPattern }) {
  const { lang } = useStore(settings);
  const list = Object.entries(of.statuses).sort((a, b) => b[1] - a[1]);
  return (
    <span class="statuses">
      {list.slice(0, 3).map(([status, n]) => (
        <span key={status} class={`status ${level(status)}`}>
          <i class={`swatch ${level(status)}`} />
          <LogText text={status || "–"} most={20} short />
          {list.length > 1 && <small class="muted">{number(n, lang)}</small>}
        </span>
      ))}
    </span>
  );
}
