import { qr } from "../lib/qr";

/** Draws a text as a QR code, dark on light in both themes, as readers want it. */
export function QRCode({ text, label }: { text: string; label: string }) {
  const rows = qr(text);
  if (!rows) return null;
  const quiet = 4;
  const size = rows.length + 2 * quiet;
  const path = rows.map((row, y) => row.map((dark, x) => (dark ? `M${x + quiet} ${y + quiet}h1v1h-1z` : "")).join("")).join("");
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
