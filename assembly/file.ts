/**
 * One pass over one file: counts its bytes, hashes them as served, and says at the end whether the file is what pointed to it. Whatever stands inside `signed`
 * belongs to the role files.
 */
import { become, finish, start } from "./json";
import { messageEnds, messageStarts } from "./signatures";
import { window } from "./window";
import { EVIDENCE_COMPLETE, EVIDENCE_POINTER, EVIDENCE_RECORD } from "./abi";
import { RAW256, RAW512, WINDOW } from "./layout";
import { HAS_LENGTH, HAS_SHA256, HAS_SHA512, LENGTH, SHA256, SHA512, has } from "./entry";
import { closed, signedEnds, signedStarts } from "./sink";
import { equal } from "./bytes";
import { limit } from "./report";
import { sha256Begin, sha256End, sha256Update } from "./sha256";
import { sha512Begin, sha512End, sha512Update } from "./sha512";
import { noSignatures } from "./slots";
import * as Status from "./status";
import { fail, failWith, fresh, hold } from "./verdict";
import { sameDigest } from "./digests";

let keys: usize = 0;
let body: u32 = 0;
let wide: bool = false; // a SHA-512 of the file is needed
export let size: u64 = 0; // bytes so far

/**
 * @param set     key set that signs, 0: none is open
 * @param inside  context of `signed`; the limit is the one asked for
 */
export function begin(set: usize, inside: u32): void {
  keys = set;
  body = inside;
  wide = false;
  size = 0;
  fresh();
  start();
  closed();
  noSignatures();
  sha256Begin(RAW256);
}

/** The SHA-512 of the file as served is needed too. */
export function widen(): void {
  wide = true;
  sha512Begin(RAW512);
}

/** Bytes at WINDOW, judged by count only. @returns how many of them are within the limit; `bounded` says whether there were more */
export function take(length: u32): u32 {
  const room = limit() - size;
  size += length;
  if (length > room) length = u32(room);
  sha256Update(RAW256, WINDOW, length);
  if (wide) sha512Update(RAW512, WINDOW, length);
  return length;
}

/** The same, to be read as JSON. */
export function read(length: u32): void {
  window(take(length));
}

/** After all within the limit was looked at, so that it does not matter how a file is cut. */
export function bounded(): void {
  if (size > limit()) failWith(Status.EndlessData, limit() + 1, limit());
}

export function signedOpens(): void {
  become(body);
  if (keys) messageStarts(keys);
  signedStarts();
}

export function signedCloses(): void {
  signedEnds();
  if (keys) messageEnds();
}

/** The file is over. Afterwards RAW256, and RAW512 where asked for, hold its digests. */
export function over(): void {
  sha256End(RAW256, RAW256);
  if (wide) sha512End(RAW512, RAW512);
}

/** The JSON text is over too. */
export function ended(): void {
  over();
  if (!finish()) fail(Status.Truncated);
  else hold(EVIDENCE_COMPLETE);
}

/** Length and digests the pointing file states: Uptane 2.1.0 §5.4.4.5 step 2, §5.4.4.6 step 2. Absent ones are not checked. */
export function pointed(at: usize): void {
  if (has(at, HAS_LENGTH) && size != load<u64>(at, LENGTH)) return failWith(Status.MixAndMatch, size, load<u64>(at, LENGTH));
  if (has(at, HAS_SHA256) && !sameDigest(RAW256, at + SHA256)) return fail(Status.MixAndMatch);
  if (has(at, HAS_SHA512) && !equal(RAW512, at + SHA512, 64)) return fail(Status.MixAndMatch);
  hold(EVIDENCE_POINTER);
}

/** The digest the trusted record has of a stored file. */
export function recorded(sha256: usize): void {
  if (sameDigest(RAW256, sha256)) hold(EVIDENCE_RECORD);
  else fail(Status.Storage);
}
