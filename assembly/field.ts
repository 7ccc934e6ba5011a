/**
 * The field of 2^255 - 19, nine limbs of 29 bits.
 *
 * An element is nine u32 at a 4-aligned address, value = sum of limb i times 2^(29 i), not unique and never negative. With
 * M = 2^29 + 2^17, an element is "n M" when every limb is below n M, and "reduced" when it is 1 M; that is what every multiplication,
 * square and carry gives. Products of a M and b M need a b <= 7, which keeps a column below 9 * 7 M^2 < 2^64 - 2^57. Sums and differences
 * go into one product without a carry as far as that allows. 2^261 = 64 * 19 = 1216 (mod p) folds the upper limbs. Every output may
 * be one of the inputs.
 */

/** Bytes of one element. */
export const ELEMENT: usize = 36;

export const BITS: i32 = 29;
export const LIMB: i32 = 0x1fffffff;
export const FOLD: u32 = 1216; // 2^261
/** 128 p = 2^262 - 2432 in limbs above reduced ones, added where one is taken away: this in each limb, less EXCESS in the lowest. */
export const BIAS: u32 = 0x3ffffffe;
export const EXCESS: u32 = 2430;
/** 192 p likewise, in limbs above 2 M. */
export const WIDE: u32 = 0x5ffffffd;
export const WIDE_EXCESS: u32 = 3645;
const MASK: u64 = LIMB;
const TOP_BITS: i32 = 23; // 255 - 8 * 29
const TOP: i32 = 0x7fffff;

/** out = a b, of n M and m M with n m <= 7. */
export function multiply(out: usize, a: usize, b: usize): void {
  const a0: u64 = load<u32>(a);
  const a1: u64 = load<u32>(a, 4);
  const a2: u64 = load<u32>(a, 8);
  const a3: u64 = load<u32>(a, 12);
  const a4: u64 = load<u32>(a, 16);
  const a5: u64 = load<u32>(a, 20);
  const a6: u64 = load<u32>(a, 24);
  const a7: u64 = load<u32>(a, 28);
  const a8: u64 = load<u32>(a, 32);
  const b0: u64 = load<u32>(b);
  const b1: u64 = load<u32>(b, 4);
  const b2: u64 = load<u32>(b, 8);
  const b3: u64 = load<u32>(b, 12);
  const b4: u64 = load<u32>(b, 16);
  const b5: u64 = load<u32>(b, 20);
  const b6: u64 = load<u32>(b, 24);
  const b7: u64 = load<u32>(b, 28);
  const b8: u64 = load<u32>(b, 32);

  // c is a column, h the one nine above it, which folds in halves: its low 29 bits here, the rest, below 2^35, one column up. That adds less than 2^46 to a
  // column. Each is carried and stored before the next one is worked out: compilers then keep few of them at a time.
  let h = a8 * b1 + a7 * b2 + a6 * b3 + a5 * b4 + a4 * b5 + a3 * b6 + a2 * b7 + a1 * b8;
  let c = a0 * b0 + FOLD * (h & MASK);
  const r0 = c & MASK;
  let rest = h >> BITS;
  let up = c >> BITS;
  h = a8 * b2 + a7 * b3 + a6 * b4 + a5 * b5 + a4 * b6 + a3 * b7 + a2 * b8;
  c = a1 * b0 + a0 * b1 + FOLD * ((h & MASK) + rest) + up;
  const r1 = c & MASK;
  rest = h >> BITS;
  up = c >> BITS;
  h = a8 * b3 + a7 * b4 + a6 * b5 + a5 * b6 + a4 * b7 + a3 * b8;
  c = a2 * b0 + a1 * b1 + a0 * b2 + FOLD * ((h & MASK) + rest) + up;
  store<u32>(out, u32(c & MASK), 8);
  rest = h >> BITS;
  up = c >> BITS;
  h = a8 * b4 + a7 * b5 + a6 * b6 + a5 * b7 + a4 * b8;
  c = a3 * b0 + a2 * b1 + a1 * b2 + a0 * b3 + FOLD * ((h & MASK) + rest) + up;
  store<u32>(out, u32(c & MASK), 12);
  rest = h >> BITS;
  up = c >> BITS;
  h = a8 * b5 + a7 * b6 + a6 * b7 + a5 * b8;
  c = a4 * b0 + a3 * b1 + a2 * b2 + a1 * b3 + a0 * b4 + FOLD * ((h & MASK) + rest) + up;
  store<u32>(out, u32(c & MASK), 16);
  rest = h >> BITS;
  up = c >> BITS;
  h = a8 * b6 + a7 * b7 + a6 * b8;
  c = a5 * b0 + a4 * b1 + a3 * b2 + a2 * b3 + a1 * b4 + a0 * b5 + FOLD * ((h & MASK) + rest) + up;
  store<u32>(out, u32(c & MASK), 20);
  rest = h >> BITS;
  up = c >> BITS;
  h = a8 * b7 + a7 * b8;
  c = a6 * b0 + a5 * b1 + a4 * b2 + a3 * b3 + a2 * b4 + a1 * b5 + a0 * b6 + FOLD * ((h & MASK) + rest) + up;
  store<u32>(out, u32(c & MASK), 24);
  rest = h >> BITS;
  up = c >> BITS;
  h = a8 * b8;
  c = a7 * b0 + a6 * b1 + a5 * b2 + a4 * b3 + a3 * b4 + a2 * b5 + a1 * b6 + a0 * b7 + FOLD * ((h & MASK) + rest) + up;
  store<u32>(out, u32(c & MASK), 28);
  rest = h >> BITS;
  up = c >> BITS;
  c = a8 * b0 + a7 * b1 + a6 * b2 + a5 * b3 + a4 * b4 + a3 * b5 + a2 * b6 + a1 * b7 + a0 * b8 + FOLD * rest + up;
  store<u32>(out, u32(c & MASK), 32);
  c = r0 + FOLD * (c >> BITS); // below 2^46
  store<u32>(out, u32(c & MASK));
  store<u32>(out, u32(r1 + (c >> BITS)), 4);
}

/** out = a^(2^n), n > 0, of 2 M, limbs in registers in between; so for `count` > 0 elements one behind the other, at a and at out. */
export function squareTimes(out: usize, a: usize, n: u32, count: u32): void {
  do {
    let a0: u64 = load<u32>(a);
    let a1: u64 = load<u32>(a, 4);
    let a2: u64 = load<u32>(a, 8);
    let a3: u64 = load<u32>(a, 12);
    let a4: u64 = load<u32>(a, 16);
    let a5: u64 = load<u32>(a, 20);
    let a6: u64 = load<u32>(a, 24);
    let a7: u64 = load<u32>(a, 28);
    let a8: u64 = load<u32>(a, 32);
    let left = n;
    while (true) {
      // columns as in multiply, but all of them before the carries: faster here
      const d0 = a0 << 1;
      const d1 = a1 << 1;
      const d2 = a2 << 1;
      const d3 = a3 << 1;
      const d4 = a4 << 1;
      const d5 = a5 << 1;
      const d6 = a6 << 1;
      const d7 = a7 << 1;
      let c0 = a0 * a0;
      let c1 = d0 * a1;
      let c2 = d0 * a2 + a1 * a1;
      let c3 = d0 * a3 + d1 * a2;
      let c4 = d0 * a4 + d1 * a3 + a2 * a2;
      let c5 = d0 * a5 + d1 * a4 + d2 * a3;
      let c6 = d0 * a6 + d1 * a5 + d2 * a4 + a3 * a3;
      let c7 = d0 * a7 + d1 * a6 + d2 * a5 + d3 * a4;
      let c8 = d0 * a8 + d1 * a7 + d2 * a6 + d3 * a5 + a4 * a4;
      const h9 = d1 * a8 + d2 * a7 + d3 * a6 + d4 * a5;
      const h10 = d2 * a8 + d3 * a7 + d4 * a6 + a5 * a5;
      const h11 = d3 * a8 + d4 * a7 + d5 * a6;
      const h12 = d4 * a8 + d5 * a7 + a6 * a6;
      const h13 = d5 * a8 + d6 * a7;
      const h14 = d6 * a8 + a7 * a7;
      const h15 = d7 * a8;
      const h16 = a8 * a8;
      c0 += FOLD * (h9 & MASK);
      c1 += FOLD * ((h10 & MASK) + (h9 >> BITS));
      c2 += FOLD * ((h11 & MASK) + (h10 >> BITS));
      c3 += FOLD * ((h12 & MASK) + (h11 >> BITS));
      c4 += FOLD * ((h13 & MASK) + (h12 >> BITS));
      c5 += FOLD * ((h14 & MASK) + (h13 >> BITS));
      c6 += FOLD * ((h15 & MASK) + (h14 >> BITS));
      c7 += FOLD * ((h16 & MASK) + (h15 >> BITS));
      c8 += FOLD * (h16 >> BITS);
      c1 += c0 >> BITS;
      c2 += c1 >> BITS;
      c3 += c2 >> BITS;
      c4 += c3 >> BITS;
      c5 += c4 >> BITS;
      c6 += c5 >> BITS;
      c7 += c6 >> BITS;
      c8 += c7 >> BITS;
      c0 = (c0 & MASK) + FOLD * (c8 >> BITS); // below 2^46
      a0 = c0 & MASK;
      a1 = (c1 & MASK) + (c0 >> BITS);
      a2 = c2 & MASK;
      a3 = c3 & MASK;
      a4 = c4 & MASK;
      a5 = c5 & MASK;
      a6 = c6 & MASK;
      a7 = c7 & MASK;
      a8 = c8 & MASK;
      if (--left == 0) break;
    }
    store<u32>(out, u32(a0));
    store<u32>(out, u32(a1), 4);
    store<u32>(out, u32(a2), 8);
    store<u32>(out, u32(a3), 12);
    store<u32>(out, u32(a4), 16);
    store<u32>(out, u32(a5), 20);
    store<u32>(out, u32(a6), 24);
    store<u32>(out, u32(a7), 28);
    store<u32>(out, u32(a8), 32);
    a += ELEMENT;
    out += ELEMENT;
  } while (--count != 0);
}

/** out = a^2, of 2 M. */
// @ts-ignore: decorator
@inline export function square(out: usize, a: usize): void {
  squareTimes(out, a, 1, 1);
}

/** out = a^(2^n) b, n > 0; out is not b. */
function run(out: usize, a: usize, n: u32, b: usize): void {
  squareTimes(out, a, n, 1);
  multiply(out, out, b);
}

/** out = a^((p - 5) / 8) = a^(2^252 - 3); uses two elements at `spare`; out, a and spare lie apart. */
export function power(out: usize, a: usize, spare: usize): void {
  const t = spare;
  const u = spare + ELEMENT;
  square(out, a); // 2
  run(t, out, 2, a); // 9
  multiply(out, out, t); // 11
  run(out, out, 1, t); // 31 = 2^5 - 1
  run(t, out, 5, out); // 2^10 - 1
  run(u, t, 10, t); // 2^20 - 1
  run(out, u, 20, u); // 2^40 - 1
  run(out, out, 10, t); // 2^50 - 1
  run(t, out, 50, out); // 2^100 - 1
  run(u, t, 100, t); // 2^200 - 1
  run(u, u, 50, out); // 2^250 - 1
  run(out, u, 2, a); // 2^252 - 3
}

/** out = a + b, not carried: of n M and m M, n + m M. */
export function sum(out: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < ELEMENT; i += 4) store<u32>(out + i, load<u32>(a + i) + load<u32>(b + i));
}

/** out = a - b + 128 p, not carried: of n M, n + 2 M; b is reduced. */
export function difference(out: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < ELEMENT; i += 4) store<u32>(out + i, load<u32>(a + i) + BIAS - load<u32>(b + i));
  store<u32>(out, load<u32>(out) - EXCESS);
}

/** a reduced in place, of 3 M. */
export function carry(a: usize): void {
  const up = pass(a, 0); // at most 2^8, so that the lowest limb stays below 2^29 + 2^13
  store<u32>(a, load<u32>(a) + 19 * up);
}

/** Adds a small integer and carries once through: limbs in [0, 2^29), the top one below 2^23; returns what is above 2^255. */
function pass(a: usize, up: i32): i32 {
  for (let i: usize = 0; i < 32; i += 4) {
    const limb = load<i32>(a + i) + up;
    store<i32>(a + i, limb & LIMB);
    up = limb >> BITS;
  }
  up += load<i32>(a, 32);
  store<i32>(a, up & TOP, 32);
  return up >> TOP_BITS;
}

/** A small integer, below 2^29. */
export function small(out: usize, value: i32): void {
  store<i32>(out, value);
  for (let i: usize = 4; i < ELEMENT; i += 4) store<i32>(out + i, 0);
}

/**
 * The low 255 bits of 32 little-endian bytes, 4-aligned and with 4 readable bytes behind them.
 * @returns whether they are below p; if not, p is taken away
 */
export function unpack(out: usize, bytes: usize): bool {
  for (let i: u32 = 0, bit: u32 = 0; i < 9; i++, bit += 29) {
    const word = bytes + ((bit >> 5) << 2);
    const pair = u64(load<u32>(word)) | (u64(load<u32>(word, 4)) << 32);
    store<i32>(out + (i << 2), i32(pair >> (bit & 31)) & LIMB);
  }
  store<i32>(out, load<i32>(out, 32) & TOP, 32);
  return !lessPrime(out);
}

/** Makes a unique in place, of 3 M: limbs in [0, 2^29), value below p. */
export function freeze(a: usize): void {
  // First pass: what is above is at most 2^8. Second: 0 or 1. Third: 0, the value is in [0, 2^255).
  pass(a, 19 * pass(a, 19 * pass(a, 0)));
  lessPrime(a);
}

/** Takes p away from a in [0, 2^255), limbs in [0, 2^29), if it is p or above; returns whether it was. */
function lessPrime(a: usize): bool {
  if (pass(a, 19) != 0) return true; // a + 19 - 2^255
  pass(a, -19);
  return false;
}

/** Freezes a and compares with zero. */
export function isZero(a: usize): bool {
  freeze(a);
  let bits: i32 = 0;
  for (let i: usize = 0; i < ELEMENT; i += 4) bits |= load<i32>(a + i);
  return bits == 0;
}
