/**
 * A signed part inside a signed part: the payload of a manifest, and that of the report being read in it. Each has one signature, by a key known beforehand, and is
 * hashed as it passes. In the digest form the signature covers the SHA-256 of the part, which its entry states; in the payload form (aktualizr) the part itself.
 *
 * A side, at SLOTS: signature 64 | SHA-256 its entry states 32 | parts u32 | pad | hash context 200 at 128, then the digest | noted of a report 32
 */
import { SAVED, SLOTS, WORK, WORK_SIZE } from "./layout";
import { copy } from "./bytes";
import { ed25519Check, ed25519Verify } from "./ed25519";
import { sha256Begin, sha256End } from "./sha256";
import { sha512Begin, sha512End, sha512Update } from "./sha512";
import { split } from "./window";
import { update } from "./pieces";
import * as Status from "./status";
import { sameDigest } from "./digests";

export const SIDE_SIZE: u32 = 360;
export const STATED = 64;
export const PARTS = 96;
const HASHED = 128;
export const NOTED = 328;

// Parts: what the signature entry has.
export const PART_HASH = 1; // a digest: the digest form
export const PART_SIGNATURE = 2; // 64 bytes
export const PART_METHOD = 4; // Ed25519

/** Sides whose payload is passing: the first ones. */
export let nested: u32 = 0;

function digestForm(side: usize): bool {
  return (load<u32>(side, PARTS) & PART_HASH) != 0;
}

/** At an OPEN event. @param key 32 bytes, the one by which `signedBy` is going to judge */
export function partStarts(side: usize, key: usize): void {
  split(true);
  nested++;
  const context = side + HASHED;
  if (digestForm(side)) return sha256Begin(context);
  sha512Begin(context);
  sha512Update(context, side, 32);
  sha512Update(context, key, 32);
}

/** Canonical bytes that pass: sink.ts. */
export function partPasses(at: usize, length: u32): void {
  for (let i: u32 = 0; i < nested; i++) {
    const side = SLOTS + i * SIDE_SIZE;
    update(side + HASHED, at, length, digestForm(side) ? 64 : 128);
  }
}

/** At its CLOSE event. */
export function partEnds(side: usize): void {
  split(false);
  nested--;
  const context = side + HASHED;
  if (digestForm(side)) sha256End(context, context);
  else sha512End(context, context);
}

export function noParts(): void {
  nested = 0;
}

/** The payload is what the signature entry says, and this key signed that. The reader stands in mid-file: its work area is put aside. @returns a status */
export function signedBy(side: usize, key: usize): u32 {
  const digest = side + HASHED;
  const stated = digestForm(side);
  if (stated && !sameDigest(side + STATED, digest)) return Status.PayloadHash;
  if (~load<u32>(side, PARTS) & (PART_SIGNATURE | PART_METHOD)) return Status.BadSignature;
  copy(SAVED, WORK, WORK_SIZE);
  const good = stated ? ed25519Verify(side, key, digest, 32) : ed25519Check(side, key, digest);
  copy(WORK, SAVED, WORK_SIZE);
  return good ? Status.Ok : Status.BadSignature;
}
