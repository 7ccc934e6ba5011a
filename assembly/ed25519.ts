/**
 * Ed25519 verification (RFC 8032, section 5.1.7), the strict rule of docs/adr/0010: S < L; A and R canonical, on the curve
 * and not of small order; S B = R + k A without the cofactor.
 */
import { SCRATCH } from "./layout";
import { copy } from "./bytes";
import { BASE, ORDER } from "./tables";
import { BASE_ENTRY, ENTRIES, ENTRY, SPARE, add, decode, double, isNeutral, neutral, table } from "./edwards";
import { ROW, ROW_T, combine, half } from "./half";
import { below, multiplyWords, reduce } from "./scalar";
import { sha512Begin, sha512End, sha512Update } from "./sha512";

// Scratch, all inside the work area. What must outlive the window lies above it.
const TABLE_A: usize = SCRATCH;
const TABLE_R: usize = TABLE_A + ENTRIES * ENTRY;
const DIGITS: usize = TABLE_R + ENTRIES * ENTRY; // for every power of two, one signed byte for each of B, 2^128 B, A, R
const DIGITS_SIZE: usize = 1040; // 260 powers
const SUM: usize = DIGITS + DIGITS_SIZE; // the running point
const READ: usize = SCRATCH + 3848; // the point being read
export const SIGNATURE: usize = SCRATCH + 4000; // R 32 | S 32
export const KEY: usize = SCRATCH + 4064; // A 32 | 4 readable bytes behind it
export const DIGEST: usize = SCRATCH + 4104; // 64
const CONTEXT: usize = SCRATCH + 4168; // 200

// Scalars, in the elements of edwards.ts and the point being read, between decoding and the main loop.
export const ROWS: usize = SPARE; // 2: half.ts
const WIDE: usize = SPARE + 2 * ROW; // 64, and 4 of the spare for a while
const SCALARS_SPARE: usize = WIDE + 64; // 140

/** Verifies a signature of 64 bytes by a key of 32 over a message; all of them may lie in the window. */
export function ed25519Verify(signature: usize, key: usize, message: usize, length: u32): bool {
  copy(SIGNATURE, signature, 64);
  copy(KEY, key, 32);
  sha512Begin(CONTEXT);
  sha512Update(CONTEXT, SIGNATURE, 32);
  sha512Update(CONTEXT, KEY, 32);
  sha512Update(CONTEXT, message, length);
  sha512End(CONTEXT, DIGEST);
  return check();
}

/** The same where the SHA-512 digest of R, A and the message, 64 bytes, is known. */
export function ed25519Check(signature: usize, key: usize, digest: usize): bool {
  copy(SIGNATURE, signature, 64);
  copy(KEY, key, 32);
  copy(DIGEST, digest, 64);
  return check();
}

/**
 * Whether a key of 32 bytes can verify anything: canonical, on the curve, not of small order. Writes to the work area from
 * SCRATCH + 3488 on, nothing below.
 */
export function keyValid(key: usize): bool {
  copy(KEY, key, 32);
  return decode(READ, KEY);
}

function check(): bool {
  if (!read()) return false;
  reduce(DIGEST, SCALARS_SPARE);
  return holds(half(DIGEST, ROWS));
}

/** Everything but the equation: S < L, A and R strictly read, their tables made. */
export function read(): bool {
  if (!below(SIGNATURE + 32, ORDER)) return false;
  if (!decode(READ, KEY)) return false;
  table(TABLE_A, READ, SUM);
  if (!decode(READ, SIGNATURE)) return false;
  table(TABLE_R, READ, SUM);
  return true;
}

/**
 * S B = R + k A, tested as t S B - t R - r A = 0, where r = t k (mod 8 L), t odd and no multiple of L; r and t are those of a row
 * of half.ts, apart from WIDE and what follows it.
 */
export function holds(row: usize): bool {
  const t = row + ROW_T;
  const minus = load<i32>(t, 28) < 0; // then with -t and -r, which have the signs of their digits turned
  if (minus) combine(t, t, -1, 0, -1, 0, 32);
  multiplyWords(WIDE, t, SIGNATURE + 32, 32);
  reduce(WIDE, SCALARS_SPARE);

  for (let i: usize = 0; i < DIGITS_SIZE; i += 8) store<u64>(DIGITS + i, 0);
  recode(WIDE, DIGITS, false);
  recode(row, DIGITS + 2, !minus);
  recode(t, DIGITS + 3, true);

  let at: usize = DIGITS + DIGITS_SIZE - 4;
  while (at > DIGITS && load<u32>(at) == 0) at -= 4;
  neutral(SUM);
  for (; at >= DIGITS; at -= 4) {
    let digits = load<u32>(at);
    double(SUM, digits != 0);
    while (digits != 0) {
      const bit = ctz<u32>(digits) & 24; // where the lowest byte with a digit begins
      const digit = i32(digits << (24 - bit)) >> 24;
      digits &= -256 << bit;
      const column = usize(bit >> 3);
      const ofBase = column < 2;
      const size = ofBase ? BASE_ENTRY : ENTRY;
      const entries = ofBase ? BASE + column * (ENTRIES * BASE_ENTRY) : TABLE_A + (column - 2) * (ENTRIES * ENTRY);
      add(SUM, entries + usize(abs(digit) >> 1) * size, digit < 0, ofBase, digits != 0);
    }
  }
  return isNeutral(SUM);
}

/**
 * Writes a scalar of up to 256 bits, 8 words and a zero one behind them, as odd digits from -7 to 7 at least four powers of two
 * apart; negated where asked. Digits of B go to the next column from 2^128 on: they are digits of 2^128 B.
 */
function recode(scalar: usize, column: usize, minus: bool): void {
  let borrow: u32 = 0; // what the digits so far are too low by, in units of bit i
  let i: u32 = 0;
  while (i < 257) {
    const word = scalar + ((i >> 5) << 2);
    const bits = u32(((u64(load<u32>(word, 4)) << 32) | u64(load<u32>(word))) >> u64(i & 31));
    const skip = u32(ctz<u32>(bits ^ (0 - borrow)));
    i += skip;
    if (skip > 28) continue; // fewer than four bits are left of these
    const value = i32(((bits >> skip) & 15) + borrow); // odd
    borrow = u32(value) >> 3;
    const digit = value - i32(borrow << 4);
    store<i8>(column + 4 * i - (column == DIGITS && i >= 128 ? 511 : 0), minus ? -digit : digit);
    i += 4;
  }
}
