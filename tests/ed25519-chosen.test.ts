/**
 * The half-size step where it is weakest: k is chosen, not hashed. Points are made from known discrete logarithms, so what is
 * right follows from arithmetic modulo L and 8 alone; the plain double scalar checks the same in the core and in big integers.
 */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { L, at, encode, fromBytes, inverse, modulo, toBytes, verify } from "./oracle/edwards.ts";
import { Module, generator } from "./oracle/module.ts";

const module = new Module("crypto-test");
const INPUT = 0x2300;
const N = 8n * L;
const CASES = 2400;

const bytes = generator(4);
const random = (bits: number): bigint => fromBytes(bytes((bits + 7) >> 3)) >> BigInt(-bits & 7);
const pick = <T>(list: readonly T[]): T => list[upTo(0, list.length - 1)] as T;
const odd = (bits: number): bigint => random(bits) | 1n | (1n << BigInt(bits - 1));
const sign = (value: bigint): bigint => (random(1) ? value : -value);
const upTo = (low: number, high: number): number => low + ((new Uint16Array(bytes(2).buffer)[0] ?? 0) % (high - low + 1));

/** r / t modulo a divisor of 8 L, tried until it is below L, as every k is. */
function fraction(modulus: bigint, draw: () => { r: bigint; t: bigint }): bigint {
  for (;;) {
    const { r, t } = draw();
    if (t % L === 0n) continue;
    const k = modulo(r * inverse(t, modulus), modulus);
    if (k < L) return k;
  }
}

/** k with chosen quotients in Euclid's algorithm on (8 L, k): the best approximation of 8 L / [q0; q1, ...]. */
function quotients(draw: () => bigint): bigint {
  for (;;) {
    let [a, b] = [1n, 0n];
    const list: bigint[] = [];
    for (let size = 1n; size < 2n ** 260n; size = (size * (list.at(-1) ?? 1n) * 3n) / 2n) list.push(draw());
    for (const q of list.reverse()) [a, b] = [q * a + b, a];
    const k = (N * b) / a;
    if (k < L) return k;
  }
}

const special = [
  ...[0n, 1n, 2n, 3n, 4n, 5n, 7n, 8n, 9n, 16n, 64n],
  ...[1n, 2n, 3n, 4n, 7n, 8n, 9n, 16n].map((n) => L - n),
  ...[32n, 64n, 96n, 126n, 127n, 128n, 129n, 160n, 192n, 224n, 251n].flatMap((n) => [2n ** n - 1n, 2n ** n, 2n ** n + 1n]),
  2n ** 252n,
  ...[2n, 3n, 4n, 5n, 7n, 8n, 16n, 2n ** 64n, 2n ** 125n].flatMap((n) => [L / n, L / n + 1n, inverse(n, L)]),
];

const tiny = { r: () => sign(random(upTo(1, 60))), t: () => odd(upTo(90, 127)) };
const families: { name: string; draw: () => bigint }[] = [
  { name: "any k", draw: () => modulo(random(320), L) },
  { name: "0, 1, 8, L - 1 and their kind", draw: () => pick(special) },
  { name: "near them", draw: () => modulo(pick(special) + sign(random(upTo(1, 40))), L) },
  { name: "tiny r modulo 8 L", draw: () => fraction(N, () => ({ r: tiny.r(), t: tiny.t() })) },
  { name: "tiny r modulo 4 L: even rows", draw: () => fraction(4n * L, () => ({ r: tiny.r(), t: tiny.t() })) },
  { name: "tiny r modulo 2 L", draw: () => fraction(2n * L, () => ({ r: tiny.r(), t: tiny.t() })) },
  { name: "tiny r modulo L", draw: () => fraction(L, () => ({ r: tiny.r(), t: tiny.t() })) },
  { name: "r = 1, 2, 4, 8 of either sign modulo 8 L", draw: () => fraction(N, () => ({ r: sign(pick([1n, 2n, 4n, 8n])), t: tiny.t() })) },
  { name: "the same modulo 4 L", draw: () => fraction(4n * L, () => ({ r: sign(pick([1n, 2n, 4n, 8n])), t: tiny.t() })) },
  { name: "tiny t, r about 128 bits", draw: () => fraction(N, () => ({ r: sign(random(upTo(120, 130))), t: odd(upTo(1, 60)) })) },
  { name: "huge quotients", draw: () => quotients(() => pick([1n, 2n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 33n, 2n ** 64n, 2n ** 100n, 9n])) },
  { name: "small quotients", draw: () => quotients(() => pick([1n, 1n, 1n, 2n, 3n, 9n, 17n])) },
];

// Twelve keys and sixty-four commitments: every torsion part, none of small order.
const keys = Array.from({ length: 12 }, (_, i) => point(1n + modulo(random(320), L - 1n), BigInt(i & 7)));
const commitments = Array.from({ length: 64 }, (_, i) => point(1n + modulo(random(320), L - 1n), BigInt(i & 7)));
const fitting = Array.from({ length: 8 }, (_, i) => commitments.filter((one) => one.torsion === BigInt(i)));
function point(b: bigint, torsion: bigint) {
  return { b, torsion, bytes: encode(at(b, torsion)) };
}

function core(signature: Uint8Array, key: Uint8Array, k: bigint, plain: boolean): boolean {
  module.write(INPUT, signature);
  module.write(INPUT + 64, key);
  module.write(INPUT + 96, toBytes(k));
  return module.call("chosen", INPUT, INPUT + 64, INPUT + 96, plain ? 1 : 0) !== 0;
}

const test = suite("ed25519, chosen k");

for (const { name, draw } of families) {
  test(`${CASES} with ${name}`, () => {
    let accepted = 0;
    for (let i = 0; i < CASES; i++) {
      const k = draw();
      const key = pick(keys);
      // Mostly the commitment whose torsion fits; S right for it but in one case of eight.
      const fits = modulo(-k * key.torsion, 8n);
      const r = pick((random(1) ? fitting[Number(fits)] : undefined) ?? commitments);
      const wrong = random(3) === 0n ? pick([1n, L - 1n, random(128), 8n, inverse(8n, L)]) : 0n;
      const s = modulo(r.b + k * key.b + wrong, L);
      const signature = new Uint8Array([...r.bytes, ...toBytes(s)]);

      const expected = wrong % L === 0n && modulo(r.torsion + k * key.torsion, 8n) === 0n;
      const is = (verdict: boolean, who: string): void => {
        if (verdict !== expected) {
          assert.unreachable(`${who}: ${verdict} for k = ${k}, key ${key.b} + ${key.torsion} T, commitment ${r.b} + ${r.torsion} T, S = ${s}`);
        }
      };
      is(core(signature, key.bytes, k, false), "half-size");
      if (i % 4 === 0) is(core(signature, key.bytes, k, true), "plain");
      if (i % 100 === 0) is(verify(signature, key.bytes, k), "big integers");
      if (expected) accepted++;
    }
    assert.ok(accepted > CASES / 4 && accepted < CASES, `${accepted} accepted`);
  });
}

/** Euclid's algorithm as the definition has it. */
function row(k: bigint): { r: bigint; t: bigint } {
  let [r0, r1, t0, t1] = [N, k, 0n, 1n];
  while (r1 !== 0n && (r1 >= 2n ** 128n || (t1 & 1n) === 0n)) {
    const q = r0 / r1;
    [r0, r1, t0, t1] = [r1, r0 - q * r1, t1, t0 - q * t1];
  }
  return r1 === 0n ? { r: k, t: 1n } : { r: r1, t: t1 };
}

test("the step gives Euclid's first row with r < 2^128 and t odd, and (k, 1) for r = 0", () => {
  let wide = 0;
  let empty = 0;
  for (const { draw } of families) {
    for (let i = 0; i < 500; i++) {
      const k = draw();
      module.write(INPUT, toBytes(k));
      const minus = module.call("halved", INPUT + 64, INPUT, INPUT + 256) !== 0;
      const r = fromBytes(module.read(INPUT + 64, 32));
      const t = fromBytes(module.read(INPUT + 96, 32)) * (minus ? -1n : 1n);
      assert.equal({ r, t }, row(k), `k = ${k}`);
      assert.is(modulo(r - t * k, N), 0n);
      if (r >= 2n ** 128n || (minus ? -t : t) >= 2n ** 128n) wide++;
      if (t === 1n && r >= 2n ** 128n) empty++;
    }
  }
  assert.ok(wide > 100 && empty > 10, `${wide} wide rows and ${empty} without a remainder among them`);
});

test.run();
