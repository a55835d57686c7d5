/** Cuts tactic:TA0006-credential-access into what people say. */
export function mitreLabel(tag: string): { id: string; name: string } {
  const rest = tag.replace(/^(tactic|technique):/, "").replace(/^attack\./, "");
  const id = /^(TA\d{4}|T\d{4}(?:\.\d{3})?)-?(.*)$/i.exec(rest);
  return id ? { id: (id[1] as string).toUpperCase(), name: (id[2] as string).replaceAll("-", " ") } : { id: "", name: rest };
}
