/** A pack of vectors, format vectors/1: a folder with cases.json. What its members mean stands with the kind that reads them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { UsageError } from "../../bindings/errors.ts";

/** Bytes, as a pack spells them. */
export interface Content {
  utf8?: string;
  base64?: string;
  alias?: string; // another path of the same map
  gzip_base64?: string;
  repeat?: string; // `count` times, then `suffix`
  count?: number;
  suffix?: string;
}

export interface Expectation {
  result?: string; // accept, reject or either
  contested?: boolean;
  status?: string; // our own packs: the exact name in assembly/status.ts
  uptane_2_1_0?: { result: string; contested?: boolean };
  overall?: { any_of_errors?: { err: string }[] };
  reasons?: string[];
}

export interface Case {
  name: string;
  expect?: Expectation;
}

export interface Pack {
  format: string;
  kind: string;
  profile?: string;
  clock?: string;
  cases: Case[];
}

export function readPack(folder: string): Pack {
  const pack: Pack = JSON.parse(readFileSync(join(folder, "cases.json"), "utf8"));
  if (pack.format !== "vectors/1") throw new UsageError(`Cannot run ${folder}: its format is ${JSON.stringify(pack.format)}, not "vectors/1"`);
  return pack;
}

export function bytesOf(content: Content): Uint8Array {
  if (content.utf8 !== undefined) return Buffer.from(content.utf8, "utf8");
  if (content.base64 !== undefined) return Buffer.from(content.base64, "base64");
  if (content.gzip_base64 !== undefined) return gunzipSync(Buffer.from(content.gzip_base64, "base64"));
  if (content.repeat !== undefined) return Buffer.from(content.repeat.repeat(content.count ?? 1) + (content.suffix ?? ""), "utf8");
  throw new UsageError(`Cannot read content with the members ${Object.keys(content).join(", ")}`);
}

/** What a repository serves: path -> bytes. */
export function filesOf(contents: Record<string, Content>): Map<string, Uint8Array> {
  const all = new Map(Object.entries(contents));
  const files = new Map<string, Uint8Array>();
  for (const path of all.keys()) {
    let content = all.get(path);
    for (let hops = 0; content?.alias !== undefined; hops++) {
      if (hops > all.size) throw new UsageError(`Cannot follow the alias ${path}: it goes in a circle`);
      content = all.get(content.alias);
    }
    if (content === undefined) throw new UsageError(`Cannot follow the alias ${path}`);
    files.set(path, bytesOf(content));
  }
  return files;
}

/** The clock of a pack in seconds since 1970-01-01T00:00:00Z. */
export function clockOf(pack: Pack): number {
  return Date.parse(pack.clock ?? "2026-01-01T00:00:00Z") / 1000;
}
