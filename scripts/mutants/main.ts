/**
 * `npm run mutants -- --count 1000 --seed N`: how much of the core the tests hold in place. One instruction of the module is changed at a time, in the
 * functions that check; a mutant is killed when a test of the fast suites fails, traps or does not come to an end. Only tests that come to the changed
 * instruction are run, those that killed most first. Writes docs/mutants.md; with --only WORD it only prints. --again tries the survivors of the last run
 * once more, with the tests as they are now, and writes what is left of them: what was killed stays killed as long as no test goes and the functions are the
 * same. --seconds S: of tests that one mutant meets at the most; --workers N: processes.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { globalBytes } from "../audit/checks.ts";
import { compile, top } from "../audit/compile.ts";
import { BR_IF, CALL, END, IF } from "../audit/instructions.ts";
import { label, readModule } from "../audit/module.ts";
import { rewrite, withMarks } from "./edit.ts";
import { Judge } from "./judge.ts";
import { type Mutant, mutants, sane } from "./mutate.ts";
import { type Run, type Survivor, write } from "./report.ts";
import type { Message } from "./worker.ts";

const SUITES = ["cycle", "matching", "check_root", "check_snapshot", "delegations", "time", "partial", "manifest", "memory", "json", "envelope", "bindings", "calls", "pointers", "shapes", "dialect-rows", "judge-dialect", "sorted", "steps", "signed-text", "search", "record", "edges", "read-over", "stored", "manifest-edges", "operands", "attacks-delegations", "attacks-freshness", "attacks-match", "attacks-parsing", "attacks-signatures", "attacks-time", "manifest-forms", "mapping", "mapping-vehicle", "limits", "encrypted", "inventory", "pieces", "model"]; // tests/NAME.test.ts
const ARITHMETIC = /^(assembly\/(field|edwards|scalar|half|ed25519|sha256|sha512|block256|block512|pieces|endian|tables)\/|~)/; // has vectors and peers of its own
const SLOW = 6_000; // milliseconds: slower tests are not run
const NEAR = 8; // instructions
const LAST = "build/mutants.json";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "1000" }, seed: { type: "string", default: "1" }, workers: { type: "string", default: "1" }, seconds: { type: "string", default: "60" }, only: { type: "string", default: "" },
    again: { type: "boolean", default: false }, verbose: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);
process.chdir(top);
const named = compile(top, "assembly/index.ts", "build/mutants.wasm", true);
const module = readModule(named);
sane(module);
const globals = globalBytes(module);
const all = mutants(module, ARITHMETIC);
const functions = createHash("sha256").update(Buffer.concat(all.map(({ code }) => code).filter((code, i, list) => code !== list[i - 1]).map((code) => named.subarray(module.code[code]?.start, module.code[code]?.end)))).digest("hex");
const last = values.again ? lastRun() : undefined;
const chosen = shuffled(all.filter(wanted())).slice(0, Number(values.count));
const suites = [new URL("./vectors.js", import.meta.url).href, ...SUITES.map((name) => join(top, `build/js/tests/${name}.test.js`)).filter(existsSync).map((path) => pathToFileURL(path).href)];

interface Test {
  suite: string;
  name: string;
  cost: number; // milliseconds
  reached: bigint[] | undefined; // bits of places; not known: all of them
  kills: number;
}

const tests = await measured();
const kills = new Map<string, number>(); // "function test"
const survivors: Survivor[] = [];
let tried = 0;
let endless = 0;
const started = performance.now();
const left = chosen.entries();
await Promise.all(Array.from({ length: Number(values.workers) }, async () => {
  const judge = new Judge();
  for (const [at, mutant] of left) note(mutant, await verdict(judge, at, mutant));
  judge.stop();
}));
const killed = chosen.length - survivors.length;
console.log(`${killed} of ${chosen.length} killed, ${(killed / chosen.length * 100).toFixed(1)} %`);
if (values.only === "") {
  const before: Run = last ?? { functions, seed, tried: chosen.length, possible: all.length, killed: 0, endless: 0, survivors: [], kills: [] };
  const run: Run = { ...before, killed: before.killed + killed, endless: before.endless + endless, survivors, kills: added(before.kills, tests.map(({ name, kills }) => [name, kills])) };
  writeFileSync(LAST, JSON.stringify(run));
  writeFileSync("docs/mutants.md", write(run));
}

/** @throws Error when it was about other functions */
function lastRun(): Run {
  const run = JSON.parse(readFileSync(LAST, "utf8")) as Run;
  if (run.functions !== functions) throw new Error("Cannot go on with the last run: the functions are not the same");
  return run;
}

function added(before: [string, number][], now: [string, number][]): [string, number][] {
  const sums = new Map(before);
  for (const [name, kills] of now) sums.set(name, (sums.get(name) ?? 0) + kills);
  return [...sums];
}

/** What the tests cost and where they come, with the module as it is. One that fails there is left out, and named. */
async function measured(): Promise<Test[]> {
  const judge = new Judge();
  const found = new Map<string, Test>();
  const order = { globals, tests: suites.map((suite) => ({ suite })) };
  // First with marks (a test that minds them counts as one that comes everywhere), and all signatures are made; then as it is.
  await judge.judge({ ...order, number: -2, bytes: withMarks(named, module, chosen) }, () => 600, (message) => {
    if ("passed" in message) found.set(message.passed, { suite: "", name: message.passed, cost: 0, reached: message.reached, kills: 0 });
  });
  const out: Test[] = [];
  let suite = "";
  await judge.judge({ ...order, number: -1, bytes: named }, () => 600, (message: Message) => {
    if ("started" in message) suite = message.suite;
    if ("failed" in message) console.error(`left out, for it fails as things are: ${message.failed}: ${message.why}`);
    if ("passed" in message) out.push({ suite, name: message.passed, cost: message.milliseconds, reached: found.get(message.passed)?.reached, kills: 0 });
  });
  judge.stop();
  if (out.length === 0) throw new Error("Cannot judge mutants: no test passes with the module itself");
  const used = out.filter(({ cost }) => cost <= SLOW);
  const none = chosen.filter((_, place) => !used.some((test) => comes(test, place))).length;
  console.log(`${used.length} of ${out.length} tests in ${(used.reduce((sum, { cost }) => sum + cost, 0) / 1000).toFixed(1)} s; ${all.length} mutants possible, ${chosen.length} tried, ${none} where no test comes`);
  return used;
}

function comes({ reached }: Test, place: number): boolean {
  return reached === undefined || (((reached[place >> 6] ?? 0n) >> BigInt(place & 63)) & 1n) === 1n;
}

/** @returns the test that killed it, "" for none */
async function verdict(judge: Judge, place: number, mutant: Mutant): Promise<string> {
  const worth = (test: Test) => (10 * (kills.get(`${mutant.where} ${test.name}`) ?? 0) + test.kills + 0.5) / (test.cost + 5); // kills a millisecond buys
  let budget = Number(values.seconds) * 1000;
  const order = tests.filter((test) => comes(test, place)).sort((a, b) => worth(b) - worth(a)).filter(({ cost }) => (budget -= cost) > 0);
  if (order.length === 0) return "";
  return await judge.judge({ number: place, bytes: rewrite(named, module, [mutant]), globals, tests: order.map(({ suite, name }) => ({ suite, names: [name] })) }, (name) => 5 + (order.find((test) => test.name === name)?.cost ?? 0) / 50);
}

function note(mutant: Mutant, by: string): void {
  const { where, what, instruction, code, at } = mutant;
  tried++;
  const test = tests.find(({ name }) => name === by.replace("endless: ", ""));
  if (by === "") survivors.push({ where, what, instruction, of: module.code[code]?.body.length ?? 0, near: near(mutant), reached: tests.some((one) => comes(one, chosen.indexOf(mutant))) });
  if (by.startsWith("endless: ")) endless++;
  if (test !== undefined) {
    test.kills++;
    kills.set(`${where} ${test.name}`, (kills.get(`${where} ${test.name}`) ?? 0) + 1);
  }
  if (by === "" || values.verbose) console.log(`${by === "" ? "SURVIVED" : "killed"} ${where} ${instruction} (byte ${at}): ${what}${by === "" ? "" : ` (${by})`}`);
  if (tried % 100 === 0) console.log(`${tried} tried, ${tried - survivors.length} killed (${endless} by time), ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

/** The function that is called within a few instructions, with nothing between that would leave the place. */
function near({ code, instruction }: Mutant): string {
  const body = module.code[code]?.body ?? [];
  for (const { op, operands } of body.slice(instruction, instruction + NEAR)) {
    if (op === CALL) return label(module, Number(operands[0]));
    if (op === IF || op === BR_IF || op === END) return "";
  }
  return "";
}

function wanted(): (mutant: Mutant) => boolean {
  if (last === undefined) return ({ where }) => where.includes(values.only);
  const before = new Set(last.survivors.map(spelled));
  return (mutant) => before.has(spelled(mutant)) && mutant.where.includes(values.only);
}

function spelled({ where, what, instruction }: Pick<Survivor, "where" | "what" | "instruction">): string {
  return `${where} ${instruction} ${what}`;
}

/** Fisher and Yates, with xorshift32. */
function shuffled<T>(list: T[]): T[] {
  const out = [...list];
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let i = out.length - 1; i > 0; i--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = (state >>> 0) % (i + 1);
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}
