/** benches/results.svg: one bar a candidate, its length the speed as a multiple of the platform's own. */
import type { Figures } from "./crypto.ts";

const WIDTH = 760;
const LEFT = 250;
const SCALE = 150; // pixels for 1x
const LINE = 18;

export function draw(hosts: Record<string, Figures>): string {
  const parts: string[] = [];
  let y = 24;
  for (const [host, figures] of Object.entries(hosts)) {
    for (const { name, timed } of figures) {
      parts.push(`<text x="8" y="${y}" font-weight="bold">${escape(`${name} (${host})`)}</text>`);
      y += LINE;
      for (const one of timed) {
        const width = Math.max(1, Math.min(one.ratio * SCALE, WIDTH - LEFT - 70));
        const colour = one.name === "uptane-wasm" ? "#1a7f37" : "#8c959f";
        parts.push(`<text x="${LEFT - 8}" y="${y}" text-anchor="end">${escape(one.name)}</text>`);
        parts.push(`<rect x="${LEFT}" y="${y - 11}" width="${width.toFixed(1)}" height="13" fill="${colour}"/>`);
        parts.push(`<text x="${(LEFT + width + 6).toFixed(1)}" y="${y}">${one.ratio.toFixed(one.ratio < 0.1 ? 3 : 2)}x</text>`);
        y += LINE;
      }
      y += LINE / 2;
    }
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function escape(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
}
