import { useEffect } from "preact/hooks";
import { allRules } from "./rules";
import { settings } from "./settings";
import { store, useStore } from "./store";

/** What rules are called in Japanese, by their ids, once somebody asked. */
const japanese = store<Map<string, string> | undefined>(undefined);
let asked = false;

/** Returns what a rule is called in the language of the reader, from its id and English name. */
export function useRuleNames(): (id: string, name: string) => string {
  const { lang } = useStore(settings);
  const names = useStore(japanese);
  useEffect(() => {
    if (lang !== "ja" || asked) return;
    asked = true;
    allRules()
      .then((list) => japanese.set(new Map(list.flatMap((r) => (r.name_ja ? [[r.id, r.name_ja] as const] : [])))))
      .catch(() => {
        asked = false; // the next one who wants them asks again
      });
  }, [lang]);
  return (id, name) => (lang === "ja" && names?.get(id)) || name;
}
