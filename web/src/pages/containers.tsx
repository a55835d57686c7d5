import { ContainerState, memoryOf, perCent, Remarks } from "../containers/parts";
import { useText } from "../i18n";
import { type Container, containers } from "../lib/containers";
import { type Suspect, suspects } from "../lib/entities";
import { useEvery, useLoad } from "../lib/load";
import { address } from "../lib/router";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { number } from "../lib/time";
import { LogText } from "../ui/logtext";
import { Table } from "../ui/table";
import { entityPage, Notice, signalsOf } from "../ui/value";

/** The containers that are watched: what they use, how they are, what was found. */
export default function ContainersPage() {
  const t = useText();
  const { lang } = useStore(settings);
  const list = useLoad(containers, []);
  const found = useLoad((signal) => suspects(500, signal), []);
  useEvery(5000, list.again);
  useEvery(30_000, found.again);
  const v = list.value;
  if (list.error && !v) return <Notice title={t.app.failed}>{list.error.message}</Notice>;
  if (!v) return <p class="muted">{t.app.loading}</p>;
  const of = (c: Container): Suspect | undefined => (found.value ?? []).find((s) => s.kind === "container" && (s.value === c.id || s.value === c.name));
  return (
    <div class="page">
      <header class="page-head">
        <h1>{t.containers.title}</h1>
        <span class="muted">{t.containers.about}</span>
        <span class="grow" />
        {v.watching && (
          <span class={v.connected ? "state-pill good" : "state-pill bad"}>{v.connected ? t.containers.connected(v.engine ?? "") : t.containers.away}</span>
        )}
      </header>
      {!v.watching ? (
        <Notice title={t.containers.none}>
          <LogText text={v.why ?? ""} most={500} /> {t.containers.noneText}
        </Notice>
      ) : (
        <>
          {!v.connected && (
            <p class="note-warn" role="alert">
              <b>{t.containers.away}</b> <LogText text={v.error ?? ""} most={500} />
            </p>
          )}
          {v.left_out > 0 && <p class="note-warn">{t.containers.leftOut(number(v.left_out, lang))}</p>}
          <section class="card bottom-gap">
            <Table
              label={t.containers.title}
              rows={v.containers}
              rowKey={(c) => c.id}
              empty={t.containers.empty}
              columns={[
                {
                  title: t.containers.name,
                  cell: (c) => (
                    <a class="row-title" href={entityPage("container", c.id)}>
                      <LogText text={c.name} most={120} />
                    </a>
                  ),
                },
                { title: t.containers.state, cell: (c) => <ContainerState of={c} /> },
                { title: "CPU", num: true, cell: (c) => perCent(c.usage?.cpu_percent) },
                { title: t.containers.memory, num: true, cell: memoryOf },
                { title: t.containers.connections, num: true, cell: (c) => (c.usage?.connections === undefined ? "–" : number(c.usage.connections, lang)) },
                { title: t.containers.restarts, num: true, cell: (c) => number(Math.max(c.restarts, c.crashes), lang) },
                {
                  title: t.signals.title,
                  num: true,
                  cell: (c) => {
                    const s = of(c);
                    return s ? <a href={address("/", { q: signalsOf("container", s.value), range: "30d" })}>{number(s.signals, lang)}</a> : "0";
                  },
                },
                { title: t.containers.image, cell: (c) => <LogText text={c.image} most={120} /> },
                { title: t.containers.remarks, cell: (c) => <Remarks of={c} /> },
              ]}
            />
          </section>
          <section class="card">
            <h2>{t.containers.unseen}</h2>
            <ul>
              {v.blind.map((b) => (
                <li key={b}>{t.containers.blind[b] ?? b}</li>
              ))}
            </ul>
          </section>
        </>
      )}
    </div>
  );
}
