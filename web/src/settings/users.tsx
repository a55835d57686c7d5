import { useCallback, useState } from "preact/hooks";
import { useText } from "../i18n";
import { get, patch, post, remove } from "../lib/api";
import { usePages } from "../lib/pages";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { parse, stamp, zoneLabel } from "../lib/time";
import { Dialog } from "../ui/dialog";
import { LogText } from "../ui/logtext";
import { Find, PagedTable } from "../ui/paged";
import { complain, tell } from "../ui/toast";

interface User {
  name: string;
  role: string;
  disabled: boolean;
  totp: boolean;
  passkeys: number;
  issuer?: string;
  created: string;
  last_login?: string;
}

const roles = ["viewer", "analyst", "responder", "admin"];
const at = (u: User) => `/api/v1/users/${encodeURIComponent(u.name)}`;

/** Makes a password that nobody has to remember: 100 random bits. */
function newPassword(): string {
  const letters = "abcdefghijkmnpqrstuvwxyz23456789"; // 32 of them, none like another
  return [...crypto.getRandomValues(new Uint8Array(20))].map((n, i) => (i > 0 && i % 5 === 0 ? "-" : "") + letters[n % 32]).join("");
}

type Action = "password" | "totp" | "passkeys" | "sessions" | "state" | "remove";

/** Does what an admin chose; another password is shown. */
async function perform(u: User, what: Action, show: (made: { name: string; password: string }) => void) {
  switch (what) {
    case "password": {
      const password = newPassword();
      await patch(at(u), { password });
      show({ name: u.name, password });
      break;
    }
    case "totp":
      await patch(at(u), { totp: false });
      break;
    case "passkeys":
      for (const one of (await get<{ passkeys: { id: string }[] }>(`${at(u)}/passkeys`)).passkeys) {
        await remove(`${at(u)}/passkeys/${encodeURIComponent(one.id)}`);
      }
      break;
    case "sessions":
      await remove(`${at(u)}/sessions`);
      break;
    case "state":
      await patch(at(u), { disabled: !u.disabled });
      break;
    case "remove":
      await remove(at(u));
  }
}

/** Who may sign in, and what admins do about them. */
export function Users() {
  const t = useText();
  const { zone } = useStore(settings);
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState<User>();
  const [removing, setRemoving] = useState<User>();
  const [shown, setShown] = useState<{ name: string; password: string }>();
  const list = usePages(
    async (cursor, signal) => {
      const part = await get<{ users: User[]; next?: string; count: number }>("/api/v1/users", { query, cursor, limit: 50 }, signal);
      return { rows: part.users, next: part.next, count: part.count };
    },
    [query],
  );
  const find = useCallback((text: string) => setQuery(text), []);
  const done = (what: Promise<unknown>, said = t.settings.changed) =>
    what
      .then(() => tell(said))
      .catch(complain)
      .finally(list.again);
  const act = (u: User, what: Action) => {
    setChosen(undefined);
    if (what === "remove") setRemoving(u);
    else void done(perform(u, what, setShown), what === "sessions" ? t.settings.sessionsEnded : undefined);
  };
  return (
    <section class="card bottom-gap">
      <header class="card-head">
        <h2>{t.settings.users}</h2>
        <Find label={t.settings.findUser} value={query} onValue={find} />
      </header>
      {shown && (
        <p role="status">
          {t.settings.passwordOnce(shown.name)}
          <code class="secret">{shown.password}</code>
        </p>
      )}
      <PagedTable
        label={t.settings.users}
        list={list}
        rowKey={(u) => u.name}
        columns={[
          {
            title: t.settings.name,
            cell: (u) => (
              <>
                <LogText text={u.name} />
                {u.issuer && <div class="muted">{<LogText text={u.issuer} most={80} short />}</div>}
              </>
            ),
          },
          {
            title: t.settings.role,
            cell: (u) => (
              <select
                class="field"
                aria-label={`${t.settings.role}: ${u.name}`}
                value={u.role}
                onChange={(e) => done(patch(at(u), { role: e.currentTarget.value }))}
              >
                {roles.map((r) => (
                  <option key={r} value={r}>
                    {r}
                  </option>
                ))}
              </select>
            ),
          },
          {
            title: t.settings.state,
            cell: (u) => <span class={u.disabled ? "state-pill bad" : "muted"}>{u.disabled ? t.settings.disabled : t.settings.enabled}</span>,
          },
          {
            title: t.settings.secondFactor,
            cell: (u) =>
              [u.totp && t.account.authenticator, u.passkeys > 0 && `${t.account.passkeys}: ${u.passkeys}`].filter(Boolean).join(", ") || (
                <span class="muted">{t.app.none}</span>
              ),
          },
          { title: `${t.settings.created} (${zoneLabel(zone)})`, cell: (u) => stamp(parse(u.created), zone) },
          { title: t.settings.lastLogin, cell: (u) => (u.last_login ? stamp(parse(u.last_login), zone) : t.settings.never) },
          {
            title: "",
            cell: (u) => (
              <button type="button" class="button" aria-label={`${t.settings.actions}: ${u.name}`} onClick={() => setChosen(u)}>
                {t.settings.actions}
              </button>
            ),
          },
        ]}
      />
      <NewUser
        onMade={(name, password) => {
          setShown({ name, password });
          list.again();
        }}
      />
      {chosen && <Actions user={chosen} act={act} onClose={() => setChosen(undefined)} />}
      {removing && (
        <Dialog title={t.settings.removeUser(removing.name)} onClose={() => setRemoving(undefined)}>
          <p>{t.settings.removeUserText}</p>
          <p class="buttons">
            <button
              type="button"
              class="button danger"
              onClick={() => {
                void done(perform(removing, "remove", setShown));
                setRemoving(undefined);
              }}
            >
              {t.account.remove}
            </button>
            <button type="button" class="button" onClick={() => setRemoving(undefined)}>
              {t.account.cancel}
            </button>
          </p>
        </Dialog>
      )}
    </section>
  );
}

/** What can be done about a user; a menu would be cut off by the table. */
function Actions({ user, act, onClose }: { user: User; act: (user: User, what: Action) => void; onClose: () => void }) {
  const t = useText();
  const all: [Action, string, boolean][] = [
    ["password", t.settings.resetPassword, !user.issuer],
    ["totp", t.settings.totpOff, user.totp],
    ["passkeys", t.settings.dropPasskeys, user.passkeys > 0],
    ["sessions", t.settings.endSessions, true],
    ["state", user.disabled ? t.settings.enable : t.settings.disable, true],
    ["remove", t.account.remove, true],
  ];
  return (
    <Dialog title={user.name} onClose={onClose}>
      <div class="buttons">
        {all
          .filter(([, , can]) => can)
          .map(([what, title]) => (
            <button key={what} type="button" class={what === "remove" ? "button danger" : "button"} onClick={() => act(user, what)}>
              {title}
            </button>
          ))}
      </div>
    </Dialog>
  );
}

function NewUser({ onMade }: { onMade: (name: string, password: string) => void }) {
  const t = useText();
  const [name, setName] = useState("");
  const [role, setRole] = useState("analyst");
  return (
    <form
      class="form"
      onSubmit={(e) => {
        e.preventDefault();
        const password = newPassword();
        post("/api/v1/users", { name: name.trim(), password, role })
          .then(() => {
            onMade(name.trim(), password);
            setName("");
          })
          .catch(complain);
      }}
    >
      <label>
        {t.settings.newUser}
        <input
          required
          maxLength={64}
          pattern="[a-z0-9][a-z0-9._@\-]*"
          autocomplete="off"
          placeholder={t.settings.name}
          value={name}
          onInput={(e) => setName(e.currentTarget.value)}
        />
      </label>
      <label>
        {t.settings.role}
        <select value={role} onChange={(e) => setRole(e.currentTarget.value)}>
          {roles.map((r) => (
            <option key={r} value={r}>
              {r}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="button primary" disabled={!name.trim()}>
        {t.settings.create}
      </button>
      <span class="muted">{t.settings.newUserHint}</span>
    </form>
  );
}
