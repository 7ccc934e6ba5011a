/** assembly/core.lock: what the modules are allowed to be, and what they were when someone last looked at them. A change there is reviewed like a change of the ABI. */
import { createHash } from "node:crypto";
import { globalBytes, worstStack } from "./checks.ts";
import { FUNCTION, readModule } from "./module.ts";

export interface Budget {
  must: number; // bytes
  aim: number;
}

export interface Facts {
  sha256: string;
  bytes: number;
  exports: string[];
  pages: number;
  globals: number; // bytes of mutable globals
  constantsEnd: number; // bytes
  calls: number; // on the worst chain
  locals: number; // bytes on the worst chain
}

export interface Lock {
  budgets: {
    core: Budget; // bytes of the module
    partial: Budget; // what the partial exports reach, as a module of its own
    crypto: Budget; // hashes and signatures alone
    pages: number;
    exports: number;
    calls: number;
    locals: number;
    dependencies: number; // of package.json at run time
  };
  core: Facts;
  partial: Facts;
  crypto: Facts;
}

export function facts(bytes: Uint8Array): Facts {
  const module = readModule(bytes);
  const { depth, locals } = worstStack(module);
  return {
    sha256: createHash("sha256").update(bytes).digest("hex"),
    bytes: bytes.length,
    exports: module.exports.map(({ name, kind }) => (kind === FUNCTION ? `${name}()` : name)).sort(),
    pages: module.memories[0]?.minimum ?? 0,
    globals: globalBytes(module),
    constantsEnd: Math.max(0, ...module.segments.map(({ offset, length }) => offset + length)),
    calls: depth,
    locals,
  };
}

/** @returns one line for each fact that is not the one of the lock */
export function differences(name: string, now: Facts, locked: Facts | undefined): string[] {
  if (locked === undefined) return [`${name}: not in assembly/core.lock`];
  return (Object.keys(now) as (keyof Facts)[])
    .filter((key) => JSON.stringify(now[key]) !== JSON.stringify(locked[key]))
    .map((key) => `${name}: ${key} is ${JSON.stringify(now[key])}, assembly/core.lock has ${JSON.stringify(locked[key])}`);
}
