/** What every signed part carries: _type, version, expires, spec_version. */
import { NUMBER, TEXT, member, negative, textLength, value } from "./json";
import { EVIDENCE_TYPE, EVIDENCE_UNEXPIRED } from "./abi";
import { TOKEN, TOKEN_SIZE } from "./layout";
import { date } from "./bytes";
import { fold } from "./dialect";
import * as Name from "./names";
import * as Status from "./status";
import { fail, failWith, hold, malformed } from "./verdict";

let type: u32 = 0;
export let version: u64 = 0;
export let expires: u64 = 0;

export function begin(): void {
  type = 0;
  version = 0;
  expires = 0;
}

/** A member of the signed part itself. @returns true if it was one of these */
export function header(event: u32): bool {
  switch (member()) {
    case Name.TYPE:
      if (event != TEXT || textLength > TOKEN_SIZE) malformed(Name.TYPE);
      else {
        fold(TOKEN, textLength);
        type = Name.word(TOKEN, textLength);
        if (type == 0) fail(Status.WrongType);
      }
      return true;
    case Name.VERSION:
      if (event != NUMBER || negative || value == 0) malformed(Name.VERSION);
      version = value;
      return true;
    case Name.EXPIRES:
      if (event != TEXT) malformed(Name.EXPIRES);
      expires = date(TOKEN, textLength);
      if (expires == u64.MAX_VALUE) fail(Status.BadDate);
      return true;
    case Name.SPEC_VERSION: // TUF 1.x: another major version is another format
      if (event != TEXT || textLength < 2 || load<u8>(TOKEN) != 0x31 || load<u8>(TOKEN, 1) != 0x2e) malformed(Name.SPEC_VERSION);
      return true;
    default:
      return false;
  }
}

export function isType(word: u32): bool {
  return type == word;
}

/** At the end of the file: it is of the role asked for, and dated. */
export function typed(word: u32): void {
  if (type == 0) return malformed(Name.TYPE);
  if (type != word) return failWith(Status.WrongType, type, word);
  if (version == 0) return malformed(Name.VERSION);
  if (expires == 0) return malformed(Name.EXPIRES);
  hold(EVIDENCE_TYPE);
}

/**
 * Compares an expiry with the time of the session, both in seconds since 1970-01-01T00:00:00Z. Equal counts as expired.
 *
 * Source: Uptane 2.1.0 §5.4.4.3 step 4 (Root), §5.4.4.4 step 4, §5.4.4.5 step 6, §5.4.4.6 step 6. Failure: Freeze.
 */
export function unexpired(until: u64, now: u64): void {
  if (now >= until) failWith(Status.Freeze, until, now);
  else hold(EVIDENCE_UNEXPIRED);
}
