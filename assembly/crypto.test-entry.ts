/** For the tests only: what crypto.ts exports, the parts below it, and verification with a chosen k, over the same sources. */
import { DIGEST, KEY, ROWS, SIGNATURE, holds, read } from "./ed25519";
import { ORDER } from "./tables";
import { ROW, ROW_T, combine, half } from "./half";
import { below } from "./scalar";

export * from "./crypto";
export { sha256Block } from "./sha256";
export { sha512Block, sha512Digest, sha512Init } from "./sha512";
export { carry, difference, freeze, isZero, multiply, power, squareTimes, sum, unpack } from "./field";
export { add, decode, double } from "./edwards";
export { reduce } from "./scalar";

/** Verifies with k, 8 words below L, in place of the hash; `plain` without the half-size step: r = k, t = 1. */
export function chosen(signature: usize, key: usize, k: usize, plain: bool): bool {
  memory.copy(SIGNATURE, signature, 64);
  memory.copy(KEY, key, 32);
  memory.copy(DIGEST, k, 32);
  if (!read()) return false;
  if (!plain) return holds(half(DIGEST, ROWS));
  memory.fill(ROWS, 0, ROW);
  memory.copy(ROWS, k, 32);
  store<u32>(ROWS + ROW_T, 1);
  return holds(ROWS);
}

/** The half-size step alone: r and t, 32 bytes each, to `out`; returns whether t is negative. */
export function halved(out: usize, k: usize, spare: usize): bool {
  const row = half(k, spare);
  const t = row + ROW_T;
  const minus = load<i32>(t, 28) < 0;
  if (minus) combine(t, t, -1, 0, -1, 0, 32);
  memory.copy(out, row, 32);
  memory.copy(out + 32, t, 32);
  return minus;
}

/** Is the integer of 8 words below L? */
export function belowOrder(a: usize): bool {
  return below(a, ORDER);
}
