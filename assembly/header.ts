/** What every signed part carries: _type, version, expires, spec_version. */
import { EVIDENCE_TYPE, EVIDENCE_UNEXPIRED } from "./abi";
import { textLength, value } from "./json";
import { TOKEN } from "./layout";
import { date } from "./bytes";
import { fold } from "./dialect";
import * as Name from "./names";
import * as Status from "./status";
import { fail, failWith, hold, malformed } from "./verdict";

let wanted: u32 = 0;
export let version: u64 = 0;
export let expires: u64 = 0;

/** @param role the word that _type has to be */
export function begin(role: u32): void {
  wanted = role;
}

/** The file is of the role asked for: no key can make one role's file another's. */
export function type(): void {
  fold(TOKEN, textLength);
  const is = Name.word(TOKEN, textLength);
  if (is != wanted) failWith(Status.WrongType, is, wanted);
  else hold(EVIDENCE_TYPE);
}

export function roleVersion(): void {
  version = value;
  if (version == 0) malformed(Name.VERSION);
}

export function expiry(): void {
  expires = date(TOKEN, textLength);
  if (expires == u64.MAX_VALUE) fail(Status.BadDate);
}

/** TUF 1.x: another major version is another format. */
export function spec(): void {
  if (textLength < 2 || load<u16>(TOKEN) != 0x2e31) malformed(Name.SPEC_VERSION); // "1."
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
