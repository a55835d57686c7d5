import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { chosen, exclude, toggle } from "../lib/query";
import { remember, remembered, settings } from "../lib/settings";
import type { Count } from "../lib/signals";
import { useStore } from "../lib/store";
import { plain } from "../lib/text";
import { number } from "../lib/time";
import { Icon } from "./icons";
import { LogText } from "./logtext";

export interface Facet {
  key: string;
  title: string;
  /** The field in the query language. */
  field: string;
  values: Count[];
  /** Shows a value; without it, as text of a log. */
  show?: (value: string) => ComponentChildren;
}

interface Props {
  facets: Facet[];
  query: string;
  onQuery: (query: string) => void;
  note?: string;
}

/** Which values there are, how often, and which of them the search wants. */
export function Facets({ facets, query, onQuery, note }: Props) {
  const t = useText();
  return (
    <aside class="facets" aria-label={t.facets.title}>
      {facets.map((f) => (
        <FacetGroup key={f.key} facet={f} query={query} onQuery={onQuery} />
      ))}
      {note && <p class="facets-note muted">{note}</p>}
    </aside>
  );
}

const few = 6;

function FacetGroup({ facet, query, onQuery }: { facet: Facet; query: string; onQuery: (query: string) => void }) {
  const t = useText();
  const { lang } = useStore(settings);
  const folded = `sasumata.folded.${facet.key}`;
  const [open, setOpen] = useState(remembered(folded) !== true);
  const [all, setAll] = useState(false);
  const now = chosen(query, facet.field);
  const values = [...facet.values];
  for (const v of [...now.only, ...now.not]) if (!values.some((x) => x.value === v)) values.push({ value: v, count: 0 });
  if (values.length === 0) return null;
  const shown = all ? values.slice(0, 200) : values.filter((v, i) => i < few || now.only.includes(v.value) || now.not.includes(v.value));
  const most = Math.max(1, ...values.map((v) => v.count));
  return (
    <section class="facet">
      <h2>
        <button
          type="button"
          aria-expanded={open}
          onClick={() => {
            remember(folded, open);
            setOpen(!open);
          }}
        >
          <Icon name={open ? "down" : "right"} size={12} />
          {facet.title}
          {now.only.length + now.not.length > 0 && <span class="facet-active">{now.only.length + now.not.length}</span>}
        </button>
      </h2>
      {open && (
        <ul>
          {shown.map((v) => {
            const on = now.only.includes(v.value);
            const off = now.not.includes(v.value);
            return (
              <li key={v.value} title={plain(v.name ?? v.value)} class={off ? "facet-row off" : "facet-row"}>
                <label>
                  <input type="checkbox" checked={on} onChange={() => onQuery(toggle(query, facet.field, v.value))} />
                  <span class="facet-value">{facet.show ? facet.show(v.value) : <LogText text={v.name ?? v.value} most={80} short />}</span>
                  <span class="facet-count">{number(v.count, lang)}</span>
                  <span class="facet-bar" style={{ width: `${(v.count / most) * 100}%` }} />
                </label>
                <button
                  type="button"
                  class="facet-not"
                  aria-pressed={off}
                  aria-label={t.facets.exclude(plain(v.name ?? v.value))}
                  title={t.facets.exclude(plain(v.name ?? v.value))}
                  onClick={() => onQuery(exclude(query, facet.field, v.value))}
                >
                  <Icon name="minus" size={12} />
                </button>
              </li>
            );
          })}
          {!all && values.length > shown.length && (
            <li>
              <button type="button" class="link facet-more" onClick={() => setAll(true)}>
                {t.app.showAll(number(values.length, lang))}
              </button>
            </li>
          )}
        </ul>
      )}
    </section>
  );
}
