import { useText } from "../i18n";
import { place } from "../lib/router";
import { useStore } from "../lib/store";
import { SignalPanel } from "../signals/panel";
import { Icon } from "../ui/icons";

/** One signal by itself: what a notification links to. */
export default function SignalPage() {
  const t = useText();
  const { path } = useStore(place);
  let id = path.slice("/signals/".length);
  try {
    id = decodeURIComponent(id);
  } catch {
    // An address that somebody wrote wrong names no signal.
  }
  return (
    <div class="page narrow">
      <h1 class="hidden">{t.panel.label}</h1>
      <a class="back" href="/">
        <Icon name="left" />
        {t.nav.signals}
      </a>
      <SignalPanel key={id} id={id} />
    </div>
  );
}
