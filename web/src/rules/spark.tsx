import { useText } from "../i18n";

/** How many signals each of some days had, the oldest first: bars, and the numbers for who cannot see them. */
export function Spark({ days }: { days: number[] }) {
  const t = useText();
  const most = Math.max(1, ...days);
  const total = days.reduce((sum, n) => sum + n, 0);
  return (
    <svg class="spark" viewBox={`0 0 ${days.length * 7} 20`} role="img" aria-label={`${t.rules.days}: ${days.join(", ")}`}>
      <title>{`${t.rules.days}: ${days.join(", ")}`}</title>
      {days.map((n, i) => {
        const high = n === 0 ? 1 : Math.max(2, (n / most) * 20);
        return <rect key={i} class={total === 0 || n === 0 ? "none" : undefined} x={i * 7} y={20 - high} width={5} height={high} />;
      })}
    </svg>
  );
}
