/**
 * All that the core says while it runs a case of vectors/: each report whole, the record after it, and what becomes of each ECU. tests/traces.txt has a digest of
 * that for each case, so that no operand, evidence or byte of the record changes unseen; `node build/js/tests/traces.js --write` writes it anew, and
 * `node build/js/tests/traces.js PACK CASE` prints what stands behind one, to be compared with what an older core says.
 */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { judgePack } from "../scripts/judge/judge.ts";
import { type Case, type Pack, readPack } from "../scripts/judge/pack.ts";

const FILE = "tests/traces.txt";
const PIECE = 61; // bytes: the test of another size asks for another cut of the very same answers

/** Digests by pack and case. */
export function kept(): Map<string, string> {
  return new Map(readFileSync(FILE, "utf8").trimEnd().split("\n").map((line) => [line.slice(13), line.slice(0, 12)]));
}

export async function trace(pack: Pack, one: Case, piece = PIECE): Promise<string[]> {
  const lines: string[] = [];
  await judgePack({ ...pack, cases: [one] }, { piece, trace: (line) => lines.push(line) });
  return lines;
}

export function digest(lines: readonly string[]): string {
  return createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 12);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder, name] = process.argv.slice(2);
  const lines: string[] = [];
  for (const { name: at } of readdirSync("vectors", { withFileTypes: true }).filter((entry) => entry.isDirectory() && (folder === "--write" || folder === entry.name))) {
    const pack = readPack(join("vectors", at));
    for (const one of pack.cases.filter((x) => name === undefined || x.name === name)) {
      const said = await trace(pack, one);
      if (folder === "--write") lines.push(`${digest(said)} ${at} ${one.name}\n`);
      else console.log(`${at} ${one.name}\n${said.join("\n")}`);
    }
  }
  if (folder === "--write") writeFileSync(FILE, lines.join(""));
}
