/** Reads a Root into STAGED (keyset.ts): keys, and which of them may sign what. Judged by chain.ts. */
import { CLOSE, OPEN, TEXT, context, inner, left, list, member, name, nameLength, object, textLength } from "./json";
import { DIGEST, STAGED, TOKEN, TOKEN_SIZE } from "./layout";
import { DIRECTOR, ROLE_ROOT, ROLE_SNAPSHOT, ROLE_TARGETS, ROLE_TIME, ROLE_TIMESTAMP } from "./abi";
import { C_KEY, EXPIRES, ROLES_SEEN, VERSION, empty, grant, keyCloses, keyEvent, keyOpens, setThreshold } from "./keyset";
import { begin, expires, header, version } from "./header";
import { directorWithoutSnapshot } from "./dialect";
import { natural } from "./entry";
import { tag } from "./bytes";
import * as Name from "./names";
import * as Status from "./status";
import { fail, failWith, malformed } from "./verdict";

export const C_ROOT = 10;
const C_ROLE = 13;
const C_KEYIDS = 14;
const C_KEYS = 64;
const C_ROLES = 65;

const NO_ROLE: u32 = 0xff;
const THRESHOLD_MAX: u32 = 1000; // as the field's clients have it

let keysSeen: bool = false;
let role: u32 = 0;
let idsSeen: bool = false;
let thresholdSeen: bool = false;

function roleOf(word: u32): u32 {
  switch (word) {
    case Name.ROOT:
      return ROLE_ROOT;
    case Name.TIMESTAMP:
      return ROLE_TIMESTAMP;
    case Name.SNAPSHOT:
      return ROLE_SNAPSHOT;
    case Name.TARGETS:
      return ROLE_TARGETS;
    case Name.TIME:
      return ROLE_TIME;
    default:
      return NO_ROLE; // other roles are other people's: offline updates, remote access
  }
}

export function rootBegins(): void {
  keysSeen = false;
  begin();
}

export function rootEvent(event: u32): void {
  switch (context()) {
    case C_ROOT:
      if (header(event)) return;
      if (event != OPEN) return;
      if (member() == Name.KEYS) {
        keysSeen = true;
        empty(STAGED); // a second pass fills it anew; the keys of its signers are in the slots by now
        object(C_KEYS);
      } else if (member() == Name.ROLES) object(C_ROLES);
      else inner(0);
      return;
    case C_KEYS:
      if (event == OPEN) keyOpens(STAGED);
      else if (event == CLOSE && left == C_KEY) keyCloses(STAGED);
      else malformed(Name.KEYS);
      return;
    case C_ROLES:
      roles(event);
      return;
    case C_ROLE:
      if (member() == Name.KEYIDS) {
        idsSeen = true;
        if (event == OPEN) list(C_KEYIDS);
        else if (event != CLOSE) malformed(Name.KEYIDS);
      } else if (member() == Name.THRESHOLD) {
        const threshold = natural(event, Name.THRESHOLD);
        if (threshold == 0) fail(Status.ZeroThreshold);
        if (threshold > THRESHOLD_MAX) failWith(Status.Limit, threshold, THRESHOLD_MAX);
        thresholdSeen = true;
        setThreshold(STAGED, role, u32(threshold));
      } else if (event == OPEN) inner(0);
      return;
    case C_KEYIDS:
      if (event != TEXT || textLength > TOKEN_SIZE) return malformed(Name.KEYIDS);
      tag(TOKEN, textLength, DIGEST, 8);
      grant(STAGED, role, DIGEST);
      return;
    default:
      keyEvent(STAGED, event);
  }
}

function roles(event: u32): void {
  if (event == OPEN) {
    role = roleOf(Name.word(name(), nameLength()));
    idsSeen = false;
    thresholdSeen = false;
    if (role == NO_ROLE) inner(0);
    else object(C_ROLE);
  } else if (event == CLOSE && left == C_ROLE) {
    if (!idsSeen || !thresholdSeen) return malformed(Name.ROLES);
    store<u32>(STAGED, load<u32>(STAGED, ROLES_SEEN) | (1 << role), ROLES_SEEN);
  } else if (event != CLOSE) malformed(Name.ROLES);
}

/**
 * At the end of the file: the four roles are there, or the two that a Director of aktualizr's back ends has. The time role is optional: Uptane 2.1.0 names no
 * way to carry it.
 */
export function rootRead(repository: u32): void {
  const roles: u32 = directorWithoutSnapshot && repository == DIRECTOR ? (1 << ROLE_ROOT) | (1 << ROLE_TARGETS) : 15;
  if (!keysSeen || (load<u32>(STAGED, ROLES_SEEN) & roles) != roles) malformed(Name.ROLES);
  store<u64>(STAGED, version, VERSION);
  store<u64>(STAGED, expires, EXPIRES);
}
