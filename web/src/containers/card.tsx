import { Fragment } from "preact";
import { useText } from "../i18n";
import { container, means } from "../lib/containers";
import { useEvery, useLoad } from "../lib/load";
import { bytes } from "../lib/metrics";
import { settings } from "../lib/settings";
import { useStore } from "../lib/store";
import { number, parse, stamp, zoneLabel } from "../lib/time";
import { Histogram } from "../ui/histogram";
import { LogText } from "../ui/logtext";
import { ContainerState, memoryOf, perCent, Remarks } from "./parts";

/** What is known of a container that is watched, on the page of the entity. */
export function ContainerCard({ id }: { id: string }) {
  const t = useText();
  const { lang, zone } = useStore(settings);
  const one = useLoad((signal) => container(id, signal), [id]);
  useEvery(5000, one.again);
  const d = one.value;
  if (!d) {
    return (
      <section class="card top-gap">
        <h2>{t.containers.one}</h2>
        <p class="muted">{one.busy && !one.error ? t.app.loading : t.containers.gone}</p>
      </section>
    );
  }
  const c = d.container;
  const lines: [string, string][] = [
    [t.containers.name, c.name],
    [t.containers.image, c.image],
    ["Compose", [c.compose_project, c.compose_service].filter(Boolean).join(" / ")],
    [t.containers.started, c.started ? `${stamp(parse(c.started), zone)} ${zoneLabel(zone)}` : ""],
    ["CPU", `${perCent(c.usage?.cpu_percent)} (${t.containers.ofLimit} ${perCent(c.usage?.cpu_limit_percent)})`],
    [t.containers.memory, memoryOf(c)],
    [t.containers.connections, c.usage?.connections === undefined ? "–" : number(c.usage.connections, lang)],
    [t.containers.network, c.usage?.received_rate === undefined ? "–" : `↓ ${bytes(c.usage.received_rate)}/s ↑ ${bytes(c.usage.sent_rate ?? 0)}/s`],
    [t.containers.disk, perCent(c.usage?.disk_percent)],
    [t.containers.restarts, `${number(c.restarts, lang)} (${t.containers.crashes} ${number(c.crashes, lang)})`],
    [t.containers.command, d.command.join(" ")],
    [t.containers.user, d.user ?? ""],
    [t.containers.networks, d.networks.map((n) => `${n.name} ${n.addresses.join(" ")}`).join(", ")],
    [t.containers.mounts, d.mounts.map((m) => `${m.source ?? m.type}:${m.destination}${m.writable ? "" : " (ro)"}`).join(", ")],
    [t.containers.capabilities, [...d.cap_add.map((x) => `+${x}`), ...d.cap_drop.map((x) => `-${x}`)].join(" ")],
    [t.containers.files, c.written.join(", ")],
  ];
  return (
    <section class="card top-gap">
      <h2>
        {t.containers.one} <ContainerState of={c} /> <Remarks of={c} />
      </h2>
      <div class="split">
        <dl class="facts">
          {lines
            .filter(([, value]) => value)
            .map(([name, value]) => (
              <Fragment key={name}>
                <dt>{name}</dt>
                <dd>
                  <LogText text={value} most={500} />
                </dd>
              </Fragment>
            ))}
        </dl>
        <div>
          <Histogram
            title={t.containers.cpuChart}
            buckets={means(d.history, (p) => p.cpu_percent)}
            series={[{ key: "use", label: "CPU %", class: "info" }]}
            height={72}
            busy={one.busy && !d}
          />
          <Histogram
            title={t.containers.memoryChart}
            buckets={means(d.history, (p) => p.memory_bytes / 1e6)}
            series={[{ key: "use", label: "MB", class: "low" }]}
            height={72}
            busy={one.busy && !d}
          />
        </div>
      </div>
    </section>
  );
}
