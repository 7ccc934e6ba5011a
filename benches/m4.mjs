// npm run bench:m4: build/crypto.wasm through wasm2c and gcc on a simulated Cortex-M4: instructions, code, stack.
// Says in one line that it was left out where the compiler or QEMU is missing. `--json` prints the figures as one object.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = `${root}benches/m4/`;
const out = `${root}build/m4/`;
const MEM_BYTES = 10240; // constants, work area, and the input of main.c
const CPU = ["-mcpu=cortex-m4", "-mthumb"];

const missing = ["arm-none-eabi-gcc", "qemu-system-arm"].filter((tool) => spawnSync(tool, ["--version"]).status !== 0);
const wasm2c = `${root}node_modules/wabt/bin/wasm2c`;
if (!existsSync(wasm2c)) missing.push("wabt");
if (missing.length > 0) console.log(`Cortex-M4: left out, ${missing.join(", ")} missing (apt: gcc-arm-none-eabi qemu-system-arm; npm: wabt)`);
else main();

function main() {
  mkdirSync(out, { recursive: true });
  execFileSync(process.execPath, ["scripts/build-crypto.mjs"], { cwd: root, stdio: "ignore" });
  execFileSync(process.execPath, [wasm2c, "-n", "core", `${root}build/crypto.wasm`, "-o", `${out}whole.c`]);
  writeFileSync(`${out}core.c`, cut(readFileSync(`${out}whole.c`, "utf8")));
  writeFileSync(`${out}input.h`, input());
  const figures = {};
  for (const level of ["-Os", "-O2"]) figures[level] = run(level);
  if (process.argv.includes("--json")) console.log(JSON.stringify(figures));
  else {
    console.log("Cortex-M4, instructions (verify: 300-byte message, mean of 8; hashes: 1 KiB), memory checks on:");
    for (const [level, f] of Object.entries(figures)) {
      console.log(`  ${level}: verify ${f.verify}, SHA-256 ${f.sha256}, SHA-512 ${f.sha512}; code ${f.code} bytes, stack ${f.stack} bytes`);
    }
  }
}

/** The function bodies and data of wasm2c's file under our prelude: no instance, addresses split into base and offset. */
function cut(text) {
  const begin = text.search(/^static [a-z0-9]+ w2c_core_\w+\(w2c_core\*/m);
  const data = text.search(/^static const u8 data_segment/m);
  const exported = text.indexOf("/* export: '", data);
  const prototypes = text.slice(begin, data).replace(/^(?!static [a-z0-9]+ w2c_core_\w+\(w2c_core\*).*$/gm, "");
  const bodies = text.slice(text.search(/^(void|u32|u64) w2c_core_f0\(w2c_core\* instance/m));
  const globals = [...new Set(text.match(/instance->w2c_g\d+/g) ?? [])].map((name) => `static u32 ${name.slice(10)};\n`).join("");
  const all = prototypes + globals + text.slice(data, exported) + bodies;
  const result = all
    .replace(/wasm_rt_allocate_memory\(.*\n/, "")
    .replace(/LOAD_DATA\(instance->w2c_memory, (\d+)u, (\w+), (\d+)\)/g, "for (u32 i = 0; i < $3; i++) memory[$1u + i] = $2[i]")
    .replace(/static void init_data_instances\(w2c_core \*instance\) \{\s*\}/, "")
    .replace(/(_load\w*|_store\w*)_default32\(&instance->w2c_memory, \(u64\)\((\w+)\)(?: \+ (\d+)u)?/g, (_, name, base, offset) => `${name}(${base}, ${offset ?? 0}u`)
    .replace(/instance->w2c_g/g, "w2c_g")
    .replace(/\(w2c_core\*( instance)?(, )?/g, "(")
    .replace(/\(instance(, )?/g, "(")
    .replace(/\(\)(?= \{|;$)/gm, (empty) => empty)
    .replace(/^(void|u32|u64) w2c_core/gm, "static $1 w2c_core");
  if (/instance|_default32/.test(result)) throw new Error("Cannot cut: wasm2c's output has a form this script does not know");
  return `#include "prelude.h"\n${result}`;
}

/** Eight signatures and a kilobyte, the same in every run. */
function input() {
  const bytes = (name, length) => createHash("shake256", { outputLength: length }).update(name).digest();
  const cases = Array.from({ length: 8 }, (_, i) => {
    const seed = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), bytes(`key ${i}`, 32)]);
    const privateKey = createPrivateKey({ key: seed, format: "der", type: "pkcs8" });
    const message = bytes(`message ${i}`, 300);
    return Buffer.concat([sign(null, message, privateKey), createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(12), message]);
  });
  const kilobyte = bytes("kilobyte", 1024);
  const parts = {
    cases: Buffer.concat(cases), // signature 64, key 32, message 300
    kilobyte,
    digest256: createHash("sha256").update(kilobyte).digest(),
    digest512: createHash("sha512").update(kilobyte).digest(),
  };
  return Object.entries(parts).map(([name, all]) => `static const u8 ${name}[] = {${[...all].join(",")}};\n`).join("");
}

function run(level) {
  const elf = `${out}verify${level}.elf`;
  const include = execFileSync("arm-none-eabi-gcc", ["-print-file-name=include"], { encoding: "utf8" }).trim();
  execFileSync("arm-none-eabi-gcc", [
    ...CPU, level, "-w", "-ffreestanding", "-nostdinc", "-isystem", include, `-I${source}`, `-I${out}`, `-DMEM_BYTES=${MEM_BYTES}u`,
    "-ffunction-sections", "-fdata-sections", "-fno-tree-loop-distribute-patterns", "-fno-strict-aliasing",
    `${source}main.c`, "-nostdlib", `-Wl,-T,${source}board.ld`, "-Wl,--gc-sections", "-lgcc", "-o", elf,
  ]);
  const { stderr: text } = spawnSync("qemu-system-arm", [ // semihosting prints there
    "-M", "mps2-an386", "-icount", "shift=0", "-semihosting-config", "enable=on,target=native",
    "-nographic", "-monitor", "none", "-serial", "none", "-kernel", elf,
  ], { encoding: "utf8", timeout: 60000 });
  const figures = Object.fromEntries(text.trim().split("\n").map((line) => line.split(" ")).map(([name, value]) => [name, Number(value)]));
  const { accepted, spoilt, sha256_right, sha512_right, ...measured } = figures;
  if (accepted !== 8 || spoilt !== 0 || sha256_right !== 1 || sha512_right !== 1) throw new Error(`Wrong results on the board: ${text}`);
  const symbols = execFileSync("arm-none-eabi-nm", ["-S", "--defined-only", elf], { encoding: "utf8" });
  let code = 0;
  for (const [, size] of symbols.matchAll(/^\w+ (\w+) [tT] w2c_core_/gm)) code += parseInt(size, 16);
  return { ...measured, code };
}
