/**
 * The half-size step: a scalar k as a fraction r / t modulo 8 L with r and t of about 128 bits (Pornin, IACR ePrint
 * 2020/454; the modulus is 8 L, not L, because A and R may have a part of small order).
 *
 * Euclid's algorithm on (8 L, k) keeps r = t k (mod 8 L). Any row with t prime to 8 L turns S B = R + k A into the
 * equivalent t S B = t R + r A: t odd, and not a multiple of L. A multiple of L belongs to r = 0 alone, so that row is never
 * taken (docs/adr/0010).
 */
import { ORDER } from "./tables";
import { below } from "./scalar";
import { clear, copy } from "./bytes";

// A row: r, then t as two's complement, 8 words each, with 8 zero bytes behind each of them for recoding. r is never negative
// and fits, so that nothing is carried out of it, and a row is combined as one integer. |t| < 2^255 where r is not 0.
export const ROW: usize = 80;
export const ROW_T: usize = 40;
const ROW_USED: usize = ROW_T + 32;

/** The first row with r below 2^128 and t odd, for k below L in 8 words; uses two rows at `spare`, 8-aligned, and says which it is. */
export function half(k: usize, spare: usize): usize {
  clear(spare, 2 * u32(ROW));
  let row0 = spare;
  let row1 = spare + ROW;
  copy(row0, ORDER, 32);
  combine(row0, row0, 8, 0, 8, 0, 32); // 8 L < 2^256
  start(row1, k);
  while (true) {
    const size = bits(row1);
    // r = 0: t is 1 and k is 0, or t is a multiple of L. The row (k, 1) holds in both cases, of whatever size k is.
    if (size == 0) {
      start(row1, k);
      break;
    }
    if (size <= 128 && (load<u32>(row1, ROW_T) & 1) != 0) break;
    if (lehmer(row0, row1)) continue;
    // One step: r0 mod r1
    while (!below(row0, row1)) {
      let shift = bits(row0) - bits(row1);
      if (shift != 0) shift--; // r1 2^shift <= r0
      const words: usize = (shift >> 5) << 2;
      combine(row0 + words, row1, 1, -(i64(1) << u64(shift & 31)), 0, 1, ROW_USED - words);
    }
    const swap = row0;
    row0 = row1;
    row1 = swap;
  }
  return row1;
}

/** The row (k, 1). */
function start(row: usize, k: usize): void {
  copy(row, k, 32);
  clear(row + ROW_T, 32);
  store<u32>(row, 1, ROW_T);
}

/**
 * Steps of Euclid's algorithm as far as the leading 62 bits of r0 and the same of r1 determine them (Lehmer; Knuth, The Art of
 * Computer Programming, volume 2, 4.5.2, algorithm L, with a simpler condition), then both rows brought up to date at once.
 * No row below 2^128 is passed.
 *
 * @returns whether there were any
 */
function lehmer(row0: usize, row1: usize): bool {
  const low = 128 + 62 - bits(row0); // 2^128 in units of the last bit looked at
  if (low > 61) return false;
  const limit: u64 = low < 0 ? 0 : u64(1) << low;
  let a = window(row0, 128 - low);
  let b = window(row1, 128 - low);
  // a and b are +-(x0 a - y0 b) and +-(x1 a - y1 b) of those at the start, x <= y < 2^30
  let x0: i64 = 1;
  let y0: i64 = 0;
  let x1: i64 = 0;
  let y1: i64 = 1;
  let odd = false;
  while (b != 0) {
    const q = a / b;
    const rest = a - q * b;
    if (q >> 30 != 0) break;
    const y = y0 + i64(q) * y1; // below 2^61
    // What was cut off changes the remainder by less than y: it stays the remainder, smaller than b, and 2^128 or more, if:
    if (y >> 30 != 0 || rest < u64(y) + limit || b - rest < u64(y + y1)) break;
    const x = x0 + i64(q) * x1;
    a = b;
    b = rest;
    x0 = x1;
    x1 = x;
    y0 = y1;
    y1 = y;
    odd = !odd;
  }
  if (x1 == 0) return false;
  // the signs of x and y differ, and change with every step
  if (odd) {
    x0 = -x0;
    y1 = -y1;
  } else {
    y0 = -y0;
    x1 = -x1;
  }
  combine(row0, row1, x0, y0, x1, y1, ROW_USED);
  return true;
}

/** (a, b) = (x0 a + y0 b, x1 a + y1 b) modulo 2^(8 n), over n bytes. Factors below 2^30 in absolute value, or 1 and at most 2^31. */
export function combine(a: usize, b: usize, x0: i64, y0: i64, x1: i64, y1: i64, n: usize): void {
  let up0: i64 = 0;
  let up1: i64 = 0;
  for (const end = a + n; a < end; a += 4, b += 4) {
    const x: i64 = load<u32>(a);
    const y: i64 = load<u32>(b);
    up0 += x0 * x + y0 * y; // -2^63 or more, below 2^63: what is carried is within 2^31
    up1 += x1 * x + y1 * y;
    store<u32>(a, u32(up0));
    store<u32>(b, u32(up1));
    up0 >>= 32;
    up1 >>= 32;
  }
}

/** The 64 bits at a from bit `from` on. */
function window(a: usize, from: i32): u64 {
  a += (from >> 5) << 2;
  const up = u64(from & 31);
  return (((u64(load<u32>(a, 4)) << 32) | u64(load<u32>(a))) >> up) | (u64(load<u32>(a, 8)) << (63 - up) << 1);
}

/** The number of bits of r in a row. */
function bits(row: usize): i32 {
  let n = 256;
  while (n != 0) {
    n -= 32;
    const word = load<u32>(row + (n >> 3));
    if (word != 0) return n + 32 - i32(clz<u32>(word));
  }
  return 0;
}
