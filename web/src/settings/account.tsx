import { useState } from "preact/hooks";
import { useText } from "../i18n";
import type { Catalogue } from "../i18n/en";
import { get, Problem, post } from "../lib/api";
import { copy } from "../lib/clipboard";
import { useLoad } from "../lib/load";
import { addPasskey } from "../lib/passkeys";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { parse, stamp, zoneLabel } from "../lib/time";
import { LogText } from "../ui/logtext";
import { QRCode } from "../ui/qrcode";
import { Table } from "../ui/table";
import { tell } from "../ui/toast";

interface Own {
  name: string;
  role: string;
  issuer?: string;
  totp: boolean;
  passkeys: number;
  recovery_codes: number;
  passkeys_possible: boolean;
}

interface Passkey {
  id: string;
  name: string;
  created: string;
  used?: string;
}

/** Says what went wrong with something that asked for the password. */
function trouble(t: Catalogue, err: unknown): string {
  if (err instanceof Problem && err.status === 403) return t.account.wrongPassword;
  if (err instanceof Problem && err.status === 429) return t.account.tooOften;
  if (err instanceof DOMException) return t.account.deviceRefused;
  return err instanceof Error ? err.message : String(err);
}

/** Password, second factor and passkeys of who is signed in. */
export function OwnAccount() {
  const t = useText();
  const own = useLoad((signal) => get<Own>("/api/v1/me/account", {}, signal), []);
  const [codes, setCodes] = useState<string[]>([]);
  const changed = (fresh: string[] = []) => {
    if (fresh.length > 0) setCodes(fresh);
    own.again();
  };
  const me = own.value;
  if (!me) return <p class="muted">{own.error?.message ?? t.app.loading}</p>;
  if (me.issuer) {
    return (
      <section class="card bottom-gap">
        <h2>{t.account.title}</h2>
        <p>{t.account.atProvider}</p>
        <code>
          <LogText text={me.issuer} />
        </code>
      </section>
    );
  }
  return (
    <>
      {codes.length > 0 && <Codes codes={codes} onKept={() => setCodes([])} />}
      <div class="split">
        <Password />
        <Authenticator own={me} onChange={changed} />
      </div>
      <Passkeys own={me} onChange={changed} />
    </>
  );
}

/** Recovery codes, this once. */
function Codes({ codes, onKept }: { codes: string[]; onKept: () => void }) {
  const t = useText();
  return (
    <section class="card bottom-gap" id="codes" aria-labelledby="codes-title">
      <h2 id="codes-title">{t.account.codes}</h2>
      <p>{t.account.codesHint}</p>
      <ol class="codes">
        {codes.map((one) => (
          <li key={one}>
            <code>{one}</code>
          </li>
        ))}
      </ol>
      <p class="buttons">
        <button type="button" class="button" onClick={() => copy(codes.join("\n"))}>
          {t.app.copy}
        </button>
        <button type="button" class="button primary" onClick={onKept}>
          {t.account.kept}
        </button>
      </p>
    </section>
  );
}

interface AskProps {
  id: string;
  button: string;
  danger?: boolean;
  /** Does it, with the password. */
  act: (password: string) => Promise<void>;
  children?: preact.ComponentChildren;
  mark?: string;
}

/** A form that asks for the password once more, and says what went wrong beside it. */
function AskPassword({ id, button, danger, act, children, mark }: AskProps) {
  const t = useText();
  const [password, setPassword] = useState("");
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  return (
    <form
      class="form"
      data-passkey={mark}
      onSubmit={(e) => {
        e.preventDefault();
        setBusy(true);
        setWrong("");
        act(password)
          .then(() => setPassword(""))
          .catch((err) => setWrong(trouble(t, err)))
          .finally(() => setBusy(false));
      }}
    >
      {children}
      <label>
        {t.account.passwordAgain}
        <input
          id={id}
          required
          type="password"
          autocomplete="current-password"
          maxLength={1024}
          value={password}
          aria-invalid={wrong ? true : undefined}
          aria-describedby={wrong ? `${id}-wrong` : undefined}
          onInput={(e) => setPassword(e.currentTarget.value)}
        />
      </label>
      <button type="submit" class={danger ? "button danger" : "button"} disabled={busy}>
        {button}
      </button>
      {wrong && (
        <p class="refused" id={`${id}-wrong`} role="alert">
          {wrong}
        </p>
      )}
    </form>
  );
}

function Password() {
  const t = useText();
  const [next, setNext] = useState("");
  return (
    <section class="card" aria-labelledby="password-title">
      <h2 id="password-title">{t.account.password}</h2>
      <p class="muted">{t.account.passwordHint}</p>
      <AskPassword
        id="current-password"
        button={t.account.changePassword}
        act={async (current) => {
          await post("/api/v1/me/password", { current, new: next });
          setNext("");
          tell(t.account.passwordChanged);
        }}
      >
        <label>
          {t.account.newPassword}
          <input
            id="new-password"
            required
            type="password"
            autocomplete="new-password"
            minLength={12}
            maxLength={1024}
            value={next}
            onInput={(e) => setNext(e.currentTarget.value)}
          />
        </label>
      </AskPassword>
    </section>
  );
}

interface PartProps {
  own: Own;
  onChange: (codes?: string[]) => void;
}

function Authenticator({ own, onChange }: PartProps) {
  const t = useText();
  const [begun, setBegun] = useState<{ secret: string; uri: string }>();
  const [code, setCode] = useState("");
  const [wrong, setWrong] = useState("");
  const second = own.totp || own.passkeys > 0;
  return (
    <section class="card" id="totp" aria-labelledby="totp-title">
      <h2 id="totp-title">
        {t.account.authenticator} <span class={own.totp ? "state-pill good" : "muted"}>{own.totp ? t.account.on : t.account.off}</span>
      </h2>
      {!own.totp && !begun && (
        <>
          <p class="muted">{t.account.authenticatorHint}</p>
          <AskPassword id="totp-password" button={t.account.begin} act={async (password) => setBegun(await post("/api/v1/me/totp", { password }))} />
        </>
      )}
      {!own.totp && begun && (
        <form
          class="totp"
          onSubmit={(e) => {
            e.preventDefault();
            setWrong("");
            post<{ recovery_codes: string[] }>("/api/v1/me/totp/confirm", { code })
              .then((done) => {
                setBegun(undefined);
                setCode("");
                onChange(done.recovery_codes);
              })
              .catch((err) => setWrong(err instanceof Problem && err.status === 400 ? t.account.wrongCode : trouble(t, err)));
          }}
        >
          <p>{t.account.scan}</p>
          <QRCode text={begun.uri} label={t.account.qr} />
          <p class="muted">{t.account.byHand}</p>
          <code class="secret">{begun.secret.match(/.{1,4}/g)?.join(" ")}</code>
          <label>
            {t.account.code}
            <input
              id="totp-code"
              class="field"
              required
              inputMode="numeric"
              autocomplete="one-time-code"
              maxLength={10}
              value={code}
              aria-invalid={wrong ? true : undefined}
              aria-describedby={wrong ? "totp-wrong" : undefined}
              onInput={(e) => setCode(e.currentTarget.value)}
            />
          </label>
          <p class="buttons">
            <button type="submit" class="button primary">
              {t.account.confirm}
            </button>
            <button type="button" class="button" onClick={() => setBegun(undefined)}>
              {t.account.cancel}
            </button>
          </p>
          {wrong && (
            <p class="refused" id="totp-wrong" role="alert">
              {wrong}
            </p>
          )}
        </form>
      )}
      {own.totp && (
        <AskPassword
          id="totp-off-password"
          danger
          button={t.account.switchOff}
          act={async (password) => {
            await post("/api/v1/me/totp/off", { password });
            onChange();
          }}
        />
      )}
      {second && (
        <>
          <p class="card-note">{t.account.codesLeft(own.recovery_codes)}</p>
          <AskPassword
            id="recovery-password"
            button={t.account.newCodes}
            act={async (password) => onChange((await post<{ recovery_codes: string[] }>("/api/v1/me/recovery", { password })).recovery_codes)}
          />
        </>
      )}
    </section>
  );
}

function Passkeys({ own, onChange }: PartProps) {
  const t = useText();
  const { zone } = useStore(settings);
  const list = useLoad((signal) => get<{ passkeys: Passkey[] }>("/api/v1/me/passkeys", {}, signal), [own.passkeys]);
  const [name, setName] = useState("");
  const [leaving, setLeaving] = useState("");
  const rows = list.value?.passkeys ?? [];
  const left = rows.find((p) => p.id === leaving);
  return (
    <section class="card bottom-gap passkeys">
      <h2>{t.account.passkeys}</h2>
      <p class="muted">{t.account.passkeysHint}</p>
      <Table
        label={t.account.passkeys}
        rows={rows}
        rowKey={(p) => p.id}
        empty={list.error?.message ?? (list.value ? t.account.noPasskeys : t.app.loading)}
        columns={[
          {
            title: t.settings.name,
            cell: (p) => (
              <strong>
                <LogText text={p.name} />
              </strong>
            ),
          },
          { title: `${t.settings.created} (${zoneLabel(zone)})`, cell: (p) => stamp(parse(p.created), zone) },
          { title: t.settings.lastUsed, cell: (p) => (p.used ? stamp(parse(p.used), zone) : t.settings.never) },
          {
            title: "",
            cell: (p) => (
              <button type="button" class="link" aria-label={`${t.account.remove}: ${p.name}`} onClick={() => setLeaving(p.id)}>
                {t.account.remove}
              </button>
            ),
          },
        ]}
      />
      {left && (
        <AskPassword
          id="passkey-remove-password"
          mark="remove"
          danger
          button={`${t.account.remove}: ${left.name}`}
          act={async (password) => {
            await post(`/api/v1/me/passkeys/${encodeURIComponent(left.id)}/remove`, { password });
            setLeaving("");
            onChange();
          }}
        />
      )}
      {own.passkeys_possible ? (
        <AskPassword
          id="passkey-password"
          mark="add"
          button={t.account.addPasskey}
          act={async (password) => {
            const codes = await addPasskey(name.trim(), password);
            setName("");
            onChange(codes);
          }}
        >
          <label>
            {t.account.passkeyName}
            <input
              id="passkey-name"
              required
              maxLength={100}
              autocomplete="off"
              placeholder={t.account.passkeyNameHint}
              value={name}
              onInput={(e) => setName(e.currentTarget.value)}
            />
          </label>
        </AskPassword>
      ) : (
        <p>{t.account.passkeysUnable}</p>
      )}
    </section>
  );
}
