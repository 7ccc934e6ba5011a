// Builds everything: assembly/ to build/core.wasm, the bytes as a module for Node and Deno, and the TypeScript to build/js.
// Skips what is up to date. `--check` says whether generated sources still match their generators and builds nothing.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { mutableGlobals } from "./wasm.mjs";

const top = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(top);

const GENERATORS = ["scripts/tables.mjs", "scripts/grammar.mjs"]; // each takes --check

const checking = process.argv.includes("--check");
mkdirSync("build", { recursive: true });
for (const generator of GENERATORS) if (existsSync(generator)) run(process.execPath, generator, "--check");
if (!checking) {
  step("core", [...files("assembly", ".ts"), "asconfig.json", "package-lock.json", "scripts/build.mjs", "scripts/wasm.mjs", "scripts/written.mjs"], core);
  step("crypto", [...files("assembly", ".ts"), "asconfig.json", "package-lock.json", "scripts/build-crypto.mjs", "scripts/tables.mjs", "scripts/written.mjs"],
    () => run(process.execPath, "scripts/build-crypto.mjs"));
  step("js", [...["assembly", "bindings", "node", "scripts", "tests", "benches"].flatMap((dir) => files(dir, ".ts")),
    "tsconfig.json", "package-lock.json", "build/core.bytes.ts", "build/crypto.bytes.ts", "scripts/build.mjs"], javascript);
}

/** asc to build/core.wasm, its digest, and both as a module that needs no permission to be read. */
function core() {
  run(process.execPath, "node_modules/assemblyscript/bin/asc.js", "--config", join(top, "asconfig.json"), "--target", "release"); // absolute: else asc misses a transform
  const bytes = readFileSync("build/core.wasm");
  const digest = createHash("sha256").update(bytes).digest("hex");
  writeFileSync("build/core.sha256", `${digest}\n`);
  writeFileSync("build/core.bytes.ts", [
    "// Made by scripts/build.mjs from build/core.wasm.",
    `export const CORE_BASE64: string = "${bytes.toString("base64")}";`,
    `export const CORE_SHA256: string = "${digest}";`,
    `export const CORE_GLOBALS: number = ${mutableGlobals(bytes)}; // bytes of mutable globals`,
    "",
  ].join("\n"));
}

function javascript() {
  rmSync("build/js", { recursive: true, force: true });
  run(process.execPath, "node_modules/typescript/bin/tsc", "-p", ".");
}

/** Runs `make` unless its inputs are what they were when it last succeeded. */
function step(name, inputs, make) {
  const stamp = `build/.${name}`;
  const hash = createHash("sha256");
  for (const file of [...new Set(inputs)].sort()) hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  const now = hash.digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === now) return;
  rmSync(stamp, { force: true });
  make();
  writeFileSync(stamp, now);
}

function files(dir, ending) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function run(command, ...args) {
  const { status } = spawnSync(command, args, { stdio: ["ignore", 2, 2] });
  if (status !== 0) {
    console.error(`Cannot build: ${args.join(" ")} failed`);
    process.exit(1);
  }
}
