import { createContext } from "preact";
import { useContext } from "preact/hooks";

/** What all panels of a dashboard share. */
export interface Shared {
  filter: string;
  range: string;
  onFilter: (field: string, value: string, not: boolean) => void;
  onZoom: (from: number, to: number) => void;
}

export const DashContext = createContext<Shared | null>(null);

export function useShared(): Shared {
  const shared = useContext(DashContext);
  if (!shared) throw new Error("BUG: a panel outside of a dashboard");
  return shared;
}
