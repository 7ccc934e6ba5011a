/** docs/mutants.md: what was tried, what the tests saw, and every mutant they did not see, with why. */
import { reason } from "./reasons.ts";

export interface Survivor {
  where: string;
  what: string;
  instruction: number; // its place in the function
  of: number;
  near: string; // function that is called next, where that is soon
  reached: boolean; // by a test
}

/** One run, and what was tried once more since. */
export interface Run {
  functions: string; // SHA-256 of those that are changed
  seed: number;
  tried: number;
  possible: number;
  killed: number;
  endless: number;
  survivors: Survivor[];
  kills: [test: string, mutants: number][];
}

export function write(x: Run): string {
  const tests = [...x.kills].sort(([, a], [, b]) => b - a).slice(0, 20);
  const rows = [...x.survivors].sort((a, b) => (a.where < b.where ? -1 : a.where > b.where ? 1 : a.instruction - b.instruction));
  const open = rows.filter((row) => reason(row).startsWith("open")).length;
  const percent = (part: number, whole: number) => `${(part / whole * 100).toFixed(1)} %`;
  return `# Mutants

Written by \`npm run mutants -- --count ${x.tried} --seed ${x.seed}\`, and by \`-- --again\` when tests came after it: do not edit. One instruction of the core is changed at a time (a comparison flipped, a condition negated
or removed, a constant off by one) in every function but the arithmetic of curve and hashes, which has vectors and peers of its own. A mutant is killed when a test of the
fast suites that comes to the instruction fails, traps or does not end.

**${x.killed} of ${x.tried} killed (${percent(x.killed, x.tried)})**, ${x.endless} of them by the time limit; ${x.possible} mutants are possible. ${rows.length - open} of the ${rows.length} survivors change nothing that
could be seen, for the reason beside each; ${open === 0 ? "none is an open question" : open === 1 ? "one is an open question" : `${open} are open questions`}. Of those that change something ${percent(x.killed, x.killed + open)} were killed.

## Survivors

| function | instruction | change | before the call of | why no test sees it |
|---|---|---|---|---|
${rows.map((row) => `| \`${row.where.replace("assembly/", "")}\` | ${row.instruction} of ${row.of} | ${row.what} | ${row.near.replace("assembly/", "")} | ${reason(row)} |`).join("\n")}

## The tests that killed most

| test | mutants |
|---|---|
${tests.map(([name, kills]) => `| ${name.replaceAll("|", "\\|")} | ${kills} |`).join("\n")}
`;
}
