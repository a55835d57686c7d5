import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useText } from "../i18n";
import { wordAt } from "../lib/query";
import { type Known, type Suggestion, suggest } from "../lib/suggest";
import { plain } from "../lib/text";
import { Icon } from "./icons";

interface Props {
  query: string;
  onQuery: (query: string) => void;
  known: Known[];
  placeholder: string;
  /** What is wrong with the query, by the server. */
  error?: string;
}

/** Where the search is written: completed by arrows and Tab, sent by Enter. */
export function QueryBar({ query, onQuery, known, placeholder, error }: Props) {
  const t = useText();
  const [text, setText] = useState(query);
  const [caret, setCaret] = useState(0);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => setText(query), [query]);
  const word = wordAt(text, caret);
  const list = useMemo(() => (open ? suggest(word.text, known) : []), [open, word.text, known]);
  const take = (s: Suggestion) => {
    const next = text.slice(0, word.from) + s.text + text.slice(caret).trimStart();
    const end = word.from + s.text.length;
    setText(next);
    setCaret(end);
    setAt(-1);
    requestAnimationFrame(() => input.current?.setSelectionRange(end, end));
  };
  const send = (value: string) => {
    setOpen(false);
    setAt(-1);
    onQuery(value.trim());
  };
  return (
    <div class="querybar">
      {/* biome-ignore lint/a11y/useSemanticElements: an element search is too young for the screen readers in use */}
      <form
        role="search"
        class={error ? "query-form wrong" : "query-form"}
        onSubmit={(e) => {
          e.preventDefault();
          send(text);
        }}
      >
        <Icon name="search" />
        <input
          ref={input}
          id="query"
          type="text"
          role="combobox"
          aria-label={t.query.label}
          aria-expanded={list.length > 0}
          aria-controls="query-suggestions"
          aria-autocomplete="list"
          aria-activedescendant={at >= 0 && list[at] ? `suggestion-${at}` : undefined}
          aria-invalid={!!error}
          aria-describedby={error ? "query-error" : undefined}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          maxLength={16000}
          placeholder={placeholder}
          value={text}
          onInput={(e) => {
            setText(e.currentTarget.value);
            setCaret(e.currentTarget.selectionStart ?? 0);
            setOpen(true);
            setAt(-1);
          }}
          onClick={(e) => setCaret(e.currentTarget.selectionStart ?? 0)}
          onBlur={() => setTimeout(() => setOpen(false), 150)}
          onKeyDown={(e) => {
            if (e.isComposing) return;
            const some = list.length > 0;
            if (e.key === "ArrowDown" && some) {
              e.preventDefault();
              setAt((at + 1) % list.length);
            } else if (e.key === "ArrowUp" && some) {
              e.preventDefault();
              setAt((at - 1 + list.length) % list.length);
            } else if ((e.key === "Tab" || e.key === "Enter") && some && at >= 0) {
              e.preventDefault();
              take(list[at] as Suggestion);
            } else if (e.key === "Tab" && some && !e.shiftKey && word.text) {
              e.preventDefault();
              take(list[0] as Suggestion);
            } else if (e.key === "Escape") {
              if (some) {
                e.stopPropagation();
                setOpen(false);
              } else {
                input.current?.blur();
              }
            }
          }}
        />
        {text !== "" && (
          <button
            type="button"
            class="bare"
            aria-label={t.query.clear}
            title={t.query.clear}
            onClick={() => {
              setText("");
              send("");
              input.current?.focus();
            }}
          >
            <Icon name="close" />
          </button>
        )}
        <kbd aria-hidden="true">/</kbd>
      </form>
      <div id="query-suggestions" class={list.length ? "suggestions" : "suggestions none"} role="listbox" aria-label={t.query.suggestions}>
        {list.map((s, i) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field handles the keys
          <div
            key={s.text}
            id={`suggestion-${i}`}
            role="option"
            aria-selected={i === at}
            class="suggestion"
            onPointerDown={(e) => e.preventDefault()}
            onClick={() => take(s)}
          >
            <code>{s.shown}</code>
            {s.about && <span class="muted">{s.about}</span>}
          </div>
        ))}
      </div>
      {error && (
        <p id="query-error" class="query-error" role="alert">
          {plain(error)}
        </p>
      )}
    </div>
  );
}
