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
const M = 2 ** 29 + 2 ** 17; // of field.ts: reduced limbs are below
const BIAS = 128n * P; // what a difference has too much

const bytes = generator(3);
const word = (): number => new Uint32Array(bytes(4).buffer)[0] ?? 0;
const pick = <T>(list: readonly T[]): T => list[word() % list.length] as T;

type Limbs = readonly number[];
const write = (place: number, limbs: Limbs): void => module.write(place, new Uint8Array(new Uint32Array(limbs).buffer));
const read = (place: number): number[] => [...new Uint32Array(module.read(place, 36).buffer)];
const value = (limbs: Limbs): bigint => limbs.reduceRight((sum, limb) => (sum << 29n) + BigInt(limb), 0n);

/** Nine limbs below n M: all at one extreme, some of them, any, or a small number, whose products leave the other factor as it is. */
function draw(n: number): number[] {
  const top = n * M - 1;
  const edges = [0, 1, 2429, 2430, 2 ** 29 - 1, 2 ** 29, 2 ** 29 - 19, 2 ** 23 - 1, top - 1, top];
  const mode = word() % 5;
  const one = pick(edges);
  return Array.from({ length: 9 }, (_, index) => {
    if (mode === 4) return index === 0 ? word() % 3 : 0;
    if (mode === 0) return one;
    if (mode === 1) return word() & 1 ? top : 0;
    if (mode === 2) return pick(edges);
    return word() % (top + 1);
  });
}

function isReduced(limbs: Limbs): void {
  for (const limb of limbs) assert.ok(limb < M, `limb ${limb}`);
}

const test = suite("field");

test("multiplies limbs at the stated bounds, and writes over either factor", () => {
  for (const [n, m] of [[1, 1], [2, 2], [3, 2], [7, 1]] as const) {
    for (let i = 0; i < 4000; i++) {
      const [a, b] = i & 1 ? [draw(n), draw(m)] : [draw(m), draw(n)];
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
    const a = draw(1);
    for (const out of [OUT, A]) {
      write(A, a);
      module.call("multiply", out, A, A);
      assert.is(modulo(value(read(out)), P), modulo(value(a) ** 2n, P));
    }
  }
});

test("squares limbs at the stated bound, in place too, once or often, one element or several", () => {
  for (let i = 0; i < 4000; i++) {
    const [a, b, c] = [draw(2), draw(2), draw(1)];
    const [times, count] = [1 + (word() % 3), 1 + (word() % 3)];
    for (const out of [OUT, A]) {
      for (const [index, limbs] of [a, b, c].entries()) write(A + 36 * index, limbs);
      const before = read(out + 36 * count);
      module.call("squareTimes", out, A, times, count);
      for (const [index, limbs] of [a, b, c].slice(0, count).entries()) {
        isReduced(read(out + 36 * index));
        assert.is(modulo(value(read(out + 36 * index)), P), raise(modulo(value(limbs), P), 1n << BigInt(times)), `${limbs}`);
      }
      assert.equal(read(out + 36 * count), before);
    }
  }
});

test("adds, subtracts and carries, each output over any input", () => {
  for (let i = 0; i < 1000; i++) {
    const [a, b] = [draw(1), draw(1)];
    for (const [name, expected] of [["sum", value(a) + value(b)], ["difference", value(a) - value(b) + BIAS]] as const) {
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
    assert.is(value(read(A)), BIAS);
  }
});

test("carries and freezes limbs of 3 M", () => {
  for (let i = 0; i < 4000; i++) {
    const a = draw(3);
    write(A, a);
    module.call("carry", A);
    isReduced(read(A));
    assert.is(modulo(value(read(A)), P), modulo(value(a), P));
    write(A, a);
    module.call("freeze", A);
    assert.ok(read(A).every((limb) => limb < 2 ** 29));
    assert.is(value(read(A)), modulo(value(a), P), `${a}`);
  }
});

const POINT = A; // X, Y, Z, T
const ENTRY = A + 144; // Y + X, Y - X, 2 d T, 2 Z
const coordinates = (place: number): bigint[] => [0, 36, 72, 108].map((offset) => modulo(value(read(place + offset)), P));
const writePoint = (place: number, elements: readonly Limbs[]): void => elements.forEach((limbs, index) => write(place + 36 * index, limbs));

// The formulas are identities of polynomials: they are compared where the coordinates are those of no point, so that every limb can be at its bound.
test("doubles whatever the limbs of the coordinates are, T or not", () => {
  for (let i = 0; i < 4000; i++) {
    const elements = [draw(1), draw(1), draw(1), draw(1)];
    const [x, y, z] = elements.map(value) as [bigint, bigint, bigint];
    const withT = i & 1;
    const [e, g, h] = [-2n * x * y, x * x - y * y, x * x + y * y];
    const f = 2n * z * z + g;
    writePoint(POINT, elements);
    module.call("double", POINT, withT);
    const expected = [e * f, g * h, f * g, withT ? e * h : value(elements[3] as Limbs)].map((n) => modulo(n, P));
    assert.equal(coordinates(POINT), expected, `${elements}`);
    for (const place of [0, 36, 72]) isReduced(read(POINT + place));
  }
});

test("adds and subtracts whatever the limbs of point and entry are", () => {
  for (let i = 0; i < 4000; i++) {
    const elements = [draw(1), draw(1), draw(1), draw(1)];
    const entry = [draw(2), draw(1), draw(1), draw(2)];
    const [x, y, z, t] = elements.map(value) as [bigint, bigint, bigint, bigint];
    const [sum, difference, dt, zz] = entry.map(value) as [bigint, bigint, bigint, bigint];
    const [minus, ofBase, withT] = [i & 1, (i >> 1) & 1, (i >> 2) & 1];
    const [a, b] = [(y - x) * (minus ? sum : difference), (y + x) * (minus ? difference : sum)];
    const c = minus ? -t * dt : t * dt;
    const d = ofBase ? z : z * zz;
    const [e, f, g, h] = [b - a, d - c, d + c, b + a];
    writePoint(POINT, elements);
    writePoint(ENTRY, entry);
    module.call("add", POINT, ENTRY, minus, ofBase, withT);
    const expected = [e * f, g * h, f * g, withT ? e * h : t].map((n) => modulo(n, P));
    assert.equal(coordinates(POINT), expected, `${elements} and ${entry}`);
    for (const place of [0, 36, 72]) isReduced(read(POINT + place));
  }
});

/** An element with this value, not negative, its limbs pushed up by what the next one has. */
function spread(number: bigint): number[] {
  const limbs = Array.from({ length: 9 }, (_, i) => Number((number >> BigInt(29 * i)) & 0x1fffffffn));
  limbs[8] = Number(number >> 232n);
  for (let i = 7; i >= 0; i--) {
    const shift = Math.min(pick([0, 1, 2]), limbs[i + 1] ?? 0);
    limbs[i] = (limbs[i] ?? 0) + shift * 2 ** 29;
    limbs[i + 1] = (limbs[i + 1] ?? 0) - shift;
  }
  return limbs;
}

test("knows zero, and freezes around every multiple of p", () => {
  for (let multiple = 0n; multiple <= 191n; multiple++) {
    for (const near of [-20n, -19n, -2n, -1n, 0n, 1n, 2n, 18n, 19n, 20n, 37n, 38n]) {
      const number = multiple * P + near;
      if (number < 0n) continue;
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
    const a = draw(1);
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
