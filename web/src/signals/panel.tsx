import { useEffect, useState } from "preact/hooks";
import { useText } from "../i18n";
import { get, may } from "../lib/api";
import { copy } from "../lib/clipboard";
import { useKeys } from "../lib/keys";
import { useLoad, useNow } from "../lib/load";
import { mitreLabel } from "../lib/mitre";
import { address } from "../lib/router";
import { rulePage } from "../lib/rules";
import { settings } from "../lib/settings";
import { getSignal, type Signal, type SignalDetail } from "../lib/signals";
import { useStore } from "../lib/store";
import { fixedRange, number, parse, shortStamp, span, stamp, zoneLabel } from "../lib/time";
import { Icon } from "../ui/icons";
import { LogText } from "../ui/logtext";
import { Markdown } from "../ui/markdown";
import { Severity } from "../ui/severity";
import { EntityValue, Notice } from "../ui/value";
import { History } from "./history";
import { Mute } from "./mute";
import { Due, ruleName, Simulated, State, Tag } from "./parts";
import { RelatedLogs } from "./related";
import { Response } from "./response";
import { Risk } from "./risk";
import { Told } from "./told";
import { TriageButtons, triage } from "./triage";

interface Props {
  id: string;
  onClose?: () => void;
  onStep?: (by: number) => void;
  onFilter?: (field: string, value: string, not: boolean) => void;
  onChanged?: (changed: Signal[]) => void;
  /** What is to be opened at once. */
  begin?: "archive" | "assign";
  /** Leaves the keys to the list, where many are selected. */
  quiet?: boolean;
  /** Counts changes that were made elsewhere, after which it is read again. */
  turn?: number;
}

const tabs = ["overview", "logs", "history", "told", "response", "json"] as const;

/** Everything about one signal, beside the list or as a page of its own. */
export function SignalPanel(p: Props) {
  const t = useText();
  const { lang } = useStore(settings);
  const [tab, setTab] = useState<(typeof tabs)[number]>("overview");
  const [changes, setChanges] = useState(0);
  const loaded = useLoad((signal) => getSignal(p.id, signal), [p.id, changes, p.turn]);
  const now = useNow();
  const [newer, setNewer] = useState<Signal>();
  const read = loaded.value?.id === p.id ? loaded.value : undefined;
  // What a change answered is newer than what was read, until it is read again.
  const s = read && newer?.id === read.id && newer.version > read.version ? { ...read, ...newer } : read;
  const [menus, setMenus] = useState({ archive: 0, assign: 0 });
  const opened = (which: "archive" | "assign") => setMenus((m) => ({ ...m, [which]: m[which] + 1 }));
  const there = s !== undefined;
  useEffect(() => {
    if (there && p.begin) opened(p.begin);
  }, [there, p.begin]);
  const changed = (list: Signal[]) => {
    setNewer(list.find((one) => one.id === p.id) ?? newer);
    setChanges((n) => n + 1);
    p.onChanged?.(list);
  };
  useKeys(
    {
      r: () => s && void triage(t, [s], { state: "under_review" }, t.state.under_review, changed),
      e: () => opened("archive"),
      a: () => opened("assign"),
    },
    there && !p.quiet && may("signals:write"),
  );
  return (
    <section class="panel" aria-label={t.panel.label}>
      <header class="panel-head">
        <div class="panel-line">
          {s && (
            <>
              <Severity of={s.signal.severity} />
              <State of={s} />
              <Simulated of={s} />
              <Due of={s} now={now} />
            </>
          )}
          <span class="grow" />
          {p.onStep && (
            <>
              <button type="button" class="bare" aria-label={t.panel.previous} title={`${t.panel.previous} (k)`} onClick={() => p.onStep?.(-1)}>
                <Icon name="up" />
              </button>
              <button type="button" class="bare" aria-label={t.panel.next} title={`${t.panel.next} (j)`} onClick={() => p.onStep?.(1)}>
                <Icon name="down" />
              </button>
            </>
          )}
          <button
            type="button"
            class="bare"
            aria-label={t.app.copyLink}
            title={t.app.copyLink}
            onClick={() => copy(`${location.origin}/signals/${encodeURIComponent(p.id)}`)}
          >
            <Icon name="link" />
          </button>
          {p.onClose && (
            <button type="button" class="bare" aria-label={t.app.close} title={`${t.app.close} (Esc)`} onClick={p.onClose}>
              <Icon name="close" />
            </button>
          )}
        </div>
        {s && (
          <>
            <h2 class="panel-title">
              <LogText text={s.signal.title} most={400} />
            </h2>
            {lang === "ja" && s.signal.rule_ja && <p class="panel-sub">{<LogText text={s.signal.rule_ja} />}</p>}
            <div class="triage">
              <TriageButtons signals={[s]} onDone={changed} archiveKey={menus.archive} assignKey={menus.assign} />
              <Mute of={s} />
              <a class="button" href={rulePage(s.signal.rule_id)}>
                {t.panel.tune}
              </a>
            </div>
          </>
        )}
        <div class="tabs" role="tablist">
          {tabs.map((one) => (
            <button key={one} type="button" role="tab" id={`tab-${one}`} aria-selected={tab === one} aria-controls="panel-body" onClick={() => setTab(one)}>
              {t.panel[one]}
            </button>
          ))}
        </div>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <div class="panel-body" id="panel-body" role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={0}>
        {loaded.error && !s && <Notice title={t.app.failed}>{loaded.error.message}</Notice>}
        {!s && !loaded.error && <p class="muted">{t.app.loading}</p>}
        {s && tab === "overview" && <Overview s={s} onFilter={p.onFilter} />}
        {s && tab === "logs" && <RelatedLogs s={s} />}
        {s && tab === "history" && <History s={s} onChanged={changed} />}
        {s && tab === "told" && <Told s={s} onChanged={changed} />}
        {s && tab === "response" && <Response s={s} />}
        {s && tab === "json" && <Json s={s} />}
      </div>
    </section>
  );
}

function Overview({ s, onFilter }: { s: SignalDetail; onFilter?: Props["onFilter"] }) {
  const t = useText();
  const { zone, lang } = useStore(settings);
  const d = s.signal;
  const [first, last] = [parse(d.first_seen), parse(d.last_seen)];
  const main = d.entities[0];
  const message = (lang === "ja" && d.message_ja) || d.message;
  return (
    <>
      <p class="summary">
        {t.panel.summary(number(d.events, lang), ruleName(s, lang))}
        {main && (
          <>
            {lang === "ja" ? "。" : ", "}
            {t.panel.by} <EntityValue kind={main.kind} value={main.value} onFilter={onFilter} />
          </>
        )}
        {last > first && <span class="muted"> · {t.panel.within(span(last - first, lang))}</span>}
      </p>
      {message && <Markdown text={message} level={4} />}
      <h3>{t.panel.why}</h3>
      <dl class="facts">
        <dt>{t.panel.case}</dt>
        <dd>
          <LogText text={d.case} /> <Severity of={d.severity} />
        </dd>
        {d.condition && (
          <>
            <dt>{t.panel.condition}</dt>
            <dd>
              <code>
                <LogText text={d.condition} />
              </code>
            </dd>
          </>
        )}
        {Object.entries(d.events_per_query).map(([name, count]) => (
          <>
            <dt>
              <LogText text={name} />
            </dt>
            <dd>
              <b>{count === null ? "–" : number(count, lang)}</b>
            </dd>
          </>
        ))}
        {d.window_seconds > 0 && (
          <>
            <dt>{t.panel.window}</dt>
            <dd>{t.panel.windowOf(span(d.window_seconds * 1000, lang))}</dd>
          </>
        )}
        {Object.entries(d.group).map(([path, value]) => (
          <>
            <dt>{t.panel.group}</dt>
            <dd>
              <code>
                <LogText text={path} />
              </code>{" "}
              = <LogText text={value} most={200} />
            </dd>
          </>
        ))}
        {(d.unusual ?? []).map((u) => (
          <>
            <dt>{t.panel.unusual}</dt>
            <dd>
              <LogText text={u.feature} />: {t.panel.unusualText(number(u.value, lang), number(u.low, lang), number(u.high, lang))}
            </dd>
          </>
        ))}
      </dl>
      <h3>
        {t.panel.when} <span class="muted">{zoneLabel(zone, first)}</span>
      </h3>
      <dl class="facts">
        <dt>{t.panel.first}</dt>
        <dd>{stamp(first, zone)}</dd>
        <dt>{t.panel.opened}</dt>
        <dd>{stamp(parse(d.opened), zone)}</dd>
        <dt>{t.panel.last}</dt>
        <dd>{stamp(last, zone)}</dd>
        <dt>{t.panel.closed}</dt>
        <dd>{d.closed ? stamp(parse(d.closed), zone) : t.panel.ongoing}</dd>
      </dl>
      <Entities s={s} onFilter={onFilter} />
      {d.samples.length > 0 && (
        <>
          <h3>{t.panel.samples}</h3>
          <ol class="lines">
            {d.samples.map((one) => (
              <li key={one.line}>
                <time>{shortStamp(parse(one.time), zone)}</time>
                <LogText text={one.text} most={600} />
              </li>
            ))}
          </ol>
        </>
      )}
      {s.mitre.length > 0 && (
        <>
          <h3>{t.panel.mitre}</h3>
          <div class="chips">
            {s.mitre.map((tag) => {
              const m = mitreLabel(tag);
              return (
                <span class="tag mitre" key={tag}>
                  {m.id && <b>{m.id}</b>} <LogText text={m.name} />
                </span>
              );
            })}
          </div>
        </>
      )}
      <Runbook name={d.runbook} />
      <h3>{t.panel.tags}</h3>
      <div class="chips">
        {[...d.tags.filter((tag) => !s.mitre.includes(tag)), ...s.tags].map((tag) => (
          <Tag key={tag} text={tag} />
        ))}
      </div>
    </>
  );
}

interface Risky {
  kind: string;
  value: string;
  risk: number;
  signals: number;
}

function Entities({ s, onFilter }: { s: SignalDetail; onFilter?: Props["onFilter"] }) {
  const t = useText();
  const { lang } = useStore(settings);
  const risks = useLoad((signal) => get<{ entities: Risky[] }>("/api/v1/signals/entities", { limit: 500 }, signal), [s.id]);
  if (s.signal.entities.length === 0) return null;
  const known = risks.value?.entities ?? [];
  const most = Math.max(1, ...known.map((k) => k.risk));
  return (
    <>
      <h3>{t.panel.entities}</h3>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">{t.panel.kind}</th>
            <th scope="col">{t.panel.value}</th>
            <th scope="col" class="num">
              {t.signals.events}
            </th>
            <th scope="col" class="num">
              {t.panel.otherSignals}
            </th>
            <th scope="col">{t.panel.risk}</th>
          </tr>
        </thead>
        <tbody>
          {s.signal.entities.slice(0, 50).map((e) => {
            const k = known.find((one) => one.kind === e.kind && one.value === e.value);
            return (
              <tr key={e.kind + e.value}>
                <td>{t.entities.kinds[e.kind] ?? e.kind}</td>
                <td>
                  <EntityValue kind={e.kind} value={e.value} onFilter={onFilter} />
                </td>
                <td class="num">{number(e.events, lang)}</td>
                <td class="num">{k ? number(k.signals, lang) : "–"}</td>
                <td>{k ? <Risk of={k.risk} most={most} /> : <span class="muted">–</span>}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {(s.signal.unlisted_entities ?? []).map((u) => (
        <p key={u.kind} class="muted">
          {t.panel.unlisted(number(u.events, lang), t.entities.kinds[u.kind] ?? u.kind)}
        </p>
      ))}
    </>
  );
}

function Runbook({ name }: { name: string }) {
  const t = useText();
  const { lang } = useStore(settings);
  const loaded = useLoad((signal) => get<{ text: string }>("/api/v1/runbook", { name, lang }, signal), [name, lang], name !== "");
  if (!name) return null;
  return (
    <details class="runbook" open>
      <summary>
        <h3>{t.panel.runbook}</h3>
      </summary>
      {loaded.value ? (
        <Markdown text={loaded.value.text.replace(/^# .*\n/, "")} level={3} />
      ) : (
        <p class="muted">{loaded.error ? t.panel.noRunbook : t.app.loading}</p>
      )}
    </details>
  );
}

function Json({ s }: { s: SignalDetail }) {
  const t = useText();
  const text = JSON.stringify(s, null, 2);
  return (
    <>
      <div class="panel-tools">
        <button type="button" class="button" onClick={() => copy(text)}>
          <Icon name="copy" />
          {t.panel.copyJson}
        </button>
        <a class="button" href={address("/ui/logs", { q: s.related.query, range: fixedRange(parse(s.related.from), parse(s.related.to)) })}>
          <Icon name="logs" />
          {t.panel.openInLogs}
        </a>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre class="json" tabIndex={0}>
        <LogText text={text} lines most={100_000} />
      </pre>
    </>
  );
}
