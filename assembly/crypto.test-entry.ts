/** For the tests only: what crypto.ts exports, the parts below it, and verification with a chosen k, over the same sources. */
import { DIGEST, KEY, NUMBERS, SIGNATURE, holds, read } from "./ed25519";
import { NUMBER, half, halfMinus, halfR, halfT } from "./half";

export * from "./crypto";
export { sha256Block } from "./sha256";
export { sha512Block, sha512Digest, sha512Init } from "./sha512";
export { carry, difference, freeze, isZero, multiply, power, square, sum, unpack } from "./field";
export { decode } from "./edwards";
export { belowOrder, multiplyWords, reduce } from "./scalar";

/** Verifies with k, 8 words below L, in place of the hash; `plain` without the half-size step: r = k, t = 1. */
export function chosen(signature: usize, key: usize, k: usize, plain: bool): bool {
  memory.copy(SIGNATURE, signature, 64);
  memory.copy(KEY, key, 32);
  memory.copy(DIGEST, k, 32);
  if (!read()) return false;
  half(DIGEST, NUMBERS);
  if (!plain) return holds(halfR, halfT, halfMinus);
  memory.fill(NUMBERS, 0, 4 * NUMBER);
  memory.copy(NUMBERS, k, 32);
  store<u32>(NUMBERS + NUMBER, 1);
  return holds(NUMBERS, NUMBERS + NUMBER, false);
}

/** The half-size step alone: r and t, 32 bytes each, to `out`; returns whether t is negative. */
export function halved(out: usize, k: usize, spare: usize): bool {
  half(k, spare);
  memory.copy(out, halfR, 32);
  memory.copy(out + 32, halfT, 32);
  return halfMinus;
}
