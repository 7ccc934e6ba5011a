/**
 * One signed file by itself, whatever its payload is: who signed it, by keys that the host vouches for (docs/adr/0004). The envelope, the canonical form, the
 * signatures and the threshold are those of every other file; nothing inside `signed` is looked at, and trust never moves.
 */
import * as Abi from "./abi";
import * as Status from "./status";
import { KEYS, TARGETS_LIMIT } from "./layout";
import { C_SKIPPED } from "./grammar";
import { addKey, empty } from "./keyset";
import { ask, done } from "./report";
import { begin, ended } from "./file";
import { ecus, image, row } from "./rows";
import { fail, hold, status } from "./verdict";
import { reached, signersOf } from "./signatures";

const EVERY: u32 = 0xffffffff;

let needed: u32 = 0;
let signers: u32 = 0; // bit per row

/** @param threshold  distinct keys that have to have signed, at least 1 */
export function envelopeOpens(threshold: u64): void {
  signers = 0;
  needed = u32(min<u64>(threshold, u32.MAX_VALUE));
  if (needed == 0) return fail(Status.ZeroThreshold);
  empty(KEYS);
  for (let i: u32 = 0; i < ecus && status == Status.Ok; i++) addKey(KEYS, row(i), image(i));
  if (status != Status.Ok) return;
  ask(Abi.DIRECTOR, Abi.ROLE_PAYLOAD, Abi.SOURCE_NEW, 0, TARGETS_LIMIT);
  begin(KEYS, C_SKIPPED);
}

export function envelopeEnd(): void {
  ended();
  if (status != Status.Ok) return;
  signers = signersOf(EVERY, EVERY);
  if (!reached(signers, needed)) return;
  hold(Abi.EVIDENCE_THRESHOLD);
  done();
}

/** 1: the key in this row signed, whether or not enough did. */
export function envelopeOutcome(i: u32): u32 {
  return (signers >> i) & 1;
}
