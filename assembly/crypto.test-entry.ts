/** For the tests only: what crypto.ts exports, and the parts below it, over the same sources. */
export * from "./crypto";
export { sha256Block } from "./sha256";
export { sha512Block, sha512Digest, sha512Init } from "./sha512";
export { carry, difference, freeze, isZero, multiply, power, square, sum, unpack } from "./field";
export { decode } from "./edwards";
export { belowOrder, multiplyWords, reduce } from "./scalar";
