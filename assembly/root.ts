/** Reads a Root into STAGED (keyset.ts): keys, and which of them may sign what. Judged by chain.ts. */
import { C_SKIPPED } from "./grammar";
import { STAGED } from "./layout";
import { DIRECTOR, ROLE_ROOT, ROLE_TARGETS } from "./abi";
import { EXPIRES, ROLES_SEEN, VERSION, empty, grant, setThreshold } from "./keyset";
import { become, ownName, ownNameLength, value } from "./json";
import { directorWithoutSnapshot } from "./dialect";
import { expires, version } from "./header";
import * as Name from "./names";
import * as Status from "./status";
import { fail, failWith, malformed } from "./verdict";
import { textTag } from "./tags";

const ROLES: u32 = 5; // other roles are other people's: offline updates, remote access
const THRESHOLD_MAX: u32 = 1000; // as the field's clients have it

let role: u32 = 0;

/** A second pass fills the set anew; the keys of its signers are in the slots by then. */
export function keysOpen(): void {
  empty(STAGED);
}

/** The words of the roles stand in the order of ROLE_*. */
export function roleOpens(): void {
  role = Name.word(ownName(), ownNameLength()) - Name.ROOT;
  if (role >= ROLES) become(C_SKIPPED);
  else store<u32>(STAGED, load<u32>(STAGED, ROLES_SEEN) | (1 << role), ROLES_SEEN);
}

export function roleKeyId(): void {
  grant(STAGED, role, textTag());
}

export function roleThreshold(): void {
  if (value == 0) fail(Status.ZeroThreshold);
  if (value > THRESHOLD_MAX) failWith(Status.Limit, value, THRESHOLD_MAX);
  setThreshold(STAGED, role, u32(value));
}

/**
 * At the end of the file: the four roles are there, or the two that a Director of aktualizr's back ends has. The time role is optional: Uptane 2.1.0 names no
 * way to carry it.
 */
export function rootRead(repository: u32): void {
  const roles: u32 = directorWithoutSnapshot && repository == DIRECTOR ? (1 << ROLE_ROOT) | (1 << ROLE_TARGETS) : 15;
  if ((load<u32>(STAGED, ROLES_SEEN) & roles) != roles) malformed(Name.ROLES);
  store<u64>(STAGED, version, VERSION);
  store<u64>(STAGED, expires, EXPIRES);
}
