/** What a host does with files whose members do not rise: it feeds a sorted copy. */
import { SESSION_JSON } from "../../assembly/abi.ts";
import { Unsorted } from "../../assembly/status.ts";
import { Core } from "../../bindings/core.ts";
import { UsageError } from "../../bindings/errors.ts";
import { sorted } from "../../bindings/sorted.ts";

let core: Core | undefined; // holds no state between two files

/** The file, or a sorted copy where order is what the core objects to. */
export function rising(file: Uint8Array): Uint8Array {
  core ??= Core.load();
  core.open(SESSION_JSON);
  if (core.feed(file).status !== Unsorted) return file;
  try {
    return sorted(file);
  } catch (error) {
    if (error instanceof UsageError) return file; // broken in another way as well: the core says in which
    throw error;
  }
}
