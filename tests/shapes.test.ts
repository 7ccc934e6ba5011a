/** Wrong shapes, well signed: tests/shapes.txt says what the core answers to each. */
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { groups } from "./shapes.ts";

const test = suite("shapes");
const expected = new Map(readFileSync("tests/shapes.txt", "utf8").split(/^# /m).slice(1).map((group) => {
  const [name, ...lines] = group.trimEnd().split("\n");
  return [name, lines];
}));

for (const [group, lines] of groups) {
  test(`${group}: every member, left out or of another shape`, async () => {
    const wanted = expected.get(group) ?? [];
    const now = await lines();
    for (const [i, line] of now.entries()) assert.is(line, wanted[i]);
    assert.is(now.length, wanted.length);
  });
}

test.run();
