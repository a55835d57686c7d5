/** Writes a cell: one that a spreadsheet would compute begins with an apostrophe. */
export function cell(value: string): string {
  const first = /^[=+\-@\t\r\n|％＝＋－＠]/u.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(first) ? `"${first.replaceAll('"', '""')}"` : first;
}

/** Writes rows as CSV (RFC 4180), with the mark by which spreadsheets know UTF-8. */
export function csv(rows: string[][]): string {
  return `\ufeff${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

/** Hands text to the reader as a file. */
export function download(name: string, type: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
