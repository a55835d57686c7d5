import { useText } from "../i18n";
import { suspects } from "../lib/entities";
import { useLoad } from "../lib/load";
import { Suspects } from "../ui/suspects";
import { Notice } from "../ui/value";

/** Who and what is most at risk, or most of a risk. */
export default function Entities() {
  const t = useText();
  const list = useLoad((signal) => suspects(200, signal), []);
  return (
    <div class="page">
      <header class="page-head">
        <h1>{t.entities.title}</h1>
        <span class="muted">
          {t.entities.of} · {t.entities.riskHelp}
        </span>
      </header>
      {list.error ? (
        <Notice title={t.app.failed}>{list.error.message}</Notice>
      ) : (
        <div class="card">{list.value ? <Suspects list={list.value} /> : <p class="muted">{t.app.loading}</p>}</div>
      )}
    </div>
  );
}
