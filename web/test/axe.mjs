// Looks for what keeps people out, on every page in both themes: node test/axe.mjs [PART OF AN ADDRESS]
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { launch, sendFindings, settled, signedIn } from "./browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await launch();
let serious = 0;
// Each theme in another language: what differs by language is the text only.
for (const [theme, lang] of [
  ["light", "en"],
  ["dark", "ja"],
]) {
  const { page, context } = await signedIn(browser, { theme, lang });
  await sendFindings(context, "shop/api", [
    ["CVE-2026-9001", "critical", "openssl"],
    ["CVE-2026-9002", "medium", "zlib"],
  ]);
  const list = await (await context.request.get("/api/v1/signals?limit=1&sort=severity")).json();
  const id = list.signals[0].id;
  const pages = {
    "/": null,
    [`/?id=${id}`]: null,
    [`/?id=${id}#logs`]: (p) => p.getByRole("tab").nth(1).click(),
    [`/?id=${id}#history`]: (p) => p.getByRole("tab").nth(2).click(),
    [`/?id=${id}#told`]: (p) => p.getByRole("tab").nth(3).click(),
    "/#table": (p) => p.locator(".histogram figcaption button").click(),
    "/#range": (p) => p.locator(".explorer-search .menu > button").click(),
    "/#help": (p) => p.keyboard.press("?"),
    "/?q=severity:none": null,
    [`/signals/${id}`]: null,
    "/ui/logs?range=all": null,
    "/ui/logs?range=7d#event": (p) => p.locator(".row").first().click(),
    "/ui/logs?range=7d&view=patterns": null,
    "/ui/overview": null,
    "/ui/dash/logins?range=7d": (p) => p.locator(".map a").first().focus(),
    "/ui/dash/logins?range=7d#table": (p) => p.locator(".map-tools button").click(),
    "/ui/dash/web?range=7d": (p) => p.locator(".histogram figcaption button").first().click(),
    "/ui/dash/hosts": null,
    "/ui/attack": null,
    "/ui/attack?technique=T1110.001": null,
    "/ui/entities": null,
    "/ui/entity?kind=ip&value=203.0.113.77": null,
    "/ui/containers": null,
    "/ui/entity?kind=container&value=none": null,
    "/ui/rules": null,
    "/ui/rules#why": (p) => p.locator("select.mode").first().selectOption("disabled"),
    "/ui/rule?id=brute_force_by_ip": null,
    "/ui/rule?id=brute_force_by_ip#diff": (p) => p.getByRole("tab").nth(1).click(),
    "/ui/rule?q=source:nginx": null,
    "/ui/health": null,
    "/ui/posture": null,
    "/ui/posture?asset=shop%2Fapi#finding": (p) => p.locator("section").last().locator("tbody button").first().click(),
    "/ui/alerting": null,
    "/ui/alerting#tested": (p) => p.getByRole("button", { name: /team/ }).click(),
    [`/ui/alerting?tab=preview&signal=${id}`]: null,
    "/ui/alerting?tab=deliveries": (p) => p.locator("details summary").first().click(),
    [`/ui/alerting?tab=silences&signal=${id}`]: (p) => p.locator("#silence .preview").waitFor(),
    "/ui/alerting?tab=oncall": null,
    "/ui/alerting?tab=oncall#drill": (p) => p.locator("section:has(select) .form > button").click(),
    [`/?id=${id}#response`]: (p) => p.getByRole("tab").nth(4).click(),
    "/ui/responses": null,
    "/ui/responses?tab=dry": (p) =>
      p
        .getByRole("button", { name: /^(Details|詳細) / })
        .first()
        .click(),
    "/ui/responses?tab=policies": null,
    "/ui/suppressions": null,
    [`/?id=${id}#mute`]: (p) => p.locator(".panel .triage .menu > button").nth(2).click(),
    "/ui/audit": null,
    "/ui/settings": null,
    "/ui/settings?tab=users": (p) => p.locator("td button.button").first().click(),
    "/ui/settings?tab=tokens": null,
    "/ui/welcome": (p) => p.evaluate(() => [...document.querySelectorAll("details")].map((d) => d.setAttribute("open", ""))),
    "/ui/nowhere": null,
  };
  for (const [path, act] of Object.entries(pages)) {
    if (process.argv[2] && !path.includes(process.argv[2])) continue;
    await page.goto("about:blank");
    await page.goto(path);
    await settled(page);
    if (act) {
      await act(page);
      await settled(page);
    }
    await page.evaluate(axe);
    const found = await page.evaluate(() =>
      window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }).then((r) =>
        r.violations.map((v) => ({
          id: v.id,
          impact: v.impact,
          nodes: v.nodes.slice(0, 3).map((n) => `${n.target.join(" ")}: ${n.failureSummary.split("\n").slice(1, 3).join("; ")}`),
          count: v.nodes.length,
        })),
      ),
    );
    for (const v of found) {
      const bad = v.impact === "serious" || v.impact === "critical";
      if (bad) serious += v.count;
      console.log(`${bad ? "FAIL" : "note"} ${theme} ${lang} ${path}: ${v.id} (${v.impact}, ${v.count})\n       ${v.nodes.join("\n       ")}`);
    }
  }
  await context.close();
}
console.log(`${serious} serious faults`);
await browser.close();
process.exit(serious ? 1 : 0);
