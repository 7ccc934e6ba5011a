/**
 * A journal of small values in flash: the newest entry of a key is in force, and a cut at any operation leaves the old value or the new one.
 *
 * The flash is two areas. One is in force: seal, then entries one behind the other. When it is full, the other one is erased, the newest
 * value of every key is copied there, and its seal, with a number one higher, is written last.
 *
 *   seal    magic 2 | 0xffff | number u32 | check 8
 *   entry   magic 2 | key u16 | length u32 | value, padded to whole units | check 8
 *
 * `check` is the first 8 bytes of SHA-256 over what stands before it: it finds torn entries, it does not vouch for their content. Behind
 * a torn entry nothing is appended, since whether a unit is blank cannot be read from it: the next write changes areas.
 */
import { createHash } from "node:crypto";
import { EccError, type Flash, FlashError } from "./flash.ts";

const MAGIC = 0x4a55;
const SEAL_KEY = 0xffff;
const HEAD = 8;
const CHECK = 8;

export class Journal {
  readonly #flash: Flash;
  readonly #start: number;
  readonly #areaSize: number;
  #area = 0; // 0 or 1: in force
  #number = 0; // of its seal
  #end = 0; // where the next entry goes, from the start of the area
  #torn = true; // nothing may be appended
  readonly #places = new Map<number, { at: number; length: number }>(); // address of the value

  /** Finds what is in force: the boot path, after any cut. */
  constructor(flash: Flash, start = 0) {
    this.#flash = flash;
    this.#start = start; // address of the first area, a whole number of blocks
    if (flash.geometry.unit > HEAD || HEAD % flash.geometry.unit !== 0) throw new FlashError("Cannot keep a journal in units that do not divide 8 bytes");
    this.#areaSize = Math.floor((flash.geometry.size - start) / 2 / flash.geometry.block) * flash.geometry.block;
    const seals = [this.#seal(0), this.#seal(1)];
    const [first, second] = seals;
    if (first === undefined && second === undefined) return; // never written: the first write changes areas
    this.#area = (first ?? 0) > (second ?? 0) ? 0 : 1;
    this.#number = seals[this.#area] ?? 0;
    this.#scan();
  }

  read(key: number): Uint8Array | undefined {
    const place = this.#places.get(key);
    return place === undefined || place.length === 0 ? undefined : this.#flash.read(place.at, place.length);
  }

  /** Keys that have a value. */
  keys(): number[] {
    return [...this.#places].filter(([, place]) => place.length > 0).map(([key]) => key);
  }

  /** The same value again costs no flash. @throws FlashError  when all values together do not fit an area */
  write(key: number, value: Uint8Array): void {
    if (key < 0 || key >= SEAL_KEY) throw new FlashError(`Cannot keep a value under key ${key}`);
    const old = this.read(key);
    if (old !== undefined && old.length === value.length && old.every((byte, at) => byte === value[at])) return;
    if (this.#torn || this.#end + this.#entrySize(value.length) > this.#areaSize) this.#change(key, value);
    else this.#append(key, value);
  }

  remove(key: number): void {
    if (this.#places.has(key)) this.write(key, new Uint8Array(0));
  }

  #append(key: number, value: Uint8Array): void {
    this.#torn = true; // until the last unit is in
    const at = this.#base() + this.#end;
    this.#flash.program(at, entry(key, value, this.#pad(value.length)));
    this.#torn = false;
    this.#places.set(key, { at: at + HEAD, length: value.length });
    this.#end += this.#entrySize(value.length);
  }

  /** Copies what is in force, with one value replaced, to the other area, and seals that last. */
  #change(key: number, value: Uint8Array): void {
    const values = new Map<number, Uint8Array>();
    for (const [other, place] of this.#places) if (other !== key && place.length > 0) values.set(other, this.#flash.read(place.at, place.length));
    values.set(key, value);
    const size = [...values.values()].reduce((sum, bytes) => sum + this.#entrySize(bytes.length), HEAD + CHECK);
    if (size > this.#areaSize) throw new FlashError(`Cannot keep ${size} bytes in a journal area of ${this.#areaSize}`);
    const area = 1 - this.#area;
    const base = this.#start + area * this.#areaSize;
    for (let at = 0; at < this.#areaSize; at += this.#flash.geometry.block) this.#flash.erase(base + at);
    let end = HEAD + CHECK;
    const places = new Map<number, { at: number; length: number }>();
    for (const [other, bytes] of values) {
      this.#flash.program(base + end, entry(other, bytes, this.#pad(bytes.length)));
      places.set(other, { at: base + end + HEAD, length: bytes.length });
      end += this.#entrySize(bytes.length);
    }
    this.#flash.program(base, sealOf(this.#number + 1));
    this.#area = area;
    this.#number++;
    this.#end = end;
    this.#torn = false;
    this.#places.clear();
    for (const [other, place] of places) this.#places.set(other, place);
  }

  #seal(area: number): number | undefined {
    const bytes = this.#try(this.#start + area * this.#areaSize, HEAD + CHECK);
    if (bytes === undefined) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const number = view.getUint32(4, true);
    return sealOf(number).every((byte, at) => byte === bytes[at]) ? number : undefined;
  }

  /** Walks the entries of the area in force up to its blank or torn end. */
  #scan(): void {
    let at = HEAD + CHECK;
    this.#torn = true;
    while (at + HEAD + CHECK <= this.#areaSize) {
      const head = this.#try(this.#base() + at, HEAD);
      if (head === undefined) break;
      if (head.every((byte) => byte === 0xff)) {
        this.#torn = false;
        break;
      }
      const view = new DataView(head.buffer, head.byteOffset);
      const key = view.getUint16(2, true);
      const length = view.getUint32(4, true);
      if (view.getUint16(0, true) !== MAGIC || at + this.#entrySize(length) > this.#areaSize) break;
      const bytes = this.#try(this.#base() + at, this.#entrySize(length));
      if (bytes === undefined) break;
      const value = bytes.subarray(HEAD, HEAD + length);
      if (!entry(key, value, this.#pad(length)).every((byte, i) => byte === bytes[i])) break;
      this.#places.set(key, { at: this.#base() + at + HEAD, length });
      at += this.#entrySize(length);
    }
    this.#end = at;
  }

  #try(at: number, length: number): Uint8Array | undefined {
    try {
      return this.#flash.read(at, length);
    } catch (error) {
      if (error instanceof EccError) return undefined;
      throw error;
    }
  }

  #base(): number {
    return this.#start + this.#area * this.#areaSize;
  }

  #pad(length: number): number {
    return Math.ceil(length / HEAD) * HEAD;
  }

  #entrySize(length: number): number {
    return HEAD + this.#pad(length) + CHECK;
  }
}

function entry(key: number, value: Uint8Array, padded: number): Uint8Array {
  const out = new Uint8Array(HEAD + padded + CHECK).fill(0xff);
  const view = new DataView(out.buffer);
  view.setUint16(0, MAGIC, true);
  view.setUint16(2, key, true);
  view.setUint32(4, value.length, true);
  out.set(value, HEAD);
  out.set(check(out.subarray(0, HEAD + padded)), HEAD + padded);
  return out;
}

function sealOf(number: number): Uint8Array {
  const out = new Uint8Array(HEAD + CHECK);
  const view = new DataView(out.buffer);
  view.setUint16(0, MAGIC, true);
  view.setUint16(2, SEAL_KEY, true);
  view.setUint32(4, number, true);
  out.set(check(out.subarray(0, HEAD)), HEAD);
  return out;
}

function check(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest().subarray(0, CHECK);
}
