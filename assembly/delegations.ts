/**
 * The delegations of a Targets file, read for one wanted image: the first in listed order, from a given number on, whose paths and hardware identifiers
 * fit. Uptane 2.1.0 §5.4.4.7 steps 4 and 4a; order of delegations §5.2.3.2. Of a multi-role delegation (§5.4.4.8) one role at a time.
 */
import * as Grammar from "./grammar";
import { C_DELEGATIONS } from "./grammar";
import { KEYS, NAME_MAX, TOKEN, WANTED } from "./layout";
import { NO_KEY, empty, find, keyCloses, keyOpens } from "./keyset";
import { become, seen, textLength, value } from "./json";
import { copy } from "./bytes";
import { matches } from "./glob";
import { wantedLength } from "./match";
import * as Name from "./names";
import * as Status from "./status";
import { fail, failWith, malformed } from "./verdict";
import { sameTag } from "./digests";
import { tag, textTag } from "./tags";

const SIGNERS = 7; // the first three rows of a delegation in the grammar: name, key ids, threshold

let from: u32 = 0;
let fromRole: u32 = 0; // of the delegation with that number
let hardware: usize = 0;
let nameTo: usize = 0;

// The delegation being read.
let number: u32 = 0;
export let pathFits: bool = false;
let hardwareFits: bool = false;
let ids: u32 = 0;
export let needed: u32 = 0;
export let stops: bool = false;
let many: bool = false; // a multi-role delegation
let roles: u32 = 0; // of it, so far
let agreeing: u32 = 0; // roles that have to agree, 0: all
let manyIds: u32 = 0;
let manyNeeded: u32 = 0;
let bits: u32 = 0; // of succinct roles
let roleLength: u32 = 0;

// The one picked.
export let picked: bool = false;
export let pickedNumber: u32 = 0;
export let pickedKeys: u32 = 0; // bit per key of KEYS
export let pickedThreshold: u32 = 0;
export let pickedTerminating: bool = false;
export let pickedNameLength: u32 = 0;
export let pickedRoles: u32 = 0; // of a multi-role delegation; 0: an ordinary one
export let pickedAgreement: u32 = 0; // how many of them have to agree

/**
 * @param first  number of the first delegation that counts
 * @param role   which role of that one, where it has several
 * @param fits   tag of the hardware identifier of the ECU, 0: not known, then lists of hardware identifiers do not limit
 * @param name   where the role's name goes, NAME_SIZE bytes
 */
export function delegationsBegin(first: u32, role: u32, fits: usize, name: usize): void {
  from = first;
  fromRole = role;
  hardware = fits;
  nameTo = name;
  picked = false;
  number = 0;
}

/** The delegations member has opened. */
export function delegationsOpen(): void {
  empty(KEYS);
  become(C_DELEGATIONS);
}

export function delegationsAct(action: u32): void {
  switch (action) {
    case Grammar.DELEGATION_KEY_OPENS:
      return keyOpens(KEYS);
    case Grammar.DELEGATION_KEY_CLOSES:
      return keyCloses();
    case Grammar.SUCCINCT_OPENS:
    case Grammar.DELEGATION_OPENS:
      return opens();
    case Grammar.SUCCINCT_CLOSES:
      return succinctCloses();
    case Grammar.DELEGATION_CLOSES:
      return closes();
    case Grammar.ROLE_NAME:
      return roleName();
    case Grammar.DELEGATION_ID:
      return grant();
    case Grammar.ROLE_THRESHOLD:
      needed = positive();
      return;
    case Grammar.PATH:
      if (matches(TOKEN, textLength, WANTED, wantedLength)) pathFits = true;
      return;
    case Grammar.PREFIX:
      if (prefix()) pathFits = true;
      return;
    case Grammar.ROLE_HARDWARE_OPENS:
      hardwareFits = hardware == 0;
      return;
    case Grammar.ROLE_FITS:
      if (hardware == 0 || sameTag(textTag(), hardware)) hardwareFits = true;
      return;
    case Grammar.TERMINATING:
      if (value > 1) malformed(Name.TERMINATING);
      stops = value == 1;
      return;
    case Grammar.MANY_OPENS:
      many = true;
      return;
    case Grammar.AGREEMENT:
      agreeing = positive();
      return;
    case Grammar.ONE_OPENS:
      ids = 0;
      return;
    case Grammar.ONE_CLOSES:
      return oneCloses();
    case Grammar.BIT_LENGTH:
      bits = positive();
      return;
    default:
      return;
  }
}

export function opens(): void {
  pathFits = false;
  hardwareFits = true;
  ids = 0;
  needed = 0;
  stops = false;
  many = false;
  roles = 0;
  agreeing = 0;
  bits = 0;
}

/** A number of at least 1. */
function positive(): u32 {
  if (value == 0) fail(Status.ZeroThreshold);
  return u32(min<u64>(value, u32.MAX_VALUE));
}

/** Not empty, not a top-level role: attack case 15. Kept only until something is picked. */
function roleName(): void {
  const known = Name.word(TOKEN, textLength);
  if (textLength == 0 || textLength > NAME_MAX) return malformed(Name.NAME);
  if (known == Name.ROOT || known == Name.TIMESTAMP || known == Name.SNAPSHOT || known == Name.TARGETS) return malformed(Name.NAME);
  if (picked || (many && roles != wantedRole())) return;
  copy(nameTo, TOKEN, textLength);
  roleLength = textLength;
}

function grant(): void {
  const key = find(KEYS, textTag());
  if (key != NO_KEY) ids |= 1 << key;
}

/** TUF 1.0.31 §4.5: the hex digest of the name starts with the prefix. */
function prefix(): bool {
  if (textLength == 0 || textLength > 64) return false;
  const digest = tag(WANTED, wantedLength);
  for (let i: u32 = 0; i < textLength; i++) {
    const byte = u32(load<u8>(digest + (i >> 1)));
    const half = i & 1 ? byte & 15 : byte >> 4;
    if (load<u8>(TOKEN + i) != (half < 10 ? 0x30 + half : 0x57 + half)) return false;
  }
  return true;
}

/** The role of the delegation being read that is asked for. */
function wantedRole(): u32 {
  return number == from ? fromRole : 0;
}

/** One role of a multi-role delegation. */
function oneCloses(): void {
  if (roles == wantedRole()) {
    manyIds = ids;
    manyNeeded = needed;
  }
  roles++;
}

function closes(): void {
  const here = number;
  const fits = !picked && here >= from && pathFits && hardwareFits;
  const role = wantedRole();
  number++;
  if (!many && (seen() & SIGNERS) != SIGNERS) return malformed(Name.ROLES);
  if (many && (roles == 0 || agreeing > roles)) return malformed(Name.MIN_ROLES_IN_AGREEMENT);
  if (!fits || (many && role >= roles)) return;
  picked = true;
  pickedNumber = here;
  pickedKeys = many ? manyIds : ids;
  pickedThreshold = many ? manyNeeded : needed;
  pickedTerminating = stops;
  pickedNameLength = roleLength;
  pickedRoles = many ? roles : 0;
  pickedAgreement = agreeing == 0 ? roles : agreeing;
}

/** TAP 15: the leading bits of the name's SHA-256 choose the role; no other delegation stands beside it, so it ends the search. */
function succinctCloses(): void {
  if (bits > 32) return malformed(Name.SUCCINCT_ROLES);
  if (from != 0 || picked) return;
  const bin = bswap(load<u32>(tag(WANTED, wantedLength))) >> (32 - bits);
  const digits = (bits + 3) / 4;
  if (roleLength + 1 + digits > NAME_MAX) return failWith(Status.Limit, roleLength + 1 + digits, NAME_MAX);
  store<u8>(nameTo + roleLength++, 0x2d);
  for (let i: u32 = digits; i > 0; i--) {
    const digit = (bin >> ((i - 1) * 4)) & 15;
    store<u8>(nameTo + roleLength++, digit < 10 ? 0x30 + digit : 0x57 + digit);
  }
  picked = true;
  pickedNumber = 0;
  pickedKeys = ids;
  pickedThreshold = needed;
  pickedTerminating = true;
  pickedNameLength = roleLength;
  pickedRoles = 0;
}
