/**
 * Ed25519 verification and SHA-2 as the core does them: the module that holds the core's cryptography alone, for whoever
 * wants to use or measure it. Nothing here falls back to the platform.
 */
import { instantiateSync } from "@assemblyscript/loader";
import { SCHEDULE_END } from "../assembly/layout.ts";
import { CRYPTO_BASE64 } from "../build/crypto.bytes.ts";

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  ed25519Verify(signature: number, key: number, message: number, length: number): number;
  ed25519Check(signature: number, key: number, digest: number): number;
  sha256Begin(context: number): void;
  sha256Update(context: number, data: number, length: number): void;
  sha256End(context: number, out: number): void;
  sha512Begin(context: number): void;
  sha512Update(context: number, data: number, length: number): void;
  sha512End(context: number, out: number): void;
}

// Memory above the core's own: all 8-aligned, so that whole blocks are hashed where they lie.
const CONTEXT = SCHEDULE_END; // 200 bytes
const SIGNATURE = CONTEXT + 256; // 64
const KEY = SIGNATURE + 64; // 32
const INPUT = KEY + 64;
const INPUT_SIZE = 0xc000;

const core = load();
const memory = new Uint8Array(core.memory.buffer);

/**
 * Whether the signature is the key's over the message, by the strict rule of docs/adr/0010.
 *
 * @param signature  R and S, 64 bytes
 * @param publicKey  A, 32 bytes
 * @throws TypeError   for what is not a Uint8Array
 * @throws RangeError  for a signature or key of another length; a wrong signature is false
 */
export function verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  bytes("verify", "signature", signature, 64);
  bytes("verify", "message", message);
  bytes("verify", "publicKey", publicKey, 32);
  memory.set(signature, SIGNATURE);
  memory.set(publicKey, KEY);
  if (message.length <= INPUT_SIZE) {
    memory.set(message, INPUT);
    return core.ed25519Verify(SIGNATURE, KEY, INPUT, message.length) === 1;
  }
  core.sha512Begin(CONTEXT);
  core.sha512Update(CONTEXT, SIGNATURE, 32);
  core.sha512Update(CONTEXT, KEY, 32);
  feed(core.sha512Update, message);
  core.sha512End(CONTEXT, CONTEXT);
  return core.ed25519Check(SIGNATURE, KEY, CONTEXT) === 1;
}

/** SHA-256: 32 bytes. */
export function sha256(message: Uint8Array): Uint8Array<ArrayBuffer> {
  bytes("sha256", "message", message);
  core.sha256Begin(CONTEXT);
  feed(core.sha256Update, message);
  core.sha256End(CONTEXT, CONTEXT);
  return memory.slice(CONTEXT, CONTEXT + 32) as Uint8Array<ArrayBuffer>;
}

/** SHA-512: 64 bytes. */
export function sha512(message: Uint8Array): Uint8Array<ArrayBuffer> {
  bytes("sha512", "message", message);
  core.sha512Begin(CONTEXT);
  feed(core.sha512Update, message);
  core.sha512End(CONTEXT, CONTEXT);
  return memory.slice(CONTEXT, CONTEXT + 64) as Uint8Array<ArrayBuffer>;
}

function feed(update: (context: number, data: number, length: number) => void, message: Uint8Array): void {
  if (message.length <= INPUT_SIZE) {
    memory.set(message, INPUT);
    update(CONTEXT, INPUT, message.length);
    return;
  }
  for (let at = 0; at < message.length; at += INPUT_SIZE) {
    const piece = message.subarray(at, at + INPUT_SIZE);
    memory.set(piece, INPUT);
    update(CONTEXT, INPUT, piece.length);
  }
}

function bytes(what: string, name: string, value: unknown, length?: number): void {
  if (!(value instanceof Uint8Array)) throw new TypeError(`Cannot ${what}: ${name} is not a Uint8Array`);
  if (length !== undefined && value.length !== length) {
    throw new RangeError(`Cannot ${what}: ${name} has ${value.length} bytes where ${length} are needed`);
  }
}

function load(): Exports {
  const module = Uint8Array.from(atob(CRYPTO_BASE64), (letter) => letter.charCodeAt(0));
  return instantiateSync(module, {}).instance.exports as unknown as Exports; // tests/crypto.test.ts uses every one of them
}
