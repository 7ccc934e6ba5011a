/**
 * The half-size step: a scalar k as a fraction r / t modulo 8 L with r and t of about 128 bits (Pornin, IACR ePrint
 * 2020/454; the modulus is 8 L, not L, because A and R may have a part of small order).
 *
 * Euclid's algorithm on (8 L, k) keeps r = t k (mod 8 L). Any row with t prime to 8 L turns S B = R + k A into the
 * equivalent t S B = t R + r A: t odd, and not a multiple of L. A multiple of L belongs to r = 0 alone, so that row is never
 * taken (docs/adr/0010).
 */
import { ORDER } from "./tables";

/** Bytes of a number here: 8 zero bytes in front for `leading`, 8 words, 8 zero bytes behind for recoding. */
export const NUMBER: usize = 48;

/** Where the last step left r and t: 8 words each, and whether t is to be taken negative. */
export let halfR: usize = 0;
export let halfT: usize = 0;
export let halfMinus: bool = false;

/** The first row with r below 2^128 and t odd, for k below L in 8 words; uses four numbers at `spare`, 8-aligned. */
export function half(k: usize, spare: usize): void {
  for (let i: usize = 0; i < 4 * NUMBER; i += 8) store<u64>(spare + i, 0);
  let r0 = spare + 8;
  let r1 = r0 + NUMBER;
  let t0 = r1 + NUMBER;
  let t1 = t0 + NUMBER;
  let up: u32 = 0;
  for (let i: usize = 0; i < 32; i += 4) {
    const word = load<u32>(ORDER + i);
    store<u32>(r0 + i, (word << 3) | up); // 8 L < 2^256
    up = word >> 29;
    store<u32>(r1 + i, load<u32>(k + i));
  }
  store<u32>(t1, 1);
  let minus = false;
  let n0: usize = 32; // bytes in use of r0
  let n1: usize = 32; // and of r1
  let nt: usize = 4; // and of t1; t0 is not longer

  while (true) {
    while (n1 != 0 && load<u32>(r1 + n1 - 4) == 0) n1 -= 4;
    // r = 0: t is 1 and k is 0, or t is a multiple of L. The row (k, 1) holds in both cases, of whatever size k is.
    if (n1 == 0) {
      for (let i: usize = 0; i < 32; i += 4) {
        store<u32>(r1 + i, load<u32>(k + i));
        store<u32>(t1 + i, u32(i == 0));
      }
      minus = false;
      break;
    }
    if (n1 <= 16 && (load<u32>(t1) & 1) != 0) break;

    // r0 mod r1, the quotient in pieces of up to 32 bits
    const d = leading(r1, n1);
    const divisor = (d >> 32) + 1; // r1 < divisor 2^(bits of r1 - 32)
    while (true) {
      while (n0 != 0 && load<u32>(r0 + n0 - 4) == 0) n0 -= 4;
      if (below(r0, n0, r1, n1)) break;
      // 2^31 <= estimate < 2^33, and estimate 2^shift <= r0 / r1
      const estimate = leading(r0, n0) / divisor;
      const shift = bits(r0, n0) - bits(r1, n1) - 32; // -32 or more
      const words: i32 = shift > 0 ? (shift + 31) >> 5 : 0;
      let q = estimate >> u64(32 * words - shift);
      if (q > 0xffffffff) q = 0xffffffff;
      if (q == 0) q = 1; // r0 >= r1
      subtractTimes(r0 + usize(4 * words), r1, n1, q);
      addTimes(t0 + usize(4 * words), t1, nt, q);
    }
    let swap = r0;
    r0 = r1;
    r1 = swap;
    swap = t0;
    t0 = t1;
    t1 = swap;
    swap = n0;
    n0 = n1;
    n1 = swap;
    minus = !minus;
    nt = 32; // t < 2^256
    while (load<u32>(t1 + nt - 4) == 0) nt -= 4; // t1 is not 0
  }
  halfR = r1;
  halfT = t1;
  halfMinus = minus;
}

/** The number of bits in n bytes at a, the topmost word of which is not zero. */
function bits(a: usize, n: usize): i32 {
  return 8 * i32(u32(n)) - i32(clz<u32>(load<u32>(a + n - 4)));
}

/** The topmost 64 bits of the same, the first of them set. */
function leading(a: usize, n: usize): u64 {
  const top = load<u32>(a + n - 4);
  const up = u64(clz<u32>(top));
  return (((u64(top) << 32) | u64(load<u32>(a + n - 8))) << up) | (u64(load<u32>(a + n - 12)) >> (32 - up));
}

/** a < b, both without leading zero words. */
function below(a: usize, na: usize, b: usize, nb: usize): bool {
  if (na != nb) return na < nb;
  while (na != 0) {
    na -= 4;
    const x = load<u32>(a + na);
    const y = load<u32>(b + na);
    if (x != y) return x < y;
  }
  return false;
}

/** a = a - q b, q below 2^32, b of n bytes; a is not less. */
function subtractTimes(a: usize, b: usize, n: usize, q: u64): void {
  let borrow: u64 = 0;
  for (const end = a + n; a < end; a += 4, b += 4) {
    borrow += q * u64(load<u32>(b)); // at most (2^32 - 1)^2 + 2^32
    const x = load<u32>(a);
    store<u32>(a, x - u32(borrow));
    borrow = (borrow >> 32) + u64(x < u32(borrow));
  }
  for (; borrow != 0; a += 4) {
    const x = load<u32>(a);
    store<u32>(a, x - u32(borrow));
    borrow = u64(x < u32(borrow));
  }
}

/** a = a + q b, q below 2^32, b of n bytes. */
function addTimes(a: usize, b: usize, n: usize, q: u64): void {
  let up: u64 = 0;
  for (const end = a + n; a < end; a += 4, b += 4) {
    up += q * u64(load<u32>(b)) + u64(load<u32>(a)); // at most 2^64 - 1
    store<u32>(a, u32(up));
    up >>= 32;
  }
  for (; up != 0; a += 4) {
    up += u64(load<u32>(a));
    store<u32>(a, u32(up));
    up >>= 32;
  }
}
