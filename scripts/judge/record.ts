/** Trusted records that no file at hand leads to: a pack may say which version an ECU has stored without giving that file. */
import { createHash } from "node:crypto";
import { ROLE_TARGETS } from "../../assembly/abi.ts";
import { RECORD_SIZE } from "../../assembly/layout.ts";
import { sealed } from "../../bindings/record.ts";

// The form of assembly/trusted.ts; tests/judge.test.ts proves that the core takes it.
const DIRECTOR_FILES = 16;
const FILE_SIZE = 40;

/**
 * A record whose only content is the floor of Director Targets.
 *
 * @param file  what is stored under that version; a pack that gives only the version means the file it offers, where that has the same one
 */
export function recordWithTargets(version: number, file: Uint8Array): Uint8Array {
  const record = new Uint8Array(RECORD_SIZE);
  new DataView(record.buffer).setBigUint64(DIRECTOR_FILES + ROLE_TARGETS * FILE_SIZE, BigInt(version), true);
  record.set(createHash("sha256").update(file).digest(), DIRECTOR_FILES + ROLE_TARGETS * FILE_SIZE + 8);
  return sealed(record);
}
