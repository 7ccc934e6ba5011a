/** The report the host reads: what is wanted next, and what came of the last call. */
import * as Abi from "./abi";
import { HAS, HAS_SHA256, HAS_SHA512, SHA256 } from "./entry";
import { NAME, PASSES_MAX, REPORT, REPORT_SIZE, WINDOW_SIZE } from "./layout";
import { clear, copy } from "./bytes";
import * as Verdict from "./verdict";
import * as Status from "./status";
import { copyDigest } from "./digests";

let files: u32 = 0; // asked for in this session

export function blank(): void {
  clear(REPORT, REPORT_SIZE);
  files = 0;
}

/** What the next file is; hashes and name are stated by the calls below. */
export function ask(repository: u32, role: u32, source: u32, version: u64, limit: u64): void {
  if (++files > PASSES_MAX) Verdict.failWith(Status.Limit, files, PASSES_MAX);
  store<u32>(REPORT, Abi.WANT_FILE, Abi.REPORT_WANT);
  store<u32>(REPORT, repository, Abi.REPORT_REPOSITORY);
  store<u32>(REPORT, role, Abi.REPORT_ROLE);
  store<u32>(REPORT, source, Abi.REPORT_SOURCE);
  store<u64>(REPORT, version, Abi.REPORT_VERSION);
  store<u64>(REPORT, limit, Abi.REPORT_LIMIT);
  store<u32>(REPORT, 0, Abi.REPORT_HASHES);
  store<u32>(REPORT, 0, Abi.REPORT_NAME_LENGTH);
}

/** The SHA-256 it has. */
export function withDigest(sha256: usize): void {
  copyDigest(REPORT + Abi.REPORT_SHA256, sha256);
  store<u32>(REPORT, 1, Abi.REPORT_HASHES);
}

/** The hashes an entry states of it. */
export function withHashes(entry: usize): void {
  copy(REPORT + Abi.REPORT_SHA256, entry + SHA256, 96);
  store<u32>(REPORT, load<u32>(entry, HAS) & (HAS_SHA256 | HAS_SHA512), Abi.REPORT_HASHES);
}

export function withName(at: usize, length: u32): void {
  copy(NAME, at, length);
  store<u32>(REPORT, length, Abi.REPORT_NAME_LENGTH);
}

/** It is an image, or its encrypted form: WANT_*. */
export function asImage(want: u32, length: u64): void {
  store<u32>(REPORT, want, Abi.REPORT_WANT);
  store<u64>(REPORT, length, Abi.REPORT_LIMIT);
}

/** The image that is asked for is encrypted for this ECU. */
export function isEncrypted(): bool {
  return load<u32>(REPORT, Abi.REPORT_METHOD) != 0;
}

export function wanted(): u32 {
  return load<u32>(REPORT, Abi.REPORT_WANT);
}

export function source(): u32 {
  return load<u32>(REPORT, Abi.REPORT_SOURCE);
}

export function limit(): u64 {
  return load<u64>(REPORT, Abi.REPORT_LIMIT);
}

/** Nothing is wanted. What is open cannot go on where another call took its place in memory: `ready` says so. */
export function done(): void {
  store<u32>(REPORT, Abi.WANT_NOTHING, Abi.REPORT_WANT);
}

export function keep(version: u64): void {
  store<u32>(REPORT, 1, Abi.REPORT_KEEP);
  store<u32>(REPORT, u32(version), Abi.REPORT_KEPT_VERSION);
  store<u32>(REPORT, u32(version >> 32), Abi.REPORT_KEPT_VERSION + 4);
}

/** A call of an open session: nothing failed before, and something is wanted. Else it changes nothing. */
export function ready(): bool {
  store<u32>(REPORT, 0, Abi.REPORT_KEEP);
  if (Verdict.status == Status.Ok && wanted() == Abi.WANT_NOTHING) Verdict.fail(Status.BadOrder);
  return Verdict.status == Status.Ok;
}

/** Bytes at WINDOW. */
export function fits(length: u32): bool {
  if (length > WINDOW_SIZE) Verdict.failWith(Status.BadArgument, length, WINDOW_SIZE);
  return length <= WINDOW_SIZE;
}

const LAST_REASON: u32 = 4; // DecryptFailed, from EndlessData on

/** What a host may say of a file it cannot bring. */
export function reason(why: u32): bool {
  if (why - u32(Status.EndlessData) <= LAST_REASON || why == Status.Storage) return true;
  Verdict.failWith(Status.BadArgument, why, 0);
  return false;
}

export function note(bit: u32): void {
  store<u32>(REPORT, load<u32>(REPORT, Abi.REPORT_NOTES) | bit, Abi.REPORT_NOTES);
}

export function blame(ecu: u32): void {
  store<u32>(REPORT, ecu, Abi.REPORT_ECU);
}

/** Writes the verdict down. @returns the status */
export function answer(): u32 {
  // A stored file that cannot even be read is not what was stored.
  if (Verdict.status >= u32(Status.Syntax) && Verdict.status < u32(Status.Limit) && source() == Abi.SOURCE_STORED) Verdict.wrap(Status.Storage);
  store<u32>(REPORT, Verdict.status, Abi.REPORT_STATUS);
  store<u64>(REPORT, Verdict.found, Abi.REPORT_FOUND);
  store<u64>(REPORT, Verdict.expected, Abi.REPORT_EXPECTED);
  store<u32>(REPORT, Verdict.evidence, Abi.REPORT_EVIDENCE);
  if (Verdict.status != Status.Ok) done();
  return Verdict.status;
}
