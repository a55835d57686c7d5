// Opens the pages of a running server in the Chromium of the system, as somebody signed in.
import { chromium } from "playwright-core";

export const base = process.env.SASUMATA_URL ?? "http://127.0.0.1:8480";
export const password = process.env.SASUMATA_PASSWORD ?? "correct horse battery";

export async function launch() {
  return chromium.launch({
    executablePath: process.env.SASUMATA_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}

/** Opens a context of which each page notes what the browser complains about. */
export async function signedIn(browser, { lang = "en", theme = "dark", width = 1440, height = 900, zone = "UTC", ...more } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    locale: lang,
    timezoneId: "Asia/Tokyo",
    colorScheme: theme === "light" ? "light" : "dark",
    reducedMotion: "reduce",
    baseURL: base,
    ...more,
  });
  await context.addInitScript(
    ([s]) => {
      if (!localStorage.getItem("sasumata.settings")) localStorage.setItem("sasumata.settings", s);
    },
    [JSON.stringify({ lang, theme, zone })],
  );
  const answer = await context.request.post("/api/v1/login", { data: { name: "admin", password } });
  if (!answer.ok()) throw new Error(`login: ${answer.status()} ${await answer.text()}`);
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (m) => {
    if (m.type() === "error" || m.type() === "warning") complaints.push(m.text());
  });
  page.on("pageerror", (err) => complaints.push(String(err)));
  page.on("dialog", (d) => {
    // A rule that is not saved asks whether to leave; staying would end the navigation.
    if (d.type() === "beforeunload") return void d.accept();
    complaints.push(`a dialog: ${d.message()}`);
    void d.dismiss();
  });
  return { context, page, complaints };
}

/** Sends what a scanner found about an asset; each finding is [id, severity, package]. */
export async function sendFindings(context, asset, found) {
  const findings = found.map(([id, severity, name]) => ({
    key: id,
    id,
    severity,
    kind: "vulnerability",
    asset,
    title: `<b>${name}</b> is weak`,
    description: "Whoever can send a request can read the memory of the process.",
    package: { name, type: "deb", versions: ["1.0"] },
    fixed: ["1.1"],
    state: "new",
    sources: [{ tool: "trivy", format: "trivy", report: "trivy.json" }],
  }));
  const reports = [{ report: "trivy.json", format: "trivy", tools: ["trivy"], findings: findings.length }];
  const answer = await context.request.post("/api/v1/posture/runs", {
    data: { format: "sasumata-findings", version: 1, generated: "2026-01-01T00:00:00Z", asset, reports, findings },
  });
  if (!answer.ok()) throw new Error(`findings: ${answer.status()} ${await answer.text()}`);
  return answer.json();
}

/** Waits until nothing is being asked and the list is there. */
export async function settled(page) {
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(50);
}
