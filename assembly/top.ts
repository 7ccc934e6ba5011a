/**
 * Timestamp, Snapshot and Targets at their end, in the order of Uptane 2.1.0 §5.4.4.4 to §5.4.4.6: what pointed to them, type, threshold, version, expiry,
 * and then what their content is to be blamed for. One path for both repositories and for delegated Targets.
 */
import * as Abi from "./abi";
import { HAS_VERSION, VERSION, has } from "./entry";
import { ask, keep, limit, note, source, withDigest } from "./report";
import { commit, sha256, version as trusted } from "./trusted";
import { ended, pointed, recorded } from "./file";
import { expires, unexpired, version } from "./header";
import { RAW256, REPORT } from "./layout";
import * as Status from "./status";
import { failWith, hold, need, settle, status } from "./verdict";
import { sameDigest } from "./digests";

export const REFUSED = 0;
export const TAKEN = 1;
export const STORED_INSTEAD = 2; // the version is trusted already, with other bytes: the stored file is asked for

const ALWAYS = Abi.EVIDENCE_COMPLETE | Abi.EVIDENCE_TYPE | Abi.EVIDENCE_THRESHOLD | Abi.EVIDENCE_VERSION | Abi.EVIDENCE_UNEXPIRED;

/** The file is what pointed to it; its signatures are judged next. @param from what the pointing file states, 0: nothing points to it */
export function genuine(from: usize): bool {
  ended();
  if (source() == Abi.SOURCE_STORED) recorded(REPORT + Abi.REPORT_SHA256);
  if (from && status == Status.Ok) {
    pointed(from);
    if (has(from, HAS_VERSION) && version != load<u64>(from, VERSION)) failWith(Status.MixAndMatch, version, load<u64>(from, VERSION));
  }
  return status == Status.Ok;
}

/**
 * Versions never go back, and one version has one content: other bytes under the stored version are not taken (docs/adr/0003, attack case 20).
 * Expiry is checked afterwards: an expired stored file still is the floor.
 */
export function fresh(repository: u32, role: u32, now: u64, mask: u32): u32 {
  const before = trusted(repository, role);
  if (version < before) failWith(Status.Rollback, version, before);
  else if (version == before && !same(repository, role)) return STORED_INSTEAD;
  else hold(Abi.EVIDENCE_VERSION);
  unexpired(expires, now);
  settle();
  need(ALWAYS | mask);
  return status == Status.Ok ? TAKEN : REFUSED;
}

/** The very file that is trusted. */
function same(repository: u32, role: u32): bool {
  return trusted(repository, role) == version && sameDigest(RAW256, sha256(repository, role));
}

/** Trust moves: nothing is written when the very same file was trusted before. */
export function take(repository: u32, role: u32): void {
  if (same(repository, role)) return;
  commit(repository, role, version);
  keep(version);
}

/** The stored file stays in force: it is judged instead. */
export function askStored(repository: u32, role: u32): void {
  const most = limit();
  note(Abi.NOTE_SAME_VERSION);
  ask(repository, role, Abi.SOURCE_STORED, trusted(repository, role), most);
  withDigest(sha256(repository, role));
}
