// What people do with the pages, on a running server that test/ui filled: node test/journeys.mjs
// SASUMATA_URL is its address, SASUMATA_LOG a log that it follows. Each journey says how it
// ended; with a failure the program ends with 1.
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { launch, password, sendFindings, settled, signedIn } from "./browser.mjs";

const browser = await launch();
const only = process.argv[2];
let failed = 0;

/** Runs a journey as somebody signed in, after which the browser must have complained of nothing. */
async function journey(name, act, options = {}) {
  if (only && !name.includes(only)) return;
  const began = Date.now();
  const { page, context, complaints } = await signedIn(browser, options);
  page.setDefaultTimeout(15_000);
  try {
    await act(page, context, complaints);
    assert.deepEqual(complaints, [], "the browser complains");
    console.log(`ok   ${name} (${Date.now() - began} ms)`);
  } catch (err) {
    failed++;
    console.log(`FAIL ${name}\n${err.stack}`);
    if (process.env.SASUMATA_SHOTS) await page.screenshot({ path: `${process.env.SASUMATA_SHOTS}/failed-${name.replaceAll(/\W+/g, "-")}.png` });
  }
  await context.close();
}

const rows = (page) => page.locator(".grid .row");
const panel = (page) => page.locator(".panel");
const toast = (page) => page.locator(".toast").last();
const stateOf = async (context, id) => (await (await context.request.get(`/api/v1/signals/${id}`)).json()).state;
const change = (context, id, data) => context.request.patch(`/api/v1/signals/${id}`, { data });
const opened = (page) => page.waitForFunction(() => new URLSearchParams(location.search).get("id")).then((h) => h.jsonValue());

await journey("somebody who is not signed in signs in, and comes back", async (page, context, complaints) => {
  await context.clearCookies();
  await page.goto("/ui/logs?q=status:error");
  await page.waitForURL(/\/login\?next=/);
  assert.ok(complaints.every((c) => c.includes("401")));
  complaints.length = 0;
  await page.locator("input[name=name]").fill("admin");
  await page.locator("input[name=password]").fill(password);
  await page.locator("input[name=password]").press("Enter");
  await page.waitForURL(/\/ui\/logs\?q=status:error/);
  await rows(page).first().waitFor();
});

await journey("the first load is small, and signals are there at once", async (page) => {
  const loaded = [];
  page.on("requestfinished", (r) => {
    if (!r.url().includes("/api/")) loaded.push(r.sizes());
  });
  await page.goto("/");
  await rows(page).first().waitFor();
  const shown = await page.evaluate(() => Math.round(performance.now()));
  await settled(page);
  const bytes = (await Promise.all(loaded)).reduce((sum, one) => sum + one.responseBodySize, 0);
  assert.ok(bytes > 30_000 && bytes <= 150 * 1024, `${bytes} bytes`);
  console.log(`     ${bytes} bytes, signals after ${shown} ms`);
  assert.ok((await rows(page).count()) > 15);
});

await journey("find the brute force, and read why", async (page) => {
  await page.goto("/");
  await page.locator(".facet", { hasText: "Severity" }).getByText("HIGH").click();
  await page.waitForURL(/severity%3Ahigh/);
  await page.waitForFunction(() => document.querySelector(".grid .row") && !document.querySelector(".grid .row .sev:not(.high)"));
  await page.keyboard.press("Escape");
  await page.locator(".row-title", { hasText: "Brute force from one address" }).first().click();
  await panel(page).getByText("Why it fired").waitFor();
  await panel(page).getByText("What to do").first().waitFor();
  await panel(page).locator(".runbook .markdown li").first().waitFor();
  await panel(page).getByRole("tab", { name: "Logs" }).click();
  await panel(page).locator(".lines li.hit").first().waitFor();
  await panel(page).getByRole("tab", { name: "JSON" }).click();
  await panel(page).getByText('"rule_id": "brute_force_by_ip"').waitFor();
  const id = await opened(page);
  await page.goto(`/signals/${id}`);
  await page.getByRole("heading", { name: /Brute force from one address/ }).waitFor();
});

await journey("walk by keys", async (page) => {
  await page.goto("/");
  await rows(page).first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  const first = await opened(page);
  await page.keyboard.press("j");
  await page.waitForFunction((id) => new URLSearchParams(location.search).get("id") !== id, first);
  await page.keyboard.press("Escape");
  await panel(page).waitFor({ state: "detached" });
  await page.keyboard.press("/");
  await page.keyboard.type(" sever");
  await page.keyboard.press("Tab");
  await page.keyboard.type("crit");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await page.waitForURL(/severity%3Acritical/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

await journey("a range is dragged, and the same stands in a table", async (page) => {
  await page.goto("/");
  await page.locator(".plot-area .bar").first().waitFor();
  const box = await page.locator(".plot-area").boundingBox();
  await page.mouse.move(box.x + box.width * 0.7, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.98, box.y + 20, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/range=\d+-\d+/);
  await page.getByRole("button", { name: "Show as a table" }).click();
  await page.locator(".twin tbody tr").first().waitFor();
  await page.getByRole("button", { name: "Reset zoom" }).click();
  await page.waitForURL((url) => !url.searchParams.has("range"));
});

await journey("a query that makes no sense is told", async (page, _context, complaints) => {
  await page.goto("/");
  await page.locator("#query").fill("(severity:high");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  assert.ok(complaints.every((c) => c.includes("400")));
  complaints.length = 0;
});

await journey("archive as a true positive, and undo", async (page, context) => {
  await page.goto("/?q=state:open&sort=severity");
  await rows(page).nth(2).click();
  const id = await opened(page);
  await panel(page).getByText("Why it fired").waitFor();
  await page.keyboard.press("e");
  await page.getByRole("button", { name: "True positive" }).click();
  await toast(page).getByText("Archived").waitFor();
  assert.equal(await stateOf(context, id), "archived");
  await toast(page).getByRole("button", { name: "Undo" }).click();
  await toast(page).getByText("Undone").waitFor();
  assert.equal(await stateOf(context, id), "open");
  await page.keyboard.press("r");
  await panel(page).locator(".state.under_review").waitFor();
  await panel(page).getByRole("tab", { name: "History" }).click();
  await panel(page).getByLabel("Comment").fill("<b>it was the backup</b>");
  await panel(page).getByRole("button", { name: "Add the comment" }).click();
  await panel(page).locator(".said", { hasText: "<b>it was the backup</b>" }).waitFor();
});

await journey("what somebody else changed meanwhile is not written over", async (page, context, complaints) => {
  await page.goto("/?q=state:open");
  await rows(page).first().waitFor();
  await page.locator(".row .mark-box").nth(0).click();
  const id = await page.locator(".row .row-title").first().getAttribute("href");
  const name = id.split("/").at(-1);
  assert.ok((await change(context, name, { assignee: "somebody" })).ok());
  await page.locator(".bulk").getByRole("button", { name: "Review" }).click();
  await toast(page).getByText("Somebody else changed it").waitFor();
  assert.equal(await stateOf(context, name), "open");
  assert.ok(complaints.every((c) => c.includes("409")));
  complaints.length = 0;
});

await journey("mute a value, see it in the list, and end it", async (page, context) => {
  await page.goto("/?q=rule.id:rate_limit+state:open&range=30d");
  await rows(page).first().click();
  await panel(page).getByRole("button", { name: "Mute" }).click();
  const reason = `our own load test ${Date.now()}`;
  await page.getByLabel("Reason").fill(reason);
  await page.locator(".mute").getByRole("button", { name: "Mute" }).click();
  await toast(page).getByText("Muted").waitFor();
  await page.goto("/ui/suppressions");
  const row = page.locator("tr", { hasText: reason });
  await row.getByText("active").waitFor();
  await row.getByRole("button", { name: "End" }).click();
  await row.getByText("ended").waitFor();
  await page.getByLabel("What it hides").fill("@network.client.ip:203.0.113.77");
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByText(/would have hidden \d+ of/).waitFor();
  const list = await (await context.request.get("/api/v1/suppressions")).json();
  assert.equal(list.suppressions[0].state, "ended");
});

await journey("test a receiver that works, and one that does not", async (page, context) => {
  await page.goto("/ui/alerting");
  await page.getByText("Receiver spare is in no route").waitFor();
  await page.getByRole("button", { name: "Send test: team" }).click();
  await page.getByText("team took the test").waitFor();
  await page.locator(".answer summary").click();
  await page.locator(".sent", { hasText: "[TEST] This is a drill." }).waitFor();
  await page.getByRole("button", { name: "Send test: pager" }).click();
  await page.getByText("pager could not be told").waitFor();
  await page.locator(".answer", { hasText: "connection refused" }).waitFor();
  assert.ok(!(await page.content()).includes("very-secret"));
  const trail = await (await context.request.get("/api/v1/audit?action=receiver.test&limit=2")).json();
  assert.deepEqual(
    trail.entries.map((e) => [e.actor, e.object, e.outcome]),
    [
      ["admin", "receiver/pager", "failed"],
      ["admin", "receiver/team", "done"],
    ],
  );
  await page.getByRole("tab", { name: "Deliveries" }).click();
  await page.getByLabel("Outcome").selectOption("failed");
  await page.waitForURL(/tab=deliveries&outcome=failed/);
  const tests = page.locator("section", { hasText: "History" }).locator("tr", { hasText: "[TEST]" });
  await tests.getByText("told", { exact: true }).first().waitFor({ state: "detached" }); // the answer has come
  await tests.getByText("failed", { exact: true }).first().waitFor();
});

await journey("who would be told of a signal, and what", async (page, context) => {
  const list = await (await context.request.get("/api/v1/signals?query=severity:critical&limit=1")).json();
  await page.goto("/ui/alerting?tab=preview");
  await page.getByLabel("Severity").selectOption("low");
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByText("Not told one by one").waitFor();
  await page.goto(`/ui/alerting?tab=preview&signal=${list.signals[0].id}`);
  const pager = page.locator("section", { has: page.getByRole("heading", { name: "pager" }) });
  await pager.locator(".sent", { hasText: `/signals/${list.signals[0].id}` }).waitFor();
  await page.getByRole("heading", { name: /night shift now (team|boss)/ }).waitFor();
  await page.getByText("after 15 m unless somebody takes it up").waitFor();
  await page.getByRole("button", { name: "日本語" }).click();
  await pager.locator(".sent", { hasText: "緊急" }).waitFor();
});

await journey("silence with a preview, extend, expire", async (page, context) => {
  const list = await (await context.request.get("/api/v1/signals?query=severity:critical&limit=1")).json();
  await page.goto(`/ui/alerting?tab=silences&signal=${list.signals[0].id}`);
  const form = page.locator("#silence");
  await form.getByText(/would have held back [1-9]\d* of the latest attempts/).waitFor();
  const reason = `a penetration test ${Date.now()}`;
  await form.getByLabel("Reason").fill(reason);
  await form.getByRole("button", { name: "Silence", exact: true }).click();
  await toast(page).getByText("Silenced").waitFor();
  const row = page.locator("tr", { hasText: reason });
  await row.getByText("active").waitFor();
  const ends = await row.locator("time").first().textContent();
  await row.getByRole("button", { name: "Extend" }).click();
  await row.getByRole("button", { name: "+4 h" }).click();
  await page.waitForFunction(
    ([text, old]) => [...document.querySelectorAll("tr")].some((r) => r.textContent.includes(text) && !r.textContent.includes(old)),
    [reason, ends],
  );
  await row.getByRole("button", { name: "Expire" }).click();
  await row.waitFor({ state: "detached" });
  await page.getByLabel("Show expired ones").check();
  await row.getByText("expired").waitFor();
  // What would hold back nearly everything cannot be sent, and says why before.
  await form.getByLabel("Label").fill("severity");
  await form.getByLabel("Value").fill("high");
  await form.getByLabel("Reason").fill("quiet!");
  await form.getByText("It would hold back everything, or nearly").waitFor();
  assert.ok(await form.getByRole("button", { name: "Silence", exact: true }).isDisabled());
});

await journey("a fire drill goes by routes and escalation", async (page, context) => {
  await page.goto("/ui/alerting?tab=oncall");
  await page.getByRole("button", { name: "Begin the drill" }).click();
  await page.getByRole("dialog").getByText("Everybody who is told of CRITICAL").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Begin the drill" }).click();
  await toast(page).getByText("The drill has begun").waitFor();
  await page.getByRole("region", { name: "Under way" }).locator("tr", { hasText: "A drill of Sasumata" }).getByText("left").first().waitFor();
  await page.getByRole("tab", { name: "Deliveries" }).click();
  await page.getByRole("region", { name: "Not delivered" }).locator("tr", { hasText: "A drill of Sasumata" }).getByText("pager/webhook").first().waitFor();
  const trail = await (await context.request.get("/api/v1/audit?action=alerting.drill&limit=1")).json();
  assert.equal(trail.entries[0].object, "severity/critical");
});

await journey("who was told of a signal, and take it up", async (page, context) => {
  const list = await (await context.request.get("/api/v1/signals?query=severity:critical+state:open&limit=50")).json();
  const free = new Set(list.signals.filter((one) => !one.assignee).map((one) => one.id)); // who has it keeps it
  let id;
  for (const end = Date.now() + 30_000; !id && Date.now() < end; await page.waitForTimeout(200)) {
    const { undelivered } = await (await context.request.get("/api/v1/notices/undelivered?receiver=pager")).json();
    id = undelivered.find((one) => one.error?.includes("connection refused") && free.has(one.id))?.id;
  }
  assert.ok(id, "the pager was told of no open signal that nobody has");
  await page.goto(`/?id=${id}`);
  await panel(page).getByRole("tab", { name: "Told" }).click();
  const told = panel(page).getByRole("region", { name: "History" });
  await told.locator("li", { hasText: "team/file" }).getByText("told", { exact: true }).first().waitFor();
  await panel(page)
    .getByRole("region", { name: "Not delivered" })
    .locator("li", { hasText: "pager/webhook" })
    .getByText("connection refused")
    .first()
    .waitFor();
  const row = told
    .locator("li", { hasText: "team/file" })
    .filter({ has: page.locator("summary") })
    .first();
  await row.locator("summary").click();
  await row.locator(".sent", { hasText: "I take care of it: " }).waitFor();
  assert.ok(!/sig=[A-Za-z0-9]/.test(await told.textContent()), "a link of somebody else's message");
  await panel(page).getByRole("button", { name: "I take care of it" }).click();
  await panel(page).locator(".state.under_review").waitFor();
  const now = await (await context.request.get(`/api/v1/signals/${id}`)).json();
  assert.equal(now.assignee, "admin");
  await toast(page).getByRole("button", { name: "Undo" }).click();
  await toast(page).getByText("Undone").waitFor();
  await panel(page).getByRole("link", { name: "Silence this" }).click();
  await page
    .locator("#silence")
    .getByText(/It would hold back/)
    .waitFor();
});

await journey("many at once, and undo", async (page, context) => {
  await page.goto("/?q=state:open+severity:low");
  await rows(page).nth(3).waitFor();
  await page.locator(".row .mark-box").nth(0).click();
  await page
    .locator(".row .mark-box")
    .nth(3)
    .click({ modifiers: ["Shift"] });
  await page.getByText("4 selected").waitFor();
  const ids = (await page.locator(".row:has(.mark-box input:checked) .row-title").evaluateAll((all) => all.map((a) => a.getAttribute("href")))).map((h) =>
    h.split("/").at(-1),
  );
  assert.equal(ids.length, 4);
  await page.locator(".bulk").getByRole("button", { name: "Archive", exact: true }).click();
  await page.getByRole("button", { name: "Benign" }).click();
  await toast(page).getByText("4 signals").waitFor();
  for (const id of ids) assert.equal(await stateOf(context, id), "archived");
  await toast(page).getByRole("button", { name: "Undo" }).click();
  await toast(page).getByText("Undone").waitFor();
  for (const id of ids) assert.equal(await stateOf(context, id), "open");
});

await journey("a user comes, and is kept out", async (page, context) => {
  const name = `guest-${Date.now()}`;
  const signIn = async (password) => (await context.request.post("/api/v1/login", { data: { name, password }, headers: { Cookie: "" } })).status();
  await page.goto("/ui/settings?tab=users");
  await page.getByPlaceholder("Name").fill(name);
  await page.getByRole("button", { name: "Create" }).click();
  const first = await page.locator("code.secret").textContent();
  const row = page.locator("tbody tr", { hasText: name });
  await page.getByRole("searchbox", { name: "Find a user" }).fill(name.toUpperCase());
  await page.getByText("1 of 1").waitFor();
  const act = async (what) => {
    await row.getByRole("button", { name: `Actions: ${name}` }).click();
    await page.locator("dialog").getByRole("button", { name: what }).click();
    await page.locator(`dialog[aria-label="${name}"]`).waitFor({ state: "detached" });
  };
  await act("Reset the password");
  await page.waitForFunction((was) => document.querySelector("code.secret")?.textContent !== was, first);
  const second = await page.locator("code.secret").textContent();
  assert.match(second, /^([a-z0-9]{5}-){3}[a-z0-9]{5}$/);
  await act("Disable");
  await row.getByText("disabled").waitFor();
  await act("Remove");
  await page.locator("dialog").getByRole("button", { name: "Remove" }).click();
  await row.waitFor({ state: "detached" });
  assert.equal(await signIn(second), 401);
});

await journey("who did what, and a file of it", async (page, context) => {
  const name = `journey-${Date.now()}`;
  const made = await context.request.post("/api/v1/me/tokens", { data: { name, scopes: ["logs:read"], expires: "1d" } });
  assert.ok(made.ok(), await made.text());
  const actions = (what) => page.locator("tbody tr").filter({ hasText: what });
  await page.goto("/");
  await page.getByRole("link", { name: "Audit" }).click();
  await actions(name).getByText("token.add").waitFor();
  await page.getByRole("button", { name: "session.begin" }).first().click();
  await page.waitForURL(/action=session.begin/);
  await actions(name).waitFor({ state: "detached" });
  assert.match(await page.locator("tbody tr").first().textContent(), /admin127\.0\.0\.1session\.begin/);
  await page.getByRole("searchbox", { name: "Action" }).fill("token.*");
  await actions(name).waitFor();
  await actions("session.begin").first().waitFor({ state: "detached" });
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "CSV" }).click();
  const text = await (await download).createReadStream().then(async (stream) => (await stream.toArray()).join(""));
  const lines = text.trim().split("\r\n");
  assert.equal(lines[0], "time,actor,from,action,object,outcome,detail");
  assert.ok(lines[1].includes(`,admin,127.0.0.1,token.add,${name},done,`), lines[1]);
});

await journey("views are saved, shared, and come along from the browser", async (page, context) => {
  const mine = `mine ${Date.now()}`;
  const ours = `ours ${Date.now()}`;
  const old = `kept ${Date.now()}`;
  const menu = () => page.getByRole("button", { name: "Saved views" }).click();
  await page.goto("/?q=severity:high&range=30d");
  await page.evaluate((name) => localStorage.setItem("sasumata.views.signals", JSON.stringify([{ name, search: "?q=host:web1" }])), old);
  await menu();
  await page.getByRole("button", { name: old, exact: true }).waitFor();
  assert.equal(await page.evaluate(() => localStorage.getItem("sasumata.views.signals")), null);
  await page.getByLabel("Name of the view").fill(mine);
  await page.getByRole("button", { name: "Save view" }).click();
  await page.getByRole("button", { name: mine, exact: true }).waitFor();
  await page.getByLabel("Name of the view").fill(ours);
  await page.getByLabel("for everybody").check();
  await page.getByRole("button", { name: "Save view" }).click();
  await page.getByText("Shared by all").waitFor();
  const trail = await (await context.request.get(`/api/v1/audit?action=view.*&object=${encodeURIComponent(ours)}`)).json();
  assert.equal(trail.entries[0].action, "view.add");
  // Another browser has them, too.
  await page.evaluate(() => localStorage.clear());
  await page.goto("/");
  await menu();
  await page.getByRole("button", { name: mine, exact: true }).click();
  await page.waitForURL(/severity%3Ahigh&range=30d/);
  await menu();
  for (const name of [mine, ours, old]) {
    await page.getByRole("button", { name: `Remove the view: ${name}` }).click();
    await page.getByRole("button", { name, exact: true }).waitFor({ state: "detached" });
  }
});

await journey("hostile lines are harmless", async (page) => {
  await page.goto("/ui/logs?q=host:web1+status:error+-source:nginx&range=all");
  await rows(page).nth(6).waitFor();
  assert.equal(await page.locator(".grid script, .grid img, .grid a").count(), 0);
  assert.ok((await page.locator(".grid .glyph").allTextContents()).includes("⟨ESC⟩"));
  assert.ok((await page.locator(".grid .glyph").allTextContents()).includes("⟨U+202E⟩"));
  await page.locator(".row", { hasText: "<script>alert(document.cookie)</script>" }).click();
  await panel(page).getByText("<script>alert(document.cookie)").first().waitFor();
  await page.locator(".row", { hasText: "a long line" }).click();
  await panel(page)
    .getByRole("button", { name: /more characters/ })
    .first()
    .waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "CSV" }).click();
  const text = await (await download).createReadStream().then(async (stream) => (await stream.toArray()).join(""));
  assert.ok(text.includes(`"'=HYPERLINK(`), "a formula is escaped");
});

await journey("inline scripts and styles are refused", async (page, _context, complaints) => {
  await page.goto("/");
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    try {
      script.textContent = "window.ran = true";
      document.body.append(script);
      document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.ran = true'>");
    } catch (err) {
      return String(err);
    }
    return window.ran ? "ran" : "silent";
  });
  assert.match(ran, /TypeError.*Trusted/);
  complaints.length = 0;
});

await journey("signals come by themselves", async (page, context) => {
  const stream = page.waitForResponse(/signals\/events/);
  await page.goto("/?live=1&sort=severity");
  await rows(page).first().waitFor();
  await stream;
  const id = (await page.locator(".row .row-title").first().getAttribute("href")).split("/").at(-1);
  assert.ok((await change(context, id, { assignee: "from elsewhere" })).ok());
  await page.locator(".row", { hasText: "from elsewhere" }).first().waitFor({ timeout: 4000 });
});

await journey("live tail shows what comes", async (page) => {
  await page.goto("/ui/logs?q=journey&tail=1");
  await page.getByText("Waiting for events").waitFor();
  const mark = `journey ${Date.now()}`;
  const told = page.locator(".row", { hasText: mark });
  const line = JSON.stringify({ timestamp: new Date().toISOString(), message: mark });
  appendFileSync(process.env.SASUMATA_LOG, `${line}\n`);
  await told.first().waitFor();
  await told.first().click();
  await panel(page).getByRole("tab", { name: "Lines around" }).waitFor();
});

await journey("health: which receivers fail, which rules cost the most", async (page) => {
  await page.goto("/ui/health");
  const told = page.locator("section", { has: page.getByRole("heading", { name: "Those who are told, and responses" }) }).first();
  await told.locator("tbody tr", { hasText: "pager" }).getByText("connection refused").waitFor({ timeout: 20_000 });
  const costs = page.getByRole("region", { name: "Rules that cost the most" });
  await costs.getByRole("row").nth(1).waitFor();
  const shares = (await costs.locator("tbody td.num").allTextContents()).map((text) => Number.parseFloat(text.replaceAll(",", "")));
  assert.ok(shares.length > 1 && shares.every((share, i) => i === 0 || share <= shares[i - 1]), shares.join(" "));
  await costs.getByRole("link").first().click();
  await page.waitForURL(/\/ui\/rule\?id=/);
});

await journey("an entity, and from it to its signals", async (page) => {
  await page.goto("/ui/entities");
  await page.getByRole("link", { name: "203.0.113.77" }).click();
  await page.getByRole("heading", { name: "203.0.113.77" }).waitFor();
  await page.locator(".plain .row-title").first().waitFor();
  await page.getByRole("link", { name: "Its signals" }).click();
  await rows(page).first().waitFor();
  assert.equal(new URL(page.url()).searchParams.get("q"), "@entity.ip:203.0.113.77");
});

await journey("failed logins: from the map to a country, and to its logs", async (page) => {
  const asked = [];
  page.on("request", (r) => {
    if (/api\/v1\/(logs|signals)/.test(r.url())) asked.push(r.url());
  });
  await page.goto("/ui/dash/logins?range=7d");
  const failures = page.locator(".dash-panel.stat", { hasText: "Failed logins" }).locator("b a");
  await page.waitForFunction(() => /^[1-9]/.test(document.querySelector(".dash-panel.stat b a")?.textContent ?? ""));
  const all = Number((await failures.textContent()).replace(/\D/g, ""));
  const china = page.locator(".map a", { hasText: /^China: / });
  await china.waitFor();
  await settled(page);
  assert.ok(asked.length <= 9, `${asked.length} requests`);
  await china.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/geoip\.country\.iso_code%3ACN/);
  await page.waitForFunction((n) => Number(document.querySelector(".dash-panel.stat b a")?.textContent?.replace(/\D/g, "")) < n, all);
  const some = Number((await failures.textContent()).replace(/\D/g, ""));
  assert.ok(some > 0 && some < all, `${some} of ${all}`);
  await page.locator(".top-list .value").first().click();
  await page.getByRole("button", { name: "Without this value" }).click();
  await page.waitForURL(/-%40network\.client\.ip/);
  await settled(page);
  await page.getByRole("link", { name: "Open in the log explorer: Addresses that fail most" }).click();
  await page.waitForURL(/\/ui\/logs\?q=.*iso_code/);
  await rows(page).first().waitFor();
});

await journey("dashboards: web attacks, hosts, a filter that is wrong", async (page, _context, complaints) => {
  await page.goto("/ui/dash/web?range=7d");
  await page.locator(".top-list", { hasText: "sqlmap" }).waitFor();
  await page.locator(".dash-panel", { hasText: "The server does not know where addresses are" }).waitFor();
  await page.getByRole("link", { name: "Hosts", exact: true }).click();
  await page.waitForURL(/\/ui\/dash\/hosts\?range=7d/);
  await page.locator(".dash-panel", { hasText: "Who uses sudo" }).getByText("ann").waitFor();
  await page.goto("/ui/dash/hosts");
  await page.locator(".dash-panel", { hasText: "Hosts that fell silent" }).getByText("db1").waitFor();
  await page.goto("/ui/dash/hosts?q=((");
  await page.locator(".query-error").waitFor();
  await settled(page);
  assert.ok(complaints.every((c) => c.includes("400")));
  complaints.length = 0;
});

await journey("ATT&CK: what is covered, a technique, a layer", async (page) => {
  await page.goto("/ui/attack");
  await page.getByText(/\d+ techniques covered by \d+ rules, in \d+ of 14 tactics; \d+ with signals/).waitFor();
  assert.equal(await page.locator(".matrix-column").count(), 14);
  await page.locator(".matrix-column", { hasText: "Exfiltration" }).getByText("no rule").waitFor();
  await page.locator(".matrix-column", { hasText: "Credential Access" }).locator(".technique.hit", { hasText: "T1110.001" }).click();
  await page.waitForURL(/technique=T1110\.001/);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("link", { name: "Brute force from one address", exact: true }).waitFor();
  const listed = Number((await dialog.getByRole("link", { name: /Show all/ }).textContent()).replace(/\D/g, ""));
  await dialog.getByRole("link", { name: /Show all/ }).click();
  await rows(page).first().waitFor();
  await page.getByText(`${listed} signals`, { exact: true }).waitFor();
  await page.goto("/ui/attack");
  const file = page.waitForEvent("download");
  await page.getByRole("button", { name: "Navigator layer" }).click();
  const layer = JSON.parse(await (await file).createReadStream().then(async (s) => (await s.toArray()).join("")));
  assert.ok(layer.techniques.length > 40 && layer.techniques.every((t) => /^T\d{4}(\.\d{3})?$/.test(t.techniqueID)));
});

await journey("patterns: what messages have in common, and the lines around one", async (page) => {
  await page.goto("/ui/logs?q=source:sshd&range=7d");
  await page.getByRole("button", { name: "Patterns" }).click();
  await page.waitForURL(/view=patterns/);
  const failed = page.locator(".patterns tr", { hasText: "Failed password for" }).first();
  await failed.waitFor();
  assert.ok((await failed.locator(".wild").count()) >= 2);
  const count = (await failed.locator("td").first().textContent()).replace(/\D/g, "");
  const all = await page.locator(".patterns tbody tr").count();
  await failed.locator(".pattern").click();
  await page.getByRole("button", { name: "Without this pattern" }).click();
  await page.waitForURL(/q=.*Failed/);
  await page.waitForFunction((n) => document.querySelectorAll(".patterns tbody tr").length < n, all);
  await page.goBack();
  await failed.locator(".pattern").click();
  await page.getByRole("button", { name: "Lines around the newest" }).click();
  await panel(page).locator(".lines li.hit").first().waitFor();
  await page.keyboard.press("Escape");
  await failed.locator(".pattern").click();
  await page.getByRole("button", { name: "Show its events" }).click();
  await rows(page).first().waitFor();
  const found = (await page.locator(".explorer-bar .count").textContent()).replace(/\D/g, "");
  assert.ok(Number(found) >= Number(count), `${found} events, ${count} of the pattern`);
});

await journey("see that no containers are watched, and why", async (page) => {
  await page.goto("/");
  await page.getByRole("link", { name: "Containers" }).click();
  await page.getByRole("heading", { name: "No containers are watched" }).waitFor();
  await page.getByText("docs/containers.md").waitFor();
  await page.goto("/ui/entity?kind=container&value=none");
  await page.getByText("This container is not watched").waitFor();
});

await journey("block in dry run, see it, take it back; what must not be blocked is refused", async (page, context) => {
  const address = `198.51.100.${100 + Math.floor(Math.random() * 100)}`;
  await page.goto("/ui/responses");
  await page.getByText("The configuration says mode: dry-run").waitFor();
  const form = page.locator("section", { hasText: "Block an address" }).locator("form");
  await form.getByLabel("Target").fill("127.0.0.1");
  await page.getByRole("alert").getByText("127.0.0.1 is never blocked: this machine itself").waitFor();
  await form.getByLabel("Reason").fill("a journey");
  assert.ok(await form.getByRole("button", { name: "Block in dry run" }).isDisabled());
  await form.getByLabel("Target").fill(address);
  await form.getByRole("button", { name: "Block in dry run" }).click();
  await toast(page).getByText(`${address} would have been blocked`).waitFor();
  await page.getByRole("tab", { name: /Would have/ }).click();
  const row = page.locator("tr", { hasText: address });
  await row.getByText("a journey").waitFor();
  await row.getByRole("button", { name: "Details" }).click();
  await page
    .getByRole("dialog")
    .getByText(/would have done it/)
    .waitFor();
  await page.keyboard.press("Escape");
  const list = await (await context.request.get(`/api/v1/responses?target=${address}`)).json();
  assert.equal(list.responses[0].state, "dry_run");
  await row.getByRole("button", { name: "Undo" }).click();
  await row.waitFor({ state: "detached" });
  await page.getByRole("tab", { name: "All" }).click();
  await page.locator("tr", { hasText: address }).getByText("undone", { exact: true }).waitFor();
});

await journey("block what a signal is about, from its panel", async (page, context) => {
  const signal = (await (await context.request.get("/api/v1/signals?limit=1&query=@entity.ip:203.0.113.77")).json()).signals[0];
  await page.goto(`/?id=${signal.id}`);
  await panel(page).getByRole("tab", { name: "Response" }).click();
  await panel(page).getByRole("button", { name: "Block 203.0.113.77" }).click();
  await panel(page).getByRole("button", { name: "Block in dry run" }).click();
  await toast(page).getByText("203.0.113.77 would have been blocked").waitFor();
  await panel(page).locator("tr", { hasText: "203.0.113.77" }).getByText("would have").first().waitFor();
  const list = await (await context.request.get(`/api/v1/responses?signal=${signal.id}`)).json();
  assert.deepEqual([list.responses[0].target, list.responses[0].made_by, list.responses[0].state], ["203.0.113.77", "admin", "dry_run"]);
  await context.request.post(`/api/v1/responses/${list.responses[0].id}/undo`, { data: {} });
});

const failures = (ip, n) =>
  Array.from({ length: n }, (_, i) => {
    const at = new Date(Date.now() + i).toISOString();
    return `${JSON.stringify({ timestamp: at, message: `login ${i} failed`, evt: { outcome: "failure" }, network: { client: { ip } } })}\n`;
  }).join("");

await journey("write a rule: what is wrong, what it would find, its signal; tune it, try it", async (page, context, complaints) => {
  const id = `journey_${Date.now()}`;
  await page.goto("/ui/logs?range=7d&q=%40evt.outcome%3Afailure");
  await rows(page).first().waitFor();
  await page.getByRole("link", { name: "Make a rule of it" }).click();
  await page.waitForURL(/\/ui\/rule\?q=/);
  const editor = page.getByRole("textbox", { name: "Text of the rule" });
  await editor.waitFor();
  const text = await page.evaluate(() => document.querySelector(".editor").shadowRoot.querySelector(".cm-content").textContent);
  assert.match(text, /query: '@evt\.outcome:failure'/);
  const write = async (some) => {
    await editor.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText(some);
  };
  const rule = (condition) => `id: ${id}
name: Journey
queries:
  - {name: events, query: '@evt.outcome:failure', groupByFields: ['@network.client.ip']}
cases:
  - {name: Some, status: medium, condition: ${condition}}
options: {evaluationWindow: 300, keepAlive: 600, maxSignalDuration: 3600}
`;
  const save = page.getByRole("button", { name: "Save", exact: true });
  await write(rule("event > 2"));
  await page.locator(".findings", { hasText: "did you mean “events”?" }).waitFor();
  await page.locator(".cm-lint-marker-error").waitFor();
  assert.ok(await save.isDisabled());

  await write(rule("events > 2"));
  await page.locator(".findings", { hasText: "Nothing is wrong with it." }).waitFor();
  await page.getByRole("button", { name: "Past 7 days" }).click();
  await page.locator('.rule-preview [aria-busy="false"] tbody tr').first().waitFor();
  assert.match(await page.locator(".rule-preview .preview-count").textContent(), /^[1-9][\d,]* signals/);

  // Keys and values are completed.
  await editor.press("Control+End");
  await page.keyboard.type("isEn", { delay: 30 });
  await page.locator(".cm-tooltip-autocomplete li", { hasText: "isEnabled" }).click();
  await page.keyboard.type("tr", { delay: 30 });
  await page.locator(".cm-tooltip-autocomplete li", { hasText: "true" }).click();
  await page.waitForFunction(() => /isEnabled: true/.test(document.querySelector(".editor").shadowRoot.querySelector(".cm-content").textContent));

  await page.waitForFunction(() => [...document.querySelectorAll("button")].some((b) => b.textContent === "Save" && !b.disabled));
  await save.click();
  await page.waitForURL(new RegExp(`/ui/rule\\?id=${id}`));
  assert.deepEqual(complaints, []);

  const provoke = async (ip) => {
    appendFileSync(process.env.SASUMATA_LOG, failures(ip, 4));
    for (const end = Date.now() + 15_000; Date.now() < end; await page.waitForTimeout(100)) {
      const found = await (await context.request.get(`/api/v1/signals?query=${encodeURIComponent(`rule.id:${id} @entity.ip:${ip}`)}`)).json();
      if (found.signals.length) return found.signals[0];
    }
    assert.fail(`no signal about ${ip}`);
  };
  const told = await provoke("192.0.2.201");
  assert.ok(!told.simulated);
  await page.goto(`/signals/${told.id}`);
  await page.getByRole("link", { name: "Tune the rule" }).click();
  await page.waitForURL(new RegExp(`/ui/rule\\?id=${id}`));

  const mode = page.getByRole("combobox", { name: `Mode: ${id}` });
  const simulate = async () => {
    await mode.selectOption("simulate");
    await page.getByRole("dialog").getByLabel("Why").fill("is it worth it?");
    await page.getByRole("dialog").getByRole("button", { name: "Simulated" }).click();
    await page.waitForFunction(() => document.querySelector("select.mode").value === "simulate");
  };
  await simulate();
  await toast(page).getByRole("button", { name: "Undo" }).click();
  await page.waitForFunction(() => document.querySelector("select.mode").value === "enabled");
  await simulate();
  const tried = await provoke("192.0.2.202");
  assert.ok(tried.simulated);
  await page.goto(`/signals/${tried.id}`);
  await page.locator(".panel .tag.simulated").waitFor();

  await page.goto(`/ui/rule?id=${id}`);
  await page.getByRole("tab", { name: "Editions" }).click();
  await page.getByRole("cell", { name: "admin", exact: true }).waitFor();
  await page.getByRole("button", { name: "Remove" }).click();
  await page.waitForURL(/\/ui\/rules$/);
  assert.equal((await context.request.get(`/api/v1/rules/${id}`)).status(), 404);
});

await journey("a built-in rule is changed, compared and made as it was", async (page, context) => {
  const id = "ssh_scanner";
  await page.goto("/ui/rules");
  await page.getByRole("searchbox", { name: "Find a rule" }).fill(id);
  await page.locator(`tbody a[href*="${id}"]`).first().click();
  const editor = page.getByRole("textbox", { name: "Text of the rule" });
  await editor.click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.insertText("# mine\n");
  await page.getByRole("tab", { name: "Changes" }).click();
  await page.locator(".diff-new", { hasText: "# mine" }).waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll("button")].some((b) => b.textContent === "Save" && !b.disabled));
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("tab", { name: "Against the built-in one" }).waitFor();
  assert.equal((await (await context.request.get(`/api/v1/rules/${id}`)).json()).origin, "yours");
  await page.locator(".diff-new", { hasText: "# mine" }).waitFor();
  await page.getByRole("button", { name: "Back to the built-in one" }).click();
  await page.locator(".rule-facts", { hasText: "rules/authentication/ssh_scanner.yaml" }).waitFor();
  assert.equal((await (await context.request.get(`/api/v1/rules/${id}`)).json()).origin, "shipped");
});

await journey("what a scanner found, from its first run to its repair", async (page, context) => {
  const send = (...found) => sendFindings(context, "shop/web", found);
  const first = await send(["CVE-2026-7001", "critical", "openssl"], ["CVE-2026-7002", "low", "zlib"]);
  assert.ok(first.signal);
  await page.goto("/ui/posture");
  await page.getByRole("button", { name: "shop/web" }).click();
  const found = page.getByRole("region", { name: "Findings" });
  await found.getByRole("button", { name: "CVE-2026-7001" }).click();
  const dialog = page.getByRole("dialog", { name: "CVE-2026-7001" });
  await dialog.getByText("<b>openssl</b> is weak").waitFor(); // as text
  await page.keyboard.press("Escape");
  await page.getByRole("searchbox", { name: "Find an id, a package, a file" }).fill("zlib");
  await found.getByRole("button", { name: "CVE-2026-7002" }).waitFor();
  await found.getByRole("button", { name: "CVE-2026-7001" }).waitFor({ state: "detached" });

  assert.equal((await send(["CVE-2026-7002", "low", "zlib"])).counts.fixed, 1);
  await page.goto("/ui/posture?asset=shop%2Fweb&state=fixed");
  await found.getByRole("button", { name: "CVE-2026-7001" }).waitFor();

  await page.goto(`/signals/${first.signal}`);
  await page.getByText("Grave findings: shop/web").first().waitFor();

  await page.goto("/ui/posture");
  await page.locator("tr", { hasText: "shop/web" }).first().getByRole("button", { name: "Forget" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Forget" }).click();
  await page.getByRole("button", { name: "shop/web" }).waitFor({ state: "detached" });
  assert.equal((await context.request.get("/api/v1/posture/assets/shop%2Fweb/runs")).status(), 404);
});

await journey("in Japanese, in Japan's time", async (page) => {
  await page.goto("/");
  await rows(page).first().waitFor();
  await page.getByRole("button", { name: /Language/ }).click();
  await page.getByRole("button", { name: "日本語" }).click();
  await page.getByRole("link", { name: "シグナル", exact: true }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "ja");
  await page.getByRole("button", { name: /タイムゾーン/ }).click();
  await page.getByRole("button", { name: "JST" }).click();
  await page.getByRole("columnheader", { name: /JST/ }).waitFor();
  await page.reload();
  await page.getByRole("link", { name: "シグナル", exact: true }).waitFor();
  // A composition that Enter ends sends nothing.
  await page.locator("#query").focus();
  await page.evaluate(() => document.getElementById("query").dispatchEvent(new KeyboardEvent("keydown", { key: "e", isComposing: true, bubbles: true })));
  assert.equal(await page.locator(".menu-box").count(), 0);
});

await browser.close();
process.exit(failed ? 1 : 0);
