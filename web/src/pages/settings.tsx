import { useText } from "../i18n";
import { may, me } from "../lib/api";
import { address, place } from "../lib/router";
import { useStore } from "../lib/store";
import { OwnAccount } from "../settings/account";
import { Sessions } from "../settings/sessions";
import { Tokens } from "../settings/tokens";
import { Users } from "../settings/users";
import { LogText } from "../ui/logtext";

/** What belongs to the person, and for admins who else there is. Theme, language and zone are in the frame, on every page. */
export default function Settings() {
  const t = useText();
  const who = useStore(me);
  const { params } = useStore(place);
  const tabs = [
    ...(who?.session ? [{ key: "account", title: t.settings.you }] : []),
    ...(may("manage")
      ? [
          { key: "users", title: t.settings.users },
          { key: "tokens", title: t.settings.tokensAndSenders },
        ]
      : []),
  ];
  const tab = tabs.find((one) => one.key === params.get("tab"))?.key ?? tabs[0]?.key;
  const scopes = (who?.scopes ?? []).filter((s) => s !== "logs:send");
  return (
    <div class="page">
      <header class="page-head">
        <h1>{t.nav.settings}</h1>
        {who && (
          <span class="muted">
            <LogText text={who.name} /> · {who.scopes.join(", ")}
          </span>
        )}
        <span class="grow" />
        {may("operate") && <a href="/ui/welcome">{t.welcome.nav}</a>}
      </header>
      {tabs.length > 1 && (
        <nav class="presets bottom-gap" aria-label={t.nav.settings}>
          {tabs.map((one) => (
            <a key={one.key} class="preset" href={address("/ui/settings", { tab: one.key })} aria-current={one.key === tab ? "page" : undefined}>
              {one.title}
            </a>
          ))}
        </nav>
      )}
      {tab === "account" && (
        <>
          <OwnAccount />
          <Sessions />
          <Tokens title={t.settings.tokens} path="/api/v1/me/tokens" scopes={scopes} />
        </>
      )}
      {tab === "users" && <Users />}
      {tab === "tokens" && (
        <>
          <Tokens title={t.settings.senders} about={t.settings.sendersHint} path="/api/v1/tokens" scopes={[]} senders />
          <Tokens title={t.settings.allTokens} path="/api/v1/tokens" scopes={scopes} withUser />
        </>
      )}
    </div>
  );
}
