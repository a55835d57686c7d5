import { useText } from "../i18n";
import { get, remove } from "../lib/api";
import { useLoad } from "../lib/load";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { parse, stamp, zoneLabel } from "../lib/time";
import { LogText } from "../ui/logtext";
import { Table } from "../ui/table";
import { complain, tell } from "../ui/toast";

interface Session {
  id: string;
  created: string;
  seen: string;
  from: string;
  agent: string;
  current: boolean;
}

/** Where one is signed in. */
export function Sessions() {
  const t = useText();
  const { zone } = useStore(settings);
  const list = useLoad((signal) => get<{ sessions: Session[] }>("/api/v1/me/sessions", {}, signal), []);
  return (
    <section class="card bottom-gap">
      <h2>{t.settings.sessions}</h2>
      <Table
        label={t.settings.sessions}
        rows={list.value?.sessions ?? []}
        rowKey={(s) => s.id}
        empty={list.error?.message ?? t.app.loading}
        columns={[
          { title: t.settings.from, cell: (s) => <LogText text={s.from} /> },
          { title: t.settings.browser, cell: (s) => <LogText text={s.agent} most={70} short /> },
          { title: `${t.settings.created} (${zoneLabel(zone)})`, cell: (s) => stamp(parse(s.created), zone) },
          { title: t.settings.lastUsed, cell: (s) => stamp(parse(s.seen), zone) },
          {
            title: "",
            cell: (s) =>
              s.current ? (
                <span class="muted">{t.settings.current}</span>
              ) : (
                <button
                  type="button"
                  class="link"
                  onClick={() =>
                    remove(`/api/v1/me/sessions/${encodeURIComponent(s.id)}`)
                      .then(() => {
                        tell(t.settings.ended);
                        list.again();
                      })
                      .catch(complain)
                  }
                >
                  {t.settings.end}
                </button>
              ),
          },
        ]}
      />
    </section>
  );
}
