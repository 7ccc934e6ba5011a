/** Our own vectors: the exact status, all else that the core says (traces.txt), evidence, no change of the trusted record by a refusal, whatever the cut; and that they are what the generator makes. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { judgePack } from "../scripts/judge/judge.ts";
import { readPack } from "../scripts/judge/pack.ts";
import { packs } from "../scripts/vectors/packs.ts";
import type { Sizes } from "../scripts/judge/cut.ts";
import { borders, seeded } from "./cuts.ts";
import { digest, kept } from "./traces.ts";

const traces = kept();
const CUTS: [about: string, piece: number | Sizes][] = [["whole", 0], ["byte by byte", 1], ["pieces of 61", 61], ["at the borders of tokens", borders], ["200 cuts", seeded(1)], ["200 other cuts", seeded(2)]];
const made = await packs();
const generated = suite("vectors");

generated("are what scripts/vectors makes, byte for byte", () => {
  for (const [folder, text] of made) {
    const file = join("vectors", folder, "cases.json");
    assert.ok(existsSync(file), `${file} is missing: npm run vectors`);
    assert.ok(readFileSync(file, "utf8") === text, `${file} differs from what npm run vectors writes`);
  }
});

generated("hold a passing and a refused case for each clause", () => {
  for (const folder of made.keys()) {
    const text = readFileSync(join("vectors", folder, "cases.json"), "utf8");
    assert.ok(text.includes('"status":"Ok"') && text.includes('"result":"reject"'), folder);
  }
});
generated.run();

for (const folder of made.keys()) {
  const pack = readPack(join("vectors", folder));
  const test = suite(folder);
  // "reject" is said only where the record is, byte for byte, what it was before the file at fault: scripts/judge/memory.ts.
  for (const one of pack.cases) {
    test(one.name, async () => {
      for (const [about, piece] of folder === "cuts" ? CUTS.slice(0, 1) : CUTS) { // a cut of its own, or ours
        const said: string[] = [];
        const summary = await judgePack({ ...pack, cases: [one] }, { piece, trace: (line) => said.push(line) });
        const [line] = summary.lines;
        assert.ok(line !== undefined && summary.skipped === 0);
        assert.is(line.got, line.expected, about);
        assert.is(line.outcome, "passed");
        assert.is(digest(said), traces.get(`${folder} ${one.name}`), `${about}: another answer than that of tests/traces.txt (tests/traces.ts)`);
        for (const { verdict } of line.steps) assert.ok(verdict.got !== "accept" || (verdict.evidence ?? 0) !== 0, "no evidence");
      }
    });
  }
  test.run();
}
