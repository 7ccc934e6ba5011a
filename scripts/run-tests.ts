/**
 * Runs the uvu files named on the command line in this process and closes with one plain line. uvu alone reports success for a hook that
 * throws, a test that throws null and a suite that is never run; here each of them fails.
 */
import { pathToFileURL } from "node:url";

type Result = [errors: string | true, passed: number, skipped: number, total: number];
type Group = [name: string, ...suites: (() => Promise<Result>)[]];

const shared = globalThis as { UVU_DEFER?: number; UVU_QUEUE?: Group[]; UVU_INDEX?: number };
const queue: Group[] = [];
shared.UVU_DEFER = 1; // suites wait until all files are loaded
shared.UVU_QUEUE = queue;

const counts = { passed: 0, failed: 0, skipped: 0 };
const { exec } = await import("uvu");
for (const [index, file] of process.argv.slice(2).entries()) {
  const group: Group = [file.split("/").pop() ?? file];
  shared.UVU_INDEX = index;
  queue[index] = group;
  await import(pathToFileURL(file).href);
  if (group.length === 1) {
    counts.failed++;
    console.error(`${file}: no suite was run()`);
  }
  for (let at = 1; at < group.length; at++) {
    const suite = group[at] as () => Promise<Result>;
    group[at] = async () => {
      const [errors, passed, skipped, total] = await suite();
      counts.passed += passed;
      counts.failed += total - passed;
      counts.skipped += skipped;
      return [errors === true && passed < total ? "  a hook threw, or a test threw nothing\n" : errors, passed, skipped, total];
    };
  }
}
await exec();
if (counts.passed + counts.failed === 0) counts.failed = 1;
console.log(`${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""}`);
process.exitCode = counts.failed > 0 ? 1 : 0;
