/** benches/results.svg: a row for each candidate, a column for each runtime; a bar's length is the speed as a multiple of the first row of its group. */
import type { Figures } from "./crypto.ts";
import type { Timed } from "./slices.ts";

const LEFT = 300; // pixels: names of candidates
const COLUMN = 220;
const SCALE = 46; // for 1x
const LONGEST = COLUMN - 50; // leaves room for the number behind the bar
const LINE = 17;

export function draw(hosts: Record<string, Figures>): string {
  const names = Object.keys(hosts);
  const width = LEFT + names.length * COLUMN;
  const parts = names.map((host, column) => text(LEFT + column * COLUMN, 20, host, ` font-weight="bold"`));
  let y = 20;
  for (const { name: group, timed } of Object.values(hosts)[0] ?? []) {
    y += LINE * 1.5;
    parts.push(text(8, y, group, ` font-weight="bold"`));
    for (const { name } of timed) {
      y += LINE;
      parts.push(text(LEFT - 8, y, name, ` text-anchor="end"`));
      names.forEach((host, column) => {
        const one = find(hosts[host] ?? [], group, name);
        if (one !== undefined) parts.push(...bar(LEFT + column * COLUMN, y, one));
      });
    }
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y + LINE}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function find(figures: Figures, group: string, candidate: string): Timed | undefined {
  return figures.find(({ name }) => name === group)?.timed.find(({ name }) => name === candidate);
}

function bar(x: number, y: number, { name, ratio }: Timed): string[] {
  const length = Math.max(1, Math.min(ratio * SCALE, LONGEST));
  const colour = name.startsWith("uptane-wasm") ? "#1a7f37" : "#8c959f";
  const rectangle = `<rect x="${x}" y="${y - 11}" width="${length.toFixed(1)}" height="13" fill="${colour}"/>`;
  return [rectangle, text(x + length + 6, y, `${ratio.toFixed(ratio < 0.1 ? 3 : 2)}x`)];
}

function text(x: number, y: number, content: string, attributes = ""): string {
  const escaped = content.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  return `<text x="${Math.round(x)}" y="${y}"${attributes}>${escaped}</text>`;
}
