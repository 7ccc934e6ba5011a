/** What is asked of an order for one ECU, by full and partial verification alike: each rule once. */
import { ECUS_MAX, ENTRY, SEEN } from "./layout";
import { HAS_LENGTH, HAS_SHA256, SHA256, computable, has } from "./entry";
import { EVIDENCE_ECUS } from "./abi";
import { NO_COUNTER } from "./targets";
import * as Name from "./names";
import * as Status from "./status";
import { defer, failWith, hold, malformed } from "./verdict";
import { sameTag } from "./digests";

let named: u32 = 0;
let clean: bool = true;

export function nobodyNamed(): void {
  named = 0;
  clean = true;
}

/** Director Targets breaks a rule of its own: §5.4.4.6 steps 6 to 8, or an order that does not fit its ECU. */
export function breach(status: u32): void {
  clean = false;
  defer(status);
}

/** The delegations member opens in Director Targets: §5.4.4.6 step 6. */
export function delegates(): void {
  breach(Status.DirectorDelegates);
}

/** At the end of Director Targets. */
export function inOrder(): void {
  if (clean) hold(EVIDENCE_ECUS);
}

/**
 * No ECU identifier occurs twice in Director Targets: Uptane 2.1.0 §5.4.4.6 step 7. Equal identifiers have equal tags, so a repetition cannot hide; a chance
 * hit of 64 bits only refuses.
 */
export function onlyOnce(tag: usize): void {
  for (let i: u32 = 0; i < named; i++) if (load<u64>(SEEN + i * 8) == load<u64>(tag)) return breach(Status.RepeatedEcu);
  if (named == ECUS_MAX) return failWith(Status.Limit, named + 1, ECUS_MAX);
  store<u64>(SEEN + named * 8, load<u64>(tag));
  named++;
}

/**
 * The release counter is not lower than the highest installed, and does not vanish once one was seen: §5.4.2.5, docs/adr/0003.
 *
 * @param floor  highest counter installed on this ECU, NO_COUNTER for none
 */
export function releaseAllowed(counter: u64, floor: u64): void {
  if (floor == NO_COUNTER) return;
  if (counter == NO_COUNTER || counter < floor) defer(Status.ReleaseCounter, counter, floor);
}

/** An entry that is used states its length, and only hashes we can compute. */
export function usable(): void {
  if (!has(ENTRY, HAS_LENGTH)) return malformed(Name.LENGTH);
  if (!computable(ENTRY)) defer(Status.UnsupportedHash);
}

/** Whether the entry is what the ECU runs already, by the first 16 bytes of its SHA-256; all zeros: nothing is installed. */
export function installed(sha256: usize): bool {
  if ((load<u64>(sha256) | load<u64>(sha256, 8)) == 0) return false;
  return has(ENTRY, HAS_SHA256) && sameTag(ENTRY + SHA256, sha256);
}
