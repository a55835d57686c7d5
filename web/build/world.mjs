// Makes the module virtual:world of the land shapes of Natural Earth (public domain), which
// the package world-atlas brings as TopoJSON: outlines of countries in the projection Equal
// Earth (Savric, Patterson, Jenny, 2018), in whole units of a picture that is 1000 wide.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const name = "virtual:world";
const width = 1000;
// What is further north or south has nobody who sends logs, and takes room.
const north = 83;
const south = -56;

export function world() {
  return {
    name,
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load: (id) => (id === `\0${name}` ? `export default ${JSON.stringify(make())};` : undefined),
  };
}

function make() {
  const coarse = countries("countries-110m.json");
  const [, top] = project(0, north);
  const [, bottom] = project(0, south);
  const at = (p) => [Math.round(p[0] + width / 2), Math.round(p[1] - top)];
  const shapes = {};
  const places = {};
  for (const { code, rings } of coarse) {
    const d = rings
      .flatMap(halves)
      .map((ring) => outline(ring.map(([x, y]) => at(project(x, Math.max(south - 1, y))))))
      .join("");
    if (d) shapes[code] = (shapes[code] ?? "") + d;
  }
  // Countries that are too small for an outline have a place.
  for (const { code, rings } of countries("countries-50m.json")) {
    if (!shapes[code] && !places[code]) places[code] = at(middle(rings));
  }
  return { width, height: Math.round(bottom - top), shapes, places };
}

/** Reads a file of world-atlas: countries by their codes of two letters, as rings of degrees. */
function countries(file) {
  const { arcs, objects, transform } = JSON.parse(readFileSync(createRequire(import.meta.url).resolve(`world-atlas/${file}`), "utf8"));
  const lines = arcs.map((arc) => {
    let [x, y] = [0, 0];
    return arc.map(([dx, dy]) => {
      x += dx;
      y += dy;
      return [x * transform.scale[0] + transform.translate[0], y * transform.scale[1] + transform.translate[1]];
    });
  });
  const ring = (ids) => ids.flatMap((id) => (id < 0 ? lines[~id].toReversed() : lines[id]));
  return objects.countries.geometries
    .map((g) => ({ code: codeOf(g), rings: (g.type === "Polygon" ? [g.arcs] : g.arcs).map((polygon) => ring(polygon[0])) }))
    .filter((c) => c.code && c.code !== "AQ");
}

/** Cuts a ring that goes over 180 degrees into the two sides of the picture. */
function halves(ring) {
  let turn = 0;
  const whole = ring.map(([x, y], i) => {
    const step = x - (ring[i - 1]?.[0] ?? x);
    if (step > 180) turn -= 360;
    if (step < -180) turn += 360;
    return [x + turn, y];
  });
  const side = (by) => whole.map(([x, y]) => [Math.min(180, Math.max(-180, x + by)), y]);
  const wide = Math.max(...whole.map(([x]) => x));
  const least = Math.min(...whole.map(([x]) => x));
  return [side(0), ...(wide > 180 ? [side(-360)] : []), ...(least < -180 ? [side(360)] : [])];
}

function project(lon, lat) {
  const [a1, a2, a3, a4] = [1.340264, -0.081106, 0.000893, 0.003796];
  const m = Math.sqrt(3) / 2;
  const scale = width / (2 * (Math.PI / (m * a1)));
  const theta = Math.asin(m * Math.sin((lat * Math.PI) / 180));
  const t2 = theta * theta;
  const t6 = t2 * t2 * t2;
  const x = ((lon * Math.PI) / 180) * (Math.cos(theta) / (m * (a1 + 3 * a2 * t2 + t6 * (7 * a3 + 9 * a4 * t2))));
  return [x * scale, -theta * (a1 + a2 * t2 + t6 * (a3 + a4 * t2)) * scale];
}

/** Writes a ring as a path; one of which nothing would be seen is "". */
function outline(points) {
  const kept = points.filter((p, i) => i === 0 || p[0] !== points[i - 1][0] || p[1] !== points[i - 1][1]);
  if (kept.length < 4) return "";
  let [x, y] = kept[0];
  let d = `M${x} ${y}`;
  for (const p of kept.slice(1, -1)) {
    d += `l${p[0] - x} ${p[1] - y}`;
    [x, y] = p;
  }
  return `${d}z`;
}

/** Returns the middle of the largest ring, projected. */
function middle(rings) {
  const largest = rings.toSorted((a, b) => area(b) - area(a))[0];
  const sum = largest.reduce((s, p) => [s[0] + p[0], s[1] + p[1]], [0, 0]);
  return project(sum[0] / largest.length, sum[1] / largest.length);
}

function area(ring) {
  return Math.abs(ring.reduce((sum, p, i) => sum + p[0] * ring[(i + 1) % ring.length][1] - ring[(i + 1) % ring.length][0] * p[1], 0));
}

/** Returns the code of ISO 3166 of two letters. Lands without one belong to that by which databases of addresses place them. */
function codeOf(g) {
  const numeric = table.get(g.id);
  return numeric ?? { Kosovo: "XK", "N. Cyprus": "CY", Somaliland: "SO" }[g.properties.name];
}

const table = new Map(
  `004AF 008AL 010AQ 012DZ 016AS 020AD 024AO 028AG 031AZ 032AR 036AU 040AT 044BS 048BH 050BD 051AM 052BB 056BE 060BM 064BT
  068BO 070BA 072BW 074BV 076BR 084BZ 086IO 090SB 092VG 096BN 100BG 104MM 108BI 112BY 116KH 120CM 124CA 132CV 136KY 140CF
  144LK 148TD 152CL 156CN 158TW 162CX 166CC 170CO 174KM 175YT 178CG 180CD 184CK 188CR 191HR 192CU 196CY 203CZ 204BJ 208DK
  212DM 214DO 218EC 222SV 226GQ 231ET 232ER 233EE 234FO 238FK 239GS 242FJ 246FI 248AX 250FR 254GF 258PF 260TF 262DJ 266GA
  268GE 270GM 275PS 276DE 288GH 292GI 296KI 300GR 304GL 308GD 312GP 316GU 320GT 324GN 328GY 332HT 334HM 336VA 340HN 344HK
  348HU 352IS 356IN 360ID 364IR 368IQ 372IE 376IL 380IT 384CI 388JM 392JP 398KZ 400JO 404KE 408KP 410KR 414KW 417KG 418LA
  422LB 426LS 428LV 430LR 434LY 438LI 440LT 442LU 446MO 450MG 454MW 458MY 462MV 466ML 470MT 474MQ 478MR 480MU 484MX 492MC
  496MN 498MD 499ME 500MS 504MA 508MZ 512OM 516NA 520NR 524NP 528NL 531CW 533AW 534SX 535BQ 540NC 548VU 554NZ 558NI 562NE
  566NG 570NU 574NF 578NO 580MP 581UM 583FM 584MH 585PW 586PK 591PA 598PG 600PY 604PE 608PH 612PN 616PL 620PT 624GW 626TL
  630PR 634QA 638RE 642RO 643RU 646RW 652BL 654SH 659KN 660AI 662LC 663MF 666PM 670VC 674SM 678ST 682SA 686SN 688RS 690SC
  694SL 702SG 703SK 704VN 705SI 706SO 710ZA 716ZW 724ES 728SS 729SD 732EH 740SR 744SJ 748SZ 752SE 756CH 760SY 762TJ 764TH
  768TG 772TK 776TO 780TT 784AE 788TN 792TR 795TM 796TC 798TV 800UG 804UA 807MK 818EG 826GB 831GG 832JE 833IM 834TZ 840US
  850VI 854BF 858UY 860UZ 862VE 876WF 882WS 887YE 894ZM`
    .split(/\s+/)
    .map((one) => [one.slice(0, 3), one.slice(3)]),
);
