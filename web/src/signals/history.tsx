import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { may } from "../lib/api";
import { settings } from "../lib/settings";
import type { Reason, Signal, SignalDetail, StateName } from "../lib/signals";
import { useStore } from "../lib/store";
import { parse, stamp, zoneLabel } from "../lib/time";
import { LogText } from "../ui/logtext";
import { triage } from "./triage";

/** What became of a signal, and where something is said about it. */
export function History({ s, onChanged }: { s: SignalDetail; onChanged: (list: Signal[]) => void }) {
  const t = useText();
  const { zone } = useStore(settings);
  const [comment, setComment] = useState("");
  const [tag, setTag] = useState("");
  const write = may("signals:write");
  const states = (text: string) => {
    const [state, reason] = text.split(": ");
    const words = t.state[state as StateName] ?? text;
    return reason ? `${words} · ${t.reason[reason as Reason] ?? reason}` : words;
  };
  return (
    <>
      {s.history.length === 0 && <p class="muted">{t.panel.nothingYet}</p>}
      <ol class="history">
        {s.history.map((h) => (
          <li key={h.time + h.action}>
            <div>
              <b>
                <LogText text={h.actor} most={200} />
              </b>{" "}
              {t.panel.did[h.action] ?? h.action}{" "}
              {h.action !== "comment" && <span>{h.action === "state" ? states(h.text) : h.text ? <LogText text={h.text} /> : t.panel.nobody}</span>}
            </div>
            {h.action === "comment" && (
              <p class="said">
                <LogText text={h.text} lines most={8192} />
              </p>
            )}
            <time class="muted">
              {stamp(parse(h.time), zone)} {zoneLabel(zone, parse(h.time))}
            </time>
          </li>
        ))}
      </ol>
      {write && (
        <>
          <form
            class="comment"
            onSubmit={(e) => {
              e.preventDefault();
              if (!comment.trim()) return;
              void triage(t, [s], { comment: comment.trim() }, t.signals.comment, onChanged);
              setComment("");
            }}
          >
            <label for="comment">{t.signals.comment}</label>
            <textarea
              id="comment"
              rows={3}
              maxLength={8000}
              placeholder={t.signals.commentText}
              value={comment}
              onInput={(e) => setComment(e.currentTarget.value)}
              onKeyDown={(e) => {
                if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && !e.isComposing) e.currentTarget.form?.requestSubmit();
              }}
            />
            <button type="submit" class="button primary" disabled={!comment.trim()}>
              {t.signals.addComment}
            </button>
          </form>
          <h3>{t.panel.tags}</h3>
          <div class="chips">
            {s.tags.map((one) => (
              <span class="tag" key={one}>
                <LogText text={one} />
                <button
                  type="button"
                  class="bare"
                  aria-label={t.signals.removeTag(one)}
                  onClick={() => triage(t, [s], { remove_tags: [one] }, `−${one}`, onChanged)}
                >
                  ×
                </button>
              </span>
            ))}
            <form
              onSubmit={(e) => {
                e.preventDefault();
                if (tag.trim()) void triage(t, [s], { add_tags: [tag.trim()] }, `+${tag.trim()}`, onChanged);
                setTag("");
              }}
            >
              <input
                class="field small"
                aria-label={t.signals.addTag}
                placeholder={t.signals.addTag}
                maxLength={200}
                value={tag}
                onInput={(e) => setTag(e.currentTarget.value)}
              />
            </form>
          </div>
        </>
      )}
    </>
  );
}
