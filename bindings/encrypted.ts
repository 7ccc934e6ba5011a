/**
 * Images encrypted for one ECU (Uptane 2.1.0 §5.4.3.4 step 6): docs/POUF.md 4.10 has the formats, docs/adr/0006 who checks what. AES-256-GCM; a key of X25519
 * opens a fresh AES key, by HKDF-SHA-256 over the shared secret. Needs `node:crypto`, so `index.ts` leaves it out.
 */
import { type DecipherGCM, type KeyObject, createCipheriv, createDecipheriv, createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, randomBytes } from "node:crypto";
import { DecryptFailed } from "../assembly/status.ts";
import type { Encrypted } from "./core.ts";
import { TransferError, UsageError } from "./errors.ts";

export const AES = "aes-256-gcm";
export const X25519 = "x25519-aes-256-gcm";

/** 32 bytes: an AES key, or one half of a key of X25519 (the public one to encrypt for the ECU, the private one in it). */
export interface ImageKey {
  kind: "aes" | "x25519";
  key: Uint8Array;
}

const KEY_SIZE = 32;
const NONCE_SIZE = 12;
const TAG_SIZE = 16;
const PKCS8 = Buffer.from("302e020100300506032b656e04220420", "hex"); // RFC 8410 §7, before the 32 bytes
const SPKI = Buffer.from("302a300506032b656e032100", "hex"); // RFC 8410 §4
const INFO = "uptane-wasm image 1";

/** A new key, and what others encrypt with. */
export function newImageKey(kind: ImageKey["kind"]): { own: ImageKey; others: ImageKey } {
  if (kind === "aes") {
    const key = new Uint8Array(randomBytes(KEY_SIZE));
    return { own: { kind, key }, others: { kind, key } };
  }
  const pair = generateKeyPairSync("x25519");
  return { own: { kind, key: tail(pair.privateKey.export({ format: "der", type: "pkcs8" })) }, others: { kind, key: publicBytes(pair.publicKey) } };
}

/** Bytes that only the holder of the other half opens: for X25519 an ephemeral public key, then nonce, ciphertext and tag. */
export function seal(to: ImageKey, bytes: Uint8Array): Uint8Array {
  if (to.kind === "aes") return encrypt(to.key, bytes);
  const pair = generateKeyPairSync("x25519");
  const ephemeral = publicBytes(pair.publicKey);
  const secret = diffieHellman({ privateKey: pair.privateKey, publicKey: publicKey(to.key) });
  return new Uint8Array(Buffer.concat([ephemeral, encrypt(agreed(secret, ephemeral, to.key), bytes)]));
}

/** nonce 12 | ciphertext | tag 16 */
export function encrypt(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_SIZE);
  const cipher = createCipheriv("aes-256-gcm", checked(key), nonce);
  return new Uint8Array(Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]));
}

/**
 * The image, as its ciphertext comes. What it yields is not authentic before it has ended: it goes to the core, and is installed on the core's Ok.
 *
 * @throws TransferError DecryptFailed  for a method this key is not for, a wrapped key it does not open, or a ciphertext that is another one's
 */
export async function* decrypted(own: ImageKey, how: Encrypted, source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const content = contentKey(own, how);
  const head = (content === undefined ? KEY_SIZE : 0) + NONCE_SIZE;
  let decipher: DecipherGCM | undefined;
  let held = Buffer.alloc(0); // the head, then what may be the tag
  for await (const piece of source) {
    held = Buffer.concat([held, piece]);
    if (decipher === undefined && held.length >= head) {
      decipher = createDecipheriv("aes-256-gcm", content ?? opened(own, held.subarray(0, KEY_SIZE)), held.subarray(head - NONCE_SIZE, head));
      held = held.subarray(head);
    }
    if (decipher === undefined || held.length <= TAG_SIZE) continue;
    const out = decipher.update(held.subarray(0, -TAG_SIZE));
    held = held.subarray(-TAG_SIZE);
    yield out;
  }
  if (decipher === undefined || held.length !== TAG_SIZE) throw failed();
  end(decipher, held);
}

/** @returns the AES key of the image; undefined: the image's head has the key it is agreed on with */
function contentKey(own: ImageKey, { method, key }: Encrypted): Uint8Array | undefined {
  if (method === AES && key !== undefined) return unwrapped(own, key);
  if (method === AES && own.kind === "aes") return own.key;
  if (method === X25519 && key === undefined && own.kind === "x25519") return undefined;
  throw failed();
}

/** The AES key wrapped for this ECU. */
function unwrapped(own: ImageKey, hex: string): Uint8Array {
  const sealed = Buffer.from(hex, "hex");
  if (own.kind !== "x25519" || sealed.length !== 2 * KEY_SIZE + NONCE_SIZE + TAG_SIZE || sealed.toString("hex") !== hex) throw failed();
  const decipher = createDecipheriv("aes-256-gcm", opened(own, sealed.subarray(0, KEY_SIZE)), sealed.subarray(KEY_SIZE, KEY_SIZE + NONCE_SIZE));
  const content = decipher.update(sealed.subarray(KEY_SIZE + NONCE_SIZE, -TAG_SIZE));
  end(decipher, sealed.subarray(-TAG_SIZE));
  return new Uint8Array(content);
}

function end(decipher: DecipherGCM, tag: Uint8Array): void {
  decipher.setAuthTag(tag);
  genuine(() => decipher.final());
}

function opened(own: ImageKey, ephemeral: Uint8Array): Uint8Array {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, checked(own.key)]), format: "der", type: "pkcs8" });
  // A point of small order is refused by the library: RFC 7748 §6.1.
  const secret = genuine(() => diffieHellman({ privateKey, publicKey: publicKey(ephemeral) }));
  return agreed(secret, ephemeral, publicBytes(createPublicKey(privateKey)));
}

/** Both public keys are salt, so that neither can be put in another's place. */
function agreed(secret: Uint8Array, ephemeral: Uint8Array, recipient: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, Buffer.concat([ephemeral, recipient]), INFO, KEY_SIZE));
}

function publicKey(bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI, checked(bytes)]), format: "der", type: "spki" });
}

function publicBytes(key: KeyObject): Uint8Array {
  return tail(key.export({ format: "der", type: "spki" }));
}

function tail(der: Uint8Array): Uint8Array {
  return new Uint8Array(der.subarray(der.length - KEY_SIZE));
}

function checked(key: Uint8Array): Uint8Array {
  if (key.length !== KEY_SIZE) throw new UsageError(`Cannot use an image key of ${key.length} bytes: it has ${KEY_SIZE}`);
  return key;
}

function failed(): TransferError {
  return new TransferError(DecryptFailed, "the image from its encrypted form");
}

/** What OpenSSL cannot open is a failure of the bytes, whatever its words. */
function genuine<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw failed();
  }
}
