/**
 * What may be wrong with an encrypted image, and with what Targets say of it: each row is a case of full and of partial verification (encrypted.ts). No cipher
 * is named: a ciphertext is any bytes, and a case states what decryption makes of it.
 */
import { type Cipher, type Entry, hashes } from "../../bindings/metadata.ts";
import type { Decryption } from "../judge/decrypted.ts";
import type { Offer } from "./partial.ts";
import { type StatusName, type Story, content } from "./story.ts";
import type { World } from "./world.ts";

const IMAGE = "app.bin";
export const PLAIN = new TextEncoder().encode("the first image");
export const METHOD = "a-cipher";
export const KEY = "5a".repeat(40);
export const SELF = "tcu-1";
export const ZEROS = "00".repeat(32);

export function ciphertext(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => at * 7 + seed);
}

/** An encrypted image for one ECU, and what may be wrong with it. */
export class Encrypted {
  readonly world: World;
  readonly #serial: string;
  served: Uint8Array | undefined;
  digest: string; // what the ciphertext is asked for by
  form: unknown; // what Targets say of it: Cipher, or what is wrong with one; undefined: nothing
  readonly decryption: Decryption = { method: METHOD, image: content(PLAIN) };

  constructor(world: World, serial = SELF, seed = 1, length = 43) {
    const bytes = ciphertext(length, seed);
    this.world = world;
    this.#serial = serial;
    this.served = bytes;
    this.digest = hashes(bytes).sha256;
    this.form = { length, hashes: hashes(bytes), method: METHOD };
  }

  says(change: Partial<Record<keyof Cipher, unknown>>): void {
    this.form = { ...(this.form as object), ...change };
  }

  lacks(name: keyof Cipher): void {
    this.form = Object.fromEntries(Object.entries(this.form as object).filter(([member]) => member !== name));
  }

  /** The wrapped key that this ECU can open, or the one it cannot. */
  wrapped(key: unknown, opened = key): void {
    this.says({ key });
    if (typeof opened === "string") this.decryption.key = opened;
  }

  method(method: string): void {
    this.says({ method });
    this.decryption.method = method;
  }

  decryptsTo(image: Uint8Array | null): void {
    this.decryption.image = image === null ? null : content(image);
  }

  /** Into the Director's entry. */
  enter(): void {
    const { custom } = entry(this.world);
    custom.encrypted = new Map([...(custom.encrypted ?? []), ...(this.form === undefined ? [] : [[this.#serial, this.form as Cipher] as const])]);
  }

  /** Full verification: the Director serves the ciphertext, nobody the image; `decrypts`: this is the Primary. */
  publishedIn(story: Story, decrypts = this.#serial === SELF): void {
    this.enter();
    this.world.image.images.clear();
    if (this.served !== undefined) this.world.director.images.set(this.digest, this.served);
    if (decrypts) story.decrypted = { [this.#serial]: this.decryption };
  }

  /** Partial verification likewise. */
  offeredIn(offer: Offer): void {
    this.enter();
    offer.image = null;
    offer.cipher = this.served ?? null;
    offer.decrypted = { [this.#serial]: this.decryption };
  }
}

export function entry(world: World, where = world.director.targets): Entry {
  const found = where.get(IMAGE);
  if (found === undefined) throw new Error(`Cannot tell this story: ${IMAGE} is not listed`);
  return found;
}

export function flipped(bytes: Uint8Array | undefined): Uint8Array {
  return (bytes ?? new Uint8Array(0)).map((byte, at) => (at === 9 ? byte ^ 1 : byte));
}

function longer(bytes: Uint8Array | undefined): Uint8Array {
  return Uint8Array.from([...(bytes ?? []), 0]);
}

type Row = [name: string, about: string, status: StatusName, change: (x: Encrypted) => void];

export const ROWS: Row[] = [
  ["good", "§5.4.3.4 step 6: the ciphertext of the Director, then what it decrypts to.", "Ok", () => undefined],
  ["wrapped-key", "§5.4.3.4 step 6: Targets bring a key that this ECU can open.", "Ok", (x) => x.wrapped(KEY)],
  ["empty-image", "An image of no bytes has a ciphertext too.", "Ok", (x) => {
    x.world.order(IMAGE, new Uint8Array(0), x.world.ecus);
    x.decryptsTo(new Uint8Array(0));
  }],
  ["digest-of-the-ciphertext-alone", "One hash function for the ciphertext, two for the image: neither set is the other's.", "Ok", (x) => x.says({ hashes: { sha256: x.digest } })],
  ["method-256", "Bytes of a method.", "Ok", (x) => x.method("m".repeat(256))],
  ["key-256", "Bytes of a wrapped key.", "Ok", (x) => x.wrapped("5a".repeat(128))],

  ["ciphertext-one-bit", "§5.2.3.1.1: the ciphertext has one wrong bit, although it would decrypt.", "HashMismatch", (x) => void (x.served = flipped(x.served))],
  ["ciphertext-one-byte-less", "The ciphertext ends one byte early.", "LengthMismatch", (x) => void (x.served = x.served?.subarray(1))],
  ["ciphertext-one-byte-more", "The ciphertext goes on after its length.", "EndlessData", (x) => void (x.served = longer(x.served))],
  ["ciphertext-missing", "Nobody serves the ciphertext.", "Missing", (x) => void (x.served = undefined)],
  ["ciphertext-of-another-ecu", "A ciphertext of the same length that was made for another ECU.", "HashMismatch", (x) => void (x.served = ciphertext(43, 2))],
  ["plain-in-its-place", "The plain image is served where the ciphertext belongs.", "LengthMismatch", (x) => void (x.served = PLAIN)],
  ["ciphertext-length", "Targets state another length for the ciphertext.", "LengthMismatch", (x) => x.says({ length: 44 })],
  ["ciphertext-sha512", "Of two digests of the ciphertext the second is wrong.", "HashMismatch", (x) => x.says({ hashes: { sha256: x.digest, sha512: "00".repeat(64) } })],
  ["ciphertext-sha256", "Of two digests of the ciphertext the first is wrong.", "HashMismatch", (x) => {
    x.says({ hashes: { ...hashes(x.served ?? PLAIN), sha256: ZEROS } });
    x.digest = ZEROS;
  }],
  ["unknown-function", "§5.4.2.4: a hash function that the ECU cannot compute stands beside SHA-256 of the ciphertext.", "UnsupportedHash", (x) => x.says({ hashes: { "blake2b-256": ZEROS, sha256: x.digest } })],

  ["image-one-bit", "§5.4.3.4 step 7: the ciphertext is right, what it decrypts to has one wrong bit.", "HashMismatch", (x) => x.decryptsTo(flipped(PLAIN))],
  ["image-one-byte-less", "What it decrypts to ends early.", "LengthMismatch", (x) => x.decryptsTo(PLAIN.subarray(1))],
  ["image-one-byte-more", "What it decrypts to goes on after its length.", "EndlessData", (x) => x.decryptsTo(longer(PLAIN))],
  ["not-decrypted", "The ciphertext is taken for the image.", "EndlessData", (x) => x.decryptsTo(x.served ?? PLAIN)],
  ["decryption-fails", "The ciphertext is right, and this ECU cannot decrypt it.", "DecryptFailed", (x) => x.decryptsTo(null)],
  ["wrapped-key-of-another-ecu", "The key in Targets is not one that this ECU can open.", "DecryptFailed", (x) => x.wrapped("a5".repeat(40), KEY)],
  ["wrapped-key-left-out", "A key is needed, and Targets bring none.", "DecryptFailed", (x) => void (x.decryption.key = KEY)],
  ["wrapped-key-empty", "An empty key is not the same as none.", "DecryptFailed", (x) => x.says({ key: "" })],
  ["method-unknown", "A method that this ECU does not have.", "DecryptFailed", (x) => x.says({ method: "another-cipher" })],
  ["method-empty", "No ECU has a method without a name.", "DecryptFailed", (x) => x.says({ method: "" })],

  ["method-missing", "§5.2.3.1.1: no method.", "Malformed", (x) => x.lacks("method")],
  ["method-a-number", "A method is text.", "Malformed", (x) => x.says({ method: 1 })],
  ["method-257", "Bytes of a method.", "TextLength", (x) => x.method("m".repeat(257))],
  ["key-a-number", "A wrapped key is text.", "Malformed", (x) => x.wrapped(1)],
  ["key-null", "A wrapped key that is not there is not spelled.", "Malformed", (x) => x.wrapped(null)],
  ["key-257", "Bytes of a wrapped key.", "TextLength", (x) => x.wrapped("5".repeat(257))],
  ["length-missing", "§5.2.3.1.1: no length of the ciphertext.", "Malformed", (x) => x.lacks("length")],
  ["length-a-text", "A length is a number.", "Malformed", (x) => x.says({ length: "43" })],
  ["hashes-missing", "§5.2.3.1.1: no hashes of the ciphertext.", "Malformed", (x) => x.lacks("hashes")],
  ["hashes-a-list", "Hashes by name.", "Malformed", (x) => x.says({ hashes: [x.digest] })],
  ["digest-in-capitals", "A digest has one spelling.", "BadHex", (x) => x.says({ hashes: { sha256: x.digest.toUpperCase() } })],
  ["digest-cut-short", "The start of a digest.", "BadHex", (x) => x.says({ hashes: { sha256: x.digest.slice(2) } })],
  ["form-a-text", "A form is an object.", "Malformed", (x) => void (x.form = METHOD)],
  ["forms-a-list", "Forms by ECU.", "Malformed", (x) => {
    x.form = undefined;
    x.world.director.edit = (file, signed) => (file === "targets.json" ? listed(signed) : signed);
  }],
  ["form-of-another-without-method", "What Targets say of another ECU's ciphertext has a shape too.", "Malformed", (x) => {
    entry(x.world).custom.encrypted = new Map([["brake-1", { length: 43, hashes: hashes(PLAIN) } as Cipher]]);
  }],
];

/** The map of forms became a list. */
function listed(signed: object): object {
  const { targets } = signed as { targets: Map<string, Entry> };
  return { ...signed, targets: new Map([...targets].map(([name, one]) => [name, { ...one, custom: { ...one.custom, encrypted: [] } }])) };
}
