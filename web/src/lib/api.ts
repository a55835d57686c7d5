import { store } from "./store";

/** What the server says is wrong, in the form of RFC 9457. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    detail: string,
  ) {
    super(detail || title);
  }
}

/** Who is signed in: undefined while nobody asked, null when nobody is. */
export interface Me {
  name: string;
  scopes: string[];
  session?: string;
}
export const me = store<Me | null | undefined>(undefined);

/** Reports whether the reader may do what needs the scope. */
export function may(scope: string): boolean {
  return me.get()?.scopes.includes(scope) ?? false;
}

async function problem(answer: Response): Promise<Problem> {
  let title = answer.statusText;
  let detail = "";
  try {
    const said = await answer.json();
    title = String(said.title ?? title);
    detail = String(said.detail ?? "");
  } catch {
    // The answer is no JSON: the status has to do.
  }
  return new Problem(answer.status, title, detail);
}

/** Sends a request; who is not signed in any more is told so by the frame. */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(path, { credentials: "same-origin", ...init });
  if (answer.ok) return answer;
  if (answer.status === 401) me.set(null);
  throw await problem(answer);
}

type Params = Record<string, string | number | undefined>;

/** Makes a path with parameters; those that are empty are left out. */
export function withParams(path: string, params: Params = {}): string {
  const all = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value !== undefined && value !== "") all.set(name, String(value));
  const text = all.toString();
  return text ? `${path}?${text}` : path;
}

export async function get<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  return (await send(withParams(path, params), signal ? { signal } : {})).json();
}

async function change<T>(method: string, path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.headers = { "Content-Type": "application/json" };
    init.body = JSON.stringify(body);
  }
  const answer = await send(path, init);
  const text = await answer.text();
  return (text ? JSON.parse(text) : {}) as T;
}

export const post = <T>(path: string, body?: unknown) => change<T>("POST", path, body ?? {});
export const patch = <T>(path: string, body: unknown) => change<T>("PATCH", path, body);
export const remove = <T>(path: string) => change<T>("DELETE", path);

/** Reports whether an error is only that nobody wants the answer any more. */
export function aborted(err: unknown): boolean {
  return err instanceof DOMException && err.name === "AbortError";
}

/** Asks who is signed in. */
export async function whoAmI() {
  try {
    me.set(await get<Me>("/api/v1/me"));
  } catch (err) {
    if (err instanceof Problem && err.status === 401) me.set(null);
    else throw err;
  }
}
