import { acceptCompletion, autocompletion, type CompletionContext, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "preact/hooks";
import type { Fault } from "../lib/rules";
import { complete } from "./complete";

interface Props {
  /** The text at the beginning, and whenever turn is another number: else the editor has it. */
  value: string;
  turn: number;
  onValue: (value: string) => void;
  faults: Fault[];
  advice: Fault[];
  label: string;
  readOnly?: boolean;
  onSave?: () => void;
  didYouMean: (word: string) => string;
}

// The colours are the tokens of the pages: what is in a shadow tree inherits them.
const look = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "var(--surface)", fontSize: "12.5px", height: "100%" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6" },
  ".cm-content": { caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--text-3)", border: "none", borderRight: "1px solid var(--line)" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--hover) 60%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--hover)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--selected)" },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)",
    color: "var(--text)",
    border: "1px solid var(--line-strong)",
    borderRadius: "6px",
    boxShadow: "var(--shadow)",
  },
  ".cm-tooltip-autocomplete ul li": { padding: "3px 8px", lineHeight: "20px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--selected)", color: "var(--text)" },
  ".cm-completionLabel": { fontFamily: "var(--mono)" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "600" },
  ".cm-diagnostic": { padding: "6px 10px", fontFamily: "var(--font)" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--critical-fill)" },
  ".cm-diagnostic-info": { borderLeft: "4px solid var(--low-fill)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--critical-fill)", textUnderlineOffset: "3px" },
  ".cm-lintRange-info": { backgroundImage: "none", textDecoration: "underline dotted var(--low-fill)", textUnderlineOffset: "3px" },
  ".cm-lint-marker-error": { content: "none", borderRadius: "50%", backgroundColor: "var(--critical-fill)" },
  ".cm-lint-marker-info": { content: "none", borderRadius: "2px", backgroundColor: "var(--low-fill)" },
  ".cm-lint-marker": { width: "9px", height: "9px", margin: "5px 2px" },
});

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent)" },
  { tag: [tags.string, tags.content], color: "var(--text)" },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: "var(--medium)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--text-3)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: "var(--text-3)" },
]);

/** Completes keys, values and attributes. */
function completions(context: CompletionContext) {
  const line = context.state.doc.lineAt(context.pos);
  const before = line.number > 1 ? context.state.sliceDoc(0, line.from - 1).split("\n") : [];
  const found = complete(before, line.text.slice(0, context.pos - line.from));
  if (!found || (found.kind === "key" && context.pos === line.from + found.from && !context.explicit)) return null;
  return {
    from: line.from + found.from,
    validFor: /^@?[\w.]*$/,
    options: found.words.map((label) => ({
      label,
      type: found.kind === "key" ? "property" : found.kind === "value" ? "enum" : "variable",
      ...(found.kind === "key" ? { apply: `${label}: ` } : {}),
    })),
  };
}

/** An editor for rules. It lives in a shadow tree, whose styles are no elements: pages allow none in markup. */
export default function Editor(p: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const now = useRef(p);
  now.current = p;
  const writable = useRef(new Compartment());
  useEffect(() => {
    const at = host.current;
    if (!at) return;
    const root = at.shadowRoot ?? at.attachShadow({ mode: "open" });
    const one = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: now.current.value,
        extensions: [
          lineNumbers(),
          lintGutter(),
          history(),
          drawSelection(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          bracketMatching(),
          yaml(),
          indentUnit.of("  "),
          EditorState.tabSize.of(2),
          syntaxHighlighting(colours),
          autocompletion({ override: [completions], icons: false }),
          keymap.of([
            { key: "Tab", run: acceptCompletion },
            {
              key: "Mod-s",
              run: () => {
                now.current.onSave?.();
                return true;
              },
            },
            ...completionKeymap,
            ...lintKeymap,
            ...historyKeymap,
            ...defaultKeymap,
          ]),
          look,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": now.current.label, tabindex: "0" }),
          writable.current.of(EditorState.readOnly.of(now.current.readOnly ?? false)),
          // Browsers delete several lines by markup with styles, which pages refuse.
          EditorView.domEventHandlers({
            beforeinput: (e, one) => {
              if (e.inputType !== "insertText" || e.isComposing || !e.data || one.state.readOnly || one.state.selection.main.empty) return false;
              e.preventDefault();
              one.dispatch(one.state.replaceSelection(e.data), { userEvent: "input.type", scrollIntoView: true });
              return true;
            },
          }),
          EditorView.updateListener.of((u) => {
            if (u.docChanged) now.current.onValue(u.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = one;
    return () => one.destroy();
  }, []);
  useEffect(() => {
    const one = view.current;
    if (one && one.state.doc.toString() !== p.value) one.dispatch({ changes: { from: 0, to: one.state.doc.length, insert: p.value } });
  }, [p.turn]);
  useEffect(() => {
    view.current?.dispatch({ effects: writable.current.reconfigure(EditorState.readOnly.of(p.readOnly ?? false)) });
  }, [p.readOnly]);
  useEffect(() => {
    const one = view.current;
    if (!one) return;
    const mark =
      (severity: "error" | "info") =>
      (f: Fault): Diagnostic => {
        const line = one.state.doc.line(Math.min(Math.max(1, f.line), one.state.doc.lines));
        const from = Math.min(line.to, line.from + Math.max(0, f.col - 1));
        const word = /^[\w@.-]+/.exec(line.text.slice(from - line.from))?.[0].length ?? 1;
        return {
          from,
          to: Math.min(line.to, from + word),
          severity,
          message: f.suggestion ? `${f.message} ${now.current.didYouMean(f.suggestion)}` : f.message,
        };
      };
    const all = [...p.faults.map(mark("error")), ...p.advice.map(mark("info"))].sort((a, b) => a.from - b.from);
    one.dispatch(setDiagnostics(one.state, all));
  }, [p.faults, p.advice]);
  return <div class="editor" ref={host} />;
}
