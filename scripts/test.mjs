// Runs every test file in a process of its own with a time limit, adds up, and ends in one plain line. A child that dies, hangs or
// says nothing counts as one failure. What only needs the core and the bindings runs under Deno too, from the sources.
// `node scripts/test.mjs NAME...` runs only files whose name contains one of the words.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { denoBinary } from "../build/js/node/deno.js";

const BOTH = new Set(["check_root", "check_snapshot", "cycle", "delegations", "dialect-rows", "edges", "envelope", "manifest", "matching", "partial", "pieces", "search", "signed-text", "sorted", "steps", "stored", "time", "vectors"].map((name) => `${name}.test.ts`));
const NODE = ["--no-warnings", "build/js/scripts/run-tests.js"];
const DENO = ["run", "--no-prompt", "--cached-only", "--allow-read", "--allow-env", "scripts/run-tests.ts"];
const WORKERS = 2; // many files wait for timers and processes more than they compute
const LIMIT_SECONDS = 240; // of one file
const CLOSING = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/;

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const words = process.argv.slice(2);
const names = readdirSync("tests").filter((name) => name.endsWith(".test.ts") && (words.length === 0 || words.some((word) => name.includes(word))));
const sum = { passed: 0, failed: 0, skipped: 0 };
const running = new Set(); // what stops each child
for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]]) {
  process.once(signal, () => {
    for (const stop of running) stop();
    process.exit(code);
  });
}
const jobs = names.sort().flatMap((name) => {
  const node = [name, process.execPath, [...NODE, join("build/js/tests", name.replace(/\.ts$/, ".js"))]];
  return BOTH.has(name) ? [node, [`${name} (Deno)`, denoBinary(), [...DENO, join("tests", name)]]] : [node];
});
await Promise.all(Array.from({ length: WORKERS }, async () => {
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) await add(...job);
}));
if (names.length === 0) sum.failed++;
console.log(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ""}`);
process.exitCode = sum.failed > 0 ? 1 : 0;

async function add(name, command, args) {
  const { passed, failed, skipped, output, seconds } = await runFile(name, command, args);
  sum.passed += passed;
  sum.failed += failed;
  sum.skipped += skipped;
  if (failed > 0) process.stdout.write(`${output}\n`);
  else for (const line of output.split("\n")) if (line.startsWith("note: ")) console.log(line);
  console.log(`${failed > 0 ? "FAILED" : "ok"} ${name} (${passed} tests, ${seconds.toFixed(1)} s)`);
}

function runFile(file, command, args) {
  return new Promise((resolve) => {
    const started = performance.now();
    const group = process.platform !== "win32"; // a group of its own, so that what a hanging test started goes with it
    const child = spawn(command, args, { detached: group, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let plain = ""; // the closing line stands on stdout, whatever stderr says afterwards
    child.stdout.on("data", (data) => {
      output += data;
      plain += data;
    });
    child.stderr.on("data", (data) => (output += data));
    const stop = () => group ? process.kill(-child.pid, "SIGKILL") : child.kill("SIGKILL");
    running.add(stop);
    const timer = setTimeout(() => {
      output += `\n${file}: no end after ${LIMIT_SECONDS} s\n`;
      stop();
    }, LIMIT_SECONDS * 1000);
    child.on("close", (code) => {
      clearTimeout(timer);
      running.delete(stop);
      const match = CLOSING.exec(plain.trimEnd().split("\n").at(-1) ?? "");
      let [passed, failed, skipped] = match === null ? [0, 1, 0] : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
      if (match === null) output += `\n${file}: ended with exit code ${code} and without a closing line\n`;
      else if (code !== 0 && failed === 0) failed = 1;
      resolve({ passed, failed, skipped, output, seconds: (performance.now() - started) / 1000 });
    });
  });
}
