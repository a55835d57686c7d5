import { useText } from "../i18n";
import { copy } from "../lib/clipboard";
import { and, clause } from "../lib/query";
import { address, go } from "../lib/router";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { defang } from "../lib/text";
import { LogText } from "../ui/logtext";
import { Menu, MenuItem } from "../ui/menu";
import { entityPage } from "../ui/value";
import { useShared } from "./context";
import { both } from "./panel";

const kinds: Record<string, string> = { "@network.client.ip": "ip", "@usr.id": "user", "@usr.name": "user", host: "host", service: "service" };

/** The value of a field: to filter by, to follow, to copy. */
export function DashValue({ field, value, query }: { field: string; value: string; query: string }) {
  const t = useText();
  const { filter, range, onFilter } = useShared();
  const kind = kinds[field];
  return (
    <Menu class="value" label={<LogText text={value} most={160} short />}>
      {(close) => {
        const act = (what: () => void) => () => {
          close();
          what();
        };
        return (
          <>
            <MenuItem onClick={act(() => onFilter(field, value, false))}>{t.logs.filterBy}</MenuItem>
            <MenuItem onClick={act(() => onFilter(field, value, true))}>{t.logs.filterOut}</MenuItem>
            <MenuItem onClick={act(() => go(address("/ui/logs", { q: and(both(query, filter), clause(field, value)), range })))}>{t.panel.logsOf}</MenuItem>
            {kind && <MenuItem onClick={act(() => go(entityPage(kind, value)))}>{t.panel.entityPage}</MenuItem>}
            <MenuItem onClick={act(() => copy(value))}>{t.app.copy}</MenuItem>
            <MenuItem onClick={act(() => copy(defang(value)))}>{t.app.copyDefanged}</MenuItem>
          </>
        );
      }}
    </Menu>
  );
}

/** Names a country in the language; what is no code stays as it is. */
export function countryName(code: string, lang: string): string {
  if (!/^[A-Z]{2}$/.test(code)) return code;
  return new Intl.DisplayNames(lang, { type: "region", fallback: "code" }).of(code) ?? code;
}

export function CountryName({ code }: { code: string }) {
  const { lang } = useStore(settings);
  return <LogText text={countryName(code, lang)} most={60} short />;
}
