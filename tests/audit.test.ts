/** The built module is what wasm2c, every engine and a small ECU need; and each check of `npm run audit` can fail. */
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { readFileSync } from "node:fs";
import wabtModule from "wabt";
import { CONSTANTS_END, PARTIAL_END } from "../assembly/layout.ts";
import { apart } from "../scripts/audit/apart.ts";
import { type Bounds, audit, worstStack } from "../scripts/audit/checks.ts";
import { compile } from "../scripts/audit/compile.ts";
import { type Lock, differences, facts } from "../scripts/audit/lock.ts";
import { readModule } from "../scripts/audit/module.ts";

const test = suite("audit");
const wabt = await wabtModule();
const BOUNDS: Bounds = { pages: 2, constantsEnd: 64, depth: 3, locals: 64 };
const MEMORY = "(memory 1 1)";

/** A module from its text, with every feature that may be forbidden. */
function wasm(text: string): Uint8Array {
  const module = wabt.parseWat("test.wat", `(module ${text})`, { simd: true, bulk_memory: true, sign_extension: true, multi_value: true, mutable_globals: true, sat_float_to_int: true, reference_types: true, tail_call: true });
  return module.toBinary({}).buffer;
}

function complains(text: string, what: string): void {
  const found = audit(wasm(text), BOUNDS);
  assert.ok(found.some((line) => line.includes(what)), `${what}: ${JSON.stringify(found)}`);
}

function passes(text: string): void {
  assert.equal(audit(wasm(text), BOUNDS), []);
}

test("build/core.wasm: no imports, one memory of fixed size, no forbidden instruction, no recursion, constants below both marks", () => {
  const bounds = { pages: 2, constantsEnd: Math.min(CONSTANTS_END, PARTIAL_END), depth: 16, locals: 2048 };
  assert.equal(audit(readFileSync("build/core.wasm"), bounds), []);
});

test("a module that keeps to the rules passes", () => {
  passes(`${MEMORY} (data (i32.const 8) "constants") (func $a (param i32) (result i32) local.get 0 i32.load) (func (export "b") (result i32) i32.const 1 call $a)`);
});

test("imports", () => {
  complains(`(import "env" "abort" (func)) ${MEMORY}`, "imports env.abort");
  complains(`(import "env" "memory" (memory 1 1))`, "imports env.memory");
});

test("memory: none, growing, without a maximum, too large", () => {
  complains("", "0 memories");
  complains("(memory 1 2)", "not of fixed size");
  complains("(memory 1)", "not of fixed size");
  complains("(memory 3 3)", "3 pages");
});

test("memory.grow, memory.size, bulk memory", () => {
  complains(`${MEMORY} (func (drop (memory.grow (i32.const 1))))`, "memory.grow");
  complains(`${MEMORY} (func (drop (memory.size)))`, "memory.size");
  complains(`${MEMORY} (func (memory.copy (i32.const 0) (i32.const 8) (i32.const 8)))`, "bulk memory");
  complains(`${MEMORY} (func (memory.fill (i32.const 0) (i32.const 8) (i32.const 8)))`, "bulk memory");
});

test("tables, indirect calls, tail calls, start functions", () => {
  complains(`${MEMORY} (table 1 1 funcref)`, "table");
  complains(`${MEMORY} (table 1 1 funcref) (func (call_indirect (i32.const 0)))`, "call_indirect");
  complains(`${MEMORY} (func $a) (func (return_call $a))`, "tail call");
  complains(`${MEMORY} (func $a) (start $a)`, "start function");
});

test("floating point, SIMD, sign extension, saturating conversion", () => {
  complains(`${MEMORY} (func (drop (f64.add (f64.const 1) (f64.const 2))))`, "floating point");
  complains(`${MEMORY} (func (drop (f32.load (i32.const 0))))`, "floating point");
  complains(`${MEMORY} (func (param f64))`, "no integer");
  complains(`${MEMORY} (global (mut f32) (f32.const 0))`, "global that is no integer");
  complains(`${MEMORY} (func (drop (v128.const i64x2 0 0)))`, "SIMD");
  complains(`${MEMORY} (func (drop (i32.extend8_s (i32.const 1))))`, "sign extension");
  complains(`${MEMORY} (func (drop (i32.trunc_sat_f64_s (f64.const 1))))`, "saturating conversion");
});

test("recursion: direct, and over three functions", () => {
  complains(`${MEMORY} (func $a call $a)`, "recursion");
  complains(`${MEMORY} (func $a call $b) (func $b call $c) (func $c call $a)`, "recursion: function 0 > function 1 > function 2 > function 0");
});

test("data segments: up to the mark, not beyond it, and in a fixed place", () => {
  passes(`${MEMORY} (data (i32.const 60) "four")`);
  complains(`${MEMORY} (data (i32.const 61) "four")`, "ends at 65");
  complains(`${MEMORY} (data "passive")`, "without a constant place");
});

test("depth of calls and bytes of locals, each at its bound and one over", () => {
  const chain = (depth: number, locals: number) =>
    `${MEMORY} ${Array.from({ length: depth }, (_, i) => `(func $f${i} ${i === 0 ? `(local ${"i32 ".repeat(locals)})` : `call $f${i - 1}`})`).join(" ")}`;
  passes(chain(3, 16));
  complains(chain(4, 16), "4 calls deep");
  complains(chain(3, 17), "68 bytes of locals");
  assert.is(worstStack(readModule(wasm(chain(3, 16)))).locals, 64);
});

test("bytes that are no module, or end early", () => {
  assert.ok(audit(new Uint8Array(9), BOUNDS)[0]?.includes("no WebAssembly header"));
  const whole = wasm(`${MEMORY} (func (drop (i32.const 1)))`);
  for (let length = 8; length < whole.length; length++) assert.ok(audit(whole.subarray(0, length), BOUNDS).length > 0, `${length} bytes`);
});

test("what was built is what assembly/core.lock says, and within its budgets", () => {
  const lock = JSON.parse(readFileSync("assembly/core.lock", "utf8")) as Lock;
  const built = { core: readFileSync("build/core.wasm"), crypto: readFileSync("build/crypto.wasm"), partial: compile(".", "assembly/partial.entry.ts", "build/audit-partial.wasm") };
  for (const [name, bytes] of Object.entries(built) as [keyof typeof built, Uint8Array][]) {
    assert.equal(differences(name, facts(bytes), lock[name]), []);
    assert.ok(bytes.length <= lock.budgets[name].must, `${name}: ${bytes.length} bytes`);
  }
});

// The four have 17 to 50 bytes: one of them hashes several states over one message in the core, the others call there what is inlined here, or are inlined there.
test("uptane-wasm/crypto runs the functions of the core, instruction for instruction but for four short ones", () => {
  const [part, whole] = ["crypto", "index"].map((entry) => readModule(compile(".", `assembly/${entry}.ts`, `build/audit-${entry}-names.wasm`, true)));
  assert.ok(part !== undefined && whole !== undefined && part.code.length > 40);
  assert.equal(apart(part, whole), ["assembly/ed25519/keyValid", "assembly/pieces/compress", "assembly/sha512/sha512Begin", "assembly/sha512/sha512End"]);
});

test("a function that differs in one instruction, or is not there, is named", () => {
  const named = (text: string): ReturnType<typeof readModule> => {
    const module = wabt.parseWat("test.wat", `(module ${MEMORY} ${text})`);
    return readModule(module.toBinary({ write_debug_names: true }).buffer);
  };
  const whole = named("(func $b (param i32) (result i32) local.get 0) (func $a i32.const 1 call $b drop)");
  assert.equal(apart(named("(func $a i32.const 1 call $b drop) (func $b (param i32) (result i32) local.get 0)"), whole), []);
  assert.equal(apart(named("(func $a i32.const 2 call $b drop) (func $b (param i32) (result i32) local.get 0)"), whole), ["a"]);
  assert.equal(apart(named("(func $c)"), whole), ["c"]);
});

test("the lock: every fact that differs is named", () => {
  const before = facts(wasm(`${MEMORY} (func (export "a"))`));
  const after = facts(wasm(`${MEMORY} (func (export "b") (param i32))`));
  assert.equal(differences("core", before, before), []);
  const lines = differences("core", after, before).join("\n");
  for (const key of ["sha256", "bytes", "exports", "locals"]) assert.ok(lines.includes(`core: ${key} is`), key);
  assert.equal(differences("core", after, undefined), ["core: not in assembly/core.lock"]);
});

test.run();
