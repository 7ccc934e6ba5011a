/** The edges of the strict rule: S around L, y around p, small order, and memory that is none of the verifier's business. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SCHEDULE_END, SCRATCH, WORK_END } from "../assembly/layout.ts";
import { L, P, TORSION, at, decode, encode, fromBytes, modulo, multiply, toBytes } from "./oracle/edwards.ts";
import { Module, generator, toHex } from "./oracle/module.ts";

const module = new Module("crypto-test");
const INPUT = 0x2300;
const bytes = generator(6);
const random = (): bigint => 1n + (fromBytes(bytes(40)) % (L - 1n));

/** Verifies with a chosen k in place of the hash. */
function chosen(r: Uint8Array, s: bigint, key: Uint8Array, k: bigint, isPlain = false): boolean {
  module.write(INPUT, new Uint8Array([...r, ...toBytes(s)]));
  module.write(INPUT + 64, key);
  module.write(INPUT + 96, toBytes(k));
  return module.call("chosen", INPUT, INPUT + 64, INPUT + 96, isPlain ? 1 : 0) !== 0;
}

const test = suite("ed25519 edges");

test("S: 0, 1, L - 1 are taken where the equation holds; L, L + 1 and every S + L are not", () => {
  for (const s of [0n, 1n, 2n, 8n, L - 2n, L - 1n, 2n ** 252n - 1n, 2n ** 252n]) {
    const [a, k] = [random(), random()];
    const key = encode(at(a, 0n));
    const r = encode(at(modulo(s - k * a, L), 0n)); // S B - k A
    assert.ok(chosen(r, s, key, k), `S = ${s}`);
    assert.ok(chosen(r, s, key, k, true), `S = ${s}, plain`);
    for (const wrong of [s + 1n, modulo(s - 1n, L), s + L, s + 2n * L, s + 8n * L, s + 14n * L, 2n ** 255n + s]) {
      if (wrong < 2n ** 256n) assert.not(chosen(r, wrong, key, k), `S = ${wrong} for ${s}`);
    }
  }
  for (const s of [L, L + 1n, 2n * L, 2n ** 253n, 2n ** 256n - 1n]) {
    const [a, k] = [random(), random()];
    assert.not(chosen(encode(at(modulo(s - k * a, L), 0n)), s, encode(at(a, 0n)), k), `S = ${s}`);
  }
});

test("y at 0, 1, p - 1, p, p + 1 and up to 2^255 - 1, either sign: none of these encodings passes as A or as R", () => {
  const [a, k] = [random(), 1n];
  const good = encode(at(a, 0n));
  for (const y of [0n, 1n, P - 1n, ...Array.from({ length: 19 }, (_, i) => P + BigInt(i))]) {
    for (const sign of [0n, 1n]) {
      const bad = toBytes(y | (sign << 255n));
      const point = decode(bad); // S that fits, where it is a point at all
      for (const s of [0n, a, k * a]) {
        assert.not(chosen(bad, s, good, k), `R ${toHex(bad)}`);
        assert.not(chosen(good, s, bad, k), `A ${toHex(bad)}`);
      }
      module.write(INPUT, bad);
      assert.not(module.call("keyValid", INPUT), toHex(bad));
      if (y >= P) assert.is(point, undefined);
    }
  }
});

test("14 x 14 encodings of small order with S = 0: none passes, whatever k is", () => {
  const canonical = Array.from({ length: 8 }, (_, i) => fromBytes(encode(multiply(BigInt(i), TORSION))));
  const top = 1n << 255n;
  const others = [1n | top, (P - 1n) | top, P, P | top, P + 1n, (P + 1n) | top]; // x = 0 with its sign set; y + p
  const all = [...canonical, ...others].map((n) => toBytes(n));
  assert.is(new Set(all.map(toHex)).size, 14);
  for (const r of all) {
    for (const key of all) {
      for (const k of [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n]) assert.not(chosen(r, 0n, key, k), `${toHex(r)} ${toHex(key)} ${k}`);
    }
  }
});

test("points of mixed order pass exactly where the torsion cancels", () => {
  for (let i = 0n; i < 8n; i++) {
    for (let j = 0n; j < 8n; j++) {
      const [a, b] = [random(), random()];
      const [key, r] = [encode(at(a, i)), encode(at(b, j))];
      for (let low = 0n; low < 8n; low++) {
        const k = (random() & ~7n) | low;
        if (k >= L) continue;
        assert.is(chosen(r, modulo(b + k * a, L), key, k), modulo(j + k * i, 8n) === 0n);
      }
    }
  }
});

test("signature, key and message may lie anywhere in the window, in any order and over each other", () => {
  const message = bytes(600);
  // No pair of keys is at hand here: the verdict just has to be the same wherever the bytes lie.
  const a = random();
  const key = encode(at(a, 0n));
  const signature = new Uint8Array([...encode(at(random(), 0n)), ...toBytes(random())]);
  const places = [
    [0, 64, 96],
    [640, 720, 0],
    [3, 901, 131],
    [960, 1, 333],
  ];
  for (const [s = 0, k = 0, m = 0] of places) {
    module.write(SCRATCH + m, message);
    module.write(SCRATCH + s, signature);
    module.write(SCRATCH + k, key);
    assert.not(module.call("ed25519Verify", SCRATCH + s, SCRATCH + k, SCRATCH + m, message.length));
  }
});

test("nothing outside the work area and the schedule is written; keyValid keeps to its upper part and the hashes to the schedule and their contexts", () => {
  const fill = bytes(65536 - SCRATCH);
  const context = 0x8000;
  const runs: [string, number, number, () => void][] = [
    ["ed25519Verify", SCRATCH, SCHEDULE_END, () => module.call("ed25519Verify", INPUT, INPUT + 64, INPUT + 96, 500)],
    ["ed25519Check", SCRATCH, WORK_END, () => module.call("ed25519Check", INPUT, INPUT + 64, INPUT + 96)],
    ["keyValid", SCRATCH + 3488, WORK_END, () => module.call("keyValid", INPUT + 64)],
    ["sha256Update", WORK_END, SCHEDULE_END, () => module.call("sha256Update", context, INPUT, 500)],
    ["sha512Update", WORK_END, SCHEDULE_END, () => module.call("sha512Update", context, INPUT, 500)],
  ];
  const [a, b] = [random(), random()];
  fill.set(encode(at(b, 0n)), INPUT - SCRATCH);
  fill.set(toBytes(b), INPUT - SCRATCH + 32);
  fill.set(encode(at(a, 0n)), INPUT - SCRATCH + 64);
  fill.set(new Uint8Array(8), context - SCRATCH + 32);
  fill.set(new Uint8Array(8), context - SCRATCH + 64);
  for (const [name, from, to, run] of runs) {
    const constants = module.read(0, SCRATCH);
    module.write(SCRATCH, fill);
    run();
    const after = module.read(SCRATCH, 65536 - SCRATCH);
    assert.equal(module.read(0, SCRATCH), constants, name);
    const size = name === "sha256Update" ? 104 : name === "sha512Update" ? 200 : 0;
    let changed = 0;
    for (let i = 0; i < after.length; i++) {
      if (after[i] === fill[i]) continue;
      changed++;
      const place = SCRATCH + i;
      assert.ok((place >= from && place < to) || (place >= context && place < context + size), `${name} wrote at ${place}`);
    }
    assert.ok(changed > 0, name);
  }
});

test.run();
