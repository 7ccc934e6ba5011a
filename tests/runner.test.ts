/** The runner of the tests: every way in which a test file can be broken has to count as a failure. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const FOLDER = "build/runner-test"; // inside the project, so that uvu is found
const HEAD = 'import { suite } from "uvu";\nimport * as assert from "uvu/assert";\nconst test = suite("x");\n';

function runs(body: string): { last: string; code: number | null } {
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, "one.test.mjs");
  writeFileSync(file, HEAD + body);
  const { stdout, status } = spawnSync(process.execPath, ["build/js/scripts/run-tests.js", file], { encoding: "utf8", timeout: 20_000, env: {} });
  return { last: stdout.trimEnd().split("\n").at(-1) ?? "", code: status };
}

const test = suite("runner");
test.after(() => rmSync(FOLDER, { recursive: true, force: true }));

test("a good file", () => assert.equal(runs('test("a", () => assert.ok(true)); test.run();'), { last: "1 passed, 0 failed", code: 0 }));
test("skipped tests are counted", () => assert.is(runs('test("a", () => {}); test.skip("b", () => {}); test.run();').last, "1 passed, 0 failed, 1 skipped"));
test("a failing assertion", () => assert.equal(runs('test("a", () => assert.ok(false)); test("b", () => {}); test.run();'), { last: "1 passed, 1 failed", code: 1 }));
test("a suite that is never run", () => assert.equal(runs('test("a", () => {});'), { last: "0 passed, 1 failed", code: 1 }));
test("no test at all", () => assert.equal(runs("test.run();"), { last: "0 passed, 1 failed", code: 1 }));
test("a test that throws null", () => assert.equal(runs('test("a", () => { throw null; }); test.run();'), { last: "0 passed, 1 failed", code: 1 }));

for (const [what, body] of Object.entries({
  "a hook that throws": 'test.before(() => { throw new Error("x"); }); test("a", () => {}); test.run();',
  "a last hook that throws": 'test.after(() => { throw new Error("x"); }); test("a", () => {}); test.run();',
  "an early exit": 'test("a", () => process.exit(0)); test.run();',
  "a promise that never settles": 'test("a", () => new Promise(() => {})); test.run();',
  "a file that does not load": "import './none.mjs';",
})) {
  test(`${what} is no success`, () => {
    const { last, code } = runs(body);
    const plain = /^\d+ passed, 0 failed$/.test(last);
    assert.ok(!plain, last);
    assert.ok(code !== 0 || last === "", `${code}`); // without a closing line, scripts/test.mjs counts a failure
  });
}
test("no test file runs only a part of itself", () => {
  for (const name of readdirSync("tests").filter((file) => file.endsWith(".ts"))) {
    assert.not.match(readFileSync(join("tests", name), "utf8"), /^\s*\w+\.only\(/m, name);
  }
});
test.run();
