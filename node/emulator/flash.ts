/**
 * A flash memory: erased in blocks, programmed in units, each unit once between two erases. A power cut can be set to any operation;
 * what it leaves behind is one of the outcomes that flash really shows.
 */
import type { Geometry } from "./profile.ts";

/** The caller breaks a rule of the part: a bug of the software on it. */
export class FlashError extends Error {
  override readonly name = "FlashError";
}

/** Reading a unit whose error correction fails, or an erased one where the part does not allow that. */
export class EccError extends Error {
  override readonly name = "EccError";
}

/** Power is gone: nothing in RAM is left. Only a test harness may catch this. */
export class PowerCut extends Error {
  override readonly name = "PowerCut";
}

// What a cut in the middle of an operation leaves. Program: untouched, all of it, some bits, a unit that cannot be read.
// Erase: untouched, erased, random bits, or a block that reads erased once and not for long.
export const OUTCOMES = ["untouched", "done", "some", "weak"] as const;
export type CutOutcome = (typeof OUTCOMES)[number];

/** The supply of all flash memories of one part: counts operations, and fails at one of them. */
export class Power {
  operations = 0; // programmed units and erased blocks so far
  #cut: { at: number; outcome: CutOutcome; seed: number } | undefined;

  /** Cuts during the operation with this number; `seed` draws the bits. */
  cutAt(at: number, outcome: CutOutcome, seed = 1): void {
    this.#cut = { at, outcome, seed };
  }

  restore(): void {
    this.#cut = undefined;
  }

  /** @returns what happens to this operation, or undefined when it is done in full */
  next(): { outcome: CutOutcome; random: () => number } | undefined {
    const number = this.operations++;
    if (this.#cut === undefined || number < this.#cut.at) return undefined;
    if (number > this.#cut.at) throw new PowerCut("Cannot go on: power is gone");
    return { outcome: this.#cut.outcome, random: randomBytes(this.#cut.seed) };
  }
}

const ERASED = 0;
const PROGRAMMED = 1;
const UNREADABLE = 2; // error correction fails
const FADING = 3; // erased, read good once

/** Where the state is kept beyond the life of a process. */
export interface Backing {
  load(): Uint8Array | undefined; // what `save` was given, in full
  save(offset: number, bytes: Uint8Array): void;
}

export class Flash {
  readonly geometry: Geometry;
  readonly power: Power;
  readonly #bytes: Uint8Array; // data, then one state byte for each unit, then one erase count (u32) for each block
  readonly #view: DataView;
  readonly #units: number; // offset of the states
  readonly #counts: number; // offset of the erase counts
  readonly #backing: Backing | undefined;

  constructor(geometry: Geometry, power: Power, backing?: Backing) {
    const { size, block, unit } = geometry;
    if (size % block !== 0 || block % unit !== 0) throw new FlashError("Cannot build flash whose blocks or units do not divide it");
    this.geometry = geometry;
    this.power = power;
    this.#backing = backing;
    this.#units = size;
    this.#counts = size + size / unit;
    const total = this.#counts + 4 * (size / block);
    const kept = backing?.load();
    if (kept !== undefined && kept.length !== total) throw new FlashError(`Cannot load flash of ${kept.length} bytes: this part's state has ${total}`);
    this.#bytes = kept ?? new Uint8Array(total);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset);
    if (kept === undefined) {
      this.#bytes.fill(0xff, 0, size);
      backing?.save(0, this.#bytes);
    }
  }

  /** @throws EccError  where a unit cannot be read */
  read(address: number, length: number): Uint8Array {
    const { unit, readErased } = this.geometry;
    this.#inside(address, length);
    for (let at = address - (address % unit); at < address + length; at += unit) {
      const state = this.#state(at);
      if (state === UNREADABLE) throw new EccError(`Cannot read the unit at ${at}: its error correction fails`);
      if (state !== PROGRAMMED && readErased === "fault") throw new EccError(`Cannot read the unit at ${at}: it is erased`);
      if (state === FADING) this.#setState(at, UNREADABLE); // this once
    }
    return this.#bytes.slice(address, address + length);
  }

  /** Programs whole units, aligned. @throws FlashError  for anything else, and for a unit that was programmed since its last erase */
  program(address: number, bytes: Uint8Array): void {
    const { unit } = this.geometry;
    this.#inside(address, bytes.length);
    if (address % unit !== 0 || bytes.length % unit !== 0) throw new FlashError(`Cannot program ${bytes.length} bytes at ${address}: units have ${unit}`);
    let at = address;
    try {
      for (; at < address + bytes.length; at += unit) {
        if (this.#state(at) !== ERASED) throw new FlashError(`Cannot program the unit at ${at} twice without an erase`);
        this.#programUnit(at, bytes.subarray(at - address, at - address + unit));
      }
    } finally {
      this.#save(address, Math.min(at + unit, address + bytes.length) - address);
    }
  }

  /** Erases the block that starts at `address`. */
  erase(address: number): void {
    const { block } = this.geometry;
    this.#inside(address, block);
    if (address % block !== 0) throw new FlashError(`Cannot erase at ${address}: blocks have ${block} bytes`);
    const cut = this.power.next();
    const count = this.#counts + 4 * (address / block);
    this.#view.setUint32(count, this.#view.getUint32(count) + 1);
    const fill = (state: number, byte: () => number): void => {
      for (let at = address; at < address + block; at++) this.#bytes[at] = byte();
      for (let at = address; at < address + block; at += this.geometry.unit) this.#bytes[this.#units + at / this.geometry.unit] = state;
    };
    if (cut === undefined || cut.outcome === "done") fill(ERASED, () => 0xff);
    else if (cut.outcome === "some") fill(PROGRAMMED, cut.random);
    else if (cut.outcome === "weak") fill(FADING, () => 0xff);
    this.#save(address, block);
    this.#backing?.save(count, this.#bytes.subarray(count, count + 4));
    if (cut !== undefined) throw new PowerCut(`Cannot go on: power went during the erase at ${address}`);
  }

  /** Erases of the block at `address` in the life of the part. */
  erases(address: number): number {
    return this.#view.getUint32(this.#counts + 4 * Math.floor(address / this.geometry.block));
  }

  /** Erases of all blocks together, and of the block with most. */
  wear(): { total: number; worst: number } {
    let total = 0;
    let worst = 0;
    for (let at = 0; at < this.geometry.size; at += this.geometry.block) {
      total += this.erases(at);
      worst = Math.max(worst, this.erases(at));
    }
    return { total, worst };
  }

  #programUnit(at: number, bytes: Uint8Array): void {
    const cut = this.power.next();
    if (cut === undefined || cut.outcome === "done") {
      this.#bytes.set(bytes, at);
      this.#setState(at, PROGRAMMED);
    } else if (cut.outcome === "some") {
      for (let i = 0; i < bytes.length; i++) this.#bytes[at + i] = (bytes[i] ?? 0xff) | cut.random();
      this.#setState(at, PROGRAMMED);
    } else if (cut.outcome === "weak") this.#setState(at, UNREADABLE);
    if (cut !== undefined) throw new PowerCut(`Cannot go on: power went while the unit at ${at} was programmed`);
  }

  #state(at: number): number {
    return this.#bytes[this.#units + at / this.geometry.unit] ?? ERASED;
  }

  #setState(at: number, state: number): void {
    this.#bytes[this.#units + at / this.geometry.unit] = state;
  }

  #inside(address: number, length: number): void {
    if (!Number.isInteger(address) || address < 0 || length < 0 || address + length > this.geometry.size) {
      throw new FlashError(`Cannot reach ${length} bytes at ${address}: this flash has ${this.geometry.size}`);
    }
  }

  #save(address: number, length: number): void {
    if (this.#backing === undefined) return;
    const { unit } = this.geometry;
    const from = this.#units + address / unit;
    this.#backing.save(address, this.#bytes.subarray(address, address + length));
    this.#backing.save(from, this.#bytes.subarray(from, from + length / unit));
  }
}

/** Small and repeatable (mulberry32); only the bits that a power cut leaves are drawn from it. */
function randomBytes(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) & 0xff;
  };
}
