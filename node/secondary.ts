/**
 * A Secondary: takes time, metadata and image from its Primary, lets the core judge them, installs into emulated flash, reports.
 * Full and partial verification differ in which sessions they run; everything else is one way (Uptane 2.1.0 §5.4.3).
 */
import { randomBytes, createHash } from "node:crypto";
import {
  ECU_ORDERED, OPTION_FRESH_TIME, OPTION_ROOT_CHAIN, ROLE_PAYLOAD, ROLE_ROOT, ROLE_TIME, SESSION_CYCLE, SESSION_IMAGE, SESSION_PARTIAL, SESSION_TIME, SOURCE_NEW,
  SOURCE_PROVISIONED, SOURCE_STORED,
} from "../assembly/abi.ts";
import { NoSuchImage, Ok, Record as BadRecord, Storage } from "../assembly/status.ts";
import { Core, type Report, type Want } from "../bindings/core.ts";
import { MetadataError, TransferError, attackName } from "../bindings/errors.ts";
import { toHex } from "../bindings/hex.ts";
import type { Signer } from "../bindings/keys.ts";
import { type Source, run } from "../bindings/run.ts";
import { backedUp, restore } from "./backup.ts";
import { type Clock, createClock } from "./clock.ts";
import { type SecondaryConfig, opened, recordFromFactory } from "./config.ts";
import { EccError, FlashError } from "./emulator/flash.ts";
import { type Part, RamError } from "./emulator/part.ts";
import type { Arriving, Image } from "./emulator/slots.ts";
import { stream } from "./emulator/stream.ts";
import type { BackupPiece, FilePiece, FileRequest } from "./link/file.ts";
import type { Outcome } from "./link/outcome.ts";
import { type Reporter, openReporter } from "./report.ts";

const NOTHING = createHash("sha256").digest("hex");

export interface SecondaryParts {
  config: SecondaryConfig;
  part: Part;
  signer: Signer;
  roots: Map<number, Uint8Array>; // provisioned, by repository
  factory: Uint8Array;
  /** One piece of a file of the Primary's. */
  piece(request: FileRequest): Promise<FilePiece>;
  /** A piece of the image that runs, for the Primary to keep. */
  backup(piece: BackupPiece): Promise<void>;
  /** Why nothing may be installed now (Uptane 2.1.0 §5.4.3.5); undefined or absent: it may. */
  notNow?(): string | undefined;
}

/** All is verified, and the installation has to wait: the next attempt verifies everything anew. */
class Deferred extends Error {
  override readonly name = "Deferred";
}

export interface Secondary {
  readonly coreSha256: string;
  /** A new report; with a fresh nonce that the next attestation has to carry, where one is `wanted`. */
  report(wanted: "with nonce" | "without nonce"): Promise<Uint8Array>;
  /** One attempt: time, metadata, image, installation. Never throws for what the Primary or the network did. */
  update(): Promise<Outcome>;
}

export function createSecondary(x: SecondaryParts): Secondary {
  const partial = x.part.profile.verification === "partial";
  const core = Core.load({ partial });
  const reporter = openReporter(x.config.serial, x.part.state, x.signer);
  const clock = createClock();
  let nonce: string | undefined;
  manufacture(x);

  async function attempt(): Promise<{ verdict: string; status: number }> {
    prepare(core, x, nonce);
    const attestation = await takeTime(core, x, clock);
    nonce = undefined; // used, whatever comes
    reporter.attested(attestation);
    const image = partial ? await verifyPartially(core, x, clock) : await verifyFully(core, x, clock);
    return { verdict: image === undefined ? "up to date" : "installed", status: Ok };
  }

  return {
    coreSha256: core.sha256,
    report: async (wanted) => {
      await restore(x.part, x);
      nonce = wanted === "with nonce" ? toHex(randomBytes(32)) : undefined;
      return await reporter.report(running(x.part), nonce);
    },
    update: async () => {
      const erased = x.part.wear().total;
      await restore(x.part, x);
      const result = await attempt().then((done) => {
        reporter.note("");
        return { ...done, attack: "" };
      }, (error: unknown) => refused(error, x, reporter));
      await restore(x.part, x);
      const now = running(x.part);
      return {
        ...result,
        image: now.name,
        sha256: createHash("sha256").update(x.part.slots.read()).digest("hex"),
        erased: x.part.wear().total - erased,
        ram: core.memoryUsed(),
        profile: x.part.profile.name,
        verification: x.part.profile.verification,
      };
    },
  };
}

/** Puts the factory image into a part that has none: what the production line does. */
function manufacture({ part, factory, config }: SecondaryParts): void {
  if (part.slots.installed() !== undefined) return;
  const slot = part.slots.begin(factory.length);
  slot.append(factory);
  slot.commit(image(config.factory));
}

function image(x: { name: string; length: number; sha256: string; sha512?: string | undefined; releaseCounter: number }): Image {
  const { name, length, sha256, sha512, releaseCounter } = x;
  return { name, length, sha256, ...(sha512 === undefined ? {} : { sha512 }), releaseCounter };
}

function running(part: Part): Image {
  const now = part.slots.installed();
  if (now === undefined) throw new FlashError("Cannot say what runs: no slot is valid");
  // Between two images nothing runs but the boot loader; the counter holds for what comes.
  return now.overwritten === true ? { name: "none", length: 0, sha256: NOTHING, releaseCounter: now.releaseCounter } : now;
}

/** Hands the core what flash remembers. A record that does not hold is given up for the provisioned Roots. */
function prepare(core: Core, { config, part }: SecondaryParts, nonce: string | undefined): void {
  const now = running(part);
  core.forget();
  core.setRecord(part.record() ?? recordFromFactory(config));
  const who = { serial: config.serial, hardwareId: config.hardwareId, counter: now.releaseCounter };
  core.identify({ ...who, vehicle: config.vehicle, installed: now.sha256, ...(nonce === undefined ? {} : { nonce }) });
  if (part.profile.verification === "full") core.ecu({ ...who, bytes32: Buffer.from(now.sha256, "hex") });
}

function open(core: Core, x: SecondaryParts, session: number, options: number, clock: Clock): void {
  if (core.open(session, options, clock.now()).status !== BadRecord) return;
  core.setRecord(recordFromFactory(x.config));
  core.open(session, options, clock.now());
}

async function drive(core: Core, x: SecondaryParts, into: (want: Want) => Arriving): Promise<Report> {
  const { part } = x;
  const bring = async (want: Want): Promise<Source> => {
    if (want.role === ROLE_PAYLOAD) await ready(x);
    return await source(x, want);
  };
  let served: Want | undefined; // the encrypted form, which is asked for twice: to be judged, and to be decrypted
  const cipher = (want: Want): Promise<Source> => bring(served = want);
  const plain = async (want: Want): Promise<Source> => opened(x.config, want, await bring({ ...want, limit: (want.encrypted === undefined ? want : served ?? want).limit }));
  const report = part.profile.verification === "partial"
    ? await stream(core, part, { bring: (want) => (want.role === ROLE_PAYLOAD ? cipher(want) : bring(want)), plain, image: into })
    : await run(core, {
      file: bring,
      cipher,
      image: async (want) => tee(await plain(want), into(want)),
      keep: async (want, version, bytes) => part.files.keep(want, version, bytes),
      save: async (record) => part.saveRecord(record),
    });
  part.checkRam(core);
  return report;
}

async function takeTime(core: Core, x: SecondaryParts, clock: Clock): Promise<string> {
  let attestation = new Uint8Array(0);
  open(core, x, SESSION_TIME, 0, clock);
  const bring = { ...x, piece: async (request: FileRequest) => {
    const piece = await x.piece(request);
    if (request.want.role === ROLE_TIME) attestation = Buffer.concat([request.offset === 0 ? new Uint8Array(0) : attestation, piece.bytes]);
    return piece;
  } };
  await drive(core, bring, noImage);
  return clock.attested(attestation); // the core has judged these bytes, so there is one reading of them
}

async function verifyPartially(core: Core, x: SecondaryParts, clock: Clock): Promise<Image | undefined> {
  open(core, x, SESSION_PARTIAL, OPTION_ROOT_CHAIN | OPTION_FRESH_TIME, clock);
  return await install(core, x);
}

async function verifyFully(core: Core, x: SecondaryParts, clock: Clock): Promise<Image | undefined> {
  open(core, x, SESSION_CYCLE, OPTION_FRESH_TIME, clock);
  await drive(core, x, noImage);
  if (core.outcome(0) !== ECU_ORDERED) return undefined;
  core.select(0);
  open(core, x, SESSION_IMAGE, 0, clock);
  return await install(core, x);
}

/** Runs the session to its end; the image it brings, if any, runs from the core's Ok on. */
async function install(core: Core, x: SecondaryParts): Promise<Image | undefined> {
  let arriving: { slot: Arriving; image: Image } | undefined;
  await drive(core, x, (want) => {
    const { name, limit, sha256 = "", sha512 } = want;
    arriving = { slot: x.part.slots.begin(limit), image: image({ name, length: limit, sha256, sha512, releaseCounter: want.version - 1 }) };
    return arriving.slot;
  });
  if (arriving === undefined) return undefined;
  if (x.part.profile.slots > 1) inTime(x); // where it has overwritten the old one, the new one has to run
  arriving.slot.commit(arriving.image);
  return arriving.image;
}

/** Before the first byte of an image: the preconditions hold, and a backup is where there is no second slot. */
async function ready(x: SecondaryParts): Promise<void> {
  inTime(x);
  if (x.part.profile.slots === 1 && !await backedUp(x.part, x)) throw new Deferred("the image that runs has no backup");
}

function inTime({ notNow }: SecondaryParts): void {
  const why = notNow?.();
  if (why !== undefined) throw new Deferred(why);
}

function noImage(want: Want): Arriving {
  throw new FlashError(`Cannot take image ${want.name} in this session`);
}

/** From flash, from production, or from the Primary piece by piece. */
async function source(x: SecondaryParts, want: Want): Promise<Source> {
  if (want.source === SOURCE_STORED) return x.part.files.find(want) ?? lost(x, want);
  if (want.source === SOURCE_PROVISIONED) return provisioned(x, want);
  if (want.source === SOURCE_NEW && want.sha256 !== undefined && want.role !== ROLE_TIME) {
    const kept = x.part.files.find(want);
    if (kept !== undefined) return kept;
  }
  return await fetchPieces(x, want);
}

/** A file that flash has lost: from production, or from the Primary once more. The core knows its digest, so nothing else passes for it. */
async function lost(x: SecondaryParts, want: Want): Promise<Source> {
  const root = x.roots.get(want.repository);
  if (want.role === ROLE_ROOT && root !== undefined && createHash("sha256").update(root).digest("hex") === want.sha256) return root;
  if (want.version === 0) return Storage;
  const source = await fetchPieces(x, want);
  return typeof source === "number" ? Storage : source;
}

/** Root as production left it. */
function provisioned({ roots }: SecondaryParts, { role, repository }: Want): Source {
  return (role === ROLE_ROOT ? roots.get(repository) : undefined) ?? Storage;
}

async function fetchPieces(x: SecondaryParts, want: Want): Promise<Source> {
  const ask = (offset: number): Promise<FilePiece> => x.piece({ want, offset, size: x.part.profile.piece });
  const first = await ask(0);
  if (first.status !== Ok) return first.status;
  return (async function* () {
    let offset = 0;
    for (let piece = first; ; piece = await ask(offset)) {
      if (piece.status !== Ok) throw new TransferError(piece.status, want.name === "" ? "a file of the Primary" : want.name);
      if (piece.bytes.length > 0) yield piece.bytes;
      offset += piece.bytes.length;
      if (piece.last || offset > want.limit) return;
      if (piece.bytes.length === 0) throw new TransferError(Storage, "an empty piece");
    }
  })();
}

/** Bytes go to flash as they go to the core. */
function tee(bytes: Source, into: Arriving): Source {
  if (typeof bytes === "number") return bytes;
  return (async function* () {
    for await (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) {
      into.append(piece);
      yield piece;
    }
  })();
}

function refused(error: unknown, { config, part }: SecondaryParts, reporter: Reporter): { verdict: string; status: number; attack: string } {
  if (error instanceof MetadataError) {
    const { status } = error.report;
    if (status === NoSuchImage) return { verdict: "no image for this ECU", status, attack: "" };
    // What was trusted cannot be had again: the next attempt starts from the provisioned Roots (attack case 55).
    if (status === Storage) part.saveRecord(recordFromFactory(config));
    const attack = attackName(status);
    reporter.note(error.message);
    return { verdict: error.message, status, attack };
  }
  if (error instanceof Deferred) return { verdict: `deferred: ${error.message}`, status: Ok, attack: "" };
  if (error instanceof FlashError || error instanceof EccError || error instanceof RamError) {
    reporter.note(error.message);
    return { verdict: error.message, status: Storage, attack: "" };
  }
  throw error;
}
