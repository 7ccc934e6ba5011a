/** The cases of vectors/ as tests of the fast subset: each once, in pieces of 61 bytes, the exact status, and all else that the core says. tests/vectors.test.ts does more, and takes longer. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { judgePack } from "../judge/judge.ts";
import { readPack } from "../judge/pack.ts";
import { digest, kept } from "../../tests/traces.ts";
import { suite } from "./collect.ts";

const traces = kept();

for (const folder of readdirSync("vectors", { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name)) {
  const pack = readPack(join("vectors", folder));
  const test = suite(folder);
  for (const one of pack.cases) {
    test(one.name, async () => {
      const said: string[] = [];
      const [line] = (await judgePack({ ...pack, cases: [one] }, { piece: 61, trace: (heard) => said.push(heard) })).lines;
      if (line === undefined || line.outcome !== "passed" || line.got !== line.expected) throw new Error(`${line?.got ?? "nothing"} where ${line?.expected ?? "a verdict"} is expected`);
      if (digest(said) !== traces.get(`${folder} ${one.name}`)) throw new Error("another answer than that of tests/traces.txt");
    });
  }
  test.run();
}
