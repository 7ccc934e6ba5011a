/** Signing keys: made, kept as PKCS#8 text, named by their key id. */
import * as ed from "@noble/ed25519";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { canonical } from "./canonical.ts";
import { UsageError } from "./errors.ts";
import { toHex, fromHex } from "./hex.ts";

ed.hashes.sha512 = sha512; // the synchronous half of the package is without a hash until it is given one

/** A public key as it stands in metadata. */
export interface Key {
  keytype: "ed25519";
  scheme: "ed25519";
  keyval: { public: string }; // hex
}

/** Something that signs: a key in memory here, a token or a service elsewhere. */
export interface Signer {
  readonly keyid: string;
  readonly public: Key;
  sign(message: Uint8Array): Promise<Uint8Array>; // 64 bytes
}

const SEEDS = new WeakMap<Signer, Uint8Array>();

/** A new key from the platform's random numbers. */
export function generateSigner(): Signer {
  return signerFromSeed(crypto.getRandomValues(new Uint8Array(32)));
}

/** The key of a 32-byte secret (RFC 8032 §5.1.5). */
export function signerFromSeed(seed: Uint8Array): Signer {
  if (seed.length !== 32) throw new UsageError(`Cannot make an Ed25519 key of ${seed.length} bytes: it takes 32`);
  const secret = seed.slice();
  const key = publicKey(ed.getPublicKey(secret));
  const signer: Signer = { keyid: keyId(key), public: key, sign: (message) => Promise.resolve(ed.sign(message, secret)) };
  SEEDS.set(signer, secret);
  return signer;
}

/** The metadata form of 32 key bytes. */
export function publicKey(bytes: Uint8Array): Key {
  if (bytes.length !== 32) throw new UsageError(`Cannot use an Ed25519 public key of ${bytes.length} bytes`);
  return { keytype: "ed25519", scheme: "ed25519", keyval: { public: toHex(bytes) } };
}

/** The bytes of a key: what the inventory hands to the core. */
export function keyBytes(key: Key): Uint8Array {
  return fromHex(key.keyval.public, 32);
}

/** SHA-256 of the canonical key object, hex (docs/POUF.md; TUF 1.0.31 §4.2). */
export function keyId(key: Key): string {
  return toHex(sha256(canonical(key)));
}

const PREFIX = fromHex("302e020100300506032b657004220420"); // PKCS#8 of an Ed25519 key up to its 32 bytes: RFC 8410 §7
const BEGIN = "-----BEGIN PRIVATE KEY-----";
const END = "-----END PRIVATE KEY-----";

/** The key as PKCS#8 PEM, unencrypted: the caller's file mode guards it. */
export function writeSigner(signer: Signer): string {
  const seed = SEEDS.get(signer);
  if (seed === undefined) throw new UsageError("Cannot export a key that was not made here");
  return `${BEGIN}\n${btoa(String.fromCharCode(...PREFIX, ...seed))}\n${END}\n`;
}

/** @throws UsageError  for anything but the one PEM spelling of an unencrypted Ed25519 key */
export function readSigner(pem: string): Signer {
  const body = new RegExp(`^${BEGIN}\r?\n([A-Za-z0-9+/]{64})\r?\n${END}\\s*$`).exec(pem)?.[1];
  const bytes = body === undefined ? new Uint8Array(0) : Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));
  if (bytes.length !== PREFIX.length + 32 || !PREFIX.every((byte, at) => byte === bytes[at])) {
    throw new UsageError("Cannot read a private key: it is not PKCS#8 PEM of an unencrypted Ed25519 key");
  }
  return signerFromSeed(bytes.subarray(PREFIX.length));
}
