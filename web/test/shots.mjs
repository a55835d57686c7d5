// Takes pictures of pages, to look at: node test/shots.mjs FOLDER [PAGE...]
import { mkdirSync } from "node:fs";
import { base, launch, sendFindings, settled, signedIn } from "./browser.mjs";

const [folder = "/tmp/shots", ...only] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const browser = await launch();
const list = await (async () => {
  const { context } = await signedIn(browser);
  const some = [
    ["CVE-2026-9001", "critical", "openssl"],
    ["CVE-2026-9002", "medium", "zlib"],
    ["CVE-2026-9003", "high", "curl"],
    ["CVE-2026-9004", "low", "tar"],
  ];
  await sendFindings(context, "shop/web", some);
  await sendFindings(context, "shop/api", some.slice(0, 3));
  await sendFindings(context, "shop/api", some.slice(1));
  const answer = await (await context.request.get(`${base}/api/v1/signals?limit=1&sort=severity`)).json();
  await context.close();
  return answer.signals[0]?.id ?? "";
})();
const pages = {
  signals: { path: "/" },
  panel: { path: `/?sort=severity&id=${list}` },
  "panel-logs": { path: `/?sort=severity&id=${list}`, act: (p) => p.getByRole("tab").nth(1).click() },
  "panel-history": { path: `/?sort=severity&id=${list}`, act: (p) => p.getByRole("tab").nth(2).click() },
  "panel-told": { path: `/?sort=severity&id=${list}`, act: (p) => p.getByRole("tab").nth(3).click() },
  signal: { path: `/signals/${list}` },
  logs: { path: "/ui/logs" },
  "logs-event": { path: "/ui/logs?q=source:json", act: (p) => p.locator(".row").nth(3).click() },
  patterns: { path: "/ui/logs?range=7d&view=patterns" },
  hostile: { path: "/ui/logs?q=status:error+host:web1+-source:nginx" },
  help: { path: "/", act: (p) => p.keyboard.press("?") },
  overview: { path: "/ui/overview" },
  "dash-logins": { path: "/ui/dash/logins?range=7d" },
  "dash-web": { path: "/ui/dash/web?range=7d" },
  "dash-hosts": { path: "/ui/dash/hosts" },
  attack: { path: "/ui/attack" },
  "attack-technique": { path: "/ui/attack?technique=T1110.001" },
  rules: { path: "/ui/rules" },
  rule: { path: "/ui/rule?id=brute_force_by_ip" },
  "rule-new": { path: `/ui/rule?q=${encodeURIComponent("@http.status_code:404 source:nginx")}` },
  entities: { path: "/ui/entities" },
  entity: { path: "/ui/entity?kind=ip&value=203.0.113.77" },
  health: { path: "/ui/health" },
  welcome: { path: "/ui/welcome" },
  audit: { path: "/ui/audit" },
  settings: { path: "/ui/settings" },
  alerting: { path: "/ui/alerting" },
  "alerting-tested": { path: "/ui/alerting", act: (p) => p.getByRole("button", { name: /pager/ }).click() },
  "alerting-preview": { path: `/ui/alerting?tab=preview&signal=${list}` },
  "alerting-deliveries": { path: "/ui/alerting?tab=deliveries" },
  "alerting-silences": { path: `/ui/alerting?tab=silences&signal=${list}`, act: (p) => p.waitForTimeout(800) },
  "alerting-oncall": { path: "/ui/alerting?tab=oncall" },
  "settings-users": { path: "/ui/settings?tab=users" },
  "settings-tokens": { path: "/ui/settings?tab=tokens" },
  "panel-response": { path: `/?sort=severity&id=${list}`, act: (p) => p.getByRole("tab").nth(4).click() },
  posture: { path: "/ui/posture" },
  "posture-finding": { path: "/ui/posture?asset=shop%2Fapi", act: (p) => p.locator("section").last().locator("tbody button").first().click() },
  containers: { path: "/ui/containers" },
  "entity-container": { path: `/ui/entity?kind=container&value=${process.env.CONTAINER ?? "none"}` },
  responses: { path: "/ui/responses" },
  "responses-dry": { path: "/ui/responses?tab=dry" },
  "responses-policies": { path: "/ui/responses?tab=policies" },
  suppressions: { path: "/ui/suppressions" },
};
const variants = [
  { theme: "dark", lang: "en", width: 1440 },
  { theme: "light", lang: "ja", width: 1440 },
  { theme: "light", lang: "en", width: 800 },
  { theme: "dark", lang: "ja", width: 800 },
];
const wanted = process.env.VARIANTS ? process.env.VARIANTS.split(",").map((i) => variants[Number(i)]) : variants;
for (const v of wanted) {
  const { page, context, complaints } = await signedIn(browser, v);
  for (const [name, one] of Object.entries(pages)) {
    if (only.length && !only.includes(name)) continue;
    await page.goto(base + one.path);
    await settled(page);
    if (one.act) {
      await one.act(page);
      await settled(page);
    }
    await page.screenshot({ path: `${folder}/${name}-${v.theme}-${v.lang}-${v.width}.png` });
    for (const c of complaints.splice(0)) console.log(`${name} ${v.theme} ${v.lang}: ${c}`);
  }
  await context.close();
}
await browser.close();
