/** Compiles an entry of assembly/ with the options of asconfig.json, as scripts/build.mjs does for the core. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder; this file runs from build/js/scripts/audit. */
export const top: string = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "..");

interface Config {
  options: Record<string, unknown> & { transform: string[] };
  targets: { release: Record<string, unknown> };
}

/**
 * @param folder  with assembly/ in it
 * @param names   keep function names (the code may differ from the release in a few bytes)
 * @returns       the bytes of the module
 */
export function compile(folder: string, entry: string, out: string, names = false): Uint8Array {
  const { options, targets } = JSON.parse(readFileSync(join(top, "asconfig.json"), "utf8")) as Config;
  const { outFile: _other, ...release } = targets.release;
  const transform = options.transform.map((file) => join(top, file));
  const all: Record<string, unknown> = { ...options, ...release, transform };
  const flags = Object.entries(all).flatMap(([name, value]) => {
    if (value === false) return [];
    if (value === true) return [`--${name}`];
    return (Array.isArray(value) ? value : [value]).flatMap((one) => [`--${name}`, String(one)]);
  });
  const asc = join(top, "node_modules", "assemblyscript", "bin", "asc.js");
  const run = spawnSync(process.execPath, [asc, entry, "--config", "none", "--outFile", out, ...flags, ...(names ? ["--debug"] : [])], { cwd: folder, encoding: "utf8" });
  if (run.status !== 0) throw new Error(`Cannot compile ${entry}: ${run.stderr || String(run.error)}`);
  return readFileSync(join(folder, out));
}
