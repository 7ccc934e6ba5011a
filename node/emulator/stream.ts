/**
 * Drives a session of partial verification on a small part. It is the loop of bindings/run.ts without its buffer: a file passes through the core
 * piece by piece, and those that the part keeps, Root and Director Targets, wait for their verdict in flash.
 */
import { ROLE_ROOT, ROLE_TARGETS, SOURCE_AGAIN, SOURCE_NEW, WANT_IMAGE, WANT_NOTHING } from "../../assembly/abi.ts";
import { BadArgument, BadOrder, Ok } from "../../assembly/status.ts";
import type { Core, Report, Want } from "../../bindings/core.ts";
import { MetadataError, TransferError, UsageError, statusName } from "../../bindings/errors.ts";
import type { Source } from "../../bindings/run.ts";
import type { Part } from "./part.ts";
import type { Arriving } from "./slots.ts";

export interface Bringer {
  bring(want: Want): Promise<Source>;
  /** An image, decrypted where it has to be. */
  plain(want: Want): Promise<Source>;
  /** Where image bytes go while the core reads them. */
  image(want: Want): Arriving;
}

/** @throws MetadataError  when the core refuses or a transfer breaks off; the part's record is that of the last file that was trusted */
export async function stream(core: Core, part: Part, host: Bringer): Promise<Report> {
  let report = core.report();
  let source = report.file; // of the file that is read, also when it is read again
  let waiting = false; // in scratch, for its verdict
  for (;;) {
    if (report.status === BadOrder || report.status === BadArgument) throw new UsageError(`Cannot go on: ${statusName(report.status)}`);
    if (report.status !== Ok) throw new MetadataError(report);
    if (report.want === WANT_NOTHING) return report;
    const want = report.file;
    if (want.source !== SOURCE_AGAIN) {
      waiting = want.source === SOURCE_NEW && (want.role === ROLE_ROOT || want.role === ROLE_TARGETS);
      source = want;
      if (waiting) part.scratch.begin(part.files.find({ ...want, version: 0 }));
    }
    const again = want.source === SOURCE_AGAIN && waiting;
    const bytes = again ? part.scratch.read() : await bring(report.want === WANT_IMAGE ? host.plain : host.bring, source);
    report = await pass(core, bytes, report.want === WANT_IMAGE ? host.image(want) : waiting && !again ? part.scratch : undefined);
    if (report.keep && waiting) part.files.keep(want, report.keptVersion, part.scratch.read());
    part.saveRecord(core.record()); // costs nothing where nothing changed
  }
}

async function bring(from: Bringer["bring"], want: Want): Promise<Source> {
  try {
    return await from(want);
  } catch (error) {
    if (error instanceof TransferError) return error.status;
    throw error;
  }
}

async function pass(core: Core, source: Source, into: { append(bytes: Uint8Array): void } | undefined): Promise<Report> {
  if (typeof source === "number") return core.missing(source);
  try {
    for await (const piece of source instanceof Uint8Array ? [source] : source) {
      const report = core.feed(piece);
      if (report.status !== Ok) return report;
      into?.append(piece);
    }
  } catch (error) {
    if (error instanceof TransferError) return { ...core.report(), status: error.status };
    throw error;
  }
  return core.end();
}
