import { useEffect, useRef, useState } from "preact/hooks";
import { useText } from "../i18n";
import type { Pages } from "../lib/pages";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { number } from "../lib/time";
import { type Column, Table } from "./table";

/** How long somebody may pause while typing, in milliseconds, before it is searched. */
const pause = 250;

/** A field whose text is told when nobody types any more. */
export function Find({ label, hint, value, onValue }: { label: string; hint?: string; value: string; onValue: (text: string) => void }) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  useEffect(() => {
    if (value === told.current) return; // it comes from here
    told.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    if (text === told.current) return;
    const timer = setTimeout(() => {
      told.current = text;
      onValue(text);
    }, pause);
    return () => clearTimeout(timer);
  }, [text, onValue]);
  return (
    <input
      type="search"
      class="field"
      aria-label={label}
      placeholder={hint ?? label}
      maxLength={100}
      value={text}
      onInput={(e) => setText(e.currentTarget.value)}
    />
  );
}

interface Props<R> {
  label: string;
  list: Pages<R>;
  columns: Column<R>[];
  rowKey: (row: R) => string;
  empty?: string;
}

/** A table that grows by parts. */
export function PagedTable<R>({ label, list, columns, rowKey, empty }: Props<R>) {
  const t = useText();
  const { lang } = useStore(settings);
  return (
    <>
      <Table
        label={label}
        rows={list.rows}
        columns={columns}
        rowKey={rowKey}
        empty={list.error?.message ?? (list.busy ? t.app.loading : (empty ?? t.app.none))}
      />
      {(list.more || list.count !== undefined) && list.rows.length > 0 && (
        <p class="buttons card-note">
          {list.count !== undefined && <span class="muted">{t.app.shownOf(number(list.rows.length, lang), number(list.count, lang))}</span>}
          {list.more && (
            <button type="button" class="button" disabled={list.busy} onClick={list.more}>
              {t.app.next}
            </button>
          )}
        </p>
      )}
    </>
  );
}
