// The first hour, from an empty data folder with a fresh browser: node test/first-hour.mjs
// SASUMATA_PROGRAM is the program. It says how long each part took and how many clicks.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "./browser.mjs";

const program = process.env.SASUMATA_PROGRAM;
if (!program) throw new Error("SASUMATA_PROGRAM is not set");
const password = "four plain words here";
const limit = 15_000;

/** Returns a port that is free now. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((ok) => server.once("listening", ok));
  const { port } = server.address();
  await new Promise((ok) => server.close(ok));
  return port;
}

/** Starts a server that knows nothing, and returns the link of its log. */
async function start(dir) {
  const config = join(dir, "config.yaml");
  writeFileSync(config, `http: {listen: "127.0.0.1:${await freePort()}"}\nfiles: []\n`);
  const server = spawn(program, ["serve", "--config", config, "--data", join(dir, "data")], { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  const link = await new Promise((found, failed) => {
    const timer = setTimeout(() => failed(new Error(`no link in\n${log}`)), limit);
    server.once("exit", () => failed(new Error(`it ended:\n${log}`)));
    server.stderr.on("data", (text) => {
      log += text;
      const link = /link="?(http:[^" ]+)/.exec(log)?.[1];
      if (link && log.includes("sasumata is running")) {
        clearTimeout(timer);
        found(link);
      }
    });
  });
  return { server, link };
}

/** Returns the code that an authenticator shows, some steps from now. */
function code(secret, steps) {
  const bits = [...secret.replaceAll(" ", "")].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => Number.parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac("sha1", key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

const browser = await launch();
for (const lang of ["en", "ja"]) {
  const dir = mkdtempSync(join(tmpdir(), "first-hour-"));
  const { server, link } = await start(dir);
  try {
    const context = await browser.newContext({ locale: lang, reducedMotion: "reduce" });
    const page = await context.newPage();
    page.setDefaultTimeout(limit);
    const complaints = [];
    page.on("console", (m) => (m.type() === "error" || m.type() === "warning") && complaints.push(m.text()));
    page.on("pageerror", (err) => complaints.push(String(err)));
    let clicks = 0;
    const click = async (at) => {
      clicks++;
      await at.click();
    };

    const began = Date.now();
    await page.goto(link);
    await page.locator("#name").fill("root");
    await page.locator("#password").fill(password);
    await click(page.locator("form button"));
    await page.waitForURL(/\/ui\/welcome$/);
    assert.equal(await page.locator("h1").textContent(), lang === "ja" ? "ようこそ" : "Welcome");
    await click(page.locator(".step .button.primary"));
    await page.locator(".trial li a").first().waitFor();
    const took = Date.now() - began;
    console.log(`ok   ${lang}: a signal ${took} ms behind the link, with ${clicks} clicks`);
    assert.ok(took < 5 * 60_000 && clicks <= 3);
    await page.locator(".trial ul li").nth(5).waitFor();
    await click(page.locator(".trial .buttons button"));
    await page.locator(".toast").first().waitFor();
    const archived = async () =>
      (await (await context.request.get(new URL("/api/v1/signals?query=host:sasumata-setup+state:archived", link).href)).json()).signals;
    for (const end = Date.now() + limit; (await archived()).length < 5; ) assert.ok(Date.now() < end, "the trial is not archived");
    assert.ok((await archived()).every((s) => s.reason === "testing"));
    await click(page.locator(".trial a.button.primary"));
    await page.locator(".panel").waitFor();
    await page.goBack();
    await click(page.locator("footer .button.primary"));
    await page.locator(".rail a[href='/ui/welcome']").waitFor({ state: "detached" });

    // A second factor, and a sign-in with it.
    await page.goto(new URL("/ui/settings", link).href);
    await page.locator("#totp-password").fill("wrong");
    await page.locator("#totp form button").click();
    await page.locator("#totp-password-wrong").waitFor();
    assert.ok(complaints.splice(0).every((c) => c.includes("403")));
    await page.locator("#totp-password").fill(password);
    await page.locator("#totp form button").click();
    await page.locator("svg.qr").waitFor();
    const secret = await page.locator("#totp code.secret").textContent();
    await page.locator("#totp-code").fill(code(secret, 0));
    await page.locator("#totp button.primary").click();
    await page.locator("#codes li").nth(9).waitFor();
    const recovery = await page.locator("#codes li").first().textContent();
    await page.locator("#codes .primary").click();
    await page.locator("#totp-off-password").waitFor();
    for (const [text, right] of [
      ["000000", false],
      [code(secret, 1), true],
      [recovery, true],
    ]) {
      await context.clearCookies();
      await page.goto(new URL("/login?next=%2Fui%2Fhealth", link).href);
      await page.locator("#name").fill("root");
      await page.locator("#password").fill(password);
      await page.locator("form button").click();
      await page.locator("#code").fill(text);
      await page.locator("main form button").click();
      if (right) await page.waitForURL(/\/ui\/health$/);
      else await page.locator("#problem:not([hidden])").waitFor();
    }
    assert.ok(complaints.splice(0).every((c) => c.includes("401")));
    console.log(`ok   ${lang}: signed in with an authenticator and with a recovery code`);
    await context.close();
  } finally {
    server.kill("SIGTERM");
    await new Promise((ok) => server.once("exit", ok));
    rmSync(dir, { recursive: true });
  }
}
await browser.close();
