import type { ComponentType } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useText } from "../i18n";
import { aborted, may } from "../lib/api";
import { useLoad } from "../lib/load";
import { clause } from "../lib/query";
import { address, go, place } from "../lib/router";
import { allRules, type Check, checkRule, draft, getEdition, getRule, type RuleDetail, removeRule, rulePage, writeRule } from "../lib/rules";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { number, parse, stamp } from "../lib/time";
import { type DiffLine, diff } from "../rules/diff";
import type EditorOf from "../rules/editor";
import { ModeSwitch } from "../rules/mode";
import { Preview } from "../rules/preview";
import { Spark } from "../rules/spark";
import { LogText } from "../ui/logtext";
import { Severity } from "../ui/severity";
import { Table } from "../ui/table";
import { complain, tell } from "../ui/toast";
import { Notice } from "../ui/value";

/** One rule: its text, what is wrong with it, what it would find, and how it runs. */
export default function RulePage() {
  const t = useText();
  const { params } = useStore(place);
  const id = params.get("id") ?? "";
  const loaded = useLoad((signal) => getRule(id, signal), [id], id !== "");
  if (id !== "" && loaded.error && loaded.value?.id !== id) return <Notice title={t.app.failed}>{loaded.error.message}</Notice>;
  if (id !== "" && loaded.value?.id !== id) return <p class="muted page">{t.app.loading}</p>;
  return <Workshop key={id || "new"} of={id ? loaded.value : undefined} query={params.get("q") ?? ""} onChanged={loaded.again} />;
}

function Workshop({ of, query, onChanged }: { of?: RuleDetail | undefined; query: string; onChanged: () => void }) {
  const t = useText();
  const { lang } = useStore(settings);
  const [text, setText] = useState(() => of?.text ?? draft(query));
  const [turn, setTurn] = useState(0);
  const [note, setNote] = useState("");
  const [tab, setTab] = useState<"edit" | "diff" | "editions">("edit");
  const [saving, setSaving] = useState(false);
  const check = useCheck(text);
  const saved = of?.text ?? "";
  const dirty = text !== saved;
  const writes = may("rules:write");
  const ids = check.value?.ids ?? [];
  const target = of && ids.includes(of.id) ? of.id : (ids[0] ?? "");
  const good = check.of === text && check.value?.faults.length === 0;

  const replace = (some: string) => {
    setText(some);
    setTurn((n) => n + 1);
  };

  // What was saved elsewhere, or by an undo, is shown unless somebody is writing.
  const before = useRef(saved);
  useEffect(() => {
    if (before.current !== saved) {
      if (text === before.current) replace(saved);
      before.current = saved;
    }
  }, [saved]);
  useEffect(() => {
    if (!dirty) return;
    const stay = (e: BeforeUnloadEvent) => e.preventDefault();
    addEventListener("beforeunload", stay);
    return () => removeEventListener("beforeunload", stay);
  }, [dirty]);

  const save = async () => {
    if (!good || !writes || saving || !dirty) return;
    setSaving(true);
    try {
      if (target !== of?.id && (await allRules()).some((r) => r.id === target)) throw new Error(t.rules.taken(target));
      await writeRule(target, text, note.trim(), target === of?.id ? of.edition : undefined);
      tell(t.rules.saved(target));
      setNote("");
      before.current = text;
      if (target === of?.id) onChanged();
      else go(rulePage(target));
    } catch (err) {
      complain(err);
    } finally {
      setSaving(false);
    }
  };
  const away = () => {
    if (!of) return;
    const was = of.text;
    removeRule(of.id)
      .then(() => {
        const undo = () =>
          writeRule(of.id, was, t.rules.undone)
            .then(() => (of.overrides ? onChanged() : go(rulePage(of.id))))
            .catch(complain);
        tell(of.overrides ? t.rules.resetDone : t.rules.removed(of.id), { undo });
        if (of.overrides) {
          replace(of.beneath ?? "");
          onChanged();
        } else go("/ui/rules");
      })
      .catch(complain);
  };
  const name = of ? (lang === "ja" && of.name_ja) || of.name : t.rules.create;
  const against = of?.origin === "yours" ? (of.beneath ?? "") : saved;
  return (
    <div class="page rule-page">
      <header class="page-head">
        <a href="/ui/rules" class="muted">
          {t.rules.title}
        </a>
        <span class="muted">/</span>
        <h1>
          <LogText text={name} most={200} />
        </h1>
        {of && <ModeSwitch of={of} onChanged={onChanged} />}
        <span class="grow" />
        {of && (
          <a class="button" href={address("/", { q: clause("rule.id", of.id), range: "30d" })}>
            {t.rules.show}
          </a>
        )}
        {of?.origin === "yours" && writes && (
          <button type="button" class="button danger" onClick={away}>
            {of.overrides ? t.rules.reset : t.rules.remove}
          </button>
        )}
        {writes && (
          <button type="button" class="button primary" disabled={!good || !dirty || saving || target === ""} onClick={save}>
            {of && target !== "" && target !== of.id ? t.rules.saveAs(target) : t.rules.save}
          </button>
        )}
      </header>
      {of && <Facts of={of} />}
      <div class="rule-split">
        <section class="card rule-text">
          <div class="tabs" role="tablist">
            {(["edit", "diff", "editions"] as const).map((one) =>
              one === "edit" || of ? (
                <button
                  key={one}
                  type="button"
                  role="tab"
                  id={`rule-tab-${one}`}
                  aria-controls="rule-text"
                  aria-selected={tab === one}
                  onClick={() => setTab(one)}
                >
                  {one === "diff" ? (of?.beneath === undefined ? t.rules.changes : t.rules.diff) : t.rules[one]}
                </button>
              ) : null,
            )}
          </div>
          <div id="rule-text" role="tabpanel" aria-labelledby={`rule-tab-${tab}`} class="rule-body">
            {tab === "edit" && (
              <>
                <LazyEditor
                  value={text}
                  turn={turn}
                  onValue={setText}
                  faults={check.value?.faults ?? []}
                  advice={check.value?.advice ?? []}
                  label={t.rules.text}
                  readOnly={!writes}
                  onSave={save}
                  didYouMean={t.rules.didYouMean}
                />
                <Findings check={check.value} error={check.error} />
                {writes && (
                  <div class="form">
                    <label class="wide">
                      {t.rules.note}
                      <input maxLength={2000} value={note} onInput={(e) => setNote(e.currentTarget.value)} />
                    </label>
                  </div>
                )}
              </>
            )}
            {tab === "diff" && <Diff before={against} after={text} />}
            {tab === "editions" && of && (
              <Editions
                of={of}
                onText={
                  writes
                    ? (some) => {
                        replace(some);
                        setTab("edit");
                      }
                    : undefined
                }
              />
            )}
          </div>
        </section>
        <Preview text={text} good={good} />
      </div>
    </div>
  );
}

/** Asks what is wrong with a text, a moment after it was written. */
function useCheck(text: string): { of?: string; value?: Check; error?: string } {
  const [state, set] = useState<{ of?: string; value?: Check; error?: string }>({});
  useEffect(() => {
    const ctl = new AbortController();
    const timer = setTimeout(
      () =>
        checkRule(text, ctl.signal)
          .then((value) => set({ of: text, value }))
          .catch((err: unknown) => {
            if (!aborted(err) && !ctl.signal.aborted) set((s) => ({ ...s, error: err instanceof Error ? err.message : String(err) }));
          }),
      state.of === undefined ? 0 : 250,
    );
    return () => {
      clearTimeout(timer);
      ctl.abort();
    };
  }, [text]);
  return state;
}

/** The editor is large: it comes when a rule is looked at. */
function LazyEditor(props: Parameters<typeof EditorOf>[0]) {
  const t = useText();
  const [Editor, setEditor] = useState<{ of: ComponentType<Parameters<typeof EditorOf>[0]> }>();
  useEffect(() => {
    import("../rules/editor").then((m) => setEditor({ of: m.default })).catch(complain);
  }, []);
  return Editor ? <Editor.of {...props} /> : <p class="muted">{t.app.loading}</p>;
}

/** What is wrong, as a list: the editor shows the same at its place. */
function Findings({ check, error }: { check?: Check | undefined; error?: string | undefined }) {
  const t = useText();
  if (!check) return <p class="muted small">{error ?? t.app.loading}</p>;
  return (
    <div class="findings" role="status">
      {check.faults.length === 0 && <p class="good small">{t.rules.right}</p>}
      <ul>
        {[...check.faults.map((f) => ({ ...f, bad: true })), ...check.advice.map((f) => ({ ...f, bad: false }))].map((f) => (
          <li key={`${f.line}:${f.col}:${f.message}`} class={f.bad ? "fault" : "advice"}>
            <span class="mono">
              {f.line}:{f.col}
            </span>{" "}
            <LogText text={f.message} most={400} /> {f.suggestion && t.rules.didYouMean(f.suggestion)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Facts({ of }: { of: RuleDetail }) {
  const t = useText();
  const { lang } = useStore(settings);
  return (
    <dl class="rule-facts">
      <div>
        <dt>ID</dt>
        <dd>
          <code>{<LogText text={of.id} most={120} />}</code>
        </dd>
      </div>
      <div>
        <dt>{t.rules.origin}</dt>
        <dd title={`${of.file}:${of.line}`}>
          {t.rules.origins[of.origin]}
          {of.origin !== "yours" && (
            <code class="muted">
              {" "}
              <LogText text={`${of.file}:${of.line}`} most={80} />
            </code>
          )}
          {of.overrides && ` (${t.rules.overrides})`}
        </dd>
      </div>
      <div>
        <dt>{t.rules.severity}</dt>
        <dd>{of.severities[0] ? <Severity of={of.severities[0]} /> : "–"}</dd>
      </div>
      <div>
        <dt>{t.rules.days}</dt>
        <dd>
          <Spark days={of.signals_per_day} />{" "}
          {number(
            of.signals_per_day.reduce((sum, n) => sum + n, 0),
            lang,
          )}
        </dd>
      </div>
      <div>
        <dt>{t.rules.precision}</dt>
        <dd>{of.precision === null ? "–" : `${Math.round(of.precision * 100)} %`}</dd>
      </div>
      <div>
        <dt title={t.rules.costHelp}>{t.rules.cost}</dt>
        <dd>{of.cost === null ? "–" : `${number(Math.round(of.cost * 10) / 10, lang)} ‰`}</dd>
      </div>
      {of.not_run && (
        <div>
          <dt>{t.rules.notRun}</dt>
          <dd class="late">
            <LogText text={of.not_run} most={300} />
          </dd>
        </div>
      )}
      {of.switched && of.switched.mode === of.mode && of.mode !== "enabled" && (
        <div>
          <dt>{t.rules.modes[of.mode]}</dt>
          <dd>
            <LogText text={`${of.switched.by}: ${of.switched.reason ?? ""}`} most={300} />
          </dd>
        </div>
      )}
    </dl>
  );
}

const marks: Record<DiffLine["kind"], string> = { same: " ", old: "−", new: "+" };

/** What differs between two texts. */
function Diff({ before, after }: { before: string; after: string }) {
  const t = useText();
  const lines = useMemo(() => diff(before, after), [before, after]);
  if (lines.every((l) => l.kind === "same")) return <p class="muted">{t.rules.noChanges}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class="diff mono" tabIndex={0} aria-label={t.rules.diff}>
      {lines.map((l, i) => (
        <div key={i} class={`diff-${l.kind}`}>
          <span class="diff-mark">
            {marks[l.kind]}
            {l.kind !== "same" && <span class="hidden">{l.kind === "old" ? t.rules.lineOld : t.rules.lineNew}</span>}
          </span>
          <LogText text={l.text} />
        </div>
      ))}
    </section>
  );
}

function Editions({ of, onText }: { of: RuleDetail; onText?: ((text: string) => void) | undefined }) {
  const t = useText();
  const { zone } = useStore(settings);
  return (
    <Table
      label={t.rules.editions}
      rows={of.editions}
      rowKey={(e) => String(e.version)}
      empty={t.rules.noEditions}
      columns={[
        { title: "#", num: true, cell: (e) => e.version },
        { title: t.rules.when, cell: (e) => <time>{stamp(parse(e.at), zone)}</time> },
        { title: t.rules.by, cell: (e) => <LogText text={e.by} most={60} /> },
        { title: t.rules.note, cell: (e) => (e.removed ? t.rules.wasRemoved : <LogText text={e.note ?? ""} most={200} />) },
        {
          title: "",
          cell: (e) =>
            onText && !e.removed ? (
              <button
                type="button"
                class="link"
                onClick={() =>
                  getEdition(of.id, e.version)
                    .then((one) => onText(one.text ?? ""))
                    .catch(complain)
                }
              >
                {t.rules.take}
              </button>
            ) : null,
        },
      ]}
    />
  );
}
