/** The core, instantiated: bytes go in, reports come out. The only file in TypeScript that touches its memory. */
import { instantiateSync } from "@assemblyscript/loader";
import { sha256 } from "@noble/hashes/sha2.js";
import * as abi from "../assembly/abi.ts";
import { CIPHER_TEXTS, MEMORY_SIZE, NAME, RECORD, RECORD_SIZE, REPORT, REPORT_SIZE, TOKEN_SIZE, WINDOW, WINDOW_SIZE, CONSTANTS_END } from "../assembly/layout.ts";
import { Ok } from "../assembly/status.ts";
import { CORE_BASE64, CORE_GLOBALS, CORE_SHA256 } from "../build/core.bytes.ts";
import { UsageError } from "./errors.ts";
import { fromHex, toHex } from "./hex.ts";

/** The file the core wants next; after an error, the file at fault. Numbers are those of assembly/abi.ts. */
export interface Want {
  repository: number;
  role: number;
  source: number;
  version: number; // 0: not known beforehand
  limit: number; // bytes at most
  name: string; // of a delegated role, or of an image
  sha256?: string; // hex, where the digest is known beforehand
  sha512?: string;
  encrypted?: Encrypted; // of an image: WANT_CIPHER asks for it as it is served, WANT_IMAGE as it is decrypted
}

/** How an image is encrypted for one ECU, as the Director signed it: docs/POUF.md. */
export interface Encrypted {
  method: string;
  key?: string; // wrapped by the ECU's own
}

export interface Report {
  status: number; // assembly/status.ts
  want: number; // WANT_*
  file: Want;
  keep: boolean; // the file that just ended is trusted now: keep it, then save the record
  keptVersion: number;
  found: bigint; // operands of an error
  expected: bigint;
  evidence: number; // EVIDENCE_* of the last file
  notes: number; // NOTE_*
  ecu: number; // the ECU an error is about
}

/** Who an ECU is, and what it runs. */
export interface Identity {
  vehicle: string;
  serial: string;
  hardwareId: string;
  counter: number; // highest release counter installed, -1: none seen
  installed?: string; // SHA-256 of the installed image, hex
  nonce?: string; // 32 bytes, hex
}

/** A line of the inventory. The first one added is the Primary. */
export interface EcuEntry {
  serial: string;
  hardwareId: string;
  counter: number; // release counter for a cycle, last report counter for a manifest; -1: none
  bytes32?: Uint8Array; // SHA-256 of the installed image for a cycle, public key for a manifest or report
}

/** What came of one ECU's report in a manifest, and what that report says of itself: for the checks that need a memory of earlier ones. */
export interface Reported {
  outcome: number; // REPORT_* of assembly/abi.ts; REPORT_NONE: the rest says nothing
  counter: number; // -1: it has none
  time: number; // newest attested time, seconds
  nonce?: string; // what stands for its nonce: start of the SHA-256 of the text, hex
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  open(session: number, options: number, now: bigint): number;
  feed(length: number): number;
  end(): number;
  missing(status: number): number;
  identify(vehicle: number, serial: number, hardware: number, counter: bigint): number;
  ecu(serial: number, hardware: number, counter: bigint): number;
  forget(): void;
  outcome(index: number): number;
  select(index: number): number;
  target(length: number): number;
  verify(length: number): number;
  partialOpen(session: number, options: number, now: bigint): number;
  partialFeed(length: number): number;
  partialEnd(): number;
  partialMissing(status: number): number;
}

const utf8 = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** One instance of the module. It holds one session at a time; a vehicle, a server or a test loads as many as it needs. */
export class Core {
  readonly sha256: string = CORE_SHA256;
  readonly #raw: Exports;
  readonly #open: (session: number, options: number, now: bigint) => number;
  readonly #feed: (length: number) => number;
  readonly #end: () => number;
  readonly #missing: (status: number) => number;
  readonly #memory: Uint8Array;
  readonly #view: DataView;
  #trapped = false;

  private constructor(raw: Exports, partial: boolean) {
    this.#raw = raw;
    this.#open = partial ? raw.partialOpen : raw.open;
    this.#feed = partial ? raw.partialFeed : raw.feed;
    this.#end = partial ? raw.partialEnd : raw.end;
    this.#missing = partial ? raw.partialMissing : raw.missing;
    this.#memory = new Uint8Array(raw.memory.buffer);
    this.#view = new DataView(raw.memory.buffer);
    for (let at = CONSTANTS_END; at < MEMORY_SIZE; at++) this.#memory[at] = poison(at);
    this.#memory.fill(0, RECORD, REPORT + REPORT_SIZE); // never provisioned, and nothing is wanted
  }

  /**
   * Instantiates the module that the build made.
   *
   * @param options.partial  bind the exports of partial verification, as a small ECU does
   * @throws UsageError      when the bytes are not the ones the build made
   */
  static load(options: { partial?: boolean } = {}): Core {
    const { module, instance } = instantiateSync(compiled?.text === CORE_BASE64 ? compiled.module : checkedBytes(), {});
    compiled = { text: CORE_BASE64, module };
    // The one cast: tests/bindings.test.ts compares the module's exports with this type.
    return new Core(instance.exports as unknown as Exports, options.partial === true);
  }

  /** Starts a session. `now`: attested time in whole seconds since 1970-01-01T00:00:00Z. */
  open(session: number, options = 0, now = 0): Report {
    this.#call(() => this.#open(session, options, BigInt(now)));
    return this.report();
  }

  /** Takes bytes of the file wanted, any number of them; stops at the first error. */
  feed(bytes: Uint8Array): Report {
    for (let at = 0; at < bytes.length; at += WINDOW_SIZE) {
      const piece = bytes.subarray(at, at + WINDOW_SIZE);
      this.#memory.set(piece, WINDOW);
      if (this.#call(() => this.#feed(piece.length)) !== Ok) break;
    }
    return this.report();
  }

  /** The file is over: its verdict, and what is wanted next. */
  end(): Report {
    this.#call(() => this.#end());
    return this.report();
  }

  /** There is no such file. `status`: Missing, Unavailable, SlowRetrieval, EndlessData, DecryptFailed or Storage. */
  missing(status: number): Report {
    this.#call(() => this.#missing(status));
    return this.report();
  }

  /** Says who this ECU is. */
  identify(who: Identity): void {
    const [vehicle, serial, hardware] = this.#texts(
      [who.vehicle, who.serial, who.hardwareId],
      who.installed === undefined ? new Uint8Array(32) : fromHex(who.installed, 32),
      who.nonce === undefined ? new Uint8Array(32) : fromHex(who.nonce, 32),
    );
    this.#checked("identify", () => this.#raw.identify(vehicle ?? 0, serial ?? 0, hardware ?? 0, BigInt(who.counter)));
  }

  /** Adds an ECU to the inventory. */
  ecu(entry: EcuEntry): void {
    const bytes = entry.bytes32 ?? new Uint8Array(32);
    if (bytes.length !== 32) throw new UsageError(`Cannot add ECU ${entry.serial}: ${bytes.length} bytes where 32 are needed`);
    const [serial, hardware] = this.#texts([entry.serial, entry.hardwareId], bytes);
    this.#checked("ecu", () => this.#raw.ecu(serial ?? 0, hardware ?? 0, BigInt(entry.counter)));
  }

  /** Empties the inventory and the identity. */
  forget(): void {
    this.#call(() => this.#raw.forget());
  }

  /** Chooses the ECU whose image SESSION_IMAGE checks, by its place in the inventory. */
  select(index: number): void {
    this.#checked("select", () => this.#raw.select(index));
  }

  /** ECU_* of the ECU at this place of the inventory after a cycle; after a manifest REPORT_*. */
  outcome(index: number): number {
    return this.#call(() => this.#raw.outcome(index));
  }

  /** After a manifest, or one report: what came of the report of the ECU at this place. */
  reported(index: number): Reported {
    const outcome = this.outcome(index);
    const u64 = (at: number): number => Number(this.#view.getBigUint64(REPORT + at, true));
    const nonce = this.#hex(abi.REPORT_NONCE, 16);
    return { outcome, counter: u64(abi.REPORT_COUNTER) - 1, time: u64(abi.REPORT_TIME), ...(/[^0]/.test(nonce) ? { nonce } : {}) };
  }

  /** Names the image a walk with OPTION_IMAGE_ONLY looks for; "" for a walk without one. */
  target(name: string): void {
    const [length] = this.#texts([name]);
    this.#checked("target", () => this.#raw.target(length ?? 0));
  }

  /** One-shot Ed25519 by the strict rule; the message fits the window (928 bytes). */
  verify(signature: Uint8Array, key: Uint8Array, message: Uint8Array): boolean {
    if (signature.length !== 64 || key.length !== 32) return false;
    if (message.length > WINDOW_SIZE - 96) throw new UsageError(`Cannot verify ${message.length} bytes at once: feed them to SESSION_SIGNATURE`);
    this.#memory.set(signature, WINDOW);
    this.#memory.set(key, WINDOW + 64);
    this.#memory.set(message, WINDOW + 96);
    return this.#call(() => this.#raw.verify(message.length)) === 1;
  }

  /** Puts signature and key where SESSION_SIGNATURE expects them; call it just before `open`. */
  signature(signature: Uint8Array, key: Uint8Array): void {
    if (signature.length !== 64 || key.length !== 32) throw new UsageError("Cannot check a signature that is not 64 bytes, or with a key that is not 32");
    this.#memory.set(signature, WINDOW);
    this.#memory.set(key, WINDOW + 64);
  }

  /** A copy of the trusted record. */
  record(): Uint8Array {
    return this.#memory.slice(RECORD, RECORD + RECORD_SIZE);
  }

  /** Puts a record back, as saved; zeros for an ECU that was never provisioned. The next `open` judges it. */
  setRecord(bytes: Uint8Array): void {
    if (bytes.length !== RECORD_SIZE) throw new UsageError(`Cannot use a record of ${bytes.length} bytes: it has ${RECORD_SIZE}`);
    this.#memory.set(bytes, RECORD);
  }

  /** The digests in the report, hex: what SESSION_SHA256 and SESSION_SHA512 leave there. */
  digest(): { sha256: string; sha512: string } {
    return { sha256: this.#hex(abi.REPORT_SHA256, 32), sha512: this.#hex(abi.REPORT_SHA512, 64) };
  }

  /** Bytes of memory this instance has used: up to the highest one written since `load`, and its mutable globals. */
  memoryUsed(): number {
    let top = MEMORY_SIZE;
    while (top > CONSTANTS_END && this.#memory[top - 1] === poison(top - 1)) top--;
    return top + CORE_GLOBALS;
  }

  /** The report as it stands. */
  report(): Report {
    const view = this.#view;
    const u32 = (at: number): number => view.getUint32(REPORT + at, true);
    const u64 = (at: number): bigint => view.getBigUint64(REPORT + at, true);
    const want = u32(abi.REPORT_WANT);
    const name = this.#memory.slice(NAME, NAME + u32(abi.REPORT_NAME_LENGTH));
    const hashes = u32(abi.REPORT_HASHES);
    const file: Want = {
      repository: u32(abi.REPORT_REPOSITORY),
      role: u32(abi.REPORT_ROLE),
      source: u32(abi.REPORT_SOURCE),
      version: Number(u64(abi.REPORT_VERSION)),
      limit: Number(u64(abi.REPORT_LIMIT)),
      name: (want === abi.WANT_NOTHING ? lenient : strict).decode(name), // after an error the name may be cut
    };
    if ((hashes & 1) !== 0) file.sha256 = this.#hex(abi.REPORT_SHA256, 32);
    if ((hashes & 2) !== 0) file.sha512 = this.#hex(abi.REPORT_SHA512, 64);
    const [method, key] = [u32(abi.REPORT_METHOD), u32(abi.REPORT_KEY)];
    if (method !== 0) file.encrypted = { method: this.#text(CIPHER_TEXTS, method - 1), ...(key === 0 ? {} : { key: this.#text(CIPHER_TEXTS + TOKEN_SIZE, key - 1) }) };
    return {
      status: u32(abi.REPORT_STATUS),
      want,
      file,
      keep: u32(abi.REPORT_KEEP) === 1,
      keptVersion: Number(u64(abi.REPORT_KEPT_VERSION)),
      found: u64(abi.REPORT_FOUND),
      expected: u64(abi.REPORT_EXPECTED),
      evidence: u32(abi.REPORT_EVIDENCE),
      notes: u32(abi.REPORT_NOTES),
      ecu: u32(abi.REPORT_ECU),
    };
  }

  #text(at: number, size: number): string {
    return lenient.decode(this.#memory.subarray(at, at + size));
  }

  #hex(at: number, size: number): string {
    return toHex(this.#memory.subarray(REPORT + at, REPORT + at + size));
  }

  /** Writes texts one behind the other at WINDOW, then the blocks; returns the lengths of the texts in bytes. */
  #texts(texts: string[], ...blocks: Uint8Array[]): number[] {
    const encoded = texts.map((text) => utf8.encode(text));
    const all = [...encoded, ...blocks];
    if (all.reduce((sum, part) => sum + part.length, 0) > WINDOW_SIZE) throw new UsageError("Cannot hand over names that do not fit the window");
    let at = WINDOW;
    for (const part of all) {
      this.#memory.set(part, at);
      at += part.length;
    }
    return encoded.map((part) => part.length);
  }

  #checked(what: string, call: () => number): void {
    const status = this.#call(call);
    if (status !== Ok) throw new UsageError(`Cannot ${what}: the core answered ${status}`);
  }

  /** A trapped instance is half-written and refuses everything from then on. */
  #call<T>(call: () => T): T {
    if (this.#trapped) throw new UsageError("Cannot use a core that has trapped: load another one");
    try {
      return call();
    } catch (error) {
      this.#trapped = true;
      throw error;
    }
  }
}

/** The module, compiled once for all instances. */
let compiled: { text: string; module: ReturnType<typeof instantiateSync>["module"] } | undefined;

function checkedBytes(): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(CORE_BASE64), (letter) => letter.charCodeAt(0));
  const digest = toHex(sha256(bytes));
  if (digest !== CORE_SHA256) throw new UsageError(`Cannot use a core with SHA-256 ${digest}, the build made ${CORE_SHA256}`);
  return bytes;
}

/** What stands in memory that was never written: different from byte to byte, so that no value hides it for long. */
function poison(at: number): number {
  return (Math.imul(at, 151) + (at >> 8) + 89) & 0xff;
}
