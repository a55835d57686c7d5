import { get, post } from "./api";

/** A response: one action on one target. */
export interface Reply {
  id: number;
  state: string;
  action: string;
  kind: string;
  target: string;
  policy?: string;
  reason: string;
  refusal?: string;
  signal?: string;
  rule?: string;
  open: boolean;
  made: string;
  made_by: string;
  changed: string;
  changed_by: string;
  duration_seconds: number;
  expires: string;
  applied?: string;
  ended?: string;
  ending?: string;
  repeats: number;
  attempts: number;
  error?: string;
  output?: string;
  version: number;
  container?: Containment;
}

/** What was done to a container. */
export interface Containment {
  container: string;
  name: string;
  image?: string;
  steps: string[];
  done: { step: string; at: string; took_us: number; how?: string; error?: string }[];
  quarantine?: string;
  frozen?: boolean;
  evidence?: string;
  snapshot?: string;
  restored?: number;
}

/** What may be done to containers. */
export const containerActions = ["quarantine", "freeze", "contain", "evidence", "snapshot", "kill"] as const;
export type ContainerAction = (typeof containerActions)[number];

/** Says whether an action is done once, and nothing undoes it. */
export const forGood = (action: string) => action === "evidence" || action === "snapshot" || action === "kill";

export interface Entry {
  id: number;
  time: string;
  actor: string;
  action: string;
  outcome: string;
}

export interface ReplyDetail {
  response: Reply;
  history: Entry[];
  signals: string[];
}

export interface PolicyOf {
  name: string;
  query?: string;
  severity?: string[];
  rules?: string[];
  tags?: string[];
  action: string;
  target: string;
  steps?: string[];
  duration_seconds: number;
  approval: boolean;
  mode: "dry-run" | "active";
}

export interface Going {
  mode: "dry-run" | "active";
  open: Record<string, number>;
  held_back: number;
  begun_last_hour: number;
  per_hour: number;
  firewall: boolean;
  problem?: string;
  restored: number;
  dropped_packets: number;
  policies: PolicyOf[];
  actions: string[];
  never: Record<string, string[]>;
}

/** What would become of a block. */
export interface Checked {
  target: string;
  refusal?: string;
  reason?: string;
  open?: Reply;
  dry_run: boolean;
}

export interface Asked {
  state?: string;
  target?: string;
  signal?: string;
}

export interface BlockWish {
  target: string;
  reason: string;
  for?: string;
  dry_run?: boolean;
  signal?: string;
}

/** How long a block may last. */
export const blockTimes = ["1h", "4h", "1d", "7d", "30d"] as const;

const path = "/api/v1/responses";

export const responses = (asked: Asked, cursor: string, limit: number, signal?: AbortSignal) =>
  get<{ responses: Reply[]; next?: string }>(path, { ...asked, cursor, limit }, signal);
export const responding = (signal?: AbortSignal) => get<Going>(`${path}/summary`, {}, signal);
export const response = (id: number, signal?: AbortSignal) => get<ReplyDetail>(`${path}/${id}`, {}, signal);
export const check = (target: string, signal?: AbortSignal, action = "block") => get<Checked>(`${path}/check`, { target, action }, signal);
export const block = (wish: BlockWish) => post<Reply>(path, wish);
export const ask = (wish: BlockWish & { action: ContainerAction }) => post<Reply>(path, wish);

/** Where all about a signal, or a response without one, and what was captured is to be had as one file. */
export const incidentArchive = (of: { signal?: string; id?: number }) => `/api/v1/incidents/${encodeURIComponent(`INC-${of.signal ?? `R${of.id}`}`)}/archive`;
export const evidenceArchive = (id: string) => `/api/v1/evidence/${encodeURIComponent(id)}/archive`;

export type Verdict = "undo" | "approve" | "refuse";
export const decide = (r: Reply, what: Verdict, reason = "") => post<Reply>(`${path}/${r.id}/${what}`, { version: r.version, ...(reason ? { reason } : {}) });

/** Returns what may be decided about a response. */
export function verdicts(r: Reply): Verdict[] {
  if (!r.open || r.ending) return [];
  switch (r.state) {
    case "waiting_approval":
      return ["approve", "refuse"];
    case "dry_run":
      return ["approve", "undo"];
    case "failed":
      return r.applied ? ["approve", "undo"] : ["approve"];
    case "planned":
    case "applying":
      return ["undo"];
    case "active":
      return forGood(r.action) ? [] : ["undo"];
    default:
      return [];
  }
}
