/** The `meta` of Timestamp and Snapshot: file names, each with version, and length and hashes where stated. */
import { ENTRY } from "./layout";
import { HAS_OTHER_HASH, begin, has } from "./entry";
import * as Status from "./status";
import { fail } from "./verdict";

export let entries: u32 = 0;

export function metaBegins(): void {
  entries = 0;
}

export function metaOpens(): void {
  begin();
}

/** ENTRY describes the file, name() is its name. A digest we cannot compute would be a check left out. */
export function metaCloses(): void {
  if (has(ENTRY, HAS_OTHER_HASH)) fail(Status.UnsupportedHash);
  entries++;
}
