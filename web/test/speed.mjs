// Measures how soon the first signals are on the screen, and whether the live tail keeps its
// frames: node test/speed.mjs LOG, which is a log of nginx that the server follows.
//
//   go run ./test/ui/seed -dir /tmp/many -attackers 25000 -sasumata ./sasumata
//   ./sasumata serve --config /tmp/many/config.yaml
//   (cd web && node test/speed.mjs /tmp/many/logs/nginx.log)
import { appendFileSync } from "node:fs";
import { base, launch, signedIn } from "./browser.mjs";

const [log] = process.argv.slice(2);
const perSecond = 2000;
const browser = await launch();
const { context, page: watching } = await signedIn(browser);
const { signals } = await (await context.request.get("/api/v1/signals/summary?query=-state:archived")).json();
const times = { cold: [], warm: [] };
for (let i = 0; i < 24; i++) {
  const page = await context.newPage();
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector("main .row")) return;
      observer.disconnect();
      requestAnimationFrame(() => {
        window.shown = performance.now();
      });
    }).observe(document, { childList: true, subtree: true });
  });
  if (i % 2 === 0) await (await context.newCDPSession(page)).send("Network.setCacheDisabled", { cacheDisabled: true });
  await page.goto(`${base}/?range=7d`, { waitUntil: "commit" });
  await page.waitForFunction(() => window.shown, null, { timeout: 20_000 });
  times[i % 2 === 0 ? "cold" : "warm"].push(await page.evaluate(() => window.shown));
  await page.close();
}
for (const [kind, list] of Object.entries(times)) {
  const [first] = list;
  list.sort((a, b) => a - b);
  const [least, middle, most] = [0, 0.5, 1].map((q) => Math.round(list[Math.floor(q * (list.length - 1))]));
  console.log(`${signals} signals, ${kind} cache: first on screen after ${least} to ${most} ms, half within ${middle}; the very first ${Math.round(first)}`);
}

await watching.goto("/ui/logs?tail=1");
await watching.waitForTimeout(1000);
const began = Date.now();
let written = 0;
const writer = setInterval(() => {
  let text = "";
  for (const wanted = ((Date.now() - began) * perSecond) / 1000; written < wanted; written++) {
    const [, day, month, year, time] = new Date().toUTCString().split(" ");
    text += `203.0.113.${written % 250} - - [${day}/${month}/${year}:${time} +0000] "GET /p/${written} HTTP/1.1" 200 7 "-" "Mozilla/5.0"\n`;
  }
  appendFileSync(log, text);
}, 50);
await watching.waitForTimeout(2000);
const frames = await watching.evaluate(
  () =>
    new Promise((done) => {
      const all = [];
      let last = performance.now();
      const end = last + 15_000;
      requestAnimationFrame(function frame() {
        const now = performance.now();
        all.push(now - last);
        last = now;
        if (now < end) requestAnimationFrame(frame);
        else done(all);
      });
    }),
);
clearInterval(writer);
frames.sort((a, b) => a - b);
const at = (q) => frames[Math.floor(q * (frames.length - 1))].toFixed(1);
console.log(
  `${Math.round((written / (Date.now() - began)) * 1000)} lines/s: ${frames.length} frames in 15 s, p50 ${at(0.5)} p95 ${at(0.95)} p99 ${at(0.99)} longest ${at(1)} ms`,
);
await browser.close();
