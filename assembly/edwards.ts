/**
 * Points of edwards25519, -x^2 + y^2 = 1 + d x^2 y^2, in extended coordinates: X, Y, Z, T with x = X / Z, y = Y / Z,
 * x y = T / Z; four elements of field.ts, one behind the other. The formulas are complete: they hold for every pair of
 * points of the curve, those of small order included (Hisil, Wong, Carter, Dawson 2008; d is not a square).
 */
import { SCRATCH } from "./layout";
import { copy } from "./bytes";
import { CURVE_D, ROOT_MINUS_1 } from "./tables";
import { BIAS, BITS, ELEMENT, EXCESS, FOLD, LIMB, WIDE, WIDE_EXCESS, carry, difference, freeze, isZero, multiply, power, small, square, squareTimes, sum, unpack } from "./field";

export const POINT: usize = 4 * ELEMENT;
const X: usize = 0;
const Y: usize = ELEMENT;
const Z: usize = 2 * ELEMENT;
const T: usize = 3 * ELEMENT;

/** Entry of a table made here: Y + X, Y - X, 2 d T, 2 Z. One of tables.ts: the halves of the first three, Z = 1. */
export const ENTRY: usize = 4 * ELEMENT;
export const BASE_ENTRY: usize = 3 * ELEMENT;
/** Entries of any table: for the odd digits up to 7. */
export const ENTRIES: usize = 4;

// Ten elements of scratch.
export const SPARE: usize = SCRATCH + 3488;
const A: usize = SPARE;
const B: usize = SPARE + ELEMENT;
const C: usize = SPARE + 2 * ELEMENT;
const D: usize = SPARE + 3 * ELEMENT;
const E: usize = SPARE + 4 * ELEMENT;
const F: usize = SPARE + 5 * ELEMENT;
const G: usize = SPARE + 6 * ELEMENT;
const H: usize = SPARE + 7 * ELEMENT;

export function neutral(p: usize): void {
  small(p + X, 0);
  small(p + Y, 1);
  small(p + Z, 1);
  small(p + T, 0);
}

/** Is p, whose coordinates are reduced, the neutral element: x = 0 and y = 1? Spoils p. */
export function isNeutral(p: usize): bool {
  difference(p + Y, p + Y, p + Z); // 3 M
  return isZero(p + X) && isZero(p + Y);
}

/**
 * p = 2 p. T is neither read nor, unless asked for, written.
 *
 * E to H have the sign opposite to the paper's. With q for 2^255 - 19 and M of field.ts: E = 192 q - 2 X Y, 3 M; G = X^2 - Y^2 + 128 q, 3 M;
 * F = 2 Z^2 + G, 5 M before it is carried; H = X^2 + Y^2, 2 M.
 */
export function double(p: usize, withT: bool): void {
  multiply(E, p + X, p + Y);
  squareTimes(A, p + X, 1, 3); // B and C too
  let up: u32 = -EXCESS; // of the lowest limb, before it is carried
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    const a = load<u32>(i, A);
    const b = load<u32>(i, B);
    const g = a + BIAS - b;
    const f = (load<u32>(i, C) << 1) + g + up;
    store<u32>(i, WIDE - (load<u32>(i, E) << 1), E);
    store<u32>(i, f & LIMB, F);
    store<u32>(i, g, G);
    store<u32>(i, a + b, H);
    up = f >> BITS;
  }
  store<u32>(E, load<u32>(E) - WIDE_EXCESS);
  store<u32>(F, load<u32>(F) + FOLD * up); // up <= 5
  store<u32>(G, load<u32>(G) - EXCESS);
  complete(p, withT);
}

/**
 * p = p + q, or p - q; q is an entry: 4 elements, or 3 of the table of B. The coordinates of p are reduced.
 *
 * In M of field.ts: Y - X is 3 and Y + X is 2, of the entry 1 and 2, so that A and B are products of 6 at most. E = B - A is 3 before it is carried, H = B + A is 2; of
 * F = D - C and G = D + C, or with - q the other way round, the difference is 3, the sum 2.
 */
export function add(p: usize, q: usize, minus: bool, ofBase: bool, withT: bool): void {
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    const x = load<u32>(p + i, X);
    const y = load<u32>(p + i, Y);
    store<u32>(i, y + BIAS - x, A);
    store<u32>(i, y + x, B);
  }
  store<u32>(A, load<u32>(A) - EXCESS);
  const swap: usize = minus ? ELEMENT : 0;
  multiply(A, A, q + (ELEMENT - swap));
  multiply(B, B, q + swap);
  multiply(C, p + T, q + 2 * ELEMENT);
  let d = p + Z;
  if (!ofBase) {
    multiply(D, d, q + 3 * ELEMENT);
    d = D;
  }
  const f = minus ? G : F;
  let up: u32 = -EXCESS;
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    const a = load<u32>(i, A);
    const b = load<u32>(i, B);
    const c = load<u32>(i, C);
    const z = load<u32>(d + i);
    const e = b + BIAS - a + up;
    store<u32>(i, e & LIMB, E);
    store<u32>(i, b + a, H);
    store<u32>(f + i, z + BIAS - c);
    store<u32>(F + G - f + i, z + c);
    up = e >> BITS;
  }
  store<u32>(E, load<u32>(E) + FOLD * up); // up <= 3
  store<u32>(f, load<u32>(f) - EXCESS);
  complete(p, withT);
}

/** X = E F, Y = G H, Z = F G, T = E H. Factors of products, in M: 3 * 1, 3 * 2, 1 * 3, 3 * 2 after a doubling; at most 1 * 3, 3 * 2, 3 * 2, 1 * 2 after an addition. */
function complete(p: usize, withT: bool): void {
  multiply(p + X, E, F);
  multiply(p + Y, G, H);
  multiply(p + Z, F, G);
  if (withT) multiply(p + T, E, H);
}

/** The entry of p: Y + X and 2 Z are 2 M, the others reduced. */
function entry(q: usize, p: usize): void {
  sum(q, p + Y, p + X);
  difference(q + ELEMENT, p + Y, p + X); // 3 M
  carry(q + ELEMENT);
  sum(q + 2 * ELEMENT, p + T, p + T); // 2 M
  multiply(q + 2 * ELEMENT, q + 2 * ELEMENT, CURVE_D);
  sum(q + 3 * ELEMENT, p + Z, p + Z);
}

/** Entries of p, 3 p, 5 p, 7 p, and p = 7 p; uses one entry at `twice`. */
export function table(entries: usize, p: usize, twice: usize): void {
  entry(entries, p);
  const q = entries + ENTRY; // 2 p, in the place of 3 p as long as that is not needed
  copy(q, p, u32(POINT));
  double(q, true);
  entry(twice, q);
  for (let i: usize = 1; i < ENTRIES; i++) {
    add(p, twice, false, false, true);
    entry(entries + i * ENTRY, p);
  }
}

/**
 * Reads a point strictly: RFC 8032, section 5.1.3, canonical encodings only, and no point of small order.
 *
 * @param p      the point, Z = 1
 * @param bytes  32, 4-aligned and with 4 readable bytes behind them
 * @returns      false for y >= p, y of no point, or a point whose order divides 8
 */
export function decode(p: usize, bytes: usize): bool {
  if (!unpack(p + Y, bytes)) return false;
  small(p + Z, 1);
  square(B, p + Y); // y^2
  difference(A, B, p + Z); // u = y^2 - 1, 3 M
  carry(A); // to be taken away below
  multiply(D, B, CURVE_D);
  sum(D, D, p + Z); // v = d y^2 + 1, 2 M
  square(C, D); // v^2
  multiply(C, C, D); // v^3; every other factor from here on is reduced
  multiply(E, C, A); // u v^3
  square(F, C); // v^6
  multiply(F, F, D); // v^7
  multiply(F, F, A); // u v^7
  power(G, F, H); // H and the element behind it
  multiply(p + X, G, E); // candidate: u v^3 (u v^7)^((p - 5) / 8)
  square(C, p + X);
  multiply(E, C, D); // v x^2 is u, -u, or x is no root
  difference(F, E, A); // 3 M
  if (!isZero(F)) {
    sum(F, E, A); // 2 M
    if (!isZero(F)) return false;
    multiply(p + X, p + X, ROOT_MINUS_1);
    square(C, p + X);
  }
  freeze(p + X);
  const sign = load<u8>(bytes, 31) >> 7;
  if (u32(load<i32>(p + X) & 1) != u32(sign)) {
    small(F, 0);
    difference(p + X, F, p + X); // 2 M; x = 0 is refused below
    carry(p + X);
  }
  multiply(p + T, p + X, p + Y);
  // Order 1 or 2: x = 0. Order 4: y = 0. Order 8: y = 0 after doubling, x^2 + y^2 = 0. No other point has any of these.
  sum(B, B, C); // 2 M
  multiply(B, B, p + T);
  return !isZero(B);
}
