import { useText } from "../i18n";
import type { SeverityName } from "../lib/signals";

// The shape says what the colour says, for those who do not see the colour.
const shapes: Record<SeverityName, string> = {
  critical: "M4 1h4l3 3v4L8 11H4L1 8V4z",
  high: "M6 1.200 11.200 10.600H.8z",
  medium: "M6 .8 11.200 6 6 11.200.8 6z",
  low: "M6 1.500a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9z",
  info: "M6 2a4 4 0 1 1 0 8 4 4 0 0 1 0-8zm0 1.600a2.400 2.400 0 1 0 0 4.800 2.400 2.400 0 0 0 0-4.800z",
};

export function SeverityMark({ of }: { of: SeverityName }) {
  return (
    <svg class={`sev-mark ${of}`} width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      <path d={shapes[of]} fill-rule="evenodd" />
    </svg>
  );
}

/** A severity: word, shape and colour. */
export function Severity({ of }: { of: SeverityName }) {
  const t = useText();
  return (
    <span class={`sev ${of}`}>
      <SeverityMark of={of} />
      {t.severity[of]}
    </span>
  );
}
