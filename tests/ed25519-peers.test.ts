/**
 * Ed25519 of the core against others: OpenSSL on good, spoilt and mixed-order signatures, big integers on a part of them, and
 * every peer on what the core accepts. What we accept, all of them accept; the reverse need not hold (docs/adr/0010).
 */
import { createHash, createPublicKey, sign, verify as opensslVerify, generateKeyPairSync, webcrypto } from "node:crypto";
import { ed25519 as curves } from "@noble/curves/ed25519.js";
import * as noble from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2.js";
import sodium from "libsodium-wrappers";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { L, at, encode, fromBytes, modulo, toBytes, verify as plain } from "./oracle/edwards.ts";
import { Module, fromHex, generator, pack, packsAreThere, toHex } from "./oracle/module.ts";

noble.hashes.sha512 = sha512;
const module = new Module("crypto-test");
const INPUT = 0x2300;
const bytes = generator(5);
const below = (n: number): number => (new Uint32Array(bytes(4).buffer)[0] ?? 0) % n;

type Bytes = Uint8Array<ArrayBuffer>;

function core(signature: Bytes, key: Bytes, message: Bytes): boolean {
  module.write(INPUT, signature);
  module.write(INPUT + 64, key);
  module.write(INPUT + 96, message);
  return module.call("ed25519Verify", INPUT, INPUT + 64, INPUT + 96, message.length) !== 0;
}

const der = Buffer.from("302a300506032b6570032100", "hex");
const keyObject = (key: Bytes) => createPublicKey({ key: Buffer.concat([der, key]), format: "der", type: "spki" });

/** k of RFC 8032, section 5.1.7, step 2. */
const challenge = (signature: Bytes, key: Bytes, message: Bytes): bigint =>
  fromBytes(createHash("sha512").update(signature.subarray(0, 32)).update(key).update(message).digest()) % L;

const peers: { name: string; verify: (signature: Bytes, key: Bytes, message: Bytes) => boolean | Promise<boolean> }[] = [
  { name: "node:crypto", verify: (s, k, m) => opensslVerify(null, m, keyObject(k), s) },
  {
    name: "WebCrypto",
    verify: async (s, k, m) => webcrypto.subtle.verify("Ed25519", await webcrypto.subtle.importKey("raw", k, "Ed25519", false, ["verify"]), s, m),
  },
  { name: "libsodium", verify: (s, k, m) => sodium.crypto_sign_verify_detached(s, m, k) },
  { name: "@noble/ed25519, ZIP 215", verify: (s, k, m) => noble.verify(s, m, k) },
  { name: "@noble/ed25519, strict", verify: (s, k, m) => noble.verify(s, m, k, { zip215: false }) },
  { name: "@noble/curves, ZIP 215", verify: (s, k, m) => curves.verify(s, m, k) },
  { name: "@noble/curves, strict", verify: (s, k, m) => curves.verify(s, m, k, { zip215: false }) },
];

async function allAccept(signature: Bytes, key: Bytes, message: Bytes): Promise<void> {
  const where = `${toHex(signature)} by ${toHex(key)} over ${toHex(message)}`;
  for (const peer of peers) assert.ok(await peer.verify(signature, key, message), `${peer.name} refuses ${where}`);
}

const test = suite("ed25519 beside its peers");
test.before(() => sodium.ready);

test("10,000 good and spoilt signatures, as OpenSSL says", async () => {
  const pairs = Array.from({ length: 64 }, () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    return { publicKey, privateKey, key: new Uint8Array(publicKey.export({ format: "der", type: "spki" })).slice(12) };
  });
  for (let i = 0; i < 2500; i++) {
    const { publicKey, privateKey, key } = pairs[i % 64] as (typeof pairs)[0];
    const message = bytes(i % 400);
    const signature = new Uint8Array(sign(null, message, privateKey));
    const flip = (part: Bytes): Bytes => {
      const copy = part.slice();
      const byte = below(copy.length);
      copy[byte] = (copy[byte] ?? 0) ^ (1 << below(8));
      return copy;
    };
    const flippedSignature = flip(signature);
    const flippedMessage = message.length ? flip(message) : bytes(1);
    const flippedKey = flip(key);
    assert.ok(core(signature, key, message));
    assert.is(core(flippedSignature, key, message), opensslVerify(null, message, publicKey, flippedSignature));
    assert.is(core(signature, key, flippedMessage), opensslVerify(null, flippedMessage, publicKey, signature));
    assert.is(core(signature, flippedKey, message), opensslVerify(null, message, keyObject(flippedKey), signature));
    if (i % 50 === 0) await allAccept(signature, key, message);
    if (i % 100 === 0) {
      assert.ok(plain(signature, key, challenge(signature, key, message)));
      assert.not(plain(flippedSignature, key, challenge(flippedSignature, key, message)));
    }
  }
});

test("3,200 keys and commitments of mixed order, as OpenSSL and arithmetic say", async () => {
  const point = (torsion: number) => {
    const b = 1n + (fromBytes(bytes(40)) % (L - 1n));
    return { b, torsion: BigInt(torsion), bytes: encode(at(b, BigInt(torsion))) };
  };
  const keys = Array.from({ length: 32 }, (_, i) => point(i & 7)).map((key) => ({ ...key, object: keyObject(key.bytes) }));
  const commitments = Array.from({ length: 80 }, (_, i) => point(i & 7));
  let accepted = 0;
  for (let i = 0; i < 3200; i++) {
    const key = keys[i % 32] as (typeof keys)[0];
    const r = commitments[below(80)] as (typeof commitments)[0];
    const message = bytes(1 + (i % 100));
    const half = new Uint8Array([...r.bytes, ...new Uint8Array(32)]);
    const k = challenge(half, key.bytes, message);
    const signature = new Uint8Array([...r.bytes, ...toBytes((r.b + k * key.b) % L)]);
    const expected = modulo(r.torsion + k * key.torsion, 8n) === 0n;
    assert.is(core(signature, key.bytes, message), expected, `${toHex(signature)} by ${toHex(key.bytes)} over ${toHex(message)}`);
    assert.is(opensslVerify(null, message, key.object, signature), expected);
    if (i % 100 === 0) assert.is(plain(signature, key.bytes, k), expected);
    if (expected && accepted++ % 20 === 0) await allAccept(signature, key.bytes, message);
  }
  assert.ok(accepted > 300 && accepted < 1600, `${accepted} accepted`);
});

(packsAreThere ? test : test.skip)("what the core accepts of the public packs, every peer accepts", async () => {
  type Case = { name: string; public_hex: string; message_hex: string; signature_hex: string };
  let accepted = 0;
  for (const name of ["rfc8032", "wycheproof", "speccheck", "cctv", "small-order"]) {
    for (const one of pack<Case>(`ed25519-${name}`)) {
      const [signature, key, message] = [fromHex(one.signature_hex), fromHex(one.public_hex), fromHex(one.message_hex)];
      if (signature.length !== 64 || key.length !== 32 || !core(signature, key, message)) continue;
      if (accepted++ % 4 === 0) await allAccept(signature, key, message);
    }
  }
  assert.ok(accepted > 100, `${accepted} accepted`);
});

test.run();
