/** Where logs can be sent to, as GET /api/v1/welcome says. */
export interface Listening {
  kind: string;
  address: string;
  tls: boolean;
}

export const senders = ["rsyslog", "nginx", "docker", "curl", "app", "vector", "fluentbit", "otel"] as const;
export type Sender = (typeof senders)[number];

/** The names of programs are the same in all languages. */
export const programs: Partial<Record<Sender, string>> = {
  rsyslog: "rsyslog",
  nginx: "nginx",
  docker: "Docker",
  vector: "Vector",
  fluentbit: "Fluent Bit",
  otel: "OpenTelemetry",
};

/** What somebody copies to have logs sent here. */
export interface Snippet {
  /** Goes into the configuration of this server first; empty when nothing is missing there. */
  server: string;
  /** Goes to the sender. */
  sender: string;
  /** The sender shows a token. */
  token: boolean;
}

/** Stands where a token belongs until there is one. */
export const noToken = "TOKEN";

function portOf(address: string): string {
  return address.slice(address.lastIndexOf(":") + 1);
}

/** Makes what a sender needs. Origin is how the browser knows this server, file what its log is called. */
export function snippet(of: Sender, origin: string, listens: Listening[], token = noToken): Snippet {
  const at = new URL(origin);
  const host = at.hostname;
  const place = (protocol: string) => listens.find((l) => l.kind === `syslog ${protocol}`);
  const syslog = (protocol: string) => (place(protocol) ? "" : `syslog:\n  - {protocol: ${protocol}, listen: "0.0.0.0:5514"}\n`);
  const port = (protocol: string) => portOf(place(protocol)?.address ?? ":5514");
  const secure = at.protocol === "https:";
  const httpPort = at.port || (secure ? "443" : "80");
  switch (of) {
    case "rsyslog":
      return {
        server: syslog("tcp"),
        sender: `# /etc/rsyslog.d/60-sasumata.conf
*.* action(type="omfwd" target="${host}" port="${port("tcp")}" protocol="tcp"
  TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"
  queue.type="LinkedList" queue.filename="sasumata" queue.saveOnShutdown="on"
  action.resumeRetryCount="-1")
`,
        token: false,
      };
    case "nginx":
      return { server: syslog("udp"), sender: `access_log syslog:server=${host}:${port("udp")},tag=nginx combined;\n`, token: false };
    case "docker":
      return { server: `docker: {address: "unix:///var/run/docker.sock"}\n`, sender: "", token: false };
    case "curl":
      return {
        server: "",
        sender: `curl -H 'Authorization: Bearer ${token}' --data-binary @access.log '${at.origin}/intake/lines?source=nginx'\n`,
        token: true,
      };
    case "app":
      return {
        server: "",
        sender: `curl -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' '${at.origin}/api/v2/logs' -d '[{
  "message": "login failed", "service": "shop", "status": "warn",
  "evt": {"category": "authentication", "name": "authentication", "outcome": "failure"},
  "usr": {"id": "alice"}, "network": {"client": {"ip": "203.0.113.7"}}
}]'\n`,
        token: true,
      };
    case "vector":
      return {
        server: "",
        sender: `# vector.yaml
sinks:
  sasumata:
    type: elasticsearch
    inputs: [YOUR_SOURCE]
    endpoints: ["${at.origin}/elastic"]
    api_version: v8
    auth: {strategy: basic, user: vector, password: "${token}"}
`,
        token: true,
      };
    case "fluentbit":
      return {
        server: "",
        sender: `# fluent-bit.yaml
pipeline:
  outputs:
    - name: loki
      match: "*"
      host: ${host}
      port: ${httpPort}
      tls: ${secure ? "on" : "off"}
      http_user: fluent-bit
      http_passwd: ${token}
      labels: job=fluent-bit
`,
        token: true,
      };
    case "otel":
      return {
        server: "",
        sender: `exporters:
  otlphttp:
    logs_endpoint: ${at.origin}/v1/logs
    headers: {authorization: "Bearer ${token}"}
`,
        token: true,
      };
  }
}
