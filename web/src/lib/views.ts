import { get, post, remove } from "./api";
import { remembered } from "./settings";

/** A search that readers want to come back to. */
export interface View {
  id: string;
  name: string;
  /** What the address keeps behind the question mark, with it. */
  search: string;
  /** All have it. */
  shared: boolean;
  by: string;
}

const key = (page: string) => `sasumata.views.${page}`;

/** Returns what this browser kept before the server did; anything strange there is nothing. */
export function kept(page: string): { name: string; search: string }[] {
  const all = remembered(key(page));
  if (!Array.isArray(all)) return [];
  return all.filter((v): v is View => typeof v?.name === "string" && typeof v?.search === "string").slice(0, 100);
}

export const saveView = (page: string, name: string, search: string, shared: boolean) => post<View>("/api/v1/views", { page, name, search, shared });
export const dropView = (id: string) => remove(`/api/v1/views/${encodeURIComponent(id)}`);

const ask = async (page: string, signal?: AbortSignal) => (await get<{ views: View[] }>("/api/v1/views", { page }, signal)).views;

/** Returns the views of a page. Those that this browser kept move to the server, where none of the name is; then they are forgotten here. */
export async function listViews(page: string, signal?: AbortSignal): Promise<View[]> {
  const list = await ask(page, signal);
  const mine = kept(page);
  if (mine.length === 0) return list;
  for (const v of mine) if (!list.some((one) => !one.shared && one.name === v.name)) await saveView(page, v.name, v.search, false);
  localStorage.removeItem(key(page));
  return ask(page, signal);
}
