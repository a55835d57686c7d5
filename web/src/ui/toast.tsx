import { useText } from "../i18n";
import { store, useStore } from "../lib/store";

interface Toast {
  id: number;
  text: string;
  bad?: boolean;
  undo?: () => void;
}

const shown = store<Toast[]>([]);
let last = 0;

/** Tells the reader what happened, for some seconds; undo takes it back. */
export function tell(text: string, more: { bad?: boolean; undo?: () => void } = {}) {
  const id = ++last;
  shown.set([...shown.get().slice(-3), { id, text, ...more }]);
  setTimeout(() => dismiss(id), more.undo ? 10_000 : more.bad ? 8_000 : 4_000);
}

/** Tells the reader what went wrong. */
export function complain(err: unknown) {
  tell(err instanceof Error ? err.message : String(err), { bad: true });
}

function dismiss(id: number) {
  shown.set(shown.get().filter((t) => t.id !== id));
}

export function Toasts() {
  const t = useText();
  const list = useStore(shown);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {list.map((one) => (
        <div key={one.id} class={one.bad ? "toast bad" : "toast"}>
          <span>{one.text}</span>
          {one.undo && (
            <button
              type="button"
              class="link"
              onClick={() => {
                dismiss(one.id);
                one.undo?.();
              }}
            >
              {t.app.undo}
            </button>
          )}
          <button type="button" class="bare" aria-label={t.app.close} onClick={() => dismiss(one.id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
