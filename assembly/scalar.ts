/** Integers modulo L, the order of the base point: little-endian words of 32 bits at 4-aligned addresses. */
import { ORDER, ORDER_INVERSE } from "./tables";

/** out = a b; out has na + nb words and lies apart from a and b. */
export function multiplyWords(out: usize, a: usize, na: usize, b: usize, nb: usize): void {
  for (let j: usize = 0; j < 4 * nb; j += 4) store<u32>(out + j, 0);
  for (let i: usize = 0; i < na; i++) {
    const factor = u64(load<u32>(a));
    let up: u64 = 0;
    for (let j: usize = 0; j < 4 * nb; j += 4) {
      // at most (2^32 - 1)^2 + 2 (2^32 - 1) = 2^64 - 1
      up += factor * u64(load<u32>(b + j)) + u64(load<u32>(out + j));
      store<u32>(out + j, u32(up));
      up >>= 32;
    }
    store<u32>(out + 4 * nb, u32(up));
    out += 4;
    a += 4;
  }
}

/** a = a - b over n words; returns the borrow, 0 or 1. */
export function subtractWords(a: usize, b: usize, n: usize): u32 {
  let borrow: u64 = 0;
  for (let i: usize = 0; i < 4 * n; i += 4) {
    borrow = u64(load<u32>(a + i)) - u64(load<u32>(b + i)) - borrow;
    store<u32>(a + i, u32(borrow));
    borrow >>= 63;
  }
  return u32(borrow);
}

/** a < b, 8 words each. */
export function below(a: usize, b: usize): bool {
  for (let i: usize = 32; i != 0; ) {
    i -= 4;
    const x = load<u32>(a + i);
    const y = load<u32>(b + i);
    if (x != y) return x < y;
  }
  return false;
}

/**
 * out = wide mod L: 8 words of 16; out may be wide. Uses 140 bytes at `spare`.
 *
 * Barrett: with q = floor(floor(wide / 2^224) floor(2^512 / L) / 2^288), wide / L - q is in [0, 3)
 * (Menezes, van Oorschot, Vanstone, Handbook of Applied Cryptography, 14.42, b = 2^32, k = 8).
 */
export function reduce(out: usize, wide: usize, spare: usize): void {
  const product = spare + 72;
  multiplyWords(spare, wide + 28, 9, ORDER_INVERSE, 9);
  multiplyWords(product, spare + 36, 9, ORDER, 8);
  subtractWords(wide, product, 9); // below 3 L < 2^254: fits 8 words
  for (let i: usize = 0; i < 32; i += 4) store<u32>(out + i, load<u32>(wide + i));
  while (!below(out, ORDER)) subtractWords(out, ORDER, 8);
}
