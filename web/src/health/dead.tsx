import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { get, post, remove } from "../lib/api";
import { useLoad } from "../lib/load";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { number, parse, stamp, zoneLabel } from "../lib/time";
import { LogText } from "../ui/logtext";
import { Table } from "../ui/table";
import { complain, tell } from "../ui/toast";

interface Letter {
  id: string;
  time: string;
  stage: string;
  error: string;
  tries: number;
  source?: string;
  lines: number;
}

/** How many dead letters are shown; the command line has them all. */
const most = 50;

/** The records at which the server failed, to be tried again or given up. */
export function Dead({ count }: { count: number }) {
  const t = useText();
  const { lang, zone } = useStore(settings);
  const [busy, setBusy] = useState("");
  const [sure, setSure] = useState(""); // the one whose removal was asked for once
  const loaded = useLoad((signal) => get<{ letters: Letter[]; next?: string }>("/api/v1/dead", { limit: most }, signal), [count]);
  const letters = loaded.value?.letters ?? [];
  const act = async (letter: Letter, what: (path: string) => Promise<unknown>, said: string) => {
    setBusy(letter.id);
    try {
      await what(`/api/v1/dead/${encodeURIComponent(letter.id)}`);
      tell(said);
    } catch (err) {
      complain(err);
    }
    setBusy("");
    loaded.again();
  };
  return (
    <section class="card bottom-gap">
      <h2>
        {t.health.dead} <span class="muted">{number(count, lang)}</span>
      </h2>
      <p class="muted card-text">{t.health.deadHelp}</p>
      <Table
        label={t.health.dead}
        rows={letters}
        rowKey={(l) => l.id}
        empty={loaded.error ? loaded.error.message : t.app.loading}
        columns={[
          { title: `${t.health.time} (${zoneLabel(zone)})`, cell: (l) => stamp(parse(l.time), zone) },
          { title: t.health.source, cell: (l) => <LogText text={l.source ?? "–"} most={160} /> },
          { title: t.health.stage, cell: (l) => l.stage },
          { title: t.health.error, cell: (l) => <LogText text={l.error} most={400} /> },
          { title: t.health.lines, num: true, cell: (l) => number(l.lines, lang) },
          { title: t.health.tries, num: true, cell: (l) => number(l.tries, lang) },
          {
            title: "",
            cell: (l) => (
              <span class="row-actions">
                <button type="button" class="link" disabled={busy !== ""} onClick={() => act(l, (path) => post(`${path}/replay`), t.health.replayed)}>
                  {t.health.replay}
                </button>
                <button
                  type="button"
                  class="link"
                  disabled={busy !== ""}
                  onClick={() => (sure === l.id ? act(l, (path) => remove(path), t.health.droppedOne) : setSure(l.id))}
                >
                  {sure === l.id ? t.health.dropSure : t.health.drop}
                </button>
              </span>
            ),
          },
        ]}
      />
      {loaded.value?.next && <p class="muted">{t.health.deadMore(String(most))}</p>}
    </section>
  );
}
