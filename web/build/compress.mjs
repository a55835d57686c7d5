// Writes beside each file that was built what the server hands to browsers which take it
// packed, and says how large the first load is.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = new URL("../dist", import.meta.url).pathname;
const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
const sizes = new Map();
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || /\.(br|gz)$/.test(entry.name)) continue;
  const path = join(entry.parentPath, entry.name);
  const data = readFileSync(path);
  const gz = gzipSync(data, { level: 9 });
  gz[9] = 255; // the system that packed it, which must not be in the bytes
  const br = brotliCompressSync(data, quality);
  writeFileSync(`${path}.gz`, gz);
  writeFileSync(`${path}.br`, br);
  sizes.set(path.slice(dist.length + 1), [data.length, gz.length, br.length]);
}
let first = 0;
const html = readFileSync(join(dist, "index.html"), "utf8");
for (const [name, [raw, gz, br]] of sizes) {
  const early = name === "index.html" || html.includes(name);
  if (early) first += gz;
  console.log(`${String(raw).padStart(8)} ${String(gz).padStart(7)} gz ${String(br).padStart(7)} br ${early ? "*" : " "} ${name}`);
}
console.log(`first load: ${first} bytes packed with gzip`);
