/** Every attack case has a test with its number in the name: this list cannot rot. */
import { readFileSync, readdirSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const LAST = 88;
/** Decided outside the core and the Primary; those that are tested elsewhere are looked for all the same. */
const ELSEWHERE = new Map<string, number[]>([
  ["servers: names of vehicles, keys, uploads, inventories and manifests", [56, 60, 61, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72]],
  ["hosts and firmware: storage, power, boot", [54]],
  ["a bundle that is held back until every ECU has verified the same Targets: README, what is not yet", [77]],
]);

const test = suite("attacks");

/** Numbers in "case 7", "cases 34 to 37", "cases 57 and 76", "cases 1, 2 and 3". */
function numbers(name: string): number[] {
  return [...name.matchAll(/\bcases? ((?:\d+(?:, | and | to )?)+)/g)].flatMap(([, list = ""]) => {
    const [, first, last] = /^(\d+) to (\d+)$/.exec(list.trim()) ?? [];
    if (first === undefined) return [...list.matchAll(/\d+/g)].map(Number);
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i);
  });
}

test("the names of tests are read", () => {
  assert.equal(numbers("cases 34 to 37: an ECU"), [34, 35, 36, 37]);
  assert.equal(numbers("a (W4, attack cases 57 and 76)"), [57, 76]);
  assert.equal(numbers("case 9: 10,000 of them"), [9]);
  assert.equal(numbers("cased 9"), []);
});

test("every case in scope stands in the name of a test, and none of the others is called absent that has one", () => {
  const named = new Set<number>();
  for (const file of readdirSync("tests").filter((name) => name.endsWith(".test.ts") && name !== "attacks-all.test.ts")) {
    const source = readFileSync(`tests/${file}`, "utf8");
    // The first string of a call that registers a test, or of a row of a table of tests.
    for (const [, name = ""] of source.matchAll(/^\s*(?:[a-zA-Z]+\(|\[)"((?:[^"\\]|\\.)*)"/gm)) for (const number of numbers(name)) named.add(number);
  }
  const outside = new Set([...ELSEWHERE.values()].flat());
  const missing = Array.from({ length: LAST }, (_, i) => i + 1).filter((number) => !named.has(number) && !outside.has(number));
  assert.equal(missing, [], "without a test");
  assert.equal([...outside].filter((number) => named.has(number)), [], "called outside, and tested");
});

test.run();
