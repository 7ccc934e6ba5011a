/** The package's cryptography: right answers for any length, and errors that name the argument. */
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sha256, sha512, verify } from "../bindings/crypto.ts";
import { Module, generator, toHex } from "./oracle/module.ts";

const data = generator(7).call(null, 200_000);
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const key = new Uint8Array(publicKey.export({ format: "der", type: "spki" })).slice(12);

const test = suite("uptane-wasm/crypto");

test("hashes and verifies messages of any length, around the size of its input too", () => {
  for (const length of [0, 1, 63, 64, 1000, 49151, 49152, 49153, 98304, 98305, 200_000]) {
    const message = data.subarray(0, length);
    assert.is(toHex(sha256(message)), createHash("sha256").update(message).digest("hex"));
    assert.is(toHex(sha512(message)), createHash("sha512").update(message).digest("hex"));
    const signature = new Uint8Array(sign(null, message, privateKey));
    assert.is(verify(signature, message, key), true);
    signature[length % 64] = (signature[length % 64] ?? 0) ^ 1;
    assert.is(verify(signature, message, key), false);
  }
});

test("digests are copies", () => {
  const first = sha256(data);
  const hex = toHex(first);
  sha512(data);
  assert.is(toHex(first), hex);
});

test("wrong types and lengths throw, and name the argument", () => {
  const [signature, message] = [new Uint8Array(64), new Uint8Array(3)];
  const refuses = (call: () => unknown, type: typeof TypeError | typeof RangeError, text: string): void => {
    assert.throws(call, (error: Error) => error instanceof type && error.message === text);
  };
  const as = (value: unknown): Uint8Array => value as Uint8Array;
  refuses(() => verify(as("00"), message, key), TypeError, "Cannot verify: signature is not a Uint8Array");
  refuses(() => verify(signature, as([1]), key), TypeError, "Cannot verify: message is not a Uint8Array");
  refuses(() => verify(signature, message, as(undefined)), TypeError, "Cannot verify: publicKey is not a Uint8Array");
  refuses(() => verify(new Uint8Array(63), message, key), RangeError, "Cannot verify: signature has 63 bytes where 64 are needed");
  refuses(() => verify(signature, message, new Uint8Array(33)), RangeError, "Cannot verify: publicKey has 33 bytes where 32 are needed");
  refuses(() => sha256(as(new ArrayBuffer(8))), TypeError, "Cannot sha256: message is not a Uint8Array");
  refuses(() => sha512(as(null)), TypeError, "Cannot sha512: message is not a Uint8Array");
});

test("the module keeps its budgets: 14 KiB, no imports, one page, constants in 2,700 bytes", () => {
  const module = new Module("crypto");
  assert.ok(module.size <= 14336, `${module.size} bytes of Wasm`);
  assert.is(module.imports, 0);
  assert.is(module.memory.length, 65536);
  assert.ok(module.memory.findLastIndex((byte) => byte !== 0) < 8 + 2700);
});

test.run();
