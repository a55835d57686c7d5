// What a dashboard of content/dashboards may be: Grafana's own schema, as the types of its
// Foundation SDK, with the panels and the data source that ours use.

import type * as bargauge from "@grafana/grafana-foundation-sdk/bargauge";
import type * as grafana from "@grafana/grafana-foundation-sdk/dashboard";
import type * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import type * as stat from "@grafana/grafana-foundation-sdk/stat";
import type * as table from "@grafana/grafana-foundation-sdk/table";
import type * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";

// Written is a type of the SDK as JSON has it: of an enum its texts or numbers, and of the
// methods by which the SDK tells types apart nothing.
type Written<T> = T extends string
  ? `${T}`
  : T extends number
    ? `${T}` extends `${infer N extends number}`
      ? N
      : number
    : T extends (infer One)[]
      ? Written<One>[]
      : { [Key in keyof T as T[Key] extends () => void ? never : Key]: Written<T[Key]> };

// Partly is what a panel's own options are: Grafana adds those that are not given.
type Partly<T> = { [Key in keyof T]?: T[Key] extends object | undefined ? Partly<T[Key]> : T[Key] };

type PanelOf<Kind extends string, Options, Custom> = Omit<grafana.Panel, "type" | "options" | "targets" | "fieldConfig"> & {
  type: Kind;
  options: Partly<Options>;
  targets: prometheus.Dataquery[];
  fieldConfig: Omit<grafana.FieldConfigSource, "defaults"> & {
    defaults: Omit<grafana.FieldConfig, "custom"> & { custom?: Partly<Custom> };
  };
};

type Panel =
  | PanelOf<"stat", stat.Options, never>
  | PanelOf<"bargauge", bargauge.Options, never>
  | PanelOf<"table", table.Options, table.FieldConfig>
  | PanelOf<"timeseries", timeseries.Options, timeseries.FieldConfig>;

export type Dashboard = Written<Omit<grafana.Dashboard, "panels"> & { panels: Panel[] }>;
