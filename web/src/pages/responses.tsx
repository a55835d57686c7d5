import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { may } from "../lib/api";
import { useEvery, useLoad } from "../lib/load";
import { type Asked, type Going, type Reply, responding, responses } from "../lib/responses";
import { place } from "../lib/router";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { number, span } from "../lib/time";
import { BlockForm } from "../responses/block";
import { ContainForm } from "../responses/contain";
import { Replies } from "../responses/list";
import { LogText } from "../ui/logtext";
import { Table } from "../ui/table";
import { Tabs } from "../ui/tabs";
import { complain } from "../ui/toast";
import { Notice } from "../ui/value";

/** Which responses a tab shows. */
const asks: Record<string, Asked> = {
  active: { state: "active" },
  waiting: { state: "waiting_approval" },
  dry: { state: "dry_run" },
  failed: { state: "failed" },
  refused: { state: "refused" },
  history: {},
};

/** What is done about signals, until when, and what would have been done. */
export default function ResponsesPage() {
  const t = useText();
  const { lang } = useStore(settings);
  const { params } = useStore(place);
  const wanted = params.get("tab") ?? "";
  const tab = (wanted in t.responses.tabs ? wanted : "active") as keyof typeof t.responses.tabs;
  const going = useLoad(responding, []);
  const list = useLoad((signal) => responses(asks[tab] ?? {}, "", 50, signal), [tab], tab !== "policies");
  // What was read on demand belongs to the first page that it was read behind.
  const [more, setMore] = useState<{ behind: unknown; list: Reply[]; next?: string | undefined }>();
  const rest = more && more.behind === list.value ? more : undefined;
  const next = rest ? rest.next : list.value?.next;
  const again = () => {
    going.again();
    list.again();
  };
  useEvery(10_000, () => (rest ? going.again() : again()));
  const readOn = () => {
    if (!next) return;
    responses(asks[tab] ?? {}, next, 50)
      .then((page) => setMore({ behind: list.value, list: [...(rest?.list ?? []), ...page.responses], next: page.next }))
      .catch(complain);
  };
  const g = going.value;
  if (going.error && !g) return <Notice title={t.app.failed}>{going.error.message}</Notice>;
  const counted: Record<string, number | undefined> = {
    active: g?.open.active,
    waiting: g?.open.waiting_approval,
    dry: g?.open.dry_run,
    failed: g?.open.failed,
  };
  const tabs = Object.fromEntries(
    Object.entries(t.responses.tabs).map(([name, text]) => [name, counted[name] ? `${text} (${number(counted[name], lang)})` : text]),
  ) as typeof t.responses.tabs;
  return (
    <div class="page">
      <header class="page-head">
        <h1>{t.responses.title}</h1>
        <span class="muted">{t.responses.about}</span>
        <span class="grow" />
        {g && <span class={g.mode === "active" ? "state-pill good" : "state-pill"}>{t.responses.modes[g.mode]}</span>}
      </header>
      {g && <Troubles g={g} />}
      <Tabs all={tabs} at={tab} label={t.responses.title} />
      <div id="tab-body" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {tab === "policies" ? (
          g ? (
            <Policies g={g} />
          ) : (
            <p class="muted">{t.app.loading}</p>
          )
        ) : (
          <section class="card bottom-gap">
            {tab === "dry" && <p class="muted">{t.responses.dryText}</p>}
            <Replies
              list={[...(list.value?.responses ?? []), ...(rest?.list ?? [])]}
              empty={list.error ? list.error.message : list.value ? t.responses.none[tab] : t.app.loading}
              onChanged={again}
              real={g?.mode === "active"}
            />
            {next && (
              <button type="button" class="button top-gap" onClick={readOn}>
                {t.alerting.more}
              </button>
            )}
          </section>
        )}
      </div>
      {may("responses:write") && (
        <section class="card">
          <h2>{t.responses.make}</h2>
          <BlockForm onDone={again} />
        </section>
      )}
      {may("responses:write") && g?.actions.includes("contain") && (
        <section class="card top-gap">
          <h2>{t.responses.makeContain}</h2>
          <ContainForm onDone={again} />
        </section>
      )}
    </div>
  );
}

/** What is wrong, and what was held back. */
function Troubles({ g }: { g: Going }) {
  const t = useText();
  const { lang } = useStore(settings);
  return (
    <>
      {g.problem && (
        <p class="note-warn" role="alert">
          <b>{t.responses.problem}</b> <LogText text={g.problem} most={500} />
        </p>
      )}
      {g.held_back > 0 && <p class="note-warn">{t.responses.held(number(g.held_back, lang), number(g.per_hour, lang))}</p>}
      {g.restored > 0 && <p class="note-warn">{t.responses.restored(number(g.restored, lang))}</p>}
      {g.firewall && !g.problem && <p class="muted">{t.responses.dropped(number(g.dropped_packets, lang))}</p>}
    </>
  );
}

/** The policies at work, and what is never blocked. */
function Policies({ g }: { g: Going }) {
  const t = useText();
  const { lang } = useStore(settings);
  return (
    <>
      <section class="card bottom-gap">
        <Table
          label={t.responses.tabs.policies}
          rows={g.policies}
          rowKey={(p) => p.name}
          empty={t.responses.none.policies}
          columns={[
            { title: t.responses.policy, cell: (p) => <LogText text={p.name} /> },
            {
              title: t.responses.which,
              cell: (p) => (
                <code>
                  <LogText text={[p.query, ...(p.severity ?? []), ...(p.rules ?? []), ...(p.tags ?? [])].filter(Boolean).join(" ")} most={300} />
                </code>
              ),
            },
            {
              title: t.responses.action,
              cell: (p) => `${t.responses.actions[p.action] ?? p.action} (${p.steps ? p.steps.map((s) => t.responses.actions[s] ?? s).join(", ") : p.target})`,
            },
            { title: t.responses.duration, cell: (p) => span(p.duration_seconds * 1000, lang) },
            { title: t.responses.approval, cell: (p) => (p.approval ? t.app.yes : t.app.no) },
            { title: t.responses.mode, cell: (p) => <span class={p.mode === "active" ? "state-pill good" : "state-pill"}>{t.responses.modes[p.mode]}</span> },
          ]}
        />
      </section>
      <section class="card bottom-gap">
        <h2>{t.responses.never}</h2>
        <dl class="facts">
          {Object.entries(g.never).map(([rule, networks]) => (
            <>
              <dt>{t.responses.refusals[rule] ?? rule}</dt>
              <dd>
                <code>{networks.slice(0, 30).join(", ")}</code>
                {networks.length > 30 && <span class="muted"> … {number(networks.length - 30, lang)}</span>}
              </dd>
            </>
          ))}
        </dl>
      </section>
    </>
  );
}
