import { type Lang, settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { type Catalogue, en } from "./en";
import { ja } from "./ja";

/** Returns the text of the pages in a language. */
export function catalogue(lang: Lang): Catalogue {
  return lang === "ja" ? ja : en;
}

/** Returns the text of the pages, and renders again when the reader chooses another language. */
export function useText(): Catalogue {
  return catalogue(useStore(settings).lang);
}
