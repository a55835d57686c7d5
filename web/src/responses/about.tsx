import { useState } from "preact/hooks";
import { useText } from "../i18n";
import { may } from "../lib/api";
import { useEvery, useLoad } from "../lib/load";
import { type Asked, responses } from "../lib/responses";
import { LogText } from "../ui/logtext";
import { BlockForm } from "./block";
import { ContainForm } from "./contain";
import { Replies } from "./list";

interface Props {
  asked: Asked;
  addresses: string[];
  containers?: string[];
  reason?: string;
  signal?: string;
  /** For how many seconds the rule of the signal asks to block. */
  seconds?: number;
}

/** What was done about something, and what may be done: addresses can be blocked, containers contained. */
export function RepliesAbout({ asked, addresses, containers = [], reason, signal, seconds }: Props) {
  const t = useText();
  const loaded = useLoad((ctl) => responses(asked, "", 50, ctl), [JSON.stringify(asked)]);
  useEvery(10_000, loaded.again);
  const [chosen, setChosen] = useState<string>();
  const list = loaded.value?.responses ?? [];
  const blocked = new Set(list.filter((r) => r.open && r.action === "block" && ["active", "applying", "planned"].includes(r.state)).map((r) => r.target));
  const free = addresses.filter((one) => !blocked.has(one));
  const [held, setHeld] = useState<string>();
  return (
    <>
      {may("responses:write") && free.length + containers.length > 0 && (
        <>
          <h3>{t.responses.suggested}</h3>
          <div class="chips">
            {free.slice(0, 8).map((one) => (
              <button key={one} type="button" class="button" aria-pressed={chosen === one} onClick={() => setChosen(chosen === one ? undefined : one)}>
                {t.responses.doBlock} <LogText text={one} most={60} />
              </button>
            ))}
            {containers.slice(0, 8).map((one) => (
              <button key={one} type="button" class="button" aria-pressed={held === one} onClick={() => setHeld(held === one ? undefined : one)}>
                {t.responses.actions.contain} <LogText text={one} most={60} />
              </button>
            ))}
          </div>
          {held && (
            <ContainForm
              key={held}
              target={held}
              reason={reason ?? ""}
              {...(signal ? { signal } : {})}
              onDone={() => {
                setHeld(undefined);
                loaded.again();
              }}
            />
          )}
          {chosen && (
            <BlockForm
              key={chosen}
              target={chosen}
              reason={reason ?? ""}
              {...(seconds ? { seconds } : {})}
              {...(signal ? { signal } : {})}
              onDone={() => {
                setChosen(undefined);
                loaded.again();
              }}
            />
          )}
        </>
      )}
      <h3>{t.responses.whatWasDone}</h3>
      {loaded.error && !loaded.value ? (
        <p class="late">{loaded.error.message}</p>
      ) : (
        <Replies list={list} empty={loaded.value ? t.responses.nothingDone : t.app.loading} onChanged={loaded.again} narrow />
      )}
    </>
  );
}
