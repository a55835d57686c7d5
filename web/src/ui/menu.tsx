import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

interface Props {
  label: ComponentChildren;
  /** Names the button when its label is a picture. */
  name?: string;
  class?: string;
  align?: "left" | "right";
  disabled?: boolean;
  /** Opens it from outside, when the number changes. */
  openedBy?: number;
  children: (close: () => void) => ComponentChildren;
}

/** A button with something below it: Esc, a click elsewhere and leaving it close it. */
export function Menu({ label, name, class: className = "button", align = "left", disabled, openedBy = 0, children }: Props) {
  const [open, setOpen] = useState(false);
  const at = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const before = useRef(openedBy);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  useEffect(() => {
    if (openedBy !== before.current) setOpen(true);
    before.current = openedBy;
  }, [openedBy]);
  useEffect(() => {
    if (!open) return;
    const outside = (e: Event) => {
      if (!at.current?.contains(e.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", outside);
    addEventListener("focusin", outside);
    return () => {
      removeEventListener("pointerdown", outside);
      removeEventListener("focusin", outside);
    };
  }, [open]);
  useLayoutEffect(() => {
    if (open) at.current?.querySelector<HTMLElement>(".menu-box button, .menu-box input, .menu-box select, .menu-box a, .menu-box textarea")?.focus();
  }, [open]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it hears the keys of what is in it
    <div
      class="menu"
      ref={at}
      onKeyDown={(e) => {
        if (!open) return;
        if (e.key === "Escape") {
          e.stopPropagation();
          e.preventDefault();
          close();
        }
        if (e.key === "ArrowDown" || e.key === "ArrowUp") step(e, at.current);
      }}
    >
      <button
        ref={button}
        type="button"
        class={className}
        aria-expanded={open}
        aria-label={name}
        title={name}
        disabled={disabled}
        onClick={() => setOpen(!open)}
      >
        {label}
      </button>
      {open && <div class={`menu-box ${align}`}>{children(close)}</div>}
    </div>
  );
}

/** Moves the focus within a menu by the arrows. */
function step(e: KeyboardEvent, at: HTMLElement | null) {
  if ((e.target as HTMLElement).tagName === "INPUT" || (e.target as HTMLElement).tagName === "TEXTAREA") return;
  const all = [...(at?.querySelectorAll<HTMLElement>(".menu-box button, .menu-box a, .menu-box input") ?? [])];
  if (all.length === 0) return;
  e.preventDefault();
  const now = all.indexOf(document.activeElement as HTMLElement);
  all[(now + (e.key === "ArrowDown" ? 1 : -1) + all.length) % all.length]?.focus();
}

interface ItemProps {
  onClick: () => void;
  children: ComponentChildren;
  checked?: boolean;
  hint?: string;
}

export function MenuItem({ onClick, children, checked, hint }: ItemProps) {
  return (
    <button type="button" class="menu-item" aria-pressed={checked} onClick={onClick}>
      <span class="menu-check">{checked ? "✓" : ""}</span>
      <span>{children}</span>
      {hint && <span class="menu-hint">{hint}</span>}
    </button>
  );
}
