/** Where files are cut: sizes of pieces for scripts/judge/cut.ts. */
import { random } from "./changes.ts";

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|\s+|[^\s{}[\],:"]+|[^]/g;

/** At each border of a token, whatever the file is. */
export function borders(file: Uint8Array): number[] {
  return (Buffer.from(file).toString("latin1").match(TOKEN) ?? []).map((token) => token.length);
}

/** At 200 places, or wherever there is one. */
export function seeded(seed: number): (file: Uint8Array) => number[] {
  return (file) => {
    const next = random(seed);
    const places = file.length <= 200 ? new Set(file.keys()) : new Set<number>();
    while (places.size < Math.min(200, file.length)) places.add(next(file.length));
    const ends = [...places, file.length].sort((a, b) => a - b);
    return ends.map((end, i) => end - (ends[i - 1] ?? 0)).filter((size) => size > 0);
  };
}
