/**
 * `npm run audit`: reads the built modules and fails unless they are what assembly/core.lock and checks.ts allow. `-- --write` renews the facts of the lock,
 * never its budgets.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONSTANTS_END, PARTIAL_END } from "../../assembly/layout.ts";
import { apart } from "./apart.ts";
import { complaints, worstStack } from "./checks.ts";
import { compile, top } from "./compile.ts";
import { type Lock, differences, facts } from "./lock.ts";
import { label, readModule } from "./module.ts";

const LOCK = join(top, "assembly/core.lock");
const MODULES = [
  { name: "core", entry: "assembly/index.ts" },
  { name: "partial", entry: "assembly/partial.entry.ts" },
  { name: "crypto", entry: "assembly/crypto.ts" },
] as const;

const lock = JSON.parse(readFileSync(LOCK, "utf8")) as Lock;
const { budgets } = lock;
const failures: string[] = [];
const bounds = { pages: budgets.pages, constantsEnd: Math.min(CONSTANTS_END, PARTIAL_END), depth: budgets.calls, locals: budgets.locals };

for (const { name, entry } of MODULES) {
  const bytes = name === "core" ? readFileSync(join(top, "build/core.wasm")) : compile(top, entry, `build/audit-${name}.wasm`);
  const now = facts(bytes);
  const module = readModule(bytes);
  failures.push(...complaints(module, bounds).map((complaint) => `${name}: ${complaint}`));
  const { must, aim } = budgets[name];
  console.log(`${name}: ${now.bytes} bytes (must ${must}, aim ${aim}${now.bytes > aim ? ": not reached" : ""}), ${now.pages} page, constants end at ${now.constantsEnd} of ${bounds.constantsEnd}, globals ${now.globals} bytes`);
  if (now.bytes > must) failures.push(`${name}: ${now.bytes} bytes, ${must} at most`);
  console.log(`  worst chain ${now.calls} calls (at most ${budgets.calls}), worst locals ${now.locals} bytes (at most ${budgets.locals})`);
  if (now.exports.length > budgets.exports) failures.push(`${name}: ${now.exports.length} exports, ${budgets.exports} at most`);
  if (process.argv.includes("--write")) lock[name] = now;
  else failures.push(...differences(name, now, lock[name]));
}

const named = readModule(compile(top, "assembly/index.ts", "build/audit-names.wasm", true));
console.log(`deepest: ${worstStack(named).chain.map((index) => label(named, index)).join(" > ")}`);

const part = readModule(compile(top, "assembly/crypto.ts", "build/audit-crypto-names.wasm", true));
const own = apart(part, named);
console.log(`crypto: ${part.code.length - own.length} of ${part.code.length} functions stand in the core as they are; not: ${own.join(", ")}`);

const dependencies = Object.keys((JSON.parse(readFileSync(join(top, "package.json"), "utf8")) as { dependencies: object }).dependencies).length;
if (dependencies > budgets.dependencies) failures.push(`${dependencies} dependencies at run time, ${budgets.dependencies} at most`);

if (again().equals(readFileSync(join(top, "build/core.wasm")))) console.log("a second build in another folder gives the same bytes");
else failures.push("core: a second build in another folder gives other bytes");

if (process.argv.includes("--write")) writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
for (const failure of failures) console.error(`FAILED ${failure}`);
console.log(failures.length === 0 ? "audit passed" : `audit failed: ${failures.length}`);
process.exitCode = failures.length === 0 ? 0 : 1;

function again(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "core-again-"));
  try {
    cpSync(join(top, "assembly"), join(folder, "assembly"), { recursive: true });
    mkdirSync(join(folder, "build"));
    return Buffer.from(compile(folder, "assembly/index.ts", "build/core.wasm"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
