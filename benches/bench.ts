/**
 * npm run bench: the core's cryptography beside its peers on Node and, where it is installed, Deno. Prints ratios, writes
 * benches/results.json and benches/results.svg; `-- --json` prints the figures and writes nothing, `-- --with PATH` adds another Node,
 * `-- --rounds N` takes N slices of each instead of 40.
 */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { measure, type Figures } from "./crypto.ts";
import { draw } from "./draw.ts";
import { measureWhole } from "./whole.ts";

const root = new URL("../../../", import.meta.url);
const path = (name: string): string => fileURLToPath(new URL(name, root));
const { values: options } = parseArgs({ options: { json: { type: "boolean" }, one: { type: "boolean" }, rounds: { type: "string", default: "40" }, with: { type: "string", multiple: true, default: [] } } });
const deno = path("node_modules/.bin/deno");

const hosts: Record<string, Figures> = {};
if (options.one) {
  console.log(JSON.stringify(await all()));
} else {
  hosts[`Node ${process.versions.node}`] = await all();
  for (const node of options.with) hosts[`Node ${version(node).slice(1)}`] = await elsewhere(node, []);
  if (existsSync(deno)) hosts[`Deno ${version(deno).split(" ")[1]}`] = await elsewhere(deno, ["run", "--allow-all", "--quiet"]);
  else console.error("Deno: left out, it is not installed");
  const cold = coldStart();
  const results = { bytes: readFileSync(path("build/crypto.wasm")).length, cold, hosts };
  if (options.json) console.log(JSON.stringify(results));
  else {
    table();
    console.log(`\nModule: ${results.bytes} bytes. Cold process: compile ${cold.compile} ms, first verification ${cold.first} ms`);
    writeFileSync(path("benches/results.json"), `${JSON.stringify(results, undefined, 2)}\n`);
    writeFileSync(path("benches/results.svg"), draw(hosts));
  }
}

/** The same in another runtime. */
async function elsewhere(runtime: string, flags: string[]): Promise<Figures> {
  const run = [...flags, path("build/js/benches/bench.js"), "--one", "--rounds", options.rounds];
  const { stdout } = await promisify(execFile)(runtime, run, { cwd: path(".") });
  return JSON.parse(stdout) as Figures;
}

function version(runtime: string): string {
  return execFileSync(runtime, ["--version"], { encoding: "utf8" }).trim();
}

async function all(): Promise<Figures> {
  return [...(await measure(Number(options.rounds))), ...(await measureWhole())];
}

function table(): void {
  for (const [host, figures] of Object.entries(hosts)) {
    for (const group of figures) {
      console.log(`\n${host}: ${group.name}`);
      for (const { name, microseconds, ratio } of group.timed) {
        const times = `${ratio.toFixed(ratio < 0.1 ? 3 : 2)}x`;
        console.log(`  ${name.padEnd(36)} ${microseconds.toFixed(2).padStart(10)} us  ${times.padStart(8)}`);
      }
    }
  }
}

/** Milliseconds in a fresh process, the best of five: compile and instantiate, then the first verification. */
function coldStart(): { compile: number; first: number } {
  let best = { compile: Infinity, first: Infinity };
  for (let i = 0; i < 5; i++) {
    const text = execFileSync(process.execPath, [path("build/js/benches/cold.js")], { encoding: "utf8" });
    const one = JSON.parse(text) as { compile: number; first: number };
    if (one.compile + one.first < best.compile + best.first) best = one;
  }
  return best;
}
