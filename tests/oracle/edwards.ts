/** edwards25519 with big integers, plain and slow: RFC 8032 section 5.1 read aloud, and our strict rule on top of it. */
import { fromHex } from "./module.ts";

export const P = 2n ** 255n - 19n;
export const L = 2n ** 252n + 27742317777372353535851937790883648493n;

export const modulo = (a: bigint, m: bigint): bigint => ((a % m) + m) % m;
const mod = (a: bigint): bigint => modulo(a, P);

/** a^-1 modulo m, for coprime a. */
export function inverse(a: bigint, m: bigint): bigint {
  let [r0, r1, t0, t1] = [m, modulo(a, m), 0n, 1n];
  while (r1 !== 0n) {
    const q = r0 / r1;
    [r0, r1, t0, t1] = [r1, r0 - q * r1, t1, t0 - q * t1];
  }
  if (r0 !== 1n) throw new RangeError("Cannot invert");
  return modulo(t0, m);
}

export function raise(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let e = exponent, b = mod(base); e !== 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b);
  return result;
}

const D = mod(-121665n * inverse(121666n, P));
const ROOT = raise(2n, (P - 1n) / 4n);

/** X, Y, Z, T. */
export type Point = readonly [bigint, bigint, bigint, bigint];
export const NEUTRAL: Point = [0n, 1n, 1n, 0n];

export function add([x1, y1, z1, t1]: Point, [x2, y2, z2, t2]: Point): Point {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * D * t1 * t2);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

export const negate = ([x, y, z, t]: Point): Point => [mod(-x), y, z, mod(-t)];

export function multiply(scalar: bigint, point: Point): Point {
  let result = NEUTRAL;
  for (let n = scalar, p = point; n !== 0n; n >>= 1n, p = add(p, p)) if (n & 1n) result = add(result, p);
  return result;
}

export const equal = ([x1, y1, z1]: Point, [x2, y2, z2]: Point): boolean =>
  mod(x1 * z2 - x2 * z1) === 0n && mod(y1 * z2 - y2 * z1) === 0n;

export function encode([x, y, z]: Point): Uint8Array<ArrayBuffer> {
  const i = inverse(z, P);
  return toBytes(mod(y * i) | ((mod(x * i) & 1n) << 255n));
}

/** RFC 8032, section 5.1.3, which refuses encodings that are not canonical; undefined where it fails. */
export function decode(bytes: Uint8Array): Point | undefined {
  const all = fromBytes(bytes);
  const y = all & (2n ** 255n - 1n);
  const sign = all >> 255n;
  if (y >= P) return undefined;
  const xx = mod((y * y - 1n) * inverse(D * y * y + 1n, P));
  let x = raise(xx, (P + 3n) / 8n);
  if (mod(x * x) !== xx) x = mod(x * ROOT);
  if (mod(x * x) !== xx) return undefined;
  if (x === 0n && sign === 1n) return undefined;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

export const isSmall = (point: Point): boolean => equal(multiply(8n, point), NEUTRAL);

/** The strict rule with the plain double scalar: S B = R + k A, nothing halved. */
export function verify(signature: Uint8Array, key: Uint8Array, k: bigint): boolean {
  const s = fromBytes(signature.subarray(32));
  if (s >= L) return false;
  const a = decode(key);
  const r = decode(signature.subarray(0, 32));
  if (a === undefined || r === undefined || isSmall(a) || isSmall(r)) return false;
  return equal(multiply(s, BASE), add(r, multiply(k, a)));
}

export function fromBytes(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString("hex") || "0"}`);
}

export function toBytes(value: bigint, length = 32): Uint8Array<ArrayBuffer> {
  return fromHex(value.toString(16).padStart(2 * length, "0")).reverse();
}

export const BASE = decode(fromHex(`58${"66".repeat(31)}`)) as Point;

/** A point of order 8: L times a point off the subgroup. */
export const TORSION: Point = (() => {
  for (let y = 2n; ; y++) {
    const point = decode(toBytes(y));
    const t = point && multiply(L, point);
    if (t && !equal(multiply(4n, t), NEUTRAL)) return t;
  }
})();

/** The point with these two discrete logarithms: every point of the curve has one such pair modulo L and 8. */
export const at = (b: bigint, torsion: bigint): Point => add(multiply(b, BASE), multiply(torsion, TORSION));
