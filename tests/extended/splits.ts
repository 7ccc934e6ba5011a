/** Every two-part split of every distinct file that the cases of packs feed: each case ends with the same verdict, operands and evidence. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Core, type Report } from "../../bindings/core.ts";
import { judgePack } from "../../scripts/judge/judge.ts";
import { type Case, type Pack, readPack } from "../../scripts/judge/pack.ts";

const LONG = 6_000; // bytes: longer files are cut at 2,000 places spread over them, and in their first and last 2,000 bytes
const SPREAD = 2_000;
const EVERY = 20_000; // splits

/** Sees every file that is fed at once, and may cut it in two. */
let watch: ((bytes: Uint8Array) => number) | undefined;
const feed = Core.prototype.feed;
Core.prototype.feed = function (this: Core, bytes: Uint8Array): Report {
  const at = watch?.(bytes) ?? 0;
  if (at <= 0 || at >= bytes.length) return feed.call(this, bytes);
  const report = feed.call(this, bytes.subarray(0, at));
  return report.status === 0 ? feed.call(this, bytes.subarray(at)) : report;
};

const id = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("base64");

async function verdicts(pack: Pack, one: Case): Promise<string> {
  const { lines } = await judgePack({ ...pack, cases: [one] });
  return JSON.stringify(lines.map(({ steps }) => steps.map(({ verdict }) => verdict)), (_name, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}

export function* packs(...folders: string[]): Generator<Pack> {
  for (const folder of folders.filter(existsSync)) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) if (existsSync(join(folder, entry.name, "cases.json"))) yield readPack(join(folder, entry.name));
  }
}

/** Files seen in an earlier case are not cut again. @param oneIn  1: every split @returns how many splits were tried */
export async function splits(all: Iterable<Pack>, say: (line: string) => void, oneIn = 1): Promise<number> {
  const started = performance.now();
  const seen = new Set<string>();
  let tried = 0;
  for (const pack of all) {
    if (pack.kind === "sha2") continue; // tests/sha2.test.ts cuts every length everywhere
    let files = 0;
    const before = tried;
    for (const one of pack.cases) {
      const fresh = new Map<string, number>();
      watch = (bytes) => {
        const name = id(bytes);
        if (!seen.has(name)) fresh.set(name, bytes.length);
        return 0;
      };
      const expected = await verdicts(pack, one);
      watch = undefined;
      for (const name of fresh.keys()) seen.add(name);
      files += fresh.size;
      const lengths = [...fresh.values()];
      const longest = Math.max(0, ...lengths);
      for (let at = 1; at < longest; at += oneIn) {
        if (longest > LONG && at > SPREAD && at < longest - SPREAD && at % Math.ceil(longest / SPREAD) !== 0) continue;
        watch = (bytes) => (fresh.has(id(bytes)) ? at : 0);
        const got = await verdicts(pack, one);
        watch = undefined;
        if (got !== expected) throw new Error(`Cannot cut the new files of ${one.name} at byte ${at}: ${expected} becomes ${got}`);
        const now = tried + lengths.filter((length) => at < length).length;
        if (Math.floor(now / EVERY) > Math.floor(tried / EVERY)) say(`  ${now} splits, ${((performance.now() - started) / 1000).toFixed(0)} s`);
        tried = now;
      }
    }
    if (files > 0) say(`  ${pack.kind}, ${pack.cases.length} cases: ${files} new files, ${tried - before} splits`);
  }
  return tried;
}
