import type { ComponentType } from "preact";
import type { Catalogue } from "./i18n/en";
import type { IconName } from "./ui/icons";

/** A page: one file in pages/, and one line here. */
export interface Route {
  path: string;
  /** Its place in the navigation; without it, the page is reached from others. */
  nav?: { text: keyof Catalogue["nav"]; icon: IconName };
  /** The scope that a reader must have to be led there. */
  needs?: string;
  load: () => Promise<{ default: ComponentType }>;
}

export const routes: Route[] = [
  { path: "/", nav: { text: "signals", icon: "signals" }, load: () => import("./pages/signals") },
  { path: "/signals/", load: () => import("./pages/signal") },
  { path: "/ui/overview", nav: { text: "overview", icon: "overview" }, load: () => import("./pages/overview") },
  { path: "/ui/dash/", nav: { text: "dashboards", icon: "dashboards" }, load: () => import("./pages/dash") },
  { path: "/ui/logs", nav: { text: "logs", icon: "logs" }, load: () => import("./pages/logs") },
  { path: "/ui/entities", nav: { text: "entities", icon: "entities" }, load: () => import("./pages/entities") },
  { path: "/ui/containers", nav: { text: "containers", icon: "containers" }, load: () => import("./pages/containers") },
  { path: "/ui/entity", load: () => import("./pages/entity") },
  { path: "/ui/rules", nav: { text: "rules", icon: "rules" }, load: () => import("./pages/rules") },
  { path: "/ui/rule", load: () => import("./pages/rule") },
  { path: "/ui/attack", nav: { text: "attack", icon: "attack" }, load: () => import("./pages/attack") },
  { path: "/ui/posture", nav: { text: "posture", icon: "posture" }, load: () => import("./pages/posture") },
  { path: "/ui/alerting", nav: { text: "alerting", icon: "alerting" }, load: () => import("./pages/alerting") },
  { path: "/ui/responses", nav: { text: "responses", icon: "responses" }, load: () => import("./pages/responses") },
  { path: "/ui/suppressions", nav: { text: "suppressions", icon: "suppressions" }, load: () => import("./pages/suppressions") },
  { path: "/ui/health", nav: { text: "health", icon: "health" }, load: () => import("./pages/health") },
  { path: "/ui/welcome", load: () => import("./pages/welcome") },
  { path: "/ui/audit", nav: { text: "audit", icon: "audit" }, needs: "audit:read", load: () => import("./pages/audit") },
  { path: "/ui/settings", nav: { text: "settings", icon: "settings" }, load: () => import("./pages/settings") },
];

/** Returns the page of an address; one that ends in a slash has all below it. */
export function routeOf(path: string): Route | undefined {
  return routes.find((r) => r.path === path) ?? routes.find((r) => r.path !== "/" && r.path.endsWith("/") && path.startsWith(r.path));
}
