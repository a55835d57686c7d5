import { useText } from "../i18n";
import { lasting } from "../lib/suppressions";

/** Chooses how long a suppression lasts. */
export function Lasting({ value, onValue }: { value: string; onValue: (value: string) => void }) {
  const t = useText();
  return (
    <label>
      {t.suppressions.lasts}
      <select class="field" value={value} onChange={(e) => onValue(e.currentTarget.value)}>
        {lasting.map((l) => (
          <option key={l} value={l}>
            {l ? t.range.days(Number.parseInt(l, 10)) : t.suppressions.forever}
          </option>
        ))}
      </select>
    </label>
  );
}
