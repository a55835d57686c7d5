import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { may } from "../lib/api";
import { useLoad } from "../lib/load";
import { go } from "../lib/router";
import { dropView, listViews, saveView, type View } from "../lib/views";
import { Icon } from "./icons";
import { LogText } from "./logtext";
import { Menu } from "./menu";
import { complain } from "./toast";

/** Searches that are kept by name: one's own, and those of all. */
export function SavedViews({ page }: { page: string }) {
  const t = useText();
  return (
    <Menu
      class="bare labelled"
      label={
        <>
          <Icon name="star" />
          <span>{t.views.saved}</span>
        </>
      }
    >
      {(close) => <Views page={page} close={close} />}
    </Menu>
  );
}

function Views({ page, close }: { page: string; close: () => void }) {
  const t = useText();
  const list = useLoad((signal) => listViews(page, signal), [page]);
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const all = list.value ?? [];
  const own = all.filter((v) => !v.shared);
  const ours = all.filter((v) => v.shared);
  const row = (v: View) => (
    <div class="menu-row" key={v.id}>
      <button
        type="button"
        class="menu-item"
        title={v.shared ? t.views.by(v.by) : undefined}
        onClick={() => {
          close();
          go(location.pathname + v.search);
        }}
      >
        <span class="menu-check" />
        <LogText text={v.name} most={80} short />
      </button>
      {(!v.shared || may("signals:write")) && (
        <button
          type="button"
          class="bare"
          aria-label={`${t.views.remove}: ${v.name}`}
          title={t.views.remove}
          onClick={() => dropView(v.id).then(list.again).catch(complain)}
        >
          <Icon name="close" size={12} />
        </button>
      )}
    </div>
  );
  return (
    <>
      {list.error && <div class="menu-note late">{list.error.message}</div>}
      {list.value && all.length === 0 && <div class="menu-note muted">{t.views.none}</div>}
      {own.map(row)}
      {ours.length > 0 && <div class="menu-title">{t.views.shared}</div>}
      {ours.map(row)}
      <form
        class="menu-form"
        onSubmit={(e) => {
          e.preventDefault();
          if (!name.trim()) return;
          const params = new URLSearchParams(location.search);
          params.delete("id");
          const text = params.toString();
          saveView(page, name.trim(), text ? `?${text}` : "", shared)
            .then(() => {
              setName("");
              list.again();
            })
            .catch(complain);
        }}
      >
        <input aria-label={t.views.name} placeholder={t.views.name} maxLength={60} value={name} onInput={(e) => setName(e.currentTarget.value)} />
        <button type="submit" class="button" disabled={!name.trim()}>
          {t.views.save}
        </button>
      </form>
      {may("signals:write") && (
        <label class="menu-note check">
          <input type="checkbox" checked={shared} onChange={(e) => setShared(e.currentTarget.checked)} />
          {t.views.share}
        </label>
      )}
      <div class="menu-note muted">{t.views.stored}</div>
    </>
  );
}
