import { quote } from "./query";
import { plain } from "./text";

/** A field that can be searched, and values that it is known to have. */
export interface Known {
  field: string;
  about?: string;
  values?: string[];
}

export interface Suggestion {
  text: string;
  shown: string;
  about?: string;
}

/** Returns what may stand at the word that is being written. */
export function suggest(word: string, known: Known[]): Suggestion[] {
  const bare = word.replace(/^-/, "");
  const not = word.startsWith("-") ? "-" : "";
  const colon = bare.indexOf(":");
  if (colon >= 0) {
    const field = known.find((k) => k.field === bare.slice(0, colon));
    const begun = bare
      .slice(colon + 1)
      .replace(/^"/, "")
      .toLowerCase();
    return (field?.values ?? [])
      .filter((v) => v.toLowerCase().includes(begun) && v.toLowerCase() !== begun)
      .slice(0, 8)
      .map((v) => ({ text: `${not}${field?.field}:${quote(v)} `, shown: plain(v) }));
  }
  if (bare === "" && not === "") return [];
  const low = bare.toLowerCase();
  return known
    .filter((k) => k.field.toLowerCase().includes(low))
    .slice(0, 8)
    .map((k) => ({ text: `${not}${k.field}:`, shown: k.field, about: k.about }));
}
