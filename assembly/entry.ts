/**
 * What one member describes: a file in Timestamp or Snapshot, an image in Targets, the image in a report. The same struct keeps it afterwards:
 * version u64 | length u64 | has u32 | pad 12 | sha256 32 | sha512 64 (EXPECTED_SIZE).
 */
import { clear, copy, hex } from "./bytes";
import { CLOSE, NUMBER, OPEN, TEXT, inner, member, name, nameLength, negative, object, textLength, value } from "./json";
import { ENTRY, EXPECTED_SIZE, TAG256, TOKEN, TOKEN_SIZE } from "./layout";
import { fold } from "./dialect";
import * as Name from "./names";
import { sha256Begin, sha256End, sha256Update } from "./sha256";
import * as Status from "./status";
import { failWith, malformed } from "./verdict";

export const VERSION = 0;
export const LENGTH = 8;
const HAS = 16;
export const SHA256 = 32;
export const SHA512 = 64;

export const HAS_SHA256 = 1;
export const HAS_SHA512 = 2;
export const HAS_LENGTH = 4;
export const HAS_VERSION = 8;
export const HAS_OTHER_HASH = 16; // a function we cannot compute

/** Context of json.ts: the map of hash functions to digests. */
export const C_HASHES = 67;

export function begin(): void {
  clear(ENTRY, EXPECTED_SIZE);
}

export function has(at: usize, bit: u32): bool {
  return (load<u32>(at, HAS) & bit) != 0;
}

function mark(bit: u32): void {
  store<u32>(ENTRY, load<u32>(ENTRY, HAS) | bit, HAS);
}

/** A whole number that is not negative. */
export function natural(event: u32, what: u32): u64 {
  if (event == NUMBER && !negative) return value;
  malformed(what);
  return 0;
}

/** Events of the members length and hashes of the record that is described. @returns true if this one was */
export function describes(event: u32): bool {
  if (member() == Name.LENGTH) {
    store<u64>(ENTRY, natural(event, Name.LENGTH), LENGTH);
    mark(HAS_LENGTH);
  } else if (member() == Name.HASHES) {
    if (event == OPEN) object(C_HASHES);
    else if (event != CLOSE) malformed(Name.HASHES);
  } else return false;
  return true;
}

/** The version of a file; an image has none, whatever members of its own it carries. */
export function versioned(event: u32): void {
  store<u64>(ENTRY, natural(event, Name.VERSION), VERSION);
  mark(HAS_VERSION);
}

/** One hash function and its digest in lower-case hex. */
export function hashed(event: u32): void {
  if (event == OPEN) inner(0);
  if (event != TEXT || textLength > TOKEN_SIZE) return malformed(Name.HASHES);
  fold(TOKEN, textLength);
  const method = Name.word(name(), nameLength());
  if (method == Name.SHA256) {
    if (!hex(TOKEN, textLength, ENTRY + SHA256, 32)) return failWith(Status.BadHex, Name.SHA256, 0);
    mark(HAS_SHA256);
  } else if (method == Name.SHA512) {
    if (!hex(TOKEN, textLength, ENTRY + SHA512, 64)) return failWith(Status.BadHex, Name.SHA512, 0);
    mark(HAS_SHA512);
  } else mark(HAS_OTHER_HASH);
}

/** Every hash is ours to compute, and there is one. */
export function computable(at: usize): bool {
  return has(at, HAS_SHA256 | HAS_SHA512) && !has(at, HAS_OTHER_HASH);
}

/** SHA-256 over the set of hash functions and their digests: equal for equal sets only. Absent digests are zeros, and `has` tells them. @param out 16 bytes */
export function hashesTag(out: usize): void {
  sha256Begin(TAG256);
  sha256Update(TAG256, ENTRY + HAS, 1);
  sha256Update(TAG256, ENTRY + SHA256, 96);
  sha256End(TAG256, TAG256);
  copy(out, TAG256, 16);
}

export function keep(to: usize): void {
  copy(to, ENTRY, EXPECTED_SIZE);
}
