/**
 * `npm run test:extended [-- --inputs N --seed S]`: what takes too long for `npm test`. Every cut of every file of our stories in two, every piece size of all
 * vectors, every single flipped bit and every proper prefix of files with just enough signatures, and N mutated inputs (1 million unless told).
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { judgePack } from "../../scripts/judge/judge.ts";
import { readPack } from "../../scripts/judge/pack.ts";
import { type Feed, cycle, delegatedWorld, flipped, refusedWhenChanged, whole } from "../changes.ts";
import { Vehicle, type World } from "../world.ts";
import { inputs } from "./inputs.ts";

const { values } = parseArgs({ options: { inputs: { type: "string", default: "1000000" }, seed: { type: "string", default: "1" }, only: { type: "string", default: "" } } });
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

/** Every two-part split: all files of a cycle are cut at the same place, at each place in turn, and end with the same reports. */
function splits(world: World): number {
  const vehicle = new Vehicle(world);
  const expected = JSON.stringify(cycle(vehicle, whole), spelled);
  let longest = 0;
  const measure: Feed = (core, bytes) => {
    longest = Math.max(longest, bytes.length);
    core.feed(bytes);
  };
  cycle(vehicle, measure);
  for (let at = 1; at < longest; at++) {
    const cut: Feed = (core, bytes) => {
      core.feed(bytes.subarray(0, at));
      core.feed(bytes.subarray(at));
    };
    if (JSON.stringify(cycle(vehicle, cut), spelled) !== expected) throw new Error(`Cannot cut at byte ${at}: the reports differ`);
  }
  return longest - 1;
}

function spelled(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

/** Packs of vectors in many piece sizes: each verdict as in one piece. */
async function packs(folder: string): Promise<number> {
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

const world = await delegatedWorld();
await world.publish();
await part("two-part splits", () => splits(world));
await part("piece sizes of vectors", () => packs("vectors"));
if (existsSync("../shared/vectors")) await part("piece sizes of third-party packs", () => packs("../shared/vectors"));
else console.log("skipped piece sizes of third-party packs: ../shared/vectors is not there");
await part("single flipped bits", () => refusedWhenChanged((bytes, bit) => flipped(bytes, bit), (length) => length * 8));
await part("proper prefixes", () => refusedWhenChanged((bytes, length) => bytes.subarray(0, length), (length) => length));
await part("mutated inputs", () => inputs(Number(values.inputs), Number(values.seed)));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
