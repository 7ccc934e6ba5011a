/**
 * Reads a Snapshot: for what it says of the top-level Targets, for one delegated role, or to compare it with the one stored before, piece by piece: names
 * rise in both, so one pointer into the piece is enough (docs/adr/0002).
 */
import { ENTRY, EXPECTED, EXPECTED_SIZE, SEARCH, SEARCH_END } from "./layout";
import { EVIDENCE_LISTED } from "./abi";
import { VERSION, keep } from "./entry";
import { entries, metaBegins } from "./meta";
import { begin as headerBegins } from "./header";
import { equal } from "./bytes";
import { name, nameLength } from "./json";
import * as Name from "./names";
import * as Status from "./status";
import { defer, hold, malformed } from "./verdict";
import { copyTag, sameTag } from "./digests";
import { nameTag } from "./tags";

// What pointing files state: places of EXPECTED.
export const OF_SNAPSHOT = EXPECTED; // by Timestamp
export const OF_TARGETS = EXPECTED + EXPECTED_SIZE; // by Snapshot
export const OF_ROLE = EXPECTED + 2 * EXPECTED_SIZE; // by Snapshot
export const PIN = EXPECTED + 3 * EXPECTED_SIZE; // SHA-256 of the Snapshot compared piece by piece

const ITEM = 24; // name tag 16 | version u64
const PIECE = (SEARCH_END - SEARCH) / ITEM; // names

const LOAD = 1; // the stored one: a piece of it
const COMPARE = 2; // the new one
const LOOKUP = 3; // one role

let purpose: u32 = 2; // COMPARE
let start: u32 = 0;
let filled: u32 = 0;
let pointer: u32 = 0;
let roleAt: usize = 0;
let roleLength: u32 = 0;
let targetsListed: bool = false;
export let roleListed: bool = false;
/** Names of the stored Snapshot beyond the piece at hand. */
export let moreStored: bool = false;

function passBegins(): void {
  headerBegins(Name.SNAPSHOT);
  metaBegins();
}

export function noPiece(): void {
  start = 0;
  filled = 0;
  moreStored = false;
}

/** Before the stored Snapshot is read. */
export function loads(): void {
  passBegins();
  purpose = LOAD;
  start = moreStored ? start + PIECE : 0;
  filled = 0;
}

/** Before the new one is read. */
export function compares(): void {
  passBegins();
  purpose = COMPARE;
  pointer = 0;
  targetsListed = false;
}

/** Before a Snapshot in force is read for one delegated role. */
export function looksUp(role: usize, length: u32): void {
  passBegins();
  purpose = LOOKUP;
  roleAt = role;
  roleLength = length;
  roleListed = false;
}

/** An entry has closed. */
export function snapshotEntry(): void {
  if (purpose == LOOKUP) lookUp();
  else if (purpose == LOAD) store_();
  else compare();
}

/** ".json", of a name of five bytes at least */
function endsInJson(): bool {
  const at = name() + nameLength() - 5;
  return load<u32>(at) == 0x6f736a2e && load<u8>(at, 4) == 0x6e;
}

function lookUp(): void {
  if (nameLength() != roleLength + 5 || !endsInJson() || !equal(name(), roleAt, roleLength)) return;
  roleListed = true;
  keep(OF_ROLE);
}

/** root.json and N.root.json: the rule speaks of Targets files. */
function isRoot(): bool {
  const length = nameLength();
  if (length < 9 || !endsInJson()) return false;
  const at = name() + length - 9;
  if (load<u32>(at) != 0x746f6f72) return false; // "root"
  for (let i: u32 = 0; i + 9 < length; i++) {
    const byte = u32(load<u8>(name() + i));
    if (i + 10 == length ? byte != 0x2e : byte - 0x30 > 9) return false;
  }
  return true;
}

function store_(): void {
  if (isRoot() || entries - 1 < start || filled == PIECE) return;
  copyTag(SEARCH + filled * ITEM, nameTag());
  store<u64>(SEARCH + filled * ITEM, load<u64>(ENTRY, VERSION), 16);
  filled++;
}

/** The stored Snapshot is over. */
export function loaded(): void {
  moreStored = entries > start + PIECE;
}

function compare(): void {
  if (Name.word(name(), nameLength()) == Name.TARGETS_JSON) {
    targetsListed = true;
    keep(OF_TARGETS);
  }
  if (pointer == filled) return;
  const item = SEARCH + pointer * ITEM;
  if (!sameTag(nameTag(), item)) return;
  pointer++;
  // §5.4.4.5 step 5
  if (load<u64>(ENTRY, VERSION) < load<u64>(item, 16)) defer(Status.Rollback, load<u64>(ENTRY, VERSION), load<u64>(item, 16));
}

/** The new Snapshot is over: every name of the piece was met. §5.4.4.5 step 5, second half */
export function compared(): void {
  if (!targetsListed) return malformed(Name.TARGETS_JSON);
  if (pointer != filled) defer(Status.Vanished, pointer, filled);
  else hold(EVIDENCE_LISTED);
}
