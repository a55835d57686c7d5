import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useText } from "../i18n";

export interface Column<R> {
  key: string;
  title: string;
  /** A width of CSS; the column without one takes what is left. */
  width?: string;
  num?: boolean;
  cell: (row: R) => ComponentChildren;
}

interface Props<R> {
  label: string;
  rows: R[];
  columns: Column<R>[];
  rowKey: (row: R) => string;
  /** The row that the keys are at, -1 for none. */
  at: number;
  onAt: (i: number) => void;
  onOpen: (row: R) => void;
  openKey?: string;
  rowClass?: (row: R) => string;
  /** Which rows are selected; undefined when rows cannot be. */
  marked?: ReadonlySet<string>;
  onMark?: (row: R, with_: boolean) => void;
  onMarkAll?: (on: boolean) => void;
  /** Called when the last rows come into sight. */
  onEnd?: () => void;
  footer?: ComponentChildren;
  height?: number;
}

/** How many rows are kept beyond those in sight. */
const beyond = 12;

/** A table of any length, of which only the rows in sight are in the page. */
export function Grid<R>(p: Props<R>) {
  const t = useText();
  const height = p.height ?? 32;
  const at = useRef<HTMLElement>(null);
  const [view, setView] = useState({ top: 0, room: 800 });
  useLayoutEffect(() => {
    const box = at.current;
    if (!box) return;
    const look = () => setView({ top: box.scrollTop, room: box.clientHeight });
    look();
    const sized = new ResizeObserver(look);
    sized.observe(box);
    box.addEventListener("scroll", look, { passive: true });
    return () => {
      sized.disconnect();
      box.removeEventListener("scroll", look);
    };
  }, []);
  const first = Math.max(0, Math.floor(view.top / height) - beyond);
  const last = Math.min(p.rows.length, Math.ceil((view.top + view.room) / height) + beyond);
  const end = p.onEnd;
  useEffect(() => {
    if (last >= p.rows.length - 20) end?.();
  }, [last, p.rows.length, end]);
  useEffect(() => {
    const box = at.current;
    if (!box || p.at < 0) return;
    const head = 30;
    if (p.at * height < box.scrollTop) box.scrollTop = p.at * height;
    else if ((p.at + 1) * height + head > box.scrollTop + box.clientHeight) box.scrollTop = (p.at + 1) * height + head - box.clientHeight;
  }, [p.at, height]);
  const least = p.columns.reduce((sum, c) => sum + (c.width ? Number.parseInt(c.width, 10) : 200), p.marked ? 34 : 0);
  const allMarked = p.marked && p.rows.length > 0 && p.rows.every((r) => p.marked?.has(p.rowKey(r)));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class="grid" ref={at} tabIndex={0} aria-label={p.label}>
      <table aria-rowcount={p.rows.length + 1} style={{ minWidth: `${least}px` }}>
        <colgroup>
          {p.marked && <col style={{ width: "34px" }} />}
          {p.columns.map((c) => (
            <col key={c.key} style={c.width ? { width: c.width } : {}} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {p.marked && (
              <th scope="col" class="mark-cell">
                <label class="mark-box">
                  <input type="checkbox" aria-label={t.table.selectAll} checked={!!allMarked} onChange={(e) => p.onMarkAll?.(e.currentTarget.checked)} />
                </label>
              </th>
            )}
            {p.columns.map((c) => (
              <th key={c.key} scope="col" class={c.num ? "num" : undefined}>
                {c.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first > 0 && <tr class="spacer" style={{ height: `${first * height}px` }} aria-hidden="true" />}
          {p.rows.slice(first, last).map((row, i) => {
            const key = p.rowKey(row);
            const index = first + i;
            const open = p.openKey === key;
            const extra = p.rowClass?.(row) ?? "";
            return (
              <tr
                key={key}
                aria-rowindex={index + 2}
                aria-current={open ? "true" : undefined}
                class={`row ${extra}${index === p.at ? " at" : ""}${open ? " open" : ""}`}
                style={{ height: `${height}px` }}
                onClick={(e) => {
                  if ((e.target as Element).closest("button, input, label") || e.metaKey || e.ctrlKey) return;
                  if (getSelection()?.toString()) return;
                  e.preventDefault();
                  p.onAt(index);
                  p.onOpen(row);
                }}
              >
                {p.marked && (
                  <td class="mark-cell">
                    <label class="mark-box">
                      <input type="checkbox" aria-label={t.table.selectRow} checked={p.marked.has(key)} onClick={(e) => p.onMark?.(row, e.shiftKey)} />
                    </label>
                  </td>
                )}
                {p.columns.map((c) => (
                  <td key={c.key} class={c.num ? "num" : undefined}>
                    {c.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
          {last < p.rows.length && <tr class="spacer" style={{ height: `${(p.rows.length - last) * height}px` }} aria-hidden="true" />}
        </tbody>
      </table>
      {p.footer}
    </section>
  );
}
