import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { may, post } from "../lib/api";
import { settings } from "../lib/settings";
import { noToken, programs, type Sender, senders, snippet } from "../lib/snippets";
import { useStore } from "../lib/store";
import { ago, number, parse } from "../lib/time";
import type { Beginning, Lacking } from "../lib/welcome";
import { Copied } from "../ui/copied";
import { LogText } from "../ui/logtext";
import { Table } from "../ui/table";
import { complain } from "../ui/toast";

/** What is read, what is not and what mends it, and how more is sent here. */
export function SourcesStep({ now, at }: { now: Beginning; at: number }) {
  const t = useText();
  const { lang } = useStore(settings);
  const records = now.sources.reduce((n, s) => n + s.records, 0);
  return (
    <>
      {now.sources.length === 0 ? (
        <p>{t.welcome.noSources}</p>
      ) : (
        <>
          <p>{t.welcome.reading(number(records, lang), now.sources.length)}</p>
          <Table
            label={t.health.sources}
            rows={now.sources}
            rowKey={(s) => s.name}
            columns={[
              {
                title: t.health.source,
                cell: (s) => (
                  <span class="mono">
                    <LogText text={s.name} most={160} />
                  </span>
                ),
              },
              { title: t.health.records, num: true, cell: (s) => number(s.records, lang) },
              { title: t.health.errors, num: true, cell: (s) => (s.errors ? <b class="late">{number(s.errors, lang)}</b> : <span class="muted">0</span>) },
              { title: t.health.lastRecord, cell: (s) => (s.last ? ago(parse(s.last), at, lang) : "–") },
            ]}
          />
          {records === 0 && (
            <>
              <p class="top-gap">{t.welcome.quiet}</p>
              <Copied text="logger -p auth.info 'hello from logger'" />
            </>
          )}
        </>
      )}
      <Missing list={now.lacking} user={now.user} />
      <AddSource now={now} />
    </>
  );
}

function Missing({ list, user }: { list: Lacking[]; user: string }) {
  const t = useText();
  if (list.length === 0) return null;
  const fixes = new Map<string, Lacking[]>(); // one command often mends several
  for (const one of list) fixes.set(one.fix ?? "", [...(fixes.get(one.fix ?? "") ?? []), one]);
  return (
    <section class="lacking">
      <h3>{t.welcome.lacking}</h3>
      {[...fixes].map(([fix, some]) => (
        <div key={fix + some[0]?.name}>
          <ul>
            {some.map((one) => (
              <li key={one.name}>
                <code>
                  <LogText text={one.name} most={160} />
                </code>
                : {t.welcome.why[one.why] ?? one.why}
              </li>
            ))}
          </ul>
          {fix && <p class="muted">{some[0]?.why === "unused" ? t.welcome.unusedHint : t.welcome.commandHint}</p>}
          {fix && <Copied text={fix} />}
        </div>
      ))}
      {list.some((one) => one.why === "permission") && <p class="muted">{t.welcome.user(user)}</p>}
    </section>
  );
}

function AddSource({ now }: { now: Beginning }) {
  const t = useText();
  const [of, setOf] = useState<Sender>("rsyslog");
  const [name, setName] = useState("web1");
  const [token, setToken] = useState("");
  const s = snippet(of, location.origin, now.listens, token || noToken);
  return (
    <details class="add-source" open={now.sources.length === 0}>
      <summary>{t.welcome.add}</summary>
      <fieldset class="presets plain-set" aria-label={t.welcome.add}>
        {senders.map((one) => (
          <button key={one} type="button" class="preset" aria-pressed={one === of} onClick={() => setOf(one)}>
            {programs[one] ?? t.welcome.senders[one]}
          </button>
        ))}
      </fieldset>
      {s.token && may("manage") && !token && (
        <form
          class="form"
          onSubmit={(e) => {
            e.preventDefault();
            post<{ secret: string }>("/api/v1/tokens", { name: name.trim(), scopes: ["logs:send"] })
              .then((made) => setToken(made.secret))
              .catch(complain);
          }}
        >
          <label>
            {t.welcome.tokenName}
            <input required maxLength={64} pattern="[a-z0-9][a-z0-9._@\-]*" value={name} onInput={(e) => setName(e.currentTarget.value)} />
          </label>
          <button type="submit" class="button">
            {t.welcome.makeToken}
          </button>
        </form>
      )}
      {s.token && token && <p role="status">{t.welcome.tokenMade}</p>}
      {s.server && <p class="muted">{t.welcome.onServer}</p>}
      {s.server && <Copied text={s.server} />}
      {of === "docker" && <p class="muted">{t.welcome.dockerHint}</p>}
      {s.sender && <p class="muted">{t.welcome.onSender}</p>}
      {s.sender && <Copied text={s.sender} />}
      {["127.0.0.1", "localhost", "[::1]"].includes(location.hostname) && <p class="muted">{t.welcome.loopback}</p>}
    </details>
  );
}
