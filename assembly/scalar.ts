/** Integers modulo L, the order of the base point: little-endian words of 32 bits at 4-aligned addresses. */
import { ORDER, ORDER_INVERSE } from "./tables";

/** out = a b, of 36 and n bytes; out has 36 + n bytes and lies apart from a and b. */
export function multiplyWords(out: usize, a: usize, b: usize, n: usize): void {
  for (let j: usize = 0; j < n; j += 4) store<u32>(out + j, 0);
  for (const end = a + 36; a < end; a += 4, out += 4) {
    const factor = u64(load<u32>(a));
    let up: u64 = 0;
    for (let j: usize = 0; j < n; j += 4) {
      // at most (2^32 - 1)^2 + 2 (2^32 - 1) = 2^64 - 1
      up += factor * u64(load<u32>(b + j)) + u64(load<u32>(out + j));
      store<u32>(out + j, u32(up));
      up >>= 32;
    }
    store<u32>(out + n, u32(up));
  }
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
 * wide, of 16 words, modulo L in its first 8. Uses 140 bytes at `spare`.
 *
 * Barrett: with q = floor(floor(wide / 2^224) floor(2^512 / L) / 2^288), wide / L - q is in [0, 3)
 * (Menezes, van Oorschot, Vanstone, Handbook of Applied Cryptography, 14.42, b = 2^32, k = 8).
 */
export function reduce(wide: usize, spare: usize): void {
  const product = spare + 72;
  multiplyWords(spare, wide + 28, ORDER_INVERSE, 36);
  multiplyWords(product, spare + 36, ORDER, 32);
  subtract(wide, product, 36); // below 3 L < 2^254: fits 8 words
  while (!below(wide, ORDER)) subtract(wide, ORDER, 32);
}

/** a = a - b over n bytes; b, which may be a constant in read-only memory, is not written. */
function subtract(a: usize, b: usize, n: usize): void {
  let up: i64 = 0;
  for (const end = a + n; a < end; a += 4, b += 4) {
    up += i64(load<u32>(a)) - i64(load<u32>(b));
    store<u32>(a, u32(up));
    up >>= 32;
  }
}
