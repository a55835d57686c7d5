import { useText } from "../i18n";
import { Dialog } from "./dialog";

/** Which keys there are, and how to search. */
export function Help({ onClose }: { onClose: () => void }) {
  const t = useText();
  const keys: [string, string][] = [
    ["/", t.help.search],
    ["j k", t.help.move],
    ["Enter", t.help.open],
    ["Esc", t.help.closeOrLeave],
    ["x", t.help.mark],
    ["r", t.help.review],
    ["e", t.help.archive],
    ["a", t.help.assign],
    ["?", t.help.help],
  ];
  const syntax: [string, string][] = [
    ['"failed password"', t.help.words],
    ["severity:high", t.help.field],
    ["severity:(high OR critical)", t.help.either],
    ["-state:archived", t.help.not],
    ["events:>=100", t.help.range],
    ["@http.url:/admin*", t.help.wildcard],
    ["CIDR(@network.client.ip, 203.0.113.0/24)", t.help.network],
  ];
  return (
    <Dialog title={t.help.title} onClose={onClose} wide>
      <div class="help">
        <section>
          <h3>{t.help.keys}</h3>
          <dl>
            {keys.map(([key, what]) => (
              <>
                <dt>
                  {key.split(" ").map((k) => (
                    <kbd>{k}</kbd>
                  ))}
                </dt>
                <dd>{what}</dd>
              </>
            ))}
          </dl>
        </section>
        <section>
          <h3>{t.help.syntax}</h3>
          <dl>
            {syntax.map(([text, what]) => (
              <>
                <dt>
                  <code>{text}</code>
                </dt>
                <dd>{what}</dd>
              </>
            ))}
          </dl>
          <p class="muted">{t.help.sameEverywhere}</p>
        </section>
      </div>
    </Dialog>
  );
}
