import { get } from "./api";
import type { Bucket } from "./scale";
import { parse } from "./time";

/** What a container uses; what is not known is absent. */
export interface Usage {
  at: string;
  cpu_percent?: number;
  cpu_limit_percent?: number;
  cpu_limit_cores?: number;
  memory_bytes: number;
  memory_limit_bytes?: number;
  memory_percent?: number;
  oom_kills: number;
  pids: number;
  connections?: number;
  received_rate?: number;
  sent_rate?: number;
  disk_percent?: number;
}

export interface Container {
  id: string;
  name: string;
  image: string;
  compose_project?: string;
  compose_service?: string;
  state: string;
  health?: string;
  started?: string;
  restarts: number;
  crashes: number;
  powers: string[];
  immutable: boolean;
  written: string[];
  written_count: number;
  usage?: Usage;
  problem?: string;
}

export interface Containers {
  watching: boolean;
  why?: string;
  address?: string;
  engine?: string;
  connected: boolean;
  since?: string;
  error?: string;
  blind: string[];
  left_out: number;
  containers: Container[];
}

export interface Point {
  at: string;
  cpu_percent?: number;
  memory_bytes: number;
  connections?: number;
}

export interface ContainerDetail {
  container: Container;
  command: string[];
  user?: string;
  privileged: boolean;
  read_only: boolean;
  cap_add: string[];
  cap_drop: string[];
  network_mode: string;
  networks: { name: string; addresses: string[] }[];
  mounts: { type: string; source?: string; destination: string; writable: boolean }[];
  history: Point[];
}

export const containers = (signal?: AbortSignal) => get<Containers>("/api/v1/containers", {}, signal);

/** Returns what is known of a container, undefined when it is not watched. */
export async function container(id: string, signal?: AbortSignal): Promise<ContainerDetail | undefined> {
  const all = await containers(signal); // asking for one that is not there would be an error in the browser's log
  return all.containers.some((c) => c.id === id || c.name === id) ? detail(id, signal) : undefined;
}

const detail = (id: string, signal?: AbortSignal) => get<ContainerDetail>(`/api/v1/containers/${encodeURIComponent(id)}`, {}, signal);

/** Returns what of the samples a chart shows: means of so many at a time. */
export function means(history: Point[], of: (p: Point) => number | undefined, every = 5): Bucket[] {
  const all: Bucket[] = [];
  for (let i = 0; i < history.length; i += every) {
    const some = history.slice(i, i + every);
    const known = some.map(of).filter((n) => n !== undefined);
    const [first, last] = [some[0] as Point, some[some.length - 1] as Point];
    const mean = known.length ? known.reduce((a, b) => a + b, 0) / known.length : 0;
    all.push({ from: parse(first.at), to: parse(last.at) + 1000, counts: { use: Math.round(mean * 10) / 10 } });
  }
  return all;
}
