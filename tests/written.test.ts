/** scripts/written.mjs: a function marked @written keeps its order of operands, and a build that cannot keep it fails (docs/adr/0011). */
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../scripts/audit/compile.ts";
import { FUNCTION, readModule } from "../scripts/audit/module.ts";

const test = suite("written");
const I64_LOAD = 0x29;
const I64_ROTR = 0x8a;
let folder = "";
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), "written-"));
});
test.after(() => rmSync(folder, { recursive: true }));

/** The rotation and the load of each exported function, in the order of the module that asc makes of the source. */
function orders(source: string): Record<string, number[]> {
  writeFileSync(join(folder, "source.ts"), source);
  const { code, exports } = readModule(compile(folder, "source.ts", "out.wasm"));
  return Object.fromEntries(exports.filter(({ kind }) => kind === FUNCTION).map(({ name, index }) => {
    const body = code.find((one) => one.index === index)?.body ?? [];
    return [name, body.map(({ op }) => op).filter((op) => op === I64_LOAD || op === I64_ROTR)];
  }));
}

test("a marked function keeps the order of its operands, the one beside it gets the optimizer's", () => {
  const found = orders(`
    // @ts-ignore: decorator
    @written export function kept(p: usize, x: u64): u64 { return rotr<u64>(x, 7) + load<u64>(p); }
    export function turned(p: usize, x: u64): u64 { return rotr<u64>(x, 9) + load<u64>(p); }`);
  assert.equal(found, { kept: [I64_ROTR, I64_LOAD], turned: [I64_LOAD, I64_ROTR] });
});

test("the build fails where the marked function is gone, and where none is marked", () => {
  const same = "export function same(p: usize, x: u64): u64 { return rotr<u64>(x, 7) + load<u64>(p); }";
  assert.throws(() => orders(`// @ts-ignore: decorator
    @written ${same}
    ${same.replace("same", "twin")}`), /Cannot keep source\/same as it is written/);
  assert.throws(() => orders(same), /none is marked @written/);
});

test.run();
