import type { ComponentChildren } from "preact";
import { blocks } from "../lib/markdown";
import { LogText } from "./logtext";

/** Shows `code`, **bold** and *emphasis*; a link is its text and its address, not a link. */
function Inline({ text }: { text: string }) {
  const out: ComponentChildren[] = [];
  let from = 0;
  const plain = (piece: string) => piece && out.push(<LogText text={piece} most={20_000} />);
  for (const found of text.matchAll(/`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\(([^)\s]+)\)/g)) {
    plain(text.slice(from, found.index));
    from = found.index + found[0].length;
    if (found[1] !== undefined) out.push(<code>{<LogText text={found[1]} />}</code>);
    else if (found[2] !== undefined) out.push(<strong>{<Inline text={found[2]} />}</strong>);
    else if (found[3] !== undefined) out.push(<em>{<LogText text={found[3]} />}</em>);
    else {
      plain(found[4] as string);
      if (/^https?:/.test(found[5] as string)) {
        out.push(
          <span class="muted">
            {" ("}
            <LogText text={found[5] as string} />
            {")"}
          </span>,
        );
      }
    }
  }
  plain(text.slice(from));
  return <>{out}</>;
}

/** Shows Markdown as elements, never as markup of its own. */
export function Markdown({ text, level = 3 }: { text: string; level?: number }) {
  return (
    <div class="markdown">
      {blocks(text).map((b) => {
        if (b.kind === "heading") {
          const Heading = `h${Math.min(6, level + b.level - 1)}` as "h3";
          return (
            <Heading>
              <Inline text={b.text} />
            </Heading>
          );
        }
        if (b.kind === "code") {
          return (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
            <pre tabIndex={0}>
              <LogText text={b.text} lines most={20_000} />
            </pre>
          );
        }
        if (b.kind === "list") {
          const List = b.ordered ? "ol" : "ul";
          return (
            <List start={b.ordered ? b.start : undefined}>
              {b.items.map((item) => (
                <li>
                  <Inline text={item} />
                </li>
              ))}
            </List>
          );
        }
        return (
          <p>
            <Inline text={b.text} />
          </p>
        );
      })}
    </div>
  );
}
