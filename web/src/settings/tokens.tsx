import { useCallback, useState } from "preact/hooks";
import { useText } from "../i18n";
import { get, post, remove } from "../lib/api";
import { usePages } from "../lib/pages";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { parse, stamp, zoneLabel } from "../lib/time";
import { LogText } from "../ui/logtext";
import { Find, PagedTable } from "../ui/paged";
import type { Column } from "../ui/table";
import { complain, tell } from "../ui/toast";

interface Token {
  id: string;
  name: string;
  user?: string;
  scopes: string[];
  created: string;
  expires?: string;
  used?: string;
}

const lives = ["", "30d", "90d", "365d"];

interface Props {
  title: string;
  about?: string;
  path: string;
  /** Those that may be chosen from. */
  scopes: string[];
  withUser?: boolean;
  /** Tokens of senders only. */
  senders?: boolean;
}

/** Tokens, and a form that makes one. */
export function Tokens({ title, about, path, scopes, withUser, senders }: Props) {
  const t = useText();
  const { zone } = useStore(settings);
  const [query, setQuery] = useState("");
  const [secret, setSecret] = useState("");
  const scope = senders ? "logs:send" : undefined;
  const list = usePages(
    async (cursor, signal) => {
      const part = await get<{ tokens: Token[]; next?: string; count: number }>(path, { query, scope, cursor, limit: 50 }, signal);
      return { rows: part.tokens, next: part.next, count: part.count };
    },
    [path, query, scope],
  );
  const find = useCallback((text: string) => setQuery(text), []);
  const late = (x: Token) => x.expires !== undefined && parse(x.expires) < Date.now();
  const columns: Column<Token>[] = [
    { title: senders ? t.settings.sender : t.settings.name, cell: (x) => <LogText text={x.name} /> },
    ...(withUser ? [{ title: t.settings.users, cell: (x: Token) => (x.user ? <LogText text={x.user} /> : <span class="muted">–</span>) }] : []),
    ...(senders ? [] : [{ title: t.settings.scopes, cell: (x: Token) => x.scopes.join(", ") }]),
    { title: `${t.settings.created} (${zoneLabel(zone)})`, cell: (x) => stamp(parse(x.created), zone) },
    {
      title: t.settings.expires,
      cell: (x) => (x.expires ? <span class={late(x) ? "late" : undefined}>{stamp(parse(x.expires), zone)}</span> : t.settings.never),
    },
    { title: t.settings.lastUsed, cell: (x) => (x.used ? stamp(parse(x.used), zone) : t.settings.never) },
    {
      title: "",
      cell: (x) => (
        <button
          type="button"
          class="link"
          aria-label={`${t.settings.revoke}: ${x.name}`}
          onClick={() =>
            remove(`${path}/${encodeURIComponent(x.id)}`)
              .then(() => {
                tell(t.settings.revoked);
                list.again();
              })
              .catch(complain)
          }
        >
          {t.settings.revoke}
        </button>
      ),
    },
  ];
  return (
    <section class="card bottom-gap">
      <header class="card-head">
        <h2>{title}</h2>
        <Find label={`${t.settings.findToken}: ${title}`} hint={t.settings.findToken} value={query} onValue={find} />
      </header>
      {about && <p class="muted">{about}</p>}
      <PagedTable label={title} list={list} columns={columns} rowKey={(x) => x.id} />
      <NewToken
        path={path}
        scopes={scopes}
        senders={senders}
        onMade={(made) => {
          setSecret(made);
          list.again();
        }}
      />
      {secret && (
        <p role="status">
          {t.settings.secretOnce}
          <code class="secret">{secret}</code>
        </p>
      )}
    </section>
  );
}

function NewToken({ path, scopes, senders, onMade }: { path: string; scopes: string[]; senders?: boolean; onMade: (secret: string) => void }) {
  const t = useText();
  const [name, setName] = useState("");
  const [some, setSome] = useState<string[]>(["logs:read", "signals:read"].filter((s) => scopes.includes(s)));
  const [life, setLife] = useState(senders ? "" : "90d");
  const wanted = senders ? ["logs:send"] : some;
  return (
    <form
      class="form"
      onSubmit={(e) => {
        e.preventDefault();
        post<{ secret: string }>(path, { name: name.trim(), scopes: wanted, ...(life ? { expires: life } : {}) })
          .then((made) => {
            setName("");
            onMade(made.secret);
          })
          .catch(complain);
      }}
    >
      <label>
        {senders ? t.settings.newSender : t.settings.newToken}
        <input
          required
          maxLength={64}
          pattern="[a-z0-9][a-z0-9._@\-]*"
          placeholder={t.settings.name}
          value={name}
          onInput={(e) => setName(e.currentTarget.value)}
        />
      </label>
      {!senders && (
        <fieldset class="checks" aria-label={t.settings.scopes}>
          {scopes.map((s) => (
            <label key={s} class="check">
              <input
                type="checkbox"
                checked={some.includes(s)}
                onChange={(e) => setSome(e.currentTarget.checked ? [...some, s] : some.filter((x) => x !== s))}
              />
              {s}
            </label>
          ))}
        </fieldset>
      )}
      <label>
        {t.settings.forLife}
        <select value={life} onChange={(e) => setLife(e.currentTarget.value)}>
          {lives.map((l) => (
            <option key={l} value={l}>
              {l ? t.range.days(Number.parseInt(l, 10)) : `${t.settings.expires}: ${t.settings.never}`}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="button primary" disabled={!name.trim() || wanted.length === 0}>
        {t.settings.create}
      </button>
    </form>
  );
}
