/** The time of the session, in seconds since 1970-01-01T00:00:00Z: attested, and the same from the first check to the last. */
import { attested, time } from "./trusted";

let now: u64 = 0;
let recent: bool = false; // a time was attested, and no metadata judged by it yet
let spent: bool = false; // the metadata judged last had such a time

/** @param argument the attested time moved on by the host's monotonic clock; never below what was attested */
export function setClock(argument: u64): void {
  now = max(argument, time());
}

export function clock(): u64 {
  return now;
}

/** An attestation holds: it moves the record's time, and serves one cycle. */
export function clockAttested(seconds: u64): void {
  if (seconds != time()) attested(seconds);
  recent = true;
}

/** A cycle starts: it takes the attestation with it. */
export function spendTime(): void {
  spent = recent;
  recent = false;
}

/**
 * The time source's key was rotated: the clock goes to its minimum (spec verification section 2 step 8), and nothing is installed before the new key
 * gave a time.
 */
export function clockReset(): void {
  now = 0;
  recent = false;
  spent = false;
  attested(0);
}

/** Whether images may be installed: docs/adr/0003 (time withheld, W1). */
export function timeIsFresh(): bool {
  return spent;
}
