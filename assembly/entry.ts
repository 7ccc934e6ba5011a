/**
 * What one member describes: a file in Timestamp or Snapshot, an image in Targets, the image in a report. The same struct keeps it afterwards:
 * version u64 | length u64 | has u32 | pad 12 | sha256 32 | sha512 64 (EXPECTED_SIZE).
 */
import { clear, copy, hex } from "./bytes";
import { name, nameLength, textLength, value } from "./json";
import { ENTRY, EXPECTED_SIZE, HARDWARE, TAG256, TOKEN } from "./layout";
import { fold } from "./dialect";
import * as Name from "./names";
import { sha256Begin, sha256End, sha256Update } from "./sha256";
import * as Status from "./status";
import { failWith, malformed } from "./verdict";
import { copyTag } from "./digests";
import { textTag } from "./tags";

export const VERSION = 0;
export const LENGTH = 8;
export const HAS = 16;
export const SHA256 = 32;
export const SHA512 = 64;

export const HAS_SHA256 = 1; // these two as in REPORT_HASHES
export const HAS_SHA512 = 2;
export const HAS_LENGTH = 4;
export const HAS_VERSION = 8;
export const HAS_OTHER_HASH = 16; // a function we cannot compute

export function begin(): void {
  clear(ENTRY, EXPECTED_SIZE);
}

export function has(at: usize, bit: u32): bool {
  return (load<u32>(at, HAS) & bit) != 0;
}

function mark(bit: u32): void {
  store<u32>(ENTRY, load<u32>(ENTRY, HAS) | bit, HAS);
}

export function length(): void {
  store<u64>(ENTRY, value, LENGTH);
  mark(HAS_LENGTH);
}

/** The version of a file; an image has none, whatever members of its own it carries. */
export function fileVersion(): void {
  store<u64>(ENTRY, value, VERSION);
  mark(HAS_VERSION);
  if (value == 0) malformed(Name.VERSION);
}

/** One hash function and its digest in lower-case hex. */
export function hash(): void {
  fold(TOKEN, textLength);
  const method = Name.word(name(), nameLength());
  const wide = method == Name.SHA512;
  if (!wide && method != Name.SHA256) return mark(HAS_OTHER_HASH);
  if (!hex(TOKEN, textLength, ENTRY + (wide ? SHA512 : SHA256), wide ? 64 : 32)) return failWith(Status.BadHex, method, 0);
  mark(wide ? HAS_SHA512 : HAS_SHA256);
}

/** The tag of a hardware identifier. */
export function hardware(): void {
  copyTag(HARDWARE, textTag());
}

/** Every hash is ours to compute, and there is one. */
export function computable(at: usize): bool {
  return has(at, HAS_SHA256 | HAS_SHA512) && !has(at, HAS_OTHER_HASH);
}

/** SHA-256 over the set of hash functions and their digests: equal for equal sets only. Absent digests are zeros, and `has` tells them. @returns where its tag stands */
export function hashesTag(): usize {
  sha256Begin(TAG256);
  sha256Update(TAG256, ENTRY + HAS, 1);
  sha256Update(TAG256, ENTRY + SHA256, 96);
  sha256End(TAG256, TAG256);
  return TAG256;
}

/** Bytes of the file at the most: what is stated of it, and never more than the bound. */
export function limitOf(at: usize, most: u64): u64 {
  const stated = load<u64>(at, LENGTH);
  return has(at, HAS_LENGTH) && stated < most ? stated : most;
}

export function keep(to: usize): void {
  copy(to, ENTRY, EXPECTED_SIZE);
}
