import { store } from "./store";

/** Where the reader is: the path, and what the page keeps behind the question mark. */
export interface Place {
  path: string;
  params: URLSearchParams;
}

function read(): Place {
  return { path: location.pathname, params: new URLSearchParams(location.search) };
}

export const place = store<Place>(read());

addEventListener("popstate", () => place.set(read()));

/** Goes to an address of this site. */
export function go(to: string, replace = false) {
  if (to === location.pathname + location.search) return;
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  place.set(read());
}

/** Changes what the address keeps; an empty value is left out. */
export function keep(patch: Record<string, string | undefined>, replace = false) {
  const params = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(patch)) {
    if (value) params.set(name, value);
    else params.delete(name);
  }
  const text = params.toString();
  go(location.pathname + (text ? `?${text}` : ""), replace);
}

/** Makes an address of a path and what it keeps. */
export function address(path: string, params: Record<string, string | undefined> = {}): string {
  const all = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value) all.set(name, value);
  const text = all.toString();
  return path + (text ? `?${text}` : "");
}

/** Follows links within the site without loading the page again. */
export function follow(e: MouseEvent) {
  if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
  const link = (e.target as Element | null)?.closest?.("a");
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (!isPage(link.pathname)) return;
  e.preventDefault();
  go(link.pathname + link.search);
  scrollTo(0, 0);
}

/** Says which addresses are pages of ours; the server knows them, too. */
export function isPage(path: string): boolean {
  return path === "/" || path.startsWith("/signals/") || (path.startsWith("/ui/") && !path.startsWith("/ui/assets/"));
}
