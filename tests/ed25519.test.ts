/** Ed25519 of the core against every public pack of vectors and against OpenSSL. */
import { createPublicKey, generateKeyPairSync, sign, verify as opensslVerify } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { WINDOW } from "../assembly/layout.ts";
import { Module, fromHex, generator, pack, packsAreThere } from "./oracle/module.ts";

const module = new Module("crypto-test");
const INPUT = 0x2300; // anywhere above the work area

function verify(signature: Uint8Array, key: Uint8Array, message: Uint8Array, at = INPUT): boolean {
  if (signature.length !== 64 || key.length !== 32) return false; // the callers' part of the rule
  module.write(at, signature);
  module.write(at + 64, key);
  module.write(at + 96, message);
  return module.call("ed25519Verify", at, at + 64, at + 96, message.length) !== 0;
}

const test = suite("ed25519 vectors");

type Case = {
  name: string;
  public_hex: string;
  message_hex: string;
  signature_hex: string;
  expect: { result: "accept" | "reject" | "either" };
};
const withPacks = packsAreThere ? test : test.skip;
const result = (one: Case): boolean =>
  verify(fromHex(one.signature_hex), fromHex(one.public_hex), fromHex(one.message_hex));

for (const name of ["rfc8032", "djb", "wycheproof", "speccheck", "cctv", "small-order"]) {
  withPacks(name, () => {
    const definite = pack<Case>(`ed25519-${name}`).filter((one) => one.expect.result !== "either");
    assert.ok(definite.length > 0);
    for (const one of definite) assert.is(result(one), one.expect.result === "accept", one.name);
  });
}

withPacks("speccheck: our row is that of the strict rule", () => {
  const cases = pack<Case>("ed25519-speccheck");
  assert.is(cases.map((one) => (result(one) ? "V" : "X")).join(""), "XXXVXXXXXXXX");
});

withPacks("small-order: none is accepted", () => {
  for (const one of pack<Case>("ed25519-small-order")) assert.not(result(one), one.name);
});

test("agrees with OpenSSL on good signatures and flipped bits", () => {
  const bytes = generator(1);
  for (let i = 0; i < 200; i++) {
    const pair = generateKeyPairSync("ed25519");
    const key = new Uint8Array(pair.publicKey.export({ format: "der", type: "spki" })).subarray(12);
    const message = bytes(i);
    const signature = new Uint8Array(sign(null, message, pair.privateKey));
    assert.ok(verify(signature, key, message));
    if (message.length > 0 && message.length < 800) assert.ok(verify(signature, key, message, WINDOW), "in the window");
    for (const part of [signature, key, message]) {
      if (part.length === 0) continue;
      const [where = 0, bit = 0] = bytes(2);
      const at = where % part.length;
      part[at] = (part[at] ?? 0) ^ (1 << (bit & 7));
      const expected = opensslVerify(null, message, imported(key), signature);
      assert.is(verify(signature, key, message), expected);
      part[at] = (part[at] ?? 0) ^ (1 << (bit & 7));
    }
  }
});

function imported(key: Uint8Array) {
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key]);
  return createPublicKey({ key: der, format: "der", type: "spki" });
}

test.run();
