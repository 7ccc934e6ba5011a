/**
 * `npm run mutants -- --count 1000 --seed N`: how much of the core the tests hold in place. One instruction of the module is changed at a time, in the
 * functions that check; a mutant is killed when a test of the fast suites fails, traps or does not come to an end. Writes docs/mutants.md.
 */
import { type ChildProcess, fork } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { globalBytes } from "../audit/checks.ts";
import { compile, top } from "../audit/compile.ts";
import { readModule } from "../audit/module.ts";
import { type Mutant, apply, mutants, sane } from "./mutate.ts";
import { type Survivor, write } from "./report.ts";
import type { Message, Order } from "./worker.ts";

const SUITES = ["cycle", "matching", "check_root", "check_snapshot", "delegations", "time", "partial", "manifest", "memory", "json", "envelope", "bindings", "calls", "pointers", "shapes"]; // tests/NAME.test.ts
const ARITHMETIC = /^(assembly\/(field|edwards|scalar|half|ed25519|sha256|sha512|block256|block512|tables)\/|~)/; // has vectors and peers of its own
const SLOW = 1_500; // milliseconds: slower tests are not run
const SECONDS = 8; // of one test
const WORKER_LIFE = 150; // mutants

const { values } = parseArgs({ options: { count: { type: "string", default: "1000" }, seed: { type: "string", default: "1" }, only: { type: "string", default: "" }, verbose: { type: "boolean", default: false } } });
const count = Number(values.count);
const seed = Number(values.seed);

const named = compile(top, "assembly/index.ts", "build/mutants.wasm", true);
const module = readModule(named);
sane(module);
const globals = globalBytes(module);
const all = mutants(module, ARITHMETIC).filter(({ where }) => where.includes(values.only));
const chosen = shuffled(all).slice(0, count);
const suites = [new URL("./vectors.js", import.meta.url).href, ...SUITES.filter((name) => exists(name)).map((name) => pathToFileURL(join(top, `build/js/tests/${name}.test.js`)).href)];
process.chdir(top);

const kills = new Map<string, number>();
const costs = new Map<string, number>();
const survivors: Survivor[] = [];
let killed = 0;
let endless = 0;
let worker: ChildProcess | undefined;
let life = 0;

const baseline = await judge(0, named, true) || await judge(-1, named, true); // the second time with all signatures made
if (baseline !== "") throw new Error(`Cannot judge mutants: the module itself fails "${baseline}"`);
const used = [...costs.values()].filter((cost) => cost <= SLOW);
console.log(`${used.length} of ${costs.size} tests in ${(used.reduce((sum, cost) => sum + cost, 0) / 1000).toFixed(1)} s; ${all.length} mutants possible, ${chosen.length} tried`);
const started = performance.now();
for (const [at, mutant] of chosen.entries()) {
  const bytes = apply(named, module, mutant);
  const by = await judge(at + 1, bytes, false);
  if (by === "") survivors.push(survivor(mutant));
  else {
    killed++;
    if (by.startsWith("endless: ")) endless++;
    const test = by.replace("endless: ", "");
    kills.set(test, (kills.get(test) ?? 0) + 1);
  }
  if (by === "" || values.verbose) console.log(`${by === "" ? "SURVIVED" : "killed"} ${mutant.where} byte ${mutant.at}: ${mutant.what}${by === "" ? "" : ` (${by})`}`);
  if ((at + 1) % 100 === 0) console.log(`${at + 1} tried, ${killed} killed (${endless} by time), ${((performance.now() - started) / 1000).toFixed(0)} s`);
}
worker?.kill("SIGKILL");
console.log(`${killed} of ${chosen.length} killed, ${(killed / chosen.length * 100).toFixed(1)} %`);
if (values.only === "") writeFileSync(join(top, "docs/mutants.md"), write({ seed, tried: chosen.length, possible: all.length, killed, endless, survivors, kills }));

function exists(name: string): boolean {
  try {
    return readFileSync(join(top, `build/js/tests/${name}.test.js`)).length > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** @returns the test that fails, "endless: " before it if it was stopped, or nothing */
function judge(number: number, bytes: Uint8Array, everything: boolean): Promise<string> {
  if (life++ % WORKER_LIFE === WORKER_LIFE - 1) {
    worker?.kill("SIGKILL");
    worker = undefined;
  }
  const mine = worker ??= fork(fileURLToPath(new URL("./worker.js", import.meta.url)), { serialization: "advanced", execArgv: ["--no-warnings"] });
  const order: Order = { number, bytes, globals, suites, all: everything, leave: [...costs].filter(([, cost]) => cost > SLOW).map(([name]) => name), first: [...costs.keys()].sort((a, b) => worth(b) - worth(a)) };
  return new Promise((resolve, reject) => {
    let by = "";
    let current = "loading";
    let timer: NodeJS.Timeout | undefined;
    const over = () => {
      clearTimeout(timer);
      mine.removeAllListeners();
      resolve(by);
    };
    const wind = (seconds: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        worker = undefined;
        mine.kill("SIGKILL");
        by = `endless: ${current}`;
        over();
      }, seconds * 1000);
    };
    mine.on("error", reject);
    mine.on("message", (message: Message) => {
      if (message.number !== number) return;
      if ("started" in message) current = message.started;
      if ("passed" in message && everything) costs.set(message.passed, message.milliseconds);
      if ("failed" in message && by === "") by = message.failed;
      if ("failed" in message && everything) console.error(`${message.failed}: ${message.why}`);
      if ("over" in message) over();
      else wind(everything ? 60 : SECONDS);
    });
    wind(60);
    mine.send(order);
  });
}

/** Kills a millisecond buys. */
function worth(test: string): number {
  return ((kills.get(test) ?? 0) + 0.5) / ((costs.get(test) ?? 1) + 1);
}

function survivor({ where, what, at, code }: Mutant): Survivor {
  const body = module.code[code]?.body ?? [];
  return { where, what, instruction: body.findIndex((instruction) => instruction.at === at), of: body.length };
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
