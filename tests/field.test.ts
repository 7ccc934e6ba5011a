/** The field, scalars and points of the core against big integers: extreme limbs, every aliasing, every bound that is stated. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { L, P, at, decode, encode, fromBytes, isSmall, modulo, raise, toBytes, TORSION, multiply as times } from "./oracle/edwards.ts";
import { Module, generator, toHex } from "./oracle/module.ts";

const module = new Module("crypto-test");
const A = 0x2300;
const B = A + 64;
const OUT = A + 128;
const SPARE = A + 192;
const REDUCED = 2 ** 29 + 2 ** 17; // M of edwards.ts: reduced limbs, and differences of two

const bytes = generator(3);
const word = (): number => new Uint32Array(bytes(4).buffer)[0] ?? 0;
const pick = <T>(list: readonly T[]): T => list[word() % list.length] as T;

type Limbs = readonly number[];
const write = (place: number, limbs: Limbs): void => module.write(place, new Uint8Array(new Int32Array(limbs).buffer));
const read = (place: number): number[] => [...new Int32Array(module.read(place, 36).buffer)];
const value = (limbs: Limbs): bigint => limbs.reduceRight((sum, limb) => (sum << 29n) + BigInt(limb), 0n);

/** Nine limbs of at most `bound`: all at one extreme, some of them, or any. */
function draw(bound: number): number[] {
  const edges = [0, 1, -1, 2 ** 29 - 1, 2 ** 29, -(2 ** 29), 2 ** 29 - 19, 2 ** 23 - 1, bound - 1, bound, -bound].filter((n) => Math.abs(n) <= bound);
  const mode = word() % 4;
  const one = pick(edges);
  return Array.from({ length: 9 }, () => {
    if (mode === 0) return one;
    if (mode === 1) return word() & 1 ? bound : -bound;
    if (mode === 2) return pick(edges);
    return Math.round(((word() / 2 ** 32) * 2 - 1) * bound);
  });
}

function isReduced(limbs: Limbs): void {
  for (const limb of limbs) assert.ok(limb > -(2 ** 16) && limb < 2 ** 29 + 2 ** 16, `limb ${limb}`);
}

const test = suite("field");

// The pairs of bounds that edwards.ts puts into a product; 27 M^2 is the largest.
const products = [
  [REDUCED, REDUCED],
  [2 * REDUCED, REDUCED],
  [REDUCED, 3 * REDUCED],
] as const;

test("multiplies limbs at the stated bounds, and writes over either factor", () => {
  for (const [x, y] of products) {
    for (let i = 0; i < 4000; i++) {
      const [a, b] = i & 1 ? [draw(x), draw(y)] : [draw(y), draw(x)];
      const expected = modulo(value(a) * value(b), P);
      for (const out of [OUT, A, B]) {
        write(A, a);
        write(B, b);
        module.call("multiply", out, A, B);
        isReduced(read(out));
        assert.is(modulo(value(read(out)), P), expected, `${a} times ${b}`);
        if (i >= 400) break;
      }
    }
  }
});

test("multiplies an element by itself in place", () => {
  for (let i = 0; i < 500; i++) {
    const a = draw(REDUCED);
    for (const out of [OUT, A]) {
      write(A, a);
      module.call("multiply", out, A, A);
      assert.is(modulo(value(read(out)), P), modulo(value(a) ** 2n, P));
    }
  }
});

test("squares limbs at the stated bound, in place too", () => {
  for (let i = 0; i < 4000; i++) {
    const a = draw(i % 3 ? REDUCED : 1_010_000_000);
    for (const out of [OUT, A]) {
      write(A, a);
      module.call("square", out, A);
      isReduced(read(out));
      assert.is(modulo(value(read(out)), P), modulo(value(a) ** 2n, P), `${a}`);
    }
  }
});

test("adds, subtracts and carries, each output over any input", () => {
  for (let i = 0; i < 1000; i++) {
    const [a, b] = [draw(REDUCED), draw(REDUCED)];
    for (const [name, expected] of [["sum", value(a) + value(b)], ["difference", value(a) - value(b)]] as const) {
      for (const out of [OUT, A, B]) {
        write(A, a);
        write(B, b);
        module.call(name, out, A, B);
        assert.is(value(read(out)), expected);
        module.call("carry", out);
        isReduced(read(out));
        assert.is(modulo(value(read(out)), P), modulo(expected, P));
      }
    }
    write(A, a);
    module.call("sum", A, A, A);
    assert.is(value(read(A)), 2n * value(a));
    write(A, a);
    module.call("difference", A, A, A);
    assert.is(value(read(A)), 0n);
  }
});

test("carries and freezes limbs of 31 bits", () => {
  for (let i = 0; i < 4000; i++) {
    const a = draw(2 ** 31 - 2 ** 9);
    write(A, a);
    module.call("carry", A);
    isReduced(read(A));
    assert.is(modulo(value(read(A)), P), modulo(value(a), P));
    write(A, a);
    module.call("freeze", A);
    assert.ok(read(A).every((limb) => limb >= 0 && limb < 2 ** 29));
    assert.is(value(read(A)), modulo(value(a), P), `${a}`);
  }
});

/** An element with this value, its limbs pushed out of their range in pairs. */
function spread(number: bigint): number[] {
  const limbs = Array.from({ length: 9 }, (_, i) => Number((number >> BigInt(29 * i)) & 0x1fffffffn));
  limbs[8] = Number(number >> 232n);
  for (let i = 0; i < 8; i++) {
    const shift = pick([0, 1, -1]);
    limbs[i] = (limbs[i] ?? 0) + shift * 2 ** 29;
    limbs[i + 1] = (limbs[i + 1] ?? 0) - shift;
  }
  return limbs;
}

test("knows zero, and freezes around every multiple of p", () => {
  for (let multiple = -60n; multiple <= 60n; multiple++) {
    for (const near of [-20n, -19n, -2n, -1n, 0n, 1n, 2n, 18n, 19n, 20n, 37n, 38n]) {
      const number = multiple * P + near;
      write(A, spread(number));
      assert.is(module.call("isZero", A), near === 0n ? 1 : 0, `${multiple} p + ${near}`);
      write(A, spread(number));
      module.call("freeze", A);
      assert.is(value(read(A)), modulo(number, P));
    }
  }
});

test("unpacks 255 bits and tells whether they are below p", () => {
  const edges = [-21n, -20n, -19n, -18n, -1n, 0n, 1n, 17n, 18n].flatMap((n) => [P + n, modulo(n, 2n ** 255n)]);
  const holes = Array.from({ length: 255 }, (_, bit) => (2n ** 255n - 1n) ^ (1n << BigInt(bit)));
  const any = Array.from({ length: 1000 }, () => fromBytes(bytes(32)) & (2n ** 255n - 1n));
  for (const number of [...edges, ...holes, ...any]) {
    for (const top of [0n, 1n]) {
      module.write(A, toBytes(number | (top << 255n)));
      assert.is(module.call("unpack", OUT, A), number < P ? 1 : 0, `${number}`);
      assert.is(value(read(OUT)), modulo(number, P));
    }
  }
});

test("raises to 2^252 - 3", () => {
  for (let i = 0; i < 20; i++) {
    const a = draw(REDUCED);
    write(A, a);
    module.call("power", OUT, A, SPARE);
    assert.is(modulo(value(read(OUT)), P), raise(modulo(value(a), P), 2n ** 252n - 3n));
  }
});

test("reduces 512 bits modulo L, over the input too", () => {
  const top = 2n ** 512n - 1n;
  const edges = [0n, 1n, L - 1n, L, L + 1n, 2n * L - 1n, 2n * L, 3n * L, top, top - 1n, (top / L) * L, (top / L) * L - 1n, 2n ** 252n, 2n ** 256n - 1n];
  const near = Array.from({ length: 300 }, () => (fromBytes(bytes(32)) % (top / L)) * L + BigInt(pick([-2, -1, 0, 1, 2])));
  const any = Array.from({ length: 1000 }, () => fromBytes(bytes(64)));
  for (const number of [...edges, ...near, ...any].filter((n) => n >= 0n)) {
    module.write(A, toBytes(number, 64));
    module.call("reduce", A, SPARE);
    assert.is(fromBytes(module.read(A, 32)), number % L, `${number}`);
  }
});

test("knows what is below L", () => {
  for (const number of [0n, 1n, L - 1n, L, L + 1n, 2n ** 252n, 2n ** 253n, 2n ** 256n - 1n, ...Array.from({ length: 8 }, (_, i) => L ^ (1n << BigInt(32 * i)))]) {
    module.write(A, toBytes(number));
    assert.is(module.call("belowOrder", A), number < L ? 1 : 0, `${number}`);
  }
});

test("reads exactly the canonical points that are not of small order", () => {
  const edges = [0n, 1n, 2n, P - 2n, P - 1n, P, P + 1n, P + 18n, 2n ** 255n - 1n];
  const small = Array.from({ length: 8 }, (_, i) => fromBytes(encode(times(BigInt(i), TORSION))));
  const any = Array.from({ length: 300 }, () => fromBytes(bytes(32)));
  const mixed = Array.from({ length: 16 }, (_, i) => fromBytes(encode(at(BigInt(i >> 3) + 5n, BigInt(i & 7)))));
  let good = 0;
  for (const number of [...edges, ...small, ...any, ...mixed].flatMap((n) => [n, n ^ (1n << 255n)])) {
    const encoded = toBytes(number);
    const point = decode(encoded);
    const expected = point !== undefined && !isSmall(point);
    module.write(A, encoded);
    assert.is(module.call("keyValid", A) !== 0, expected, toHex(encoded));
    assert.is(module.call("decode", OUT, A) !== 0, expected);
    if (!expected || point === undefined) continue;
    good++;
    const [x, y, z, t] = [0, 36, 72, 108].map((place) => modulo(value(read(OUT + place)), P));
    assert.equal([x, y, z, t], [point[0], point[1], 1n, point[3]]);
    for (const place of [0, 36, 72, 108]) isReduced(read(OUT + place));
  }
  assert.ok(good > 250);
});

test.run();
