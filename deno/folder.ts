/** Files of a data folder: read with a mode check, written beside and renamed, never in place. */
import { join } from "node:path";
import type * as v from "valibot";
import { readSigner, type Signer } from "../bindings/keys.ts";
import { parseConfig } from "./config.ts";

/**
 * @throws Error  when config.json is missing or wrong, or others can read it: it holds a token
 */
export function readConfig<T extends v.GenericSchema>(folder: string, schema: T): v.InferOutput<T> {
  const path = join(folder, "config.json");
  guarded(path);
  return parseConfig(schema, Deno.readTextFileSync(path));
}

/** The signers of a role. @throws Error when a key file is missing, wrong, or readable by others */
export function readKeys(folder: string, files: readonly string[]): Signer[] {
  return files.map((file) => {
    const path = join(folder, "keys", file);
    guarded(path);
    return readSigner(Deno.readTextFileSync(path));
  });
}

/**
 * The signed Roots, 1 to the newest.
 *
 * @throws Error  when there is none, or a version between is missing
 */
export function readRoots(folder: string): Map<number, Uint8Array> {
  const roots = new Map<number, Uint8Array>();
  for (const entry of Deno.readDirSync(join(folder, "roots"))) {
    const version = /^([1-9][0-9]{0,14})\.root\.json$/.exec(entry.name)?.[1];
    if (version !== undefined) roots.set(Number(version), Deno.readFileSync(join(folder, "roots", entry.name)));
  }
  for (let version = 1; version <= Math.max(roots.size, 1); version++) {
    if (!roots.has(version)) throw new Error(`Cannot serve Roots: ${version}.root.json is missing`);
  }
  return roots;
}

/** Start is refused when a secret is open to other users: what they read once cannot be taken back. */
function guarded(path: string): void {
  const { mode } = Deno.statSync(path);
  if (mode !== null && (mode & 0o077) !== 0) throw new Error(`Cannot use ${path}: others can read it (its mode is to be 0600)`);
}
