/**
 * Ed25519 verification (RFC 8032, section 5.1.7), the strict rule of docs/adr/0010: S < L; A and R canonical, on the curve
 * and not of small order; S B = R + k A without the cofactor.
 */
import { SCRATCH } from "./layout";
import { BASE } from "./tables";
import { ELEMENT } from "./field";
import { BASE_ENTRY, ENTRY, POINT, SPARE, add, decode, double, isNeutral, neutral, table } from "./edwards";
import { belowOrder, reduce } from "./scalar";
import { sha512Begin, sha512End, sha512Update } from "./sha512";

// Scratch, all inside the work area. What must outlive the window lies above it.
const TABLE_A: usize = SCRATCH; // 8 entries
const TABLE_R: usize = TABLE_A + 8 * ENTRY; // 8 entries
const DIGITS: usize = SCRATCH + 2304; // for every power of two, one signed byte for each of B, 2^128 B, A, R
const DIGITS_SIZE: usize = 1040; // 260 powers
const SUM: usize = SCRATCH + 3344; // the running point
const READ: usize = SCRATCH + 3848; // the point being read
const SIGNATURE: usize = SCRATCH + 4000; // R 32 | S 32
const KEY: usize = SCRATCH + 4064; // A 32 | 4 readable bytes behind it
const DIGEST: usize = SCRATCH + 4104; // 64
const CONTEXT: usize = SCRATCH + 4168; // 200; the schedule of SHA-512 lies at the end of the work area

// Scalars, in the elements of edwards.ts between decoding and the main loop; 40 bytes each, zero above the value.
const K: usize = SPARE;
const SCALARS_SPARE: usize = SPARE + 40;

/** Verifies a signature of 64 bytes by a key of 32 over a message; all of them may lie in the window. */
export function ed25519Verify(signature: usize, key: usize, message: usize, length: u32): bool {
  copyBytes(SIGNATURE, signature, 64);
  copyBytes(KEY, key, 32);
  sha512Begin(CONTEXT);
  sha512Update(CONTEXT, SIGNATURE, 32);
  sha512Update(CONTEXT, KEY, 32);
  sha512Update(CONTEXT, message, length);
  sha512End(CONTEXT, DIGEST);
  return check();
}

/** The same where the SHA-512 digest of R, A and the message, 64 bytes, is known. */
export function ed25519Check(signature: usize, key: usize, digest: usize): bool {
  copyBytes(SIGNATURE, signature, 64);
  copyBytes(KEY, key, 32);
  copyBytes(DIGEST, digest, 64);
  return check();
}

/**
 * Whether a key of 32 bytes can verify anything: canonical, on the curve, not of small order. Writes to the work area from
 * SCRATCH + 3488 on, nothing below.
 */
export function keyValid(key: usize): bool {
  copyBytes(KEY, key, 32);
  return decode(READ, KEY);
}

function check(): bool {
  if (!belowOrder(SIGNATURE + 32)) return false;
  if (!decode(READ, KEY)) return false;
  table(TABLE_A, READ, SUM);
  if (!decode(READ, SIGNATURE)) return false;
  table(TABLE_R, READ, SUM);
  reduce(DIGEST, DIGEST, SCALARS_SPARE);
  return equation();
}

/** S B - k A - R = 0, with S behind R in the signature, and k in the first 8 words of the digest. */
function equation(): bool {
  for (let i: usize = 0; i < DIGITS_SIZE; i += 4) store<u32>(DIGITS + i, 0);
  widen(K, SIGNATURE + 32);
  recode(K, 0, false);
  widen(K, DIGEST);
  recode(K, 2, true);
  store<i8>(DIGITS, -1, 3);
  // the digits of B from 2^128 on are those of 2^128 B
  for (let i: usize = 0; i < 4 * 132; i += 4) {
    store<u8>(DIGITS + i, load<u8>(DIGITS + i, 512), 1);
    store<u8>(DIGITS + i, 0, 512);
  }

  let at: usize = DIGITS + DIGITS_SIZE - 4;
  while (at > DIGITS && load<u32>(at) == 0) at -= 4;
  neutral(SUM);
  for (; at >= DIGITS; at -= 4) {
    let digits = load<u32>(at);
    double(SUM, digits != 0);
    for (let column: usize = 0; digits != 0; column++, digits >>= 8) {
      const digit = i32(i8(digits));
      if (digit == 0) continue;
      const ofBase = column < 2;
      const size = ofBase ? BASE_ENTRY : ENTRY;
      const entries = ofBase ? BASE + column * (8 * BASE_ENTRY) : TABLE_A + (column - 2) * (8 * ENTRY);
      add(SUM, entries + usize(abs(digit) >> 1) * size, digit < 0, ofBase, digits >> 8 != 0);
    }
  }
  return isNeutral(SUM);
}

/** 8 words to 10, zero above. */
function widen(out: usize, a: usize): void {
  for (let i: usize = 0; i < 32; i += 4) store<u32>(out + i, load<u32>(a + i));
  store<u32>(out, 0, 32);
  store<u32>(out, 0, 36);
}

/**
 * Writes a scalar of up to 256 bits, 10 words, as odd digits in [-15, 15] at least 5 powers of two apart, to one column.
 * The digits are negated where asked.
 */
function recode(scalar: usize, column: usize, minus: bool): void {
  let borrow: u32 = 0; // what the digits so far are too low by, at bit i
  for (let i: u32 = 0; i < 257; ) {
    const word = scalar + ((i >> 5) << 2);
    const bits = u32((u64(load<u32>(word)) | (u64(load<u32>(word, 4)) << 32)) >> (i & 31)) & 31;
    if ((bits & 1) == borrow) {
      i++;
      continue;
    }
    const value = bits + borrow; // odd
    borrow = value >> 4;
    const digit = i32(value) - i32(borrow << 5);
    store<i8>(DIGITS + 4 * i + column, minus ? -digit : digit);
    i += 5;
  }
}

function copyBytes(out: usize, from: usize, length: usize): void {
  for (let i: usize = 0; i < length; i++) store<u8>(out + i, load<u8>(from + i));
}
