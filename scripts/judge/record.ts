/** Trusted records that no file at hand leads to: a pack may say which version an ECU has stored without giving that file. */
import { createHash } from "node:crypto";
import { ROLE_TARGETS } from "../../assembly/abi.ts";
import { RECORD_SIZE } from "../../assembly/layout.ts";

// The form of assembly/trusted.ts; tests/judge.test.ts proves that the core takes it.
const MAGIC = 0x31545055;
const FORMAT = 1;
const DIRECTOR_FILES = 16;
const FILE_SIZE = 40;
const DIGEST_AT = 480;

/**
 * A record whose only content is the floor of Director Targets.
 *
 * @param file  what is stored under that version; a pack that gives only the version means the file it offers, where that has the same one
 */
export function recordWithTargets(version: number, file: Uint8Array): Uint8Array {
  const record = new Uint8Array(RECORD_SIZE);
  const view = new DataView(record.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, FORMAT, true);
  view.setBigUint64(DIRECTOR_FILES + ROLE_TARGETS * FILE_SIZE, BigInt(version), true);
  record.set(createHash("sha256").update(file).digest(), DIRECTOR_FILES + ROLE_TARGETS * FILE_SIZE + 8);
  record.set(createHash("sha256").update(record.subarray(0, DIGEST_AT)).digest(), DIGEST_AT);
  return record;
}
