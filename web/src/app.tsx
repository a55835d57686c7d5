import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useText } from "./i18n";
import { me, post, whoAmI } from "./lib/api";
import { useKeys } from "./lib/keys";
import { place } from "./lib/router";
import { change, type Lang, settings, type Theme, type Zone } from "./lib/settings";
import { useStore } from "./lib/store";
import { zoneLabel } from "./lib/time";
import { askWelcome, welcomed } from "./lib/welcome";
import { type Route, routeOf, routes } from "./routes";
import { Help } from "./ui/help";
import { Icon, type IconName, Mark } from "./ui/icons";
import { LogText } from "./ui/logtext";
import { Menu, MenuItem } from "./ui/menu";
import { complain, Toasts } from "./ui/toast";
import { Notice } from "./ui/value";

/** The frame around all pages: where one can go, who is there, how things are shown. */
export function App({ asked }: { asked: Promise<void> }) {
  const t = useText();
  const { path } = useStore(place);
  const who = useStore(me);
  const was = useRef(false);
  if (who) was.current = true;
  const [help, setHelp] = useState(false);
  const [failed, setFailed] = useState<Error | null>(null);
  const ask = () => {
    setFailed(null);
    whoAmI().catch(setFailed);
  };
  useEffect(() => {
    asked.catch(setFailed);
  }, [asked]);
  useKeys({ "?": () => setHelp(true) });
  const route = routeOf(path);
  useEffect(() => {
    document.title = route?.nav ? `${t.nav[route.nav.text]} · Sasumata` : "Sasumata";
  }, [route, t]);
  return (
    <>
      <a class="skip" href="#content">
        {t.app.skip}
      </a>
      <div class="frame">
        <nav class="rail" aria-label={t.app.navigation}>
          <a class="brand" href="/">
            <Mark />
            <span>Sasumata</span>
          </a>
          <ul>
            {routes.map(
              (r) =>
                r.nav &&
                (!r.needs || who?.scopes.includes(r.needs)) && (
                  <li key={r.path}>
                    <a
                      href={r.path}
                      aria-current={r === route || (r.path === "/" && path.startsWith("/signals/")) ? "page" : undefined}
                      title={t.nav[r.nav.text]}
                    >
                      <Icon name={r.nav.icon} />
                      <span>{t.nav[r.nav.text]}</span>
                    </a>
                  </li>
                ),
            )}
          </ul>
          <span class="grow" />
          <Offer path={path} />
          <Preferences onHelp={() => setHelp(true)} />
        </nav>
        <main id="content" tabIndex={-1}>
          {failed ? (
            <Notice
              top
              title={t.app.offline}
              action={
                <button type="button" class="button" onClick={ask}>
                  {t.app.retry}
                </button>
              }
            >
              {failed.message}
            </Notice>
          ) : who === null ? (
            <SignedOut ask={was.current} />
          ) : who === undefined ? null : route ? (
            <Page key={route.path} route={route} />
          ) : (
            <Notice top title={t.app.notFound} />
          )}
        </main>
      </div>
      <Toasts />
      {help && <Help onClose={() => setHelp(false)} />}
    </>
  );
}

/** Leads to the welcome, until somebody is done with it. */
function Offer({ path }: { path: string }) {
  const t = useText();
  const who = useStore(me);
  const state = useStore(welcomed);
  const mine = who?.scopes.includes("operate");
  useEffect(() => {
    if (!mine) return;
    // It is an offer only: what the page shows comes first.
    const later = setTimeout(() => askWelcome().catch(() => undefined), 1000);
    return () => clearTimeout(later);
  }, [mine]);
  if (!mine || state !== "open") return null;
  return (
    <a class="rail-button" href="/ui/welcome" title={t.welcome.nav} aria-current={path === "/ui/welcome" ? "page" : undefined}>
      <Icon name="star" />
      <span>{t.welcome.nav}</span>
    </a>
  );
}

/** Fetches the code of a page when it is wanted. */
function Page({ route }: { route: Route }) {
  const t = useText();
  const [loaded, set] = useState<{ view?: ComponentType; failed?: Error }>({});
  useEffect(() => {
    route.load().then(
      (module) => set({ view: module.default }),
      (failed: Error) => set({ failed }),
    );
  }, [route]);
  if (loaded.failed) {
    return (
      <Notice
        top
        title={t.app.failed}
        action={
          <button type="button" class="button" onClick={() => location.reload()}>
            {t.app.retry}
          </button>
        }
      >
        {loaded.failed.message}
      </Notice>
    );
  }
  const View = loaded.view;
  return View ? <View /> : null;
}

/** Sends who is not signed in where that is done, and back here; who was, and may be in the middle of something, is asked. */
function SignedOut({ ask }: { ask: boolean }) {
  const t = useText();
  const login = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
  useEffect(() => {
    if (!ask) location.replace(login);
  }, [ask, login]);
  if (!ask) return null;
  return (
    <Notice
      top
      title={t.app.signedOut}
      action={
        <a class="button primary" href={login}>
          {t.app.signIn}
        </a>
      }
    >
      {t.app.signedOutText}
    </Notice>
  );
}

const themes: { key: Theme; icon: IconName }[] = [
  { key: "system", icon: "monitor" },
  { key: "light", icon: "sun" },
  { key: "dark", icon: "moon" },
];

/** Theme, language, time zone, help, and who is signed in. */
function Preferences({ onHelp }: { onHelp: () => void }) {
  const t = useText();
  const who = useStore(me);
  const now = useStore(settings);
  const zones: Zone[] = ["UTC", "local", "Asia/Tokyo"];
  return (
    <div class="preferences">
      <Menu
        class="rail-button"
        name={`${t.settings.zone}: ${zoneLabel(now.zone)}`}
        label={
          <>
            <Icon name="clock" />
            <span>{zoneLabel(now.zone)}</span>
          </>
        }
      >
        {(close) =>
          zones.map((zone) => (
            <MenuItem
              key={zone}
              checked={zone === now.zone}
              hint={zone === "local" ? zoneLabel("local") : undefined}
              onClick={() => {
                close();
                change({ zone });
              }}
            >
              {zone === "local" ? t.settings.local : zoneLabel(zone)}
            </MenuItem>
          ))
        }
      </Menu>
      <Menu
        class="rail-button"
        name={`${t.settings.language} / Language: ${now.lang === "ja" ? "日本語" : "English"}`}
        label={
          <>
            <Icon name="globe" />
            <span>{now.lang === "ja" ? "日本語" : "English"}</span>
          </>
        }
      >
        {(close) =>
          (["en", "ja"] as Lang[]).map((lang) => (
            <MenuItem
              key={lang}
              checked={lang === now.lang}
              onClick={() => {
                close();
                change({ lang });
              }}
            >
              <span lang={lang}>{lang === "ja" ? "日本語" : "English"}</span>
            </MenuItem>
          ))
        }
      </Menu>
      <fieldset class="segments" aria-label={t.settings.theme}>
        {themes.map((one) => (
          <button
            key={one.key}
            type="button"
            aria-pressed={now.theme === one.key}
            aria-label={t.settings[one.key]}
            title={t.settings[one.key]}
            onClick={() => change({ theme: one.key })}
          >
            <Icon name={one.icon} size={14} />
          </button>
        ))}
      </fieldset>
      <button type="button" class="rail-button" onClick={onHelp} title={`${t.help.title} (?)`}>
        <Icon name="help" />
        <span>{t.help.keys}</span>
      </button>
      {who && (
        <Menu
          class="rail-button"
          name={`${t.settings.you}: ${who.name}`}
          label={
            <>
              <Icon name="user" />
              <span>
                <LogText text={who.name} most={40} short />
              </span>
            </>
          }
        >
          {(close) => (
            <>
              <div class="menu-note muted">{who.scopes.join(", ")}</div>
              {who.session && (
                <a class="menu-item" href="/ui/settings">
                  <span class="menu-check" />
                  {t.settings.account}
                </a>
              )}
              {who.session && (
                <MenuItem
                  onClick={() => {
                    close();
                    post("/api/v1/logout")
                      .then(() => me.set(null))
                      .catch(complain);
                  }}
                >
                  {t.app.signOut}
                </MenuItem>
              )}
            </>
          )}
        </Menu>
      )}
    </div>
  );
}
