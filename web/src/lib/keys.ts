import { useEffect, useRef } from "preact/hooks";

/** Reports whether the reader is writing: then keys are letters. */
export function writing(e: KeyboardEvent): boolean {
  if (e.isComposing || e.keyCode === 229) return true;
  const at = e.target as HTMLElement | null;
  return !!at?.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
}

type Keys = Record<string, (e: KeyboardEvent) => void>;

/** Listens for keys while the component is there. Those with Ctrl, Alt or Meta are the browser's. */
export function useKeys(keys: Keys, on = true) {
  const now = useRef(keys);
  now.current = keys;
  useEffect(() => {
    if (!on) return;
    const heard = (e: KeyboardEvent) => {
      if (e.defaultPrevented || e.ctrlKey || e.altKey || e.metaKey || writing(e)) return;
      if (document.querySelector("dialog[open]")) return;
      const onButton = (e.target as HTMLElement | null)?.closest?.("button, a, summary");
      if (e.key === "Enter" && onButton) return;
      const act = now.current[e.key];
      if (!act) return;
      e.preventDefault();
      act(e);
    };
    addEventListener("keydown", heard);
    return () => removeEventListener("keydown", heard);
  }, [on]);
}
