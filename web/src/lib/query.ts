/** Cuts a query at its blanks, outside quotes and parentheses. */
export function tokens(query: string): string[] {
  const out: string[] = [];
  let from = -1;
  let depth = 0;
  let quoted = false;
  for (let i = 0; i <= query.length; i++) {
    const c = query[i];
    if (c === "\\") {
      if (from < 0) from = i;
      i++;
      continue;
    }
    if (c === undefined || (!quoted && depth === 0 && /\s/.test(c))) {
      if (from >= 0) out.push(query.slice(from, Math.min(i, query.length)));
      from = -1;
      continue;
    }
    if (from < 0) from = i;
    if (c === '"') quoted = !quoted;
    else if (!quoted && "([{".includes(c)) depth++;
    else if (!quoted && ")]}".includes(c)) depth = Math.max(0, depth - 1);
  }
  if (from >= 0) out.push(query.slice(from));
  return out;
}

/** Writes a value so that the language takes it as it is. */
export function quote(value: string): string {
  if (/^[\p{L}\p{N}_./][\p{L}\p{N}_./-]*$/u.test(value) && !["AND", "OR", "NOT", "TO"].includes(value)) return value;
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** Writes a clause: the field has the value. */
export function clause(field: string, value: string): string {
  return `${field}:${quote(value)}`;
}

/** Takes back what quote did. */
function unquote(text: string): string {
  const inner = text.startsWith('"') && text.endsWith('"') && text.length > 1 ? text.slice(1, -1) : text;
  return inner.replace(/\\(.)/g, "$1");
}

/** What a query says of one field by clauses of single values. */
export interface Chosen {
  only: string[];
  not: string[];
}

/** Reads field:value, field:(a OR b) and -field:value; null when it is something else. */
function read(token: string, field: string): { not: boolean; values: string[] } | null {
  const not = token.startsWith("-");
  const rest = not ? token.slice(1) : token;
  if (!rest.startsWith(`${field}:`)) return null;
  const value = rest.slice(field.length + 1);
  if (value.startsWith("(") && value.endsWith(")")) {
    const values = tokens(value.slice(1, -1)).filter((t) => t !== "OR");
    return values.some((v) => !single(v)) ? null : { not, values: values.map(unquote) };
  }
  return single(value) ? { not, values: [unquote(value)] } : null;
}

function single(value: string): boolean {
  return value !== "" && (value.startsWith('"') || !/[*?<>[\](){}"]|^-|^(AND|OR|NOT)$/.test(value));
}

/** Returns what the query says of the field. A query with OR at its top says nothing certain. */
export function chosen(query: string, field: string): Chosen {
  const out: Chosen = { only: [], not: [] };
  const all = tokens(query);
  if (all.some((t) => t === "OR" || t === "||")) return out;
  for (const token of all) {
    const said = read(token, field);
    if (said) out[said.not ? "not" : "only"].push(...said.values);
  }
  return out;
}

function write(field: string, values: string[], not: boolean): string[] {
  if (values.length === 0) return [];
  if (not) return values.map((v) => `-${clause(field, v)}`);
  return values.length === 1 ? [clause(field, values[0] as string)] : [`${field}:(${values.map(quote).join(" OR ")})`];
}

/** Returns the query with other values for the field; what else it says stays. */
export function choose(query: string, field: string, want: Chosen): string {
  let all = tokens(query);
  if (all.some((t) => t === "OR" || t === "||")) all = [`(${query.trim()})`];
  else all = all.filter((t) => read(t, field) === null);
  return [...all, ...write(field, want.only, false), ...write(field, want.not, true)].join(" ");
}

/** Adds a value to those that the field may have, or takes it away again. */
export function toggle(query: string, field: string, value: string): string {
  const now = chosen(query, field);
  const only = now.only.includes(value) ? now.only.filter((v) => v !== value) : [...now.only, value];
  return choose(query, field, { only, not: now.not.filter((v) => v !== value) });
}

/** Excludes a value, or no longer. */
export function exclude(query: string, field: string, value: string): string {
  const now = chosen(query, field);
  const not = now.not.includes(value) ? now.not.filter((v) => v !== value) : [...now.not, value];
  return choose(query, field, { only: now.only.filter((v) => v !== value), not });
}

/** Adds what must hold, too. */
export function and(query: string, ...clauses: string[]): string {
  const all = tokens(query);
  const first = all.some((t) => t === "OR" || t === "||") ? [`(${query.trim()})`] : all;
  return [...first, ...clauses.filter((c) => c !== "" && !first.includes(c))].join(" ");
}

/** The word that is being written at the place, and where it begins. */
export function wordAt(query: string, at: number): { from: number; text: string } {
  let from = at;
  while (from > 0 && !/[\s(]/.test(query[from - 1] as string)) from--;
  return { from, text: query.slice(from, at) };
}
