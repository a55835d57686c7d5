import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { cut, pieces } from "../lib/text";
import { number } from "../lib/time";

interface Props {
  text: string;
  /** Keeps line breaks and tabs, for text that has several lines. */
  lines?: boolean;
  /** How many characters are shown at first; a reader may ask for the rest. */
  most?: number;
  /** Offers no rest: in a row of a table there is no room for it. */
  short?: boolean;
}

/**
 * Shows text that somebody else wrote. It is text only, whatever is in it: characters that
 * would act or hide are glyphs. All pages show text of logs by this.
 */
export function LogText({ text, lines = false, most = 2000, short = false }: Props) {
  const t = useText();
  const { lang } = useStore(settings);
  const [whole, setWhole] = useState(false);
  const shown = whole ? text : cut(text, most);
  const left = text.length - shown.length;
  return (
    <span class={lines ? "logtext lines" : "logtext"} dir="ltr">
      {pieces(shown, lines).map((p) =>
        p.code ? (
          <span class="glyph" title={p.code}>
            {p.text}
          </span>
        ) : (
          p.text
        ),
      )}
      {left > 0 &&
        (short ? (
          "…"
        ) : (
          <button type="button" class="link" onClick={() => setWhole(true)}>
            {t.app.cutText(number(left, lang))}
          </button>
        ))}
    </span>
  );
}
