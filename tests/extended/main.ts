/**
 * `npm run test:extended [-- --only WORD --count N --seed S --one-in K]`: what takes too long for `npm test`. Every two-part split of every distinct file of our vectors
 * and of the packs of others, many piece sizes of all of them, every single flipped bit and every proper prefix of files with just enough signatures, and N
 * mutated inputs (10 million unless told). All splits take about an hour: with K one in so many of each file.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { judgePack } from "../../scripts/judge/judge.ts";
import { readPack } from "../../scripts/judge/pack.ts";
import { flipped, refusedWhenChanged } from "../changes.ts";
import { inputs } from "./inputs.ts";
import { packs, splits } from "./splits.ts";

const { values } = parseArgs({ options: { count: { type: "string", default: "10000000" }, seed: { type: "string", default: "1" }, only: { type: "string", default: "" }, "one-in": { type: "string", default: "1" } } });
const PIECES = [1, 2, 3, 5, 7, 13, 31, 61, 63, 64, 65, 127, 128, 129, 255, 256, 1023, 1024];
let passed = 0;
let failed = 0;

async function part(name: string, run: () => Promise<number> | number): Promise<void> {
  if (!name.includes(values.only)) return;
  const started = performance.now();
  try {
    const count = await run();
    passed++;
    console.log(`ok ${name}: ${count} tried, ${((performance.now() - started) / 1000).toFixed(0)} s`);
  } catch (error) {
    failed++;
    console.log(`FAILED ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Packs of vectors in many piece sizes: each verdict as in one piece. */
async function pieces(folder: string): Promise<number> {
  let count = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!existsSync(join(folder, entry.name, "cases.json"))) continue;
    const pack = readPack(join(folder, entry.name));
    const got = async (piece?: number) => (await judgePack(pack, piece === undefined ? {} : { piece })).lines.map((line) => `${line.name}: ${line.got}`);
    const expected = await got();
    for (const piece of PIECES) {
      const now = await got(piece);
      const at = now.findIndex((line, i) => line !== expected[i]);
      if (at >= 0) throw new Error(`Cannot cut ${entry.name} into pieces of ${piece}: ${expected[at]} becomes ${now[at]}`);
      count += now.length;
    }
  }
  return count;
}

const say = (line: string) => console.log(line);
const OTHERS = "../shared/vectors";
await part("two-part splits", () => splits(packs("vectors", OTHERS), say, Number(values["one-in"])));
await part("piece sizes of vectors", () => pieces("vectors"));
if (existsSync(OTHERS)) await part("piece sizes of third-party packs", () => pieces(OTHERS));
else console.log(`skipped the packs of others: ${OTHERS} is not there`);
await part("single flipped bits", () => refusedWhenChanged((bytes, bit) => flipped(bytes, bit), (length) => length * 8));
await part("proper prefixes", () => refusedWhenChanged((bytes, length) => bytes.subarray(0, length), (length) => length));
await part("mutated inputs", () => inputs(Number(values.count), Number(values.seed), say));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
