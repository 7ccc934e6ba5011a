/**
 * An image as it streams by: Uptane 2.1.0 §5.4.2.5 steps 5 and 6 (length, every listed hash). STAGED says what it has to be, CIPHER what its encrypted form has
 * to be, which comes first (docs/adr/0006).
 */
import * as Abi from "./abi";
import * as Status from "./status";
import { CIPHER, NAME, RAW256, RAW512, STAGED } from "./layout";
import { HAS_SHA256, HAS_SHA512, LENGTH, SHA256, SHA512, computable, has } from "./entry";
import { asImage, ask, done, isEncrypted, withHashes, withName } from "./report";
import { begin, over, size, widen } from "./file";
import { equal } from "./bytes";
import { fail, failWith, hold, need, status } from "./verdict";
import { sameDigest } from "./digests";

let at: usize = 0; // what arrives has to be this

/** @param repository where it is ordered, @param nameLength bytes of its name at NAME, @param release its release counter + 1, 0 for none */
export function askImage(repository: u32, nameLength: u32, release: u64): void {
  ask(repository, Abi.ROLE_PAYLOAD, Abi.SOURCE_NEW, release, 0);
  withName(NAME, nameLength);
  if (isEncrypted()) arrives(CIPHER, Abi.WANT_CIPHER);
  else arrives(STAGED, Abi.WANT_IMAGE);
}

function arrives(what: usize, want: u32): void {
  at = what;
  asImage(want, load<u64>(what, LENGTH)); // one byte more is endless data
  withHashes(what);
  begin(0, 0);
  if (has(what, HAS_SHA512)) widen();
}

export function imageEnd(): void {
  over();
  const length = load<u64>(at, LENGTH);
  if (size != length) return failWith(Status.LengthMismatch, size, length);
  hold(Abi.EVIDENCE_LENGTH);
  if (!computable(at)) return fail(Status.UnsupportedHash);
  if (has(at, HAS_SHA256) && !sameDigest(RAW256, at + SHA256)) return fail(Status.HashMismatch);
  if (has(at, HAS_SHA512) && !equal(RAW512, at + SHA512, 64)) return fail(Status.HashMismatch);
  hold(Abi.EVIDENCE_HASHES);
  need(Abi.EVIDENCE_LENGTH | Abi.EVIDENCE_HASHES);
  if (status != Status.Ok) return;
  if (at == CIPHER) arrives(STAGED, Abi.WANT_IMAGE);
  else done();
}
