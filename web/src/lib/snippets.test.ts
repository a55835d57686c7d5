import { expect, it } from "vitest";
import { senders, snippet } from "./snippets";

it("asks for a listener only where there is none", () => {
  const here = "https://logs.example.com";
  expect(snippet("rsyslog", here, []).server).toContain("protocol: tcp");
  const there = snippet("rsyslog", here, [{ kind: "syslog tcp", address: "[::]:6514", tls: false }]);
  expect(there.server).toBe("");
  expect(there.sender).toContain('target="logs.example.com" port="6514"');
  expect(snippet("nginx", here, [{ kind: "syslog tcp", address: "[::]:6514", tls: false }]).server).toContain("protocol: udp");
});

it("has the token where a sender shows one, and nowhere else", () => {
  for (const one of senders) {
    const s = snippet(one, "http://127.0.0.1:8480", [], "sas_x");
    expect((s.server + s.sender).includes("sas_x"), one).toBe(s.token);
  }
});

it("knows the port of an address without one", () => {
  expect(snippet("fluentbit", "https://logs.example.com", []).sender).toMatch(/port: 443\n {6}tls: on/);
});
