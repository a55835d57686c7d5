import type { ComponentChildren } from "preact";
import { useText } from "../i18n";
import { copy } from "../lib/clipboard";
import { clause } from "../lib/query";
import { address, go } from "../lib/router";
import { defang } from "../lib/text";
import { LogText } from "./logtext";
import { Menu, MenuItem } from "./menu";

/** Returns the search for the logs of an entity. */
export function logsOf(kind: string, value: string): string {
  switch (kind) {
    case "ip":
      return clause("@network.client.ip", value);
    case "user":
      return `(${clause("@usr.id", value)} OR ${clause("@usr.name", value)})`;
    case "container":
      return `(${["@container.id", "@container.name", "container_id", "container_name"].map((f) => clause(f, value)).join(" OR ")})`;
    default:
      return clause(kind, value);
  }
}

/** Returns the search for the signals of an entity. */
export function signalsOf(kind: string, value: string): string {
  return kind === "host" || kind === "service" ? clause(kind, value) : clause(`@entity.${kind}`, value);
}

export const entityPage = (kind: string, value: string) => address("/ui/entity", { kind, value });

interface Props {
  kind: string;
  value: string;
  onFilter?: (field: string, value: string, not: boolean) => void;
}

/** An entity that can be followed: its page, its signals, its logs. */
export function EntityValue({ kind, value, onFilter }: Props) {
  const t = useText();
  const field = kind === "host" || kind === "service" ? kind : `@entity.${kind}`;
  return (
    <Menu class="value" label={<LogText text={value} most={120} short />}>
      {(close) => {
        const act = (what: () => void) => () => {
          close();
          what();
        };
        return (
          <>
            <MenuItem onClick={act(() => go(entityPage(kind, value)))}>{t.panel.entityPage}</MenuItem>
            {onFilter && (
              <>
                <MenuItem onClick={act(() => onFilter(field, value, false))}>{t.panel.filterBy}</MenuItem>
                <MenuItem onClick={act(() => onFilter(field, value, true))}>{t.panel.filterOut}</MenuItem>
              </>
            )}
            <MenuItem onClick={act(() => go(address("/ui/logs", { q: logsOf(kind, value), range: "7d" })))}>{t.panel.logsOf}</MenuItem>
            <MenuItem onClick={act(() => copy(value))}>{t.app.copy}</MenuItem>
            <MenuItem onClick={act(() => copy(defang(value)))}>{t.app.copyDefanged}</MenuItem>
          </>
        );
      }}
    </Menu>
  );
}

/** Says that something is being asked, went wrong, or is empty. */
export function Notice({ title, children, action, top }: { title: string; children?: ComponentChildren; action?: ComponentChildren; top?: boolean }) {
  return (
    <div class="notice">
      {top ? <h1>{title}</h1> : <h2>{title}</h2>}
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}
