import type { ComponentChildren } from "preact";

export interface Column<R> {
  title: string;
  num?: boolean;
  cell: (row: R) => ComponentChildren;
}

interface Props<R> {
  label: string;
  rows: R[];
  columns: Column<R>[];
  rowKey: (row: R) => string;
  empty?: string;
  class?: string;
}

/** A table of few rows, all of which are in the page. */
export function Table<R>({ label, rows, columns, rowKey, empty, class: className = "" }: Props<R>) {
  if (rows.length === 0) return <p class="muted">{empty}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class={`table-scroll ${className}`} tabIndex={0} aria-label={label}>
      <table class="plain">
        <thead>
          <tr>
            {columns.map((c) =>
              c.title ? (
                <th key={c.title} scope="col" class={c.num ? "num" : undefined}>
                  {c.title}
                </th>
              ) : (
                <td key="" />
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((c) => (
                <td key={c.title} class={c.num ? "num" : undefined}>
                  {c.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A share of the most, as a bar. */
export function Bar({ of, most }: { of: number; most: number }) {
  return (
    <span class="bar-track">
      <span class="bar-cell" style={{ width: `${(of / Math.max(1, most)) * 100}%` }} />
    </span>
  );
}
