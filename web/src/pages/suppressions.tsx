import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { may, Problem } from "../lib/api";
import { useLoad, useNow } from "../lib/load";
import { keep, place } from "../lib/router";
import { settings } from "../lib/settings";
import type { SeverityName } from "../lib/signals";
import { useStore } from "../lib/store";
import { endSuppression, endsSoon, life, type Preview, previewOf, type Suppression, suppress, suppressions } from "../lib/suppressions";
import { ago, number, parse, stamp, zoneLabel } from "../lib/time";
import { Lasting } from "../ui/lasting";
import { LogText } from "../ui/logtext";
import { Severity } from "../ui/severity";
import { Table } from "../ui/table";
import { complain, tell } from "../ui/toast";
import { Notice } from "../ui/value";

/** What is held back, why, until when, and how much that is. */
export default function Suppressions() {
  const t = useText();
  const { zone, lang } = useStore(settings);
  const { params } = useStore(place);
  const now = useNow();
  const state = params.get("state") ?? "";
  const list = useLoad((signal) => suppressions(state, "", signal), [state]);
  // What was read on demand belongs to the first page that it was read behind.
  const [more, setMore] = useState<{ behind: unknown; list: Suppression[]; next?: string | undefined }>();
  const rest = more && more.behind === list.value ? more : undefined;
  const next = rest ? rest.next : list.value?.next;
  const readOn = () => {
    if (!next) return;
    suppressions(state, next)
      .then((page) => setMore({ behind: list.value, list: [...(rest?.list ?? []), ...page.suppressions], next: page.next }))
      .catch(complain);
  };
  const end = (s: Suppression) =>
    endSuppression(s.id)
      .then(() => {
        tell(t.suppressions.ended);
        list.again();
      })
      .catch(complain);
  if (list.error && !list.value) return <Notice title={t.app.failed}>{list.error.message}</Notice>;
  return (
    <div class="page">
      <header class="page-head">
        <h1>{t.suppressions.title}</h1>
        <span class="muted">{t.suppressions.about}</span>
        <span class="grow" />
        <select class="field" aria-label={t.suppressions.state} value={state} onChange={(e) => keep({ state: e.currentTarget.value || undefined })}>
          <option value="">{t.app.all}</option>
          {Object.entries(t.suppressions.states).map(([name, text]) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
        </select>
      </header>
      <section class="card bottom-gap">
        <Table
          label={t.suppressions.title}
          rows={[...(list.value?.suppressions ?? []), ...(rest?.list ?? [])]}
          rowKey={(s) => String(s.id)}
          empty={list.value ? t.suppressions.none : t.app.loading}
          columns={[
            {
              title: t.suppressions.state,
              cell: (s) => <span class={s.state === "active" ? "state-pill good" : "muted"}>{t.suppressions.states[s.state] ?? s.state}</span>,
            },
            {
              title: t.suppressions.query,
              cell: (s) => (
                <>
                  {s.name && s.name !== `${s.rules} | ${s.query}` && <b>{<LogText text={s.name} most={120} />} </b>}
                  <code>{s.query === "*" || s.query === "" ? t.suppressions.everything : <LogText text={s.query} most={200} />}</code>
                  {s.broken && <span class="late"> {<LogText text={s.broken} />}</span>}
                </>
              ),
            },
            { title: t.suppressions.rules, cell: (s) => <code>{<LogText text={s.rules || "*"} most={120} />}</code> },
            { title: t.suppressions.reason, cell: (s) => <LogText text={s.reason} most={200} /> },
            { title: t.suppressions.by, cell: (s) => <LogText text={s.made_by} most={60} short /> },
            {
              title: `${t.suppressions.until} (${zoneLabel(zone)})`,
              cell: (s) => (
                <>
                  {s.expires ? <time>{stamp(parse(s.expires), zone)}</time> : t.suppressions.forever}{" "}
                  {endsSoon(s, now) && <span class="state-pill warn">{t.suppressions.endsSoon(ago(parse(s.expires), now, lang))}</span>}
                </>
              ),
            },
            { title: t.suppressions.hidden, num: true, cell: (s) => number(s.signals, lang) },
            {
              title: "",
              cell: (s) =>
                may("signals:write") && (s.state === "active" || s.state === "scheduled") ? (
                  <button type="button" class="link" onClick={() => end(s)}>
                    {t.suppressions.end}
                  </button>
                ) : null,
            },
          ]}
        />
        {next && (
          <button type="button" class="button top-gap" onClick={readOn}>
            {t.alerting.more}
          </button>
        )}
      </section>
      {may("signals:write") && <Make onMade={list.again} />}
    </div>
  );
}

/** Where a suppression is made, with what it would have hidden. */
function Make({ onMade }: { onMade: () => void }) {
  const t = useText();
  const { lang } = useStore(settings);
  const [rules, setRules] = useState("*");
  const [query, setQuery] = useState("");
  const [reason, setReason] = useState("");
  const [time, setTime] = useState<string>("7d");
  const [preview, setPreview] = useState<Preview>();
  const [refused, setRefused] = useState("");
  const wish = { rules: rules.trim(), query: query.trim() || "*", ...life(time) };
  const look = () => previewOf(wish).then(setPreview).catch(complain);
  const make = (confirm: boolean) =>
    suppress({ ...wish, reason: reason.trim(), ...(confirm ? { confirm } : {}) })
      .then(() => {
        setRefused("");
        setPreview(undefined);
        setQuery("");
        setReason("");
        onMade();
      })
      .catch((err) => (err instanceof Problem && err.status === 409 ? setRefused(err.message) : complain(err)));
  return (
    <section class="card">
      <h2>{t.suppressions.make}</h2>
      <form
        class="form"
        onSubmit={(e) => {
          e.preventDefault();
          void make(false);
        }}
      >
        <label class="wide">
          {t.suppressions.query}
          <input class="mono" maxLength={4096} placeholder={t.suppressions.queryHint} value={query} onInput={(e) => setQuery(e.currentTarget.value)} />
        </label>
        <label class="wide">
          {t.suppressions.rules}
          <input class="mono" maxLength={4096} title={t.suppressions.rulesHint} value={rules} onInput={(e) => setRules(e.currentTarget.value)} />
        </label>
        <label class="wide">
          {t.suppressions.reason}
          <input required maxLength={2000} placeholder={t.suppressions.reasonHint} value={reason} onInput={(e) => setReason(e.currentTarget.value)} />
        </label>
        <Lasting value={time} onValue={setTime} />
        <button type="button" class="button" onClick={look}>
          {t.suppressions.preview}
        </button>
        <button type="submit" class="button primary" disabled={!reason.trim()}>
          {t.suppressions.create}
        </button>
      </form>
      {refused && (
        <p class="refused" role="alert">
          {refused}{" "}
          <button type="button" class="button danger" onClick={() => make(true)}>
            {t.suppressions.anyway}
          </button>
        </p>
      )}
      {preview && (
        <div class="preview" role="status">
          <p>
            <b>{t.suppressions.would(number(preview.signals, lang), number(preview.recorded, lang), String(preview.days))}</b>
            {preview.true_positives > 0 && <span class="late"> {t.suppressions.truly(preview.true_positives)}</span>}
          </p>
          {preview.warnings.map((w) => (
            <p key={w} class="note-warn">
              <LogText text={w} />
            </p>
          ))}
          <ul>
            {preview.samples.map((s) => (
              <li key={s.id}>
                <Severity of={s.severity as SeverityName} />{" "}
                <a href={`/signals/${encodeURIComponent(s.id)}`}>
                  <LogText text={s.title} most={200} />
                </a>
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}
