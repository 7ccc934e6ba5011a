/** The loop that drives a session: the core asks, the host brings. Every host uses this one. */
import { ROLE_PAYLOAD, SOURCE_AGAIN, SOURCE_STORED, WANT_CIPHER, WANT_IMAGE, WANT_NOTHING } from "../assembly/abi.ts";
import { BadArgument, BadOrder, DecryptFailed, Ok } from "../assembly/status.ts";
import type { Core, Report, Want } from "./core.ts";
import { MetadataError, TransferError, UsageError, statusName } from "./errors.ts";

/** Bytes, bytes to come, or why there are none: Missing, Unavailable, SlowRetrieval, EndlessData, DecryptFailed or Storage of status.ts. */
export type Source = Uint8Array | AsyncIterable<Uint8Array> | number;

/** What a host does for the core: it brings files, keeps files, and saves the record. It decides nothing. */
export interface Host {
  file(want: Want): Promise<Source>;
  keep(want: Want, version: number, bytes: Uint8Array): Promise<void>; // `want` is what was asked for when these bytes were brought
  save(record: Uint8Array): Promise<void>;
  /** The image itself: where `want.encrypted` says how, decrypted from what `cipher` brought before. */
  image?(want: Want): Promise<Source>;
  /** The image as it is encrypted for an ECU. */
  cipher?(want: Want): Promise<Source>;
}

/** What the loop needs of a core. */
export type Session = Pick<Core, "record" | "report" | "feed" | "end" | "missing">;

/**
 * Drives an opened session to its end.
 *
 * @returns the last report, whose status is Ok
 * @throws MetadataError  when the core refuses, or a transfer broke off after its first byte
 * @throws UsageError     when a call came out of order
 */
export async function run(core: Session, host: Host): Promise<Report> {
  let saved = core.record();
  const fed = new Map<string, Uint8Array>(); // this session's files, for SOURCE_AGAIN
  let report = core.report();
  for (;;) {
    if (report.status === BadOrder || report.status === BadArgument) throw new UsageError(`Cannot go on: ${statusName(report.status)}`);
    if (report.status !== Ok) throw new MetadataError(report);
    if (report.want === WANT_NOTHING) return report;
    const want = report.file;
    if (report.want === WANT_IMAGE || report.want === WANT_CIPHER) {
      report = await stream(core, await image(host, report.want === WANT_IMAGE ? "image" : "cipher", want));
    } else {
      const place = `${want.repository} ${want.role} ${want.name}`;
      const again = want.source === SOURCE_AGAIN ? fed.get(place) : undefined;
      const source = again ?? (await gather(await file(host, want), want));
      if (typeof source === "number") report = core.missing(source);
      else {
        if (want.source !== SOURCE_STORED) fed.set(place, source);
        report = core.feed(source);
        if (report.status === Ok) report = core.end();
        if (report.keep && want.role !== ROLE_PAYLOAD) await host.keep(want, report.keptVersion, source);
      }
    }
    saved = await save(core, host, saved);
  }
}

async function file(host: Host, want: Want): Promise<Source> {
  try {
    return await host.file(want);
  } catch (error) {
    if (error instanceof TransferError) return error.status;
    throw error;
  }
}

async function image(host: Host, what: "image" | "cipher", want: Want): Promise<Source> {
  if (host[what] === undefined && what === "cipher") return DecryptFailed; // whoever ordered it is at fault, not this host
  if (host[what] === undefined) throw new UsageError("Cannot bring an image: this host has none");
  try {
    return await host[what](want);
  } catch (error) {
    if (error instanceof TransferError) return error.status;
    throw error;
  }
}

/** A metadata file in one piece, at most one byte over its limit, so that the core sees that it is too long. */
export async function gather(source: Source, want: Want): Promise<Uint8Array | number> {
  if (typeof source === "number" || source instanceof Uint8Array) return source;
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of source) {
      pieces.push(piece);
      size += piece.length;
      if (size > want.limit) break;
    }
  } catch (error) {
    if (error instanceof TransferError) return error.status;
    throw error;
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

async function stream(core: Session, source: Source): Promise<Report> {
  if (typeof source === "number") return core.missing(source);
  if (source instanceof Uint8Array) {
    const report = core.feed(source);
    return report.status === Ok ? core.end() : report;
  }
  try {
    for await (const piece of source) {
      const report = core.feed(piece);
      if (report.status !== Ok) return report;
    }
  } catch (error) {
    if (error instanceof TransferError) return { ...core.report(), status: error.status };
    throw error;
  }
  return core.end();
}

/** The record is saved after every step that changed it, and after the file that changed it was kept. */
async function save(core: Session, host: Host, saved: Uint8Array): Promise<Uint8Array> {
  const record = core.record();
  if (record.every((byte, at) => byte === saved[at])) return saved;
  await host.save(record);
  return record;
}
