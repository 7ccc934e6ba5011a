/** The cases of vectors/ as tests of the fast subset: each once, in pieces of 61 bytes, the exact status. tests/vectors.test.ts does more, and takes longer. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { judgePack } from "../judge/judge.ts";
import { readPack } from "../judge/pack.ts";
import { suite } from "./collect.ts";

for (const folder of readdirSync("vectors", { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name)) {
  const pack = readPack(join("vectors", folder));
  const test = suite(folder);
  for (const one of pack.cases) {
    test(one.name, async () => {
      const [line] = (await judgePack({ ...pack, cases: [one] }, { piece: 61 })).lines;
      if (line === undefined || line.outcome !== "passed" || line.got !== line.expected) throw new Error(`${line?.got ?? "nothing"} where ${line?.expected ?? "a verdict"} is expected`);
    });
  }
  test.run();
}
