/**
 * The delegations of a Targets file, read for one wanted image: the first in listed order, from a given number on, whose paths and hardware identifiers
 * fit. Uptane 2.1.0 §5.4.4.7 steps 4 and 4a; order of delegations §5.2.3.2. Of a multi-role delegation (§5.4.4.8) one role at a time.
 */
import { C_KEY, empty, find, keyCloses, keyEvent, keyOpens, NO_KEY } from "./keyset";
import { CLOSE, LITERAL, OPEN, TEXT, context, inner, left, list, member, object, textLength, value } from "./json";
import { DIGEST, KEYS, NAME_MAX, TOKEN, TOKEN_SIZE, WANTED } from "./layout";
import { copy, equal, tag } from "./bytes";
import { matches } from "./glob";
import { natural } from "./entry";
import { wantedLength } from "./match";
import * as Name from "./names";
import * as Status from "./status";
import { fail, failWith, malformed } from "./verdict";

const C_DELEGATIONS = 35;
const C_DELEGATION = 36;
const C_ROLE_LIST = 41;
const C_IDS = 42;
const C_PATHS = 43;
const C_PREFIXES = 44;
const C_FITS = 45;
const C_MANY = 57; // the roles of a multi-role delegation
const C_ONE = 58;
const C_SUCCINCT = 59;
const C_KEY_MAP = 70;

let from: u32 = 0;
let fromRole: u32 = 0; // of the delegation with that number
let hardware: usize = 0;
let nameTo: usize = 0;

// The delegation being read.
let number: u32 = 0;
let parts: u32 = 0; // 1 name, 2 threshold, 4 key ids
let pathFits: bool = false;
let hardwareFits: bool = false;
let ids: u32 = 0;
let needed: u32 = 0;
let stops: bool = false;
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

/** The delegations member opens. */
export function delegationsOpen(): void {
  empty(KEYS);
  object(C_DELEGATIONS);
}

/** @returns true if the event was one of delegations */
export function delegationsEvent(event: u32): bool {
  switch (context()) {
    case C_DELEGATIONS:
      if (event == CLOSE && left == C_SUCCINCT) succinctCloses();
      if (event != OPEN) return true;
      if (member() == Name.KEYS) object(C_KEY_MAP);
      else if (member() == Name.ROLES) list(C_ROLE_LIST);
      else if (member() == Name.SUCCINCT_ROLES) {
        opens();
        inner(C_SUCCINCT);
      }
      else inner(0);
      return true;
    case C_KEY_MAP:
      if (event == OPEN) keyOpens(KEYS);
      else if (event == CLOSE && left == C_KEY) keyCloses(KEYS);
      else malformed(Name.KEYS);
      return true;
    case C_ROLE_LIST:
      if (event == OPEN) {
        opens();
        object(C_DELEGATION);
      } else if (event == CLOSE && left == C_DELEGATION) closes();
      else malformed(Name.ROLES);
      return true;
    case C_DELEGATION:
      if (!signers(event)) delegation(event);
      return true;
    case C_SUCCINCT:
      if (!signers(event)) succinct(event);
      return true;
    case C_MANY:
      if (event == OPEN) {
        ids = 0;
        needed = 0;
        parts = 0;
        object(C_ONE);
      } else if (event == CLOSE && left == C_ONE) oneCloses();
      else malformed(Name.ROLES);
      return true;
    case C_ONE:
      if (!signers(event) && event == OPEN) inner(0);
      return true;
    case C_IDS:
      if (needText(event)) grant();
      return true;
    case C_PATHS:
      if (needText(event) && matches(TOKEN, textLength, WANTED, wantedLength)) pathFits = true;
      return true;
    case C_PREFIXES:
      if (needText(event) && prefix()) pathFits = true;
      return true;
    case C_FITS:
      if (needText(event)) {
        tag(TOKEN, textLength, DIGEST, 16);
        if (hardware == 0 || equal(DIGEST, hardware, 16)) hardwareFits = true;
      }
      return true;
    default:
      return keyEvent(KEYS, event);
  }
}

function needText(event: u32): bool {
  if (event == TEXT && textLength <= TOKEN_SIZE) return true;
  malformed(member());
  return false;
}

function opens(): void {
  parts = 0;
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
function positive(event: u32): u32 {
  const number = natural(event, member());
  if (number == 0) fail(Status.ZeroThreshold);
  return u32(min<u64>(number, u32.MAX_VALUE));
}

/** Who signs: a name, its keys, how many of them. @returns true if the event was one of these */
function signers(event: u32): bool {
  switch (member()) {
    case Name.NAME:
    case Name.NAME_PREFIX:
      if (needText(event)) roleName();
      return true;
    case Name.KEYIDS:
      parts |= 4;
      if (event == OPEN) list(C_IDS);
      return true;
    case Name.THRESHOLD:
      needed = positive(event);
      parts |= 2;
      return true;
    default:
      return false;
  }
}

function delegation(event: u32): void {
  switch (member()) {
    case Name.PATHS:
      if (event == OPEN) list(C_PATHS);
      return;
    case Name.PATH_HASH_PREFIXES:
      if (event == OPEN) list(C_PREFIXES);
      return;
    case Name.HARDWARE_IDS:
      if (event == OPEN) {
        hardwareFits = hardware == 0;
        list(C_FITS);
      } else if (event != CLOSE && (event != LITERAL || value != 2)) malformed(Name.HARDWARE_IDS); // null: none
      return;
    case Name.TERMINATING:
      if (event != LITERAL || value == 2) malformed(Name.TERMINATING);
      stops = value == 1;
      return;
    case Name.ROLES:
      many = true;
      if (event == OPEN) list(C_MANY);
      return;
    case Name.MIN_ROLES_IN_AGREEMENT:
      agreeing = positive(event);
      return;
    default:
      if (event == OPEN) inner(0);
  }
}

function succinct(event: u32): void {
  if (member() == Name.BIT_LENGTH) bits = positive(event);
  else if (event == OPEN) inner(0);
}

/** Not empty, not a top-level role: attack case 15. Kept only until something is picked. */
function roleName(): void {
  const known = Name.word(TOKEN, textLength);
  if (textLength == 0 || textLength > NAME_MAX) return malformed(Name.NAME);
  if (known == Name.ROOT || known == Name.TIMESTAMP || known == Name.SNAPSHOT || known == Name.TARGETS) return malformed(Name.NAME);
  parts |= 1;
  if (picked || (many && roles != wantedRole())) return;
  copy(nameTo, TOKEN, textLength);
  roleLength = textLength;
}

function grant(): void {
  tag(TOKEN, textLength, DIGEST, 8);
  const key = find(KEYS, DIGEST);
  if (key != NO_KEY) ids |= 1 << key;
}

/** TUF 1.0.31 §4.5: the hex digest of the name starts with the prefix. */
function prefix(): bool {
  if (textLength == 0 || textLength > 64) return false;
  tag(WANTED, wantedLength, DIGEST, 32);
  for (let i: u32 = 0; i < textLength; i++) {
    const byte = u32(load<u8>(DIGEST + (i >> 1)));
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
  if (parts != 7) return malformed(Name.ROLES);
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
  if (!many && parts != 7) return malformed(Name.ROLES);
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
  if (parts != 7 || bits == 0 || bits > 32) return malformed(Name.SUCCINCT_ROLES);
  if (from != 0 || picked) return;
  tag(WANTED, wantedLength, DIGEST, 4);
  const bin = bswap(load<u32>(DIGEST)) >> (32 - bits);
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
