/** `npm run judge -- PACK_DIR... [--explain]`: runs folders of vectors through the product. */
import { UsageError } from "../../bindings/errors.ts";
import { describeLine, judgePack } from "./judge.ts";
import { readPack } from "./pack.ts";

const explaining = process.argv.includes("--explain");
const folders = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const sum = { passed: 0, failed: 0, skipped: 0, deliberate: 0 };
try {
  if (folders.length === 0) throw new UsageError("Cannot judge nothing: npm run judge -- PACK_DIR... [--explain]");
  for (const folder of folders) {
    const { passed, failed, skipped, deliberate, skips, lines } = await judgePack(readPack(folder));
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += skipped;
    sum.deliberate += deliberate;
    for (const line of lines) for (const text of describeLine(line, explaining)) console.log(text);
    for (const [what, cases] of skips) console.log(`skipped: ${cases} cases, ${what} is not supported yet`);
  }
  console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped, ${sum.deliberate} deliberate`);
  process.exitCode = sum.failed > 0 ? 1 : 0;
} catch (error) {
  const expected = error instanceof UsageError || error instanceof SyntaxError || (error instanceof Error && "code" in error);
  if (!expected) throw error;
  console.error(error instanceof UsageError ? error.message : `Cannot read a pack: ${(error as Error).message}`);
  process.exitCode = 2;
}
