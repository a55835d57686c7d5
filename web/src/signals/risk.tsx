/** The risk of an entity, as a number and a bar. */
export function Risk({ of, most }: { of: number; most: number }) {
  const level = of >= 200 ? "critical" : of >= 100 ? "high" : of >= 40 ? "medium" : "low";
  return (
    <span class="risk">
      <span class="risk-number">{Math.round(of)}</span>
      <span class="risk-track">
        <span class={`risk-bar ${level}`} style={{ width: `${Math.max(2, (of / most) * 100)}%` }} />
      </span>
    </span>
  );
}
