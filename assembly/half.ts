/**
 * The half-size step: a scalar k as a fraction r / t modulo 8 L with r and t of about 128 bits (Pornin, IACR ePrint
 * 2020/454; the modulus is 8 L, not L, because A and R may have a part of small order).
 *
 * Euclid's algorithm on (8 L, k) keeps r = t k (mod 8 L). Any row with t prime to 8 L turns S B = R + k A into the
 * equivalent t S B = t R + r A: t odd, and not a multiple of L. A multiple of L belongs to r = 0 alone, so that row is never
 * taken (docs/adr/0010).
 */
import { ORDER } from "./tables";

/** Bytes of a number here: 8 zero bytes in front for `window`, 8 words, 8 zero bytes behind for recoding. */
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
  while (true) {
    const n1 = used(r1);
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

    // Many steps at once on the leading bits, as long as they cannot pass a row below 2^128: r0 is 2^160 or more, and a row
    // with cofactors below 2^30 is above r0 / 2^31.
    let n0 = used(r0);
    if (n0 > 20) {
      const steps = lehmer(r0, n0, r1, t0, t1);
      if (steps & 1) minus = !minus;
      if (steps != 0) continue;
    }

    // One step: r0 mod r1, the quotient in pieces of up to 32 bits
    const nt = used(t1);
    const b1 = bits(r1, n1);
    const divisor = (window(r1, b1 - 64) >> 32) + 1; // r1 < divisor 2^(b1 - 32)
    while (!below(r0, n0, r1, n1)) {
      // 2^31 <= estimate < 2^33, and estimate 2^shift <= r0 / r1
      const b0 = bits(r0, n0);
      const estimate = window(r0, b0 - 64) / divisor;
      const shift = b0 - b1 - 32; // -32 or more
      const words: i32 = shift > 0 ? (shift + 31) >> 5 : 0;
      let q = estimate >> u64(32 * words - shift);
      if (q > 0xffffffff) q = 0xffffffff;
      if (q == 0) q = 1; // r0 >= r1
      subtractTimes(r0 + usize(4 * words), r1, n1, q);
      addTimes(t0 + usize(4 * words), t1, nt, q);
      n0 = used(r0);
    }
    let swap = r0;
    r0 = r1;
    r1 = swap;
    swap = t0;
    t0 = t1;
    t1 = swap;
    minus = !minus;
  }
  halfR = r1;
  halfT = t1;
  halfMinus = minus;
}

/**
 * Steps of Euclid's algorithm as far as the leading 62 bits of r0 and the same of r1 determine them (Lehmer; Knuth, The Art of
 * Computer Programming, volume 2, 4.5.2, algorithm L, with a simpler condition), then r and t brought up to date at once.
 *
 * @returns the number of steps taken
 */
function lehmer(r0: usize, n: usize, r1: usize, t0: usize, t1: usize): u32 {
  const from = bits(r0, n) - 62;
  let a = window(r0, from);
  let b = window(r1, from);
  // a and b are +-(x0 a - y0 b) and +-(x1 a - y1 b) of those at the start, x <= y < 2^30
  let x0: i64 = 1;
  let y0: i64 = 0;
  let x1: i64 = 0;
  let y1: i64 = 1;
  let steps: u32 = 0;
  while (b != 0) {
    const q = a / b;
    const rest = a - q * b;
    if (q >> 30 != 0) break;
    const y = y0 + i64(q) * y1; // below 2^61
    // What was cut off changes the remainder by less than y: it stays the remainder, and smaller than b, if:
    if (y >> 30 != 0 || rest < u64(y) || b - rest < u64(y + y1)) break;
    const x = x0 + i64(q) * x1;
    a = b;
    b = rest;
    x0 = x1;
    x1 = x;
    y0 = y1;
    y1 = y;
    steps++;
  }
  if (steps != 0) {
    combine(t0, t1, x0, y0, x1, y1, 32);
    // the signs of x and y differ, and change with every step
    if (steps & 1) combine(r0, r1, -x0, y0, x1, -y1, n);
    else combine(r0, r1, x0, -y0, -x1, y1, n);
  }
  return steps;
}

/** (a, b) = (x0 a + y0 b, x1 a + y1 b) over n bytes, factors below 2^30; the results are not negative and fit. */
function combine(a: usize, b: usize, x0: i64, y0: i64, x1: i64, y1: i64, n: usize): void {
  let up0: i64 = 0;
  let up1: i64 = 0;
  for (const end = a + n; a < end; a += 4, b += 4) {
    const x: i64 = load<u32>(a);
    const y: i64 = load<u32>(b);
    up0 += x0 * x + y0 * y; // |sum| < 2^63 + 2^32 - 2^33
    up1 += x1 * x + y1 * y;
    store<u32>(a, u32(up0));
    store<u32>(b, u32(up1));
    up0 >>= 32;
    up1 >>= 32;
  }
}

/** The 64 bits at a from bit `from` on, which is -64 or more: in front of a are zeros. */
function window(a: usize, from: i32): u64 {
  a += (from >> 5) << 2;
  const up = u64(from & 31);
  return (((u64(load<u32>(a, 4)) << 32) | u64(load<u32>(a))) >> up) | (u64(load<u32>(a, 8)) << (63 - up) << 1);
}

/** Bytes at a in use: 32 at most, 0 for 0. */
function used(a: usize): usize {
  let n: usize = 32;
  while (n != 0 && load<u32>(a + n - 4) == 0) n -= 4;
  return n;
}

/** The number of bits in n bytes at a, the topmost word of which is not zero. */
function bits(a: usize, n: usize): i32 {
  return 8 * i32(u32(n)) - i32(clz<u32>(load<u32>(a + n - 4)));
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
