import { useText } from "../i18n";
import { address, place } from "../lib/router";
import { useStore } from "../lib/store";

const boards = ["logins", "web", "hosts"] as const;
export type Board = (typeof boards)[number] | "overview";

/** The dashboards; the range of time goes along. */
export function Tabs({ now }: { now: Board }) {
  const t = useText();
  const { params } = useStore(place);
  const range = params.get("range") ?? undefined;
  return (
    <nav class="dash-tabs" aria-label={t.nav.dashboards}>
      <a href={address("/ui/overview", { range })} aria-current={now === "overview" ? "page" : undefined}>
        {t.overview.title}
      </a>
      {boards.map((name) => (
        <a key={name} href={address(`/ui/dash/${name}`, { range })} aria-current={now === name ? "page" : undefined}>
          {t.dash.names[name]}
        </a>
      ))}
    </nav>
  );
}
