import { keep } from "../lib/router";

/** The tabs of a page; the address keeps which of them is shown, so the first needs none. */
export function Tabs<K extends string>({ all, at, label }: { all: Record<K, string>; at: K; label: string }) {
  const names = Object.keys(all) as K[];
  return (
    <div
      class="tabs page-tabs"
      role="tablist"
      aria-label={label}
      onKeyDown={(e) => {
        const by = e.key === "ArrowRight" ? 1 : e.key === "ArrowLeft" ? -1 : 0;
        if (!by) return;
        const next = (names.indexOf(at) + by + names.length) % names.length;
        show(names, next);
        (e.currentTarget.children[next] as HTMLElement).focus();
      }}
    >
      {names.map((name, i) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`tab-${name}`}
          aria-selected={at === name}
          aria-controls="tab-body"
          tabIndex={at === name ? 0 : -1}
          onClick={() => show(names, i)}
        >
          {all[name]}
        </button>
      ))}
    </div>
  );
}

/** Shows another tab; what the one before kept in the address is its own. */
function show(names: string[], i: number) {
  const params: Record<string, string | undefined> = {};
  for (const name of new URLSearchParams(location.search).keys()) params[name] = undefined;
  keep({ ...params, tab: i > 0 ? names[i] : undefined });
}
