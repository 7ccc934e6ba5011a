/** The `meta` of Timestamp and Snapshot: file names, each with version, and length and hashes where stated. */
import { CLOSE, OPEN, context, inner, left, member, object } from "./json";
import { ENTRY } from "./layout";
import { C_HASHES, HAS_OTHER_HASH, HAS_VERSION, VERSION, begin, describes, has, hashed, versioned } from "./entry";
import { header } from "./header";
import * as Name from "./names";
import * as Status from "./status";
import { fail, malformed } from "./verdict";

export const C_META_FILE = 20;
const C_ENTRY = 21;
const C_META = 66;

export let entries: u32 = 0;
let seen: bool = false;

export function metaBegins(): void {
  entries = 0;
  seen = false;
}

/** @returns true when an entry has just closed: ENTRY describes it, name() is its name */
export function metaEvent(event: u32): bool {
  switch (context()) {
    case C_META_FILE:
      if (header(event)) return false;
      if (member() == Name.META) {
        seen = true;
        if (event == OPEN) object(C_META);
        else if (event != CLOSE) malformed(Name.META);
      } else if (event == OPEN) inner(0);
      return false;
    case C_META:
      if (event == OPEN) {
        begin();
        object(C_ENTRY);
        return false;
      }
      if (event != CLOSE || left != C_ENTRY || !has(ENTRY, HAS_VERSION) || load<u64>(ENTRY, VERSION) == 0) {
        malformed(Name.META);
        return false;
      }
      // A digest we cannot compute would be a check left out.
      if (has(ENTRY, HAS_OTHER_HASH)) fail(Status.UnsupportedHash);
      entries++;
      return true;
    case C_ENTRY:
      if (member() == Name.VERSION) versioned(event);
      else if (!describes(event) && event == OPEN) inner(0);
      return false;
    case C_HASHES:
      hashed(event);
      return false;
    default:
      return false;
  }
}

export function metaRead(): void {
  if (!seen) malformed(Name.META);
}
