/** Trusted records that are made and not read back: what production leaves in an ECU before its core has judged anything. The form is assembly/trusted.ts's. */
import { sha256 } from "@noble/hashes/sha2.js";
import { RECORD_SIZE } from "../assembly/layout.ts";
import { UsageError } from "./errors.ts";

const MAGIC = 0x31545055;
const FORMAT = 1;
const TIME = 8;
const DIGEST_AT = 480;

/**
 * The record an ECU leaves the factory with, and goes back to: it trusts no file, and takes no time before this one.
 *
 * @param seconds  time of manufacture, since 1970-01-01T00:00:00Z (Best practices, "ECUs": a reasonably recent time at once)
 */
export function firstRecord(seconds: number): Uint8Array {
  if (!Number.isSafeInteger(seconds) || seconds < 0) throw new UsageError(`Cannot start a record at ${seconds} seconds`);
  const record = new Uint8Array(RECORD_SIZE);
  new DataView(record.buffer).setBigUint64(TIME, BigInt(seconds), true);
  return sealed(record);
}

/** Magic, format and the digest over all before it. */
export function sealed(record: Uint8Array): Uint8Array {
  const view = new DataView(record.buffer, record.byteOffset, RECORD_SIZE);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, FORMAT, true);
  record.set(sha256(record.subarray(0, DIGEST_AT)), DIGEST_AT);
  return record;
}
