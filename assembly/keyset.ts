/**
 * A set of public keys with what a Root says of their roles; for delegations only the keys are used. At `set`:
 * version u64 | expires u64 | keys u32 | roles seen u32 | five thresholds u16 | pad | then KEYS_MAX keys of 44 bytes: tag 8 | key 32 | roles u32.
 */
import { clear, hex } from "./bytes";
import { fold, labels } from "./dialect";
import { name, nameLength, seen, textLength } from "./json";
import { DIGEST, KEYSET_SIZE, KEYS_MAX, TOKEN, TOKEN_SIZE } from "./layout";
import * as Name from "./names";
import { objectEnds, objectStarts } from "./sink";
import * as Status from "./status";
import { fail, failWith } from "./verdict";
import { copyDigest, sameDigest } from "./digests";
import { ownTag } from "./tags";

export const VERSION = 0;
export const EXPIRES = 8;
const COUNT = 16;
export const ROLES_SEEN = 20;
const THRESHOLDS = 24;
const KEYS = 64;
const KEY_SIZE = 44;
const KEY = 8;
const ROLES = 40;
const USABLE: u32 = 31; // beside the roles: the key can verify

export const NO_KEY: u32 = 0xffffffff;

const SCHEME_SEEN = 4; // third row of a key in the grammar

export function empty(set: usize): void {
  clear(set, KEYSET_SIZE);
}

export function version(set: usize): u64 {
  return load<u64>(set, VERSION);
}

export function threshold(set: usize, role: u32): u32 {
  return load<u16>(set + role * 2, THRESHOLDS);
}

export function setThreshold(set: usize, role: u32, value: u32): void {
  store<u16>(set + role * 2, value, THRESHOLDS);
}

function place(set: usize, key: u32): usize {
  return set + KEYS + key * KEY_SIZE;
}

export function keyBytes(set: usize, key: u32): usize {
  return place(set, key) + KEY;
}

export function usable(set: usize, key: u32): bool {
  return load<u32>(place(set, key), ROLES) >> USABLE != 0;
}

/** A key that the host vouches for. @param tagged its id: 8 bytes of a tag @param bytes 32 */
export function addKey(set: usize, tagged: usize, bytes: usize): void {
  const count = load<u32>(set, COUNT);
  if (count == KEYS_MAX) return failWith(Status.Limit, count + 1, KEYS_MAX);
  const key = place(set, count);
  store<u64>(key, load<u64>(tagged));
  copyDigest(key + KEY, bytes);
  if (holds(set, (u32(1) << count) - 1, key + KEY)) return fail(Status.DuplicateKey);
  store<u32>(key, 1 << USABLE, ROLES);
  store<u32>(set, count + 1, COUNT);
}

/** @param tagged 8 bytes @returns the key's number, or NO_KEY */
export function find(set: usize, tagged: usize): u32 {
  const count = load<u32>(set, COUNT);
  for (let key: u32 = 0; key < count; key++) if (load<u64>(place(set, key)) == load<u64>(tagged)) return key;
  return NO_KEY;
}

/** Bit per key that belongs to a role of Root. */
export function ofRole(set: usize, role: u32): u32 {
  let keys: u32 = 0;
  for (let key: u32 = 0; key < load<u32>(set, COUNT); key++) {
    keys |= ((load<u32>(place(set, key), ROLES) >> role) & 1) << key;
  }
  return keys;
}

/** A role of Root names the key whose tag is at `tagged`; an id without a key can never sign and is read over. */
export function grant(set: usize, role: u32, tagged: usize): void {
  const key = find(set, tagged);
  if (key != NO_KEY) store<u32>(place(set, key), load<u32>(place(set, key), ROLES) | (1 << role), ROLES);
}

/** Whether a role has the same keys, by value, and the same threshold in two Roots: else its keys were rotated. */
export function sameRole(a: usize, b: usize, role: u32): bool {
  if (threshold(a, role) != threshold(b, role)) return false;
  let inA = ofRole(a, role);
  const inB = ofRole(b, role);
  if (popcnt(inA) != popcnt(inB)) return false;
  for (let key = keyBytes(a, 0); inA; key += KEY_SIZE) {
    if (inA & 1 && !holds(b, inB, key)) return false;
    inA >>= 1;
  }
  return true;
}

function holds(set: usize, keys: u32, bytes: usize): bool {
  for (let key = keyBytes(set, 0); keys; key += KEY_SIZE) {
    if (keys & 1 && sameDigest(key, bytes)) return true;
    keys >>= 1;
  }
  return false;
}

// --- reading the map of key ids to keys -------------------------------------------------------------------------------

let filling: usize = 0; // the set
let type: u32 = 0;
let scheme: u32 = 0;
let publicGood: bool = false;

/** A key object opens in the map of a set: its name is the key id. */
export function keyOpens(set: usize): void {
  filling = set;
  const count = load<u32>(set, COUNT);
  if (count == KEYS_MAX) return failWith(Status.Limit, count + 1, KEYS_MAX);
  const id = ownTag();
  if (find(set, id) != NO_KEY) return fail(Status.DuplicateKey);
  store<u64>(place(set, count), load<u64>(id));
  objectStarts();
}

export function keyType(): void {
  fold(TOKEN, textLength);
  type = Name.word(TOKEN, textLength);
}

export function keyScheme(): void {
  fold(TOKEN, textLength);
  scheme = Name.word(TOKEN, textLength);
}

export function keyPublic(): void {
  if (textLength > TOKEN_SIZE) publicGood = false;
  else {
    fold(TOKEN, textLength);
    publicGood = hex(TOKEN, textLength, place(filling, load<u32>(filling, COUNT)) + KEY, 32);
  }
}

/**
 * A key of another type or scheme is kept, so that its id is known, but never verifies. The id has to be the SHA-256 of the object's canonical form, unless
 * the dialect has labels.
 */
export function keyCloses(): void {
  objectEnds(DIGEST);
  if (!labels) {
    if (!hex(name(), nameLength(), DIGEST + 32, 32) || !sameDigest(DIGEST, DIGEST + 32)) return fail(Status.KeyId);
  }
  const count = load<u32>(filling, COUNT);
  const key = place(filling, count);
  const ours = type == Name.ED25519 && (seen() & SCHEME_SEEN ? scheme == Name.ED25519 : labels);
  if (ours) {
    if (!publicGood) return failWith(Status.BadHex, Name.PUBLIC, 0);
    if (holds(filling, ofRole(filling, USABLE), key + KEY)) return fail(Status.DuplicateKey);
  }
  store<u32>(key, u32(ours) << USABLE, ROLES);
  store<u32>(filling, count + 1, COUNT);
}
