/** An image as it streams by: Uptane 2.1.0 §5.4.2.5 steps 5 and 6 (length, every listed hash). STAGED says what it has to be. */
import * as Abi from "./abi";
import * as Status from "./status";
import { HAS_SHA256, HAS_SHA512, LENGTH, SHA256, SHA512, computable, has } from "./entry";
import { NAME, RAW256, RAW512, STAGED } from "./layout";
import { asImage, ask, done, withHashes, withName } from "./report";
import { begin, over, size, widen } from "./file";
import { equal } from "./bytes";
import { fail, failWith, hold, need, status } from "./verdict";

/** @param repository where it is ordered, @param nameLength bytes of its name at NAME, @param release its release counter + 1, 0 for none */
export function askImage(repository: u32, nameLength: u32, release: u64): void {
  const length = load<u64>(STAGED, LENGTH);
  ask(repository, Abi.ROLE_PAYLOAD, Abi.SOURCE_NEW, release, length);
  withHashes(STAGED);
  withName(NAME, nameLength);
  asImage();
  // One byte more than stated is endless data.
  begin(0, 0);
  if (has(STAGED, HAS_SHA512)) widen();
}

export function imageEnd(): void {
  over();
  const length = load<u64>(STAGED, LENGTH);
  if (size != length) return failWith(Status.LengthMismatch, size, length);
  hold(Abi.EVIDENCE_LENGTH);
  if (!computable(STAGED)) return fail(Status.UnsupportedHash);
  if (has(STAGED, HAS_SHA256) && !equal(RAW256, STAGED + SHA256, 32)) return fail(Status.HashMismatch);
  if (has(STAGED, HAS_SHA512) && !equal(RAW512, STAGED + SHA512, 64)) return fail(Status.HashMismatch);
  hold(Abi.EVIDENCE_HASHES);
  need(Abi.EVIDENCE_LENGTH | Abi.EVIDENCE_HASHES);
  if (status == Status.Ok) done();
}
