import { useState } from "preact/hooks";
import { useText } from "../i18n";
import type { Catalogue } from "../i18n/en";
import { may, me } from "../lib/api";
import { conflict, type Edit, editSignal, inverse, reasons, type Signal } from "../lib/signals";
import { useStore } from "../lib/store";
import { Icon } from "../ui/icons";
import { Menu, MenuItem } from "../ui/menu";
import { complain, tell } from "../ui/toast";

/** How many edits are under way at a time: the server answers eight questions at once. */
const together = 4;

/** Changes signals one by one; tells what was done, offers to take it back. */
export async function triage(t: Catalogue, list: Signal[], edit: Edit, what: string, done: (changed: Signal[]) => void) {
  const changed: Signal[] = [];
  const before: Signal[] = [];
  let conflicts = 0;
  let failed: unknown;
  const queue = [...list];
  const work = async () => {
    for (let one = queue.shift(); one && failed === undefined; one = queue.shift()) {
      try {
        changed.push(await editSignal(one.id, { ...edit, version: one.version }));
        before.push(one);
      } catch (err) {
        if (conflict(err)) conflicts++;
        else failed = err;
      }
    }
  };
  await Promise.all(Array.from({ length: together }, work));
  done(changed);
  if (failed !== undefined) complain(failed);
  if (conflicts > 0) tell(list.length === 1 ? t.signals.conflict : t.signals.conflictOf(conflicts), { bad: true });
  if (changed.length === 0) return;
  const takeBack = edit.state !== undefined || edit.assignee !== undefined || edit.add_tags || edit.remove_tags;
  const undo = async () => {
    const back: Signal[] = [];
    try {
      for (const now of changed) {
        const was = before.find((b) => b.id === now.id);
        if (was) back.push(await editSignal(now.id, { ...inverse(was, edit), version: now.version }));
      }
      done(back);
      tell(t.app.undone);
    } catch (err) {
      done(back);
      if (conflict(err)) tell(t.signals.conflict, { bad: true });
      else complain(err);
    }
  };
  tell(t.signals.done(changed.length, what), takeBack ? { undo } : {});
}

interface Props {
  signals: Signal[];
  onDone: (changed: Signal[]) => void;
  /** Opens the menus from the keyboard, when the numbers change. */
  archiveKey?: number;
  assignKey?: number;
  compact?: boolean;
}

/** The buttons that change signals: one, or all that are selected. */
export function TriageButtons({ signals, onDone, archiveKey = 0, assignKey = 0, compact }: Props) {
  const t = useText();
  const who = useStore(me);
  const [name, setName] = useState("");
  const act = (edit: Edit, what: string) => void triage(t, signals, edit, what, onDone);
  if (!may("signals:write")) return <span class="muted">{t.signals.readOnly}</span>;
  const one = signals.length === 1 ? signals[0] : undefined;
  return (
    <div class="triage">
      {one?.state !== "under_review" && (
        <button type="button" class="button" onClick={() => act({ state: "under_review" }, t.state.under_review)}>
          <Icon name="eye" />
          {t.signals.review}
          {!compact && <kbd>r</kbd>}
        </button>
      )}
      <Menu
        openedBy={archiveKey}
        label={
          <>
            <Icon name="archive" />
            {t.signals.archive}
            {!compact && <kbd>e</kbd>}
          </>
        }
      >
        {(close) => (
          <>
            <div class="menu-title">{t.signals.archiveAs}</div>
            {reasons.map((reason) => (
              <MenuItem
                key={reason}
                checked={one?.reason === reason}
                hint={t.reasonText[reason]}
                onClick={() => {
                  close();
                  act({ state: "archived", reason }, `${t.state.archived} · ${t.reason[reason]}`);
                }}
              >
                {t.reason[reason]}
              </MenuItem>
            ))}
          </>
        )}
      </Menu>
      <Menu
        openedBy={assignKey}
        label={
          <>
            <Icon name="user" />
            {t.signals.assign}
            {!compact && <kbd>a</kbd>}
          </>
        }
      >
        {(close) => {
          const assign = (assignee: string) => {
            close();
            act({ assignee }, assignee ? `${t.signals.assignee}: ${assignee}` : `${t.signals.assignee}: ${t.signals.unassign}`);
          };
          return (
            <>
              <div class="menu-title">{t.signals.assignTo}</div>
              {who && (
                <MenuItem onClick={() => assign(who.name)} hint={who.name} checked={one?.assignee === who.name}>
                  {t.signals.assignMe}
                </MenuItem>
              )}
              <MenuItem onClick={() => assign("")}>{t.signals.unassign}</MenuItem>
              <form
                class="menu-form"
                onSubmit={(e) => {
                  e.preventDefault();
                  if (name.trim()) assign(name.trim());
                }}
              >
                <input
                  aria-label={t.signals.assignTo}
                  maxLength={200}
                  value={name}
                  onInput={(e) => setName(e.currentTarget.value)}
                  placeholder={t.settings.name}
                />
              </form>
            </>
          );
        }}
      </Menu>
      {(one === undefined || one.state !== "open") && (
        <button type="button" class="button" onClick={() => act({ state: "open" }, t.state.open)}>
          <Icon name="reopen" />
          {t.signals.open}
        </button>
      )}
    </div>
  );
}
