// Writes assembly/tables.ts: every constant of SHA-2 and edwards25519, computed from its definition.
// `node scripts/tables.mjs` writes, `node scripts/tables.mjs --check` fails where the file differs.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const file = fileURLToPath(new URL("../assembly/tables.ts", import.meta.url));

// --- SHA-2: first 64 bits of the fractional parts of roots of primes (FIPS 180-4, sections 4.2.3 and 5.3.5) ----------
const primes = [];
for (let n = 2; primes.length < 80; n++) if (primes.every((p) => n % p)) primes.push(n);

function root(value, degree) {
  let low = 0n;
  let high = 1n << 80n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** degree <= value) low = middle;
    else high = middle;
  }
  return low;
}
const fraction = (prime, degree) => BigInt.asUintN(64, root(BigInt(prime) << (64n * degree), degree));
const rounds = primes.map((prime) => fraction(prime, 3n));
const initial = primes.slice(0, 8).map((prime) => fraction(prime, 2n));

// --- edwards25519 (RFC 8032, section 5.1) ---------------------------------------------------------------------------
const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (a) => ((a % P) + P) % P;
function power(base, exponent) {
  let result = 1n;
  for (let e = exponent, b = mod(base); e; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b);
  return result;
}
const invert = (a) => power(a, P - 2n);
const D = mod(-121665n * invert(121666n));
const ROOT = power(2n, (P - 1n) / 4n); // a square root of -1

const baseY = mod(4n * invert(5n));
const baseXX = mod((baseY * baseY - 1n) * invert(D * baseY * baseY + 1n));
let baseX = power(baseXX, (P + 3n) / 8n);
if (mod(baseX * baseX) !== baseXX) baseX = mod(baseX * ROOT);
if (baseX & 1n) baseX = P - baseX;

function add([x1, y1], [x2, y2]) {
  const k = D * x1 * x2 * y1 * y2;
  return [mod((x1 * y2 + x2 * y1) * invert(1n + k)), mod((y1 * y2 + x1 * x2) * invert(1n - k))];
}

/** P, 3P, 5P, 7P, each as (y + x) / 2, (y - x) / 2, d x y: see addition in edwards.ts. */
function odd(point) {
  const twice = add(point, point);
  const half = invert(2n);
  const entries = [];
  for (let i = 0, p = point; i < 4; i++, p = add(p, twice)) {
    const [x, y] = p;
    entries.push(mod((y + x) * half), mod((y - x) * half), mod(D * x * y));
  }
  return entries;
}
let shifted = [baseX, baseY];
for (let i = 0; i < 128; i++) shifted = add(shifted, shifted);

// --- the file -------------------------------------------------------------------------------------------------------
const hex = (value, digits) => `0x${value.toString(16).padStart(digits, "0")}`;
function list(values, perLine) {
  const lines = [];
  for (let i = 0; i < values.length; i += perLine) lines.push(`  ${values.slice(i, i + perLine).join(", ")},`);
  return lines.join("\n");
}
const words64 = (values) => list(values.map((value) => hex(value, 16)), 4);
const words32 = (value, count) =>
  list(Array.from({ length: count }, (_, i) => hex((value >> BigInt(32 * i)) & 0xffffffffn, 8)), 9);
const limbs = (values) =>
  values.map((value) => list(Array.from({ length: 9 }, (_, i) => hex((value >> BigInt(29 * i)) & 0x1fffffffn, 8)), 9)).join("\n");

const text = `// Written by scripts/tables.mjs; do not edit. The build checks that it still matches.
/** Constants of SHA-2 and edwards25519, in bytes from the start of memory. */

/** Round constants of SHA-512; their upper halves are those of SHA-256. */
export const ROUNDS = memory.data<u64>([
${words64(rounds)}
]);

/** Initial state of SHA-512; its upper halves are that of SHA-256. */
export const INITIAL = memory.data<u64>([
${words64(initial)}
]);

/** L, the order of the base point: 8 words. */
export const ORDER = memory.data<u32>([
${words32(L, 8)}
]);

/** floor(2^512 / L): 9 words. */
export const ORDER_INVERSE = memory.data<u32>([
${words32((1n << 512n) / L, 9)}
]);

/** d of the curve equation -x^2 + y^2 = 1 + d x^2 y^2: 9 limbs of 29 bits. */
export const CURVE_D = memory.data<u32>([
${limbs([D])}
]);

/** A square root of -1: 9 limbs of 29 bits. */
export const ROOT_MINUS_1 = memory.data<u32>([
${limbs([ROOT])}
]);

/** B, 3B, 5B, 7B, then the same of 2^128 B: (y + x) / 2, (y - x) / 2, d x y; 9 limbs of 29 bits each. */
export const BASE = memory.data<u32>([
${limbs([...odd([baseX, baseY]), ...odd(shifted)])}
]);
`;

if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") !== text) {
    console.error("assembly/tables.ts does not match scripts/tables.mjs: run node scripts/tables.mjs");
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, text);
}
