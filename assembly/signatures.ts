/** The signatures of the file being read, and the one threshold rule (spec verification 1.4; Uptane 2.1.0 §5.4.4.3 step 2, and wherever "threshold" stands). */
import { base64, clear, hex } from "./bytes";
import { aktualizr } from "./dialect";
import { ed25519Check } from "./ed25519";
import { textLength } from "./json";
import { NO_KEY, find, keyBytes, ofRole, threshold, usable } from "./keyset";
import { MESSAGE, SIGNATURES_MAX, SLOT_SIZE, TOKEN } from "./layout";
import { pad, share, update } from "./pieces";
import { sha512Digest, sha512Init } from "./sha512";
import { KEY, NUMBER, STATE, TAG, USABLE, firstBlock, slot, slots } from "./slots";
import * as Status from "./status";
import { fail, failWith, hold } from "./verdict";
import { copyDigest } from "./digests";
import { textTag } from "./tags";

export function signatureOpens(): void {
  if (slots == SIGNATURES_MAX) failWith(Status.Limit, slots + 1, SIGNATURES_MAX);
  else clear(slot(slots), SLOT_SIZE);
}

export function keyId(): void {
  const id = load<u64>(textTag());
  for (let other: u32 = 0; other < slots; other++) if (load<u64>(slot(other), TAG) == id) return fail(Status.DuplicateSignature);
  store<u64>(slot(slots), id, TAG);
}

/** A signature of another form counts for nothing; the file stands or falls by the others. */
export function signature(): void {
  const here = slot(slots);
  if (signatureText(here)) store<u32>(here, 1, USABLE);
}

/** Reads the 64 bytes of a signature. @returns false on any other text, and without a look at one that TOKEN cannot hold: neither length is beyond it */
export function signatureText(out: usize): bool {
  return hex(TOKEN, textLength, out, 64) || (aktualizr && base64(TOKEN, textLength, out));
}

/** The message starts: signatures whose key is in `set` take part. */
export function messageStarts(set: usize): void {
  firstBlock();
  share(MESSAGE);
  store<u64>(MESSAGE, 64, 64); // R and A go before it
  for (let i: u32 = 0; i < slots; i++) {
    const here = slot(i);
    const key = find(set, here + TAG);
    if (key == NO_KEY || !usable(set, key)) store<u32>(here, 0, USABLE);
    else {
      store<u32>(here, key, NUMBER);
      copyDigest(here + KEY, keyBytes(set, key));
      sha512Init(here + STATE);
    }
  }
}

export function message(at: usize, length: u32): void {
  update(MESSAGE, at, length, 128);
}

/** The message is over: each slot's state becomes its digest. */
export function messageEnds(): void {
  pad(MESSAGE, 128);
  for (let i: u32 = 0; i < slots; i++) sha512Digest(slot(i) + STATE, slot(i) + STATE);
}

/**
 * The distinct keys that signed, a bit each. A key counts once: a bit that is set cannot be set again. Uses the work area.
 *
 * @param keys    bit per key of the set that may sign
 * @param enough  so many are looked for, and no more
 */
export function signersOf(keys: u32, enough: u32): u32 {
  let signers: u32 = 0;
  for (let i: u32 = 0; i < slots; i++) {
    const here = slot(i);
    if (!load<u32>(here, USABLE)) continue;
    const bit = u32(1) << load<u32>(here, NUMBER);
    if (!(keys & bit) || signers & bit) continue;
    if (ed25519Check(here, here + KEY, here + STATE)) signers |= bit;
    if (met(signers, enough)) break;
  }
  return signers;
}

/** The same rule for a role of Root, and the evidence it leaves. */
export function judgeRole(set: usize, role: u32, evidence: u32): bool {
  const good = judge(ofRole(set, role), threshold(set, role));
  if (good) hold(evidence);
  return good;
}

/**
 * Whether enough distinct keys signed.
 *
 * @param keys       bit per key of the set that may sign
 * @param threshold  at least 1
 *
 * Failures: BadSignature (none was good), UnmetThreshold (found, expected).
 */
export function judge(keys: u32, threshold: u32): bool {
  return reached(signersOf(keys, threshold), threshold);
}

/** The same, of the keys that signed. */
export function reached(signers: u32, threshold: u32): bool {
  if (met(signers, threshold)) return true;
  if (signers == 0) failWith(Status.BadSignature, 0, threshold);
  else failWith(Status.UnmetThreshold, popcnt(signers), threshold);
  return false;
}

function met(signers: u32, threshold: u32): bool {
  return threshold != 0 && u32(popcnt(signers)) >= threshold;
}
