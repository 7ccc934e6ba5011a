/**
 * Messages of the link inside the vehicle. Each names its kind, its hop, the vehicle, sender and receiver, and a counter, all under an
 * HMAC-SHA-256 (formal-model weaknesses of replayed or redirected messages: docs/emulator.md).
 *
 *   mac 32 | version 1 | kind 1 | hop 1 | zero 1 | counter 8 | answers 8 | vehicle, sender, receiver: length 1 and bytes | payload
 *
 * Hello and Welcome are under the link key that provisioning gave both sides; each carries 16 random bytes of its sender. Everything
 * after them is under a key made of the link key and both random values, so that a message of an earlier connection is worth nothing
 * and counters need no flash: they start at 1 and rise in each direction.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { FRAME_MAX, LinkError } from "./frame.ts";

export const LINK_VERSION = 1;

// Kinds. Append, never renumber.
export const HELLO = 1; // Secondary: 16 random bytes
export const WELCOME = 2; // Primary: 16 random bytes, then those of the Hello
export const NEXT = 3; // Secondary: what is there to do? Answered by Order, at the latest after IDLE_SECONDS
export const ORDER = 4; // Primary: ORDER_* in one byte
export const REPORT = 5; // Secondary: signed ECU version report. Answered by Taken
export const TAKEN = 6;
export const FILE = 7; // Secondary: file.ts. Answered by Piece
export const PIECE = 8;
export const DONE = 9; // Secondary: outcome.ts, the end of an order. Answered by Taken
export const BACKUP = 10; // Secondary: a piece of the image it runs, file.ts. Answered by Taken
export const ERROR = 15; // either: one word of ASCII; without a MAC where the other side could not be told apart

export const ORDER_IDLE = 0;
export const ORDER_REPORT = 1; // make a version report with a fresh nonce
export const ORDER_UPDATE = 2; // take time, metadata and image

export const TO_SECONDARY = 1;
export const TO_PRIMARY = 2;

export const MAC_SIZE = 32;
export const NONCE_SIZE = 16;
const FIXED = 20;
const NAME_MAX = 255;

export interface Message {
  kind: number;
  hop: number;
  counter: bigint; // rises with every message of its sender
  answers: bigint; // counter of the request, 0 for none
  vehicle: string;
  sender: string;
  receiver: string;
  payload: Uint8Array;
}

/** The message as a frame's bytes. `key` undefined: no MAC, which only an Error may do. */
export function encodeMessage(message: Message, key: Uint8Array | undefined): Uint8Array {
  const names = [message.vehicle, message.sender, message.receiver].map((name) => Buffer.from(name, "utf8"));
  for (const name of names) if (name.length > NAME_MAX) throw new LinkError("name", `Cannot send a name of ${name.length} bytes`);
  const size = MAC_SIZE + FIXED + names.reduce((sum, name) => sum + 1 + name.length, 0) + message.payload.length;
  if (size > FRAME_MAX) throw new LinkError("size", `Cannot send a message of ${size} bytes, at most ${FRAME_MAX}`);
  const out = Buffer.alloc(size);
  let at = MAC_SIZE;
  for (const byte of [LINK_VERSION, message.kind, message.hop, 0]) out.writeUInt8(byte, at++);
  at = out.writeBigUInt64BE(message.counter, at);
  at = out.writeBigUInt64BE(message.answers, at);
  for (const name of names) {
    at = out.writeUInt8(name.length, at);
    at += name.copy(out, at);
  }
  out.set(message.payload, at);
  if (key !== undefined) out.set(mac(key, out), 0);
  return new Uint8Array(out);
}

/**
 * Reads a frame's bytes. The MAC is not judged here: who sent it, and so which key, is only known from the message itself.
 *
 * @throws LinkError  for anything that is not a message of this version
 */
export function decodeMessage(bytes: Uint8Array): Message {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < MAC_SIZE + FIXED + 3) throw new LinkError("short", `Cannot read a message of ${bytes.length} bytes`);
  const version = view.getUint8(MAC_SIZE);
  if (version !== LINK_VERSION || view.getUint8(MAC_SIZE + 3) !== 0) throw new LinkError("version", `Cannot read a message of version ${version}`);
  let at = MAC_SIZE + FIXED;
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const name = (): string => {
    const length = bytes[at];
    if (length === undefined || at + 1 + length > bytes.length) throw new LinkError("short", "Cannot read a message that ends inside a name");
    const piece = bytes.subarray(at + 1, at + 1 + length);
    at += 1 + length;
    try {
      return text.decode(piece);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new LinkError("name", "Cannot read a name that is not UTF-8");
    }
  };
  return {
    kind: view.getUint8(MAC_SIZE + 1),
    hop: view.getUint8(MAC_SIZE + 2),
    counter: view.getBigUint64(MAC_SIZE + 4),
    answers: view.getBigUint64(MAC_SIZE + 12),
    vehicle: name(),
    sender: name(),
    receiver: name(),
    payload: bytes.slice(at),
  };
}

/** Whether the bytes of a message were made with this key. */
export function authentic(bytes: Uint8Array, key: Uint8Array): boolean {
  return bytes.length >= MAC_SIZE && timingSafeEqual(bytes.subarray(0, MAC_SIZE), mac(key, bytes));
}

/** The key of one connection. */
export function sessionKey(link: Uint8Array, secondary: Uint8Array, primary: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac("sha256", link).update("uptane-wasm link 1").update(secondary).update(primary).digest());
}

function mac(key: Uint8Array, message: Uint8Array): Uint8Array {
  return createHmac("sha256", key).update(message.subarray(MAC_SIZE)).digest();
}
