/**
 * `npm run fuzz -- --minutes N [--partial]`: guided fuzzing of the very bytes that are released. wasm2c makes C of them, clang's libFuzzer looks for a trap;
 * with --partial memory ends at PARTIAL_END, and only the exports of partial verification are called. What it found stays in build/fuzz.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as abi from "../../assembly/abi.ts";
import * as layout from "../../assembly/layout.ts";
import * as status from "../../assembly/status.ts";
import { keyBytes } from "../../bindings/keys.ts";
import { NOW } from "../vectors/world.ts";
import { top } from "../audit/compile.ts";
import { corpus, ecuSigner } from "./corpus.ts";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "1" }, partial: { type: "boolean", default: false }, seed: { type: "string", default: "1" } } });
// The translator and its runtime have to be of one version: that of the package in node_modules, which npm puts first in PATH, has no runtime with it.
const PLACES = [["/usr/bin/wasm2c", "/usr/share/wabt/wasm2c"], ["/usr/bin/wasm2c", "/usr/include"], ["/usr/local/bin/wasm2c", "/usr/local/share/wabt/wasm2c"]] as const;
const [wasm2c, runtime] = PLACES.find(([, folder]) => existsSync(join(folder, "wasm-rt-impl.c"))) ?? [];
const works = (command: string) => spawnSync(command, ["--version"]).status === 0;
if (wasm2c === undefined || runtime === undefined || !works(wasm2c) || !works("clang")) {
  console.error("Cannot fuzz: wasm2c and clang with libFuzzer are needed (Debian: apt-get install wabt clang libclang-rt-14-dev)");
  process.exit(2);
}
const folder = join(top, "build/fuzz", values.partial ? "partial" : "full");
mkdirSync(join(folder, "corpus"), { recursive: true });
for (const seed of await corpus()) writeFileSync(join(folder, "corpus", createHash("sha256").update(seed).digest("hex").slice(0, 16)), seed);

const macros: Record<string, number | string> = {
  CONSTANTS_END: layout.CONSTANTS_END, RECORD: layout.RECORD, RECORD_SIZE: layout.RECORD_SIZE, REPORT_STATUS: abi.REPORT_STATUS, REPORT_KEEP: abi.REPORT_KEEP,
  STATUSES: Object.values(status).map((code) => `[${code}]=1`).join(","),
  WINDOW: layout.WINDOW, WINDOW_SIZE: layout.WINDOW_SIZE, REPORT: layout.REPORT, REPORT_WANT: abi.REPORT_WANT, REPORT_SOURCE: abi.REPORT_SOURCE, SOURCE_AGAIN: abi.SOURCE_AGAIN,
  LIMIT: values.partial ? layout.PARTIAL_END : layout.MEMORY_SIZE, NOW: `${NOW}ull`, WASM_RT_TRAP_HANDLER: "fuzz_trap", WASM_RT_MEMCHECK_SIGNAL_HANDLER: 0,
  KEY: `"${[...keyBytes(ecuSigner.public)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}"`,
};
run(wasm2c, "-n", "core", join(top, "build/core.wasm"), "-o", "core.c");
run("clang", "-O1", "-g", "-w", "-fsanitize=fuzzer,undefined", "-fno-sanitize=function,alignment", "-fno-sanitize-recover=undefined", `-I${runtime}`, "-I.",
  ...Object.entries(macros).map(([name, value]) => `-D${name}=${value}`), ...(values.partial ? ["-DPARTIAL"] : []),
  "core.c", join(runtime, "wasm-rt-impl.c"), join(top, "scripts/fuzz/fuzz.c"), "-lm", "-o", "fuzz");
run("./fuzz", "corpus", `-max_total_time=${Math.round(Number(values.minutes) * 60)}`, `-seed=${values.seed}`, "-max_len=16384", "-len_control=0", "-timeout=10", "-print_final_stats=1", "-verbosity=1");

function run(command: string, ...args: string[]): void {
  const { status } = spawnSync(command, args, { cwd: folder, stdio: "inherit" });
  if (status === 0) return;
  console.error(`Cannot go on: ${command} failed; what it found is in ${folder}`);
  process.exit(1);
}
