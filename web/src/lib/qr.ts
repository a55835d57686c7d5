// QR codes (ISO/IEC 18004) of bytes, versions 1 to 10, error correction M: enough for the
// address of an authenticator.

/** For each version, the bytes that correct errors in a block, and how many blocks there are. */
const correction: readonly [number, number][] = [
  [10, 1],
  [16, 1],
  [26, 1],
  [18, 2],
  [24, 2],
  [16, 4],
  [18, 4],
  [22, 4],
  [22, 5],
  [26, 5],
];

/** Between the first and the last one, where the middles of alignment patterns are. */
const alignment: readonly number[][] = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];

/** A square of modules; true is dark. Beside it stands which of them say what code it is, and hold no data. */
interface Square {
  size: number;
  dark: boolean[][];
  fixed: boolean[][];
}

const masks: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** Returns the modules of the smallest code that holds the text, row by row; undefined when it is too long. */
export function qr(text: string): boolean[][] | undefined {
  const bytes = new TextEncoder().encode(text);
  for (let version = 1; version <= correction.length; version++) {
    const square = empty(version);
    const [each, blocks] = correction[version - 1] as [number, number];
    const free = Math.floor(square.fixed.flat().filter((f) => !f).length / 8);
    const room = free - each * blocks;
    const header = version < 10 ? 12 : 20; // bits: the mode, and how many bytes there are
    if (Math.ceil((header + 8 * bytes.length) / 8) > room) continue;
    place(square, interleave(pack(bytes, header - 4, room), each, blocks));
    return best(square);
  }
  return undefined;
}

/** Writes the bytes behind mode and length, and fills the room up. */
function pack(bytes: Uint8Array, lengthBits: number, room: number): number[] {
  const bits: number[] = [];
  const add = (value: number, count: number) => {
    for (let i = count - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  add(0b0100, 4);
  add(bytes.length, lengthBits);
  for (const b of bytes) add(b, 8);
  add(0, Math.min(4, room * 8 - bits.length));
  while (bits.length % 8 !== 0) bits.push(0);
  const out: number[] = [];
  for (let i = 0; i < bits.length; i += 8) out.push(Number.parseInt(bits.slice(i, i + 8).join(""), 2));
  for (let fill = 0xec; out.length < room; fill ^= 0xec ^ 0x11) out.push(fill);
  return out;
}

/** Cuts data into blocks, the shorter ones first, and writes them and what corrects them byte by byte in turn. */
function interleave(data: number[], each: number, count: number): number[] {
  const short = Math.floor(data.length / count);
  const longer = data.length % count;
  const blocks: number[][] = [];
  for (let i = 0, at = 0; i < count; i++) {
    const length = short + (i >= count - longer ? 1 : 0);
    blocks.push(data.slice(at, at + length));
    at += length;
  }
  const corrections = blocks.map((b) => remainder(b, each));
  const out: number[] = [];
  for (let i = 0; i <= short; i++) for (const b of blocks) if (i < b.length) out.push(b[i] as number);
  for (let i = 0; i < each; i++) for (const c of corrections) out.push(c[i] as number);
  return out;
}

/** Multiplies in the field of 256 elements that QR codes use. */
function times(a: number, b: number): number {
  let product = 0;
  for (let i = 7; i >= 0; i--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    product ^= ((b >> i) & 1) * a;
  }
  return product;
}

/** Returns what is left of a block divided by the generator of Reed and Solomon. */
export function remainder(block: number[], degree: number): number[] {
  let generator = [1];
  for (let i = 0, root = 1; i < degree; i++, root = times(root, 2)) {
    const next = [...generator, 0];
    generator.forEach((g, j) => {
      next[j + 1] = (next[j + 1] as number) ^ times(g, root);
    });
    generator = next;
  }
  const rest = [...block, ...new Array<number>(degree).fill(0)];
  for (let i = 0; i < block.length; i++) {
    const factor = rest[i] as number;
    generator.forEach((g, j) => {
      rest[i + j] = (rest[i + j] as number) ^ times(g, factor);
    });
  }
  return rest.slice(block.length);
}

/** Returns a square with all that does not depend on the data. */
function empty(version: number): Square {
  const size = 17 + 4 * version;
  const grid = () => Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
  const s: Square = { size, dark: grid(), fixed: grid() };
  for (let i = 0; i < size; i++) {
    set(s, i, 6, i % 2 === 0);
    set(s, 6, i, i % 2 === 0);
  }
  for (const [x, y] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const) {
    for (let dy = -4; dy <= 4; dy++) {
      for (let dx = -4; dx <= 4; dx++) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        if (x + dx >= 0 && y + dy >= 0 && x + dx < size && y + dy < size) set(s, x + dx, y + dy, ring !== 2 && ring !== 4);
      }
    }
  }
  const middles = alignment[version - 1] as number[];
  for (const x of middles) {
    for (const y of middles) {
      if ((x === 6 && y === 6) || (x === 6 && y === size - 7) || (x === size - 7 && y === 6)) continue;
      for (let dy = -2; dy <= 2; dy++) for (let dx = -2; dx <= 2; dx++) set(s, x + dx, y + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
    }
  }
  form(s, 0);
  if (version >= 7) {
    const bits = (version << 12) | left(version, 12, 0x1f25);
    for (let i = 0; i < 18; i++) {
      const on = ((bits >> i) & 1) === 1;
      set(s, size - 11 + (i % 3), Math.floor(i / 3), on);
      set(s, Math.floor(i / 3), size - 11 + (i % 3), on);
    }
  }
  return s;
}

function set(s: Square, x: number, y: number, dark: boolean) {
  (s.dark[y] as boolean[])[x] = dark;
  (s.fixed[y] as boolean[])[x] = true;
}

/** Returns what is left of a value, moved by some bits, divided by a polynomial of that degree. */
function left(value: number, degree: number, by: number): number {
  let rest = value;
  for (let i = 0; i < degree; i++) rest = (rest << 1) ^ ((rest >> (degree - 1)) * by);
  return rest;
}

/** Writes which mask is used; error correction M is 0. */
function form(s: Square, mask: number) {
  const bits = ((mask << 10) | left(mask, 10, 0x537)) ^ 0x5412;
  const at = (i: number) => ((bits >> i) & 1) === 1;
  for (let i = 0; i <= 5; i++) set(s, 8, i, at(i));
  set(s, 8, 7, at(6));
  set(s, 8, 8, at(7));
  set(s, 7, 8, at(8));
  for (let i = 9; i < 15; i++) set(s, 14 - i, 8, at(i));
  for (let i = 0; i < 8; i++) set(s, s.size - 1 - i, 8, at(i));
  for (let i = 8; i < 15; i++) set(s, 8, s.size - 15 + i, at(i));
  set(s, 8, s.size - 8, true);
}

/** Writes bytes in columns of two, from the right, up and down in turn. */
function place(s: Square, bytes: number[]) {
  let bit = 0;
  for (let right = s.size - 1; right > 0; right -= 2) {
    if (right === 6) right--; // the column of the timing pattern
    const up = ((right + 1) & 2) === 0;
    for (let i = 0; i < s.size; i++) {
      const y = up ? s.size - 1 - i : i;
      for (const x of [right, right - 1]) {
        if (s.fixed[y]?.[x] || bit >= bytes.length * 8) continue;
        (s.dark[y] as boolean[])[x] = (((bytes[bit >> 3] as number) >> (7 - (bit & 7))) & 1) === 1;
        bit++;
      }
    }
  }
}

/** Returns the square under the mask by which it looks least like a finder or a plain area. */
function best(s: Square): boolean[][] {
  let found: boolean[][] = [];
  let least = Number.POSITIVE_INFINITY;
  masks.forEach((mask, number) => {
    form(s, number);
    const masked = s.dark.map((row, y) => row.map((dark, x) => dark !== (!s.fixed[y]?.[x] && mask(x, y))));
    const bad = penalty(masked);
    if (bad < least) {
      least = bad;
      found = masked;
    }
  });
  return found;
}

/** Adds up what makes a code hard to read. */
function penalty(rows: boolean[][]): number {
  const columns = rows.map((_, x) => rows.map((row) => row[x] as boolean));
  let sum = 0;
  for (const lines of [rows, columns]) {
    for (const line of lines) {
      const text = line.map((dark) => (dark ? "1" : "0")).join("");
      for (const run of text.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
      for (const finder of ["10111010000", "00001011101"]) for (let i = text.indexOf(finder); i >= 0; i = text.indexOf(finder, i + 1)) sum += 40;
    }
  }
  for (let y = 1; y < rows.length; y++) {
    for (let x = 1; x < rows.length; x++) {
      const one = rows[y]?.[x];
      if (one === rows[y - 1]?.[x] && one === rows[y]?.[x - 1] && one === rows[y - 1]?.[x - 1]) sum += 3;
    }
  }
  const dark = rows.flat().filter(Boolean).length / rows.length ** 2;
  return sum + Math.floor(Math.abs(dark - 0.5) * 20) * 10;
}
