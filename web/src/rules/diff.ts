/** A line of two texts: in both, or in one of them. */
export interface DiffLine {
  kind: "same" | "old" | "new";
  text: string;
}

/** More lines than that are shown as all old, all new: to compare them takes their product. */
const most = 3000;

/** Compares two texts line by line, with as many lines in both as there can be. */
export function diff(before: string, after: string): DiffLine[] {
  const a = before.split("\n");
  const b = after.split("\n");
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const same = (text: string): DiffLine => ({ kind: "same", text });
  return [...a.slice(0, head).map(same), ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)), ...a.slice(a.length - tail).map(same)];
}

function middle(a: string[], b: string[]): DiffLine[] {
  const all: DiffLine[] = [];
  if (a.length > most || b.length > most) {
    return [...a.map((text): DiffLine => ({ kind: "old", text })), ...b.map((text): DiffLine => ({ kind: "new", text }))];
  }
  const width = b.length + 1;
  const common = new Uint16Array((a.length + 1) * width); // of the rests from there on
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] =
        a[i] === b[j] ? (common[(i + 1) * width + j + 1] ?? 0) + 1 : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
    }
  }
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      all.push({ kind: "same", text: a[i++] ?? "" });
      j++;
    } else if (i < a.length && (j === b.length || (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))) {
      all.push({ kind: "old", text: a[i++] ?? "" });
    } else {
      all.push({ kind: "new", text: b[j++] ?? "" });
    }
  }
  return all;
}
