import { catalogue } from "../i18n";
import { tell } from "../ui/toast";
import { settings } from "./settings";

/** Copies text, and says so. Browsers allow it on encrypted pages and on the own machine only. */
export async function copy(text: string) {
  const t = catalogue(settings.get().lang);
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  tell(t.app.copied);
}
