// Compiles build/crypto.wasm (verification and hashes, for the size budget) and build/crypto-test.wasm (test entry)
// with the options of asconfig.json, writes build/crypto.bytes.ts for bindings/crypto.ts, and checks that assembly/tables.ts matches its generator.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const { options, targets } = JSON.parse(readFileSync(`${root}asconfig.json`, "utf8"));
const { outFile, ...release } = targets.release;
const flags = Object.entries({ ...options, ...release }).flatMap(([name, value]) => {
  if (value === false) return [];
  if (value === true) return [`--${name}`];
  return (Array.isArray(value) ? value : [value]).flatMap((one) => [`--${name}`, `${one}`]);
});
const node = (...args) => execFileSync(process.execPath, args, { cwd: root, stdio: "inherit" });

node("scripts/tables.mjs", "--check");
mkdirSync(`${root}build`, { recursive: true });
for (const [entry, out] of [
  ["assembly/crypto.ts", "build/crypto.wasm"],
  ["assembly/crypto.test-entry.ts", "build/crypto-test.wasm"],
]) {
  node("node_modules/assemblyscript/bin/asc.js", entry, "--config", "none", "--outFile", out, ...flags);
  console.log(`${out}: ${statSync(root + out).size} bytes`);
}
const base64 = readFileSync(`${root}build/crypto.wasm`).toString("base64");
writeFileSync(
  `${root}build/crypto.bytes.ts`,
  `// Made by scripts/build-crypto.mjs from build/crypto.wasm.\nexport const CRYPTO_BASE64: string = "${base64}";\n`,
);
