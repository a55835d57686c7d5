import { useText } from "../i18n";
import { copy } from "../lib/clipboard";
import { Icon } from "./icons";
import { LogText } from "./logtext";

/** Text that is meant to be copied, such as a command. */
export function Copied({ text }: { text: string }) {
  const t = useText();
  return (
    <div class="copied">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre tabIndex={0}>
        <LogText text={text.trimEnd()} lines most={4000} />
      </pre>
      <button type="button" class="bare labelled" aria-label={`${t.app.copy}: ${text.trim().split("\n")[0]?.slice(0, 60)}`} onClick={() => copy(text)}>
        <Icon name="copy" />
        <span>{t.app.copy}</span>
      </button>
    </div>
  );
}
