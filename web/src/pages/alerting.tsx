import { Deliveries } from "../alerting/deliveries";
import { OnCallTab } from "../alerting/oncall";
import { Preview } from "../alerting/preview";
import { Routing } from "../alerting/routing";
import { Silences } from "../alerting/silences";
import { useText } from "../i18n";
import { alerting } from "../lib/alerting";
import { Problem } from "../lib/api";
import { useEvery, useLoad } from "../lib/load";
import { place } from "../lib/router";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { number } from "../lib/time";
import { Tabs } from "../ui/tabs";
import { Notice } from "../ui/value";

/** Who is told, how, and whether it arrived. */
export default function AlertingPage() {
  const t = useText();
  const { lang } = useStore(settings);
  const { params } = useStore(place);
  const loaded = useLoad(alerting, []);
  useEvery(15_000, loaded.again);
  const tabs = t.alerting.tabs;
  const wanted = params.get("tab") ?? "";
  const tab = (wanted in tabs ? wanted : "routing") as keyof typeof tabs;
  const a = loaded.value;
  if (loaded.error && !a) {
    const off = loaded.error instanceof Problem && loaded.error.status === 404;
    return (
      <Notice top title={off ? t.alerting.off : t.app.failed}>
        {off ? t.alerting.offText : loaded.error.message}
      </Notice>
    );
  }
  return (
    <div class="page">
      <header class="page-head">
        <h1>{t.alerting.title}</h1>
        {a && (
          <span class={a.undelivered > 0 ? "state-pill bad" : "state-pill good"}>
            {a.undelivered > 0 ? t.alerting.waitingOf(number(a.undelivered, lang)) : t.alerting.allTold}
          </span>
        )}
      </header>
      <Tabs all={tabs} at={tab} label={t.alerting.title} />
      <div id="tab-body" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {!a ? (
          <p class="muted">{t.app.loading}</p>
        ) : tab === "preview" ? (
          <Preview a={a} />
        ) : tab === "deliveries" ? (
          <Deliveries a={a} />
        ) : tab === "silences" ? (
          <Silences a={a} />
        ) : tab === "oncall" ? (
          <OnCallTab a={a} onDrilled={loaded.again} />
        ) : (
          <Routing a={a} onTested={loaded.again} />
        )}
      </div>
    </div>
  );
}
