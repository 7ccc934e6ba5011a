/** SHA-256 and SHA-512 of the core: every length and cut, against OpenSSL, @noble/hashes and NIST's vectors. */
import { createHash } from "node:crypto";
import { sha256 as noble256, sha512 as noble512 } from "@noble/hashes/sha2.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Module, fromHex, generator, pack, packsAreThere, toHex } from "./oracle/module.ts";

const module = new Module("crypto-test");
const CTX = 0x2300; // anywhere above the work area
const DATA = 0x3000;

const hashes = [
  { name: "sha256", size: 32, context: 104, block: 64, noble: noble256 },
  { name: "sha512", size: 64, context: 200, block: 128, noble: noble512 },
] as const;
type Hash = (typeof hashes)[number];

function digest(hash: Hash, pieces: Uint8Array[], offset = 0, out = CTX + 256): string {
  module.call(`${hash.name}Begin`, CTX);
  for (const piece of pieces) {
    module.write(DATA + offset, piece);
    module.call(`${hash.name}Update`, CTX, DATA + offset, piece.length);
  }
  module.call(`${hash.name}End`, CTX, out);
  return toHex(module.read(out, hash.size));
}

const native = (hash: Hash, bytes: Uint8Array): string => createHash(hash.name).update(bytes).digest("hex");
const bytes = generator(2).call(null, 70000);

for (const hash of hashes) {
  const test = suite(hash.name);

  test("every length 0 to 600", () => {
    for (let length = 0; length <= 600; length++) {
      const data = bytes.subarray(0, length);
      const expected = native(hash, data);
      assert.is(digest(hash, [data]), expected, `length ${length}`);
      assert.is(digest(hash, [data], 1), expected, `length ${length}, unaligned`);
      assert.is(toHex(hash.noble(data)), expected, `length ${length}, noble`);
    }
  });

  test("nothing beside the context is written, whatever the length", () => {
    const beside = [CTX - 16, CTX + hash.context] as const;
    for (let length = 0; length <= 2 * hash.block + 8; length++) {
      for (const place of beside) module.write(place, new Uint8Array(16).fill(0xa5));
      digest(hash, [bytes.subarray(0, length)]);
      for (const place of beside) assert.ok(module.read(place, 16).every((byte) => byte === 0xa5), `length ${length}, at ${place - CTX}`);
    }
  });

  test("every cut in two of every length 0 to 300, and of 600", () => {
    for (const length of [...Array(301).keys(), 600]) {
      const data = bytes.subarray(0, length);
      const expected = native(hash, data);
      for (let cut = 0; cut <= length; cut++) {
        assert.is(digest(hash, [data.subarray(0, cut), data.subarray(cut)]), expected, `${length} cut at ${cut}`);
      }
    }
  });

  test("cuts in many, and long messages", () => {
    for (const step of [1, 3, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 1000, 1024, 20000]) {
      const pieces = [];
      for (let at = 0; at < bytes.length; at += step) pieces.push(bytes.subarray(at, at + step));
      assert.is(digest(hash, pieces), native(hash, bytes), `steps of ${step}`);
    }
  });

  test("the digest may be written over the context", () => {
    for (const length of [0, 1, 55, 56, 119, 120, 200]) {
      const data = bytes.subarray(0, length);
      assert.is(digest(hash, [data], 0, CTX), native(hash, data));
    }
  });

  test("lengths beyond 2^32 bits and bytes are counted", () => {
    const length = 0x2_0000_0040n; // as if that much had been hashed: the padded length is what counts
    module.call(`${hash.name}Begin`, CTX);
    module.write(CTX + (hash.size === 32 ? 32 : 64), new Uint8Array(new BigUint64Array([length * 2n]).buffer));
    module.call(`${hash.name}End`, CTX, CTX + 256);
    const padded = new Uint8Array(hash.block);
    padded[0] = 0x80;
    new DataView(padded.buffer).setBigUint64(hash.block - 8, length * 16n);
    module.call(`${hash.name}Begin`, CTX);
    module.write(DATA, padded);
    module.call(`${hash.name}Block`, CTX, DATA);
    const state = module.read(CTX, hash.size);
    const expected = hash.size === 32 ? new Uint8Array(state.buffer) : state;
    const word = hash.size / 8;
    for (let i = 0; i < hash.size; i += word) expected.subarray(i, i + word).reverse();
    assert.is(toHex(module.read(CTX + 256, hash.size)), toHex(expected));
  });

  (packsAreThere ? test : test.skip)("NIST CAVP", () => {
    type Case = {
      name: string;
      hash: string;
      message_base64?: string;
      monte_seed_hex?: string;
      expect: { digest_hex: string };
    };
    let count = 0;
    for (const one of pack<Case>("sha2-cavp")) {
      if (one.hash !== hash.name) continue;
      count++;
      if (one.monte_seed_hex === undefined) {
        assert.is(digest(hash, [Buffer.from(one.message_base64 ?? "", "base64")]), one.expect.digest_hex, one.name);
        continue;
      }
      let window = [one.monte_seed_hex, one.monte_seed_hex, one.monte_seed_hex];
      for (let i = 0; i < 1000; i++) window = [...window.slice(1), digest(hash, [fromHex(window.join(""))])];
      assert.is(window[2], one.expect.digest_hex, one.name);
    }
    assert.ok(count > 0, `${count} of CAVP`);
  });

  test.run();
}

const blocks = suite("sha512 by blocks");
blocks("a copied state goes on as the original", () => {
  const length = 300;
  const data = bytes.subarray(0, length);
  const padded = new Uint8Array(384);
  padded.set(data);
  padded[length] = 0x80;
  new DataView(padded.buffer).setBigUint64(376, BigInt(8 * length));
  module.write(DATA, padded);
  module.call("sha512Init", CTX);
  module.call("sha512Block", CTX, DATA);
  module.write(CTX + 512, module.read(CTX, 64));
  module.call("sha512Block", CTX + 512, DATA + 128);
  module.call("sha512Block", CTX + 512, DATA + 256);
  module.call("sha512Digest", CTX + 512, CTX + 640);
  assert.is(toHex(module.read(CTX + 640, 64)), createHash("sha512").update(data).digest("hex"));
});
blocks.run();
