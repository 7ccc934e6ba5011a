/**
 * The search for one image through delegations: Uptane 2.1.0 §5.4.4.7, depth first, in listed order. Nothing is kept of a file but its digest, so a parent is
 * read anew (and pinned) when the search comes back to it. One ECU at a time, each with its own hardware identifier.
 *
 * A frame: next delegation u32 | reached by a terminating one u32 | version u64 | SHA-256 32 | name length u32 | pad | from 64 on the name, NAME_SIZE.
 */
import * as Abi from "./abi";
import * as Name from "./names";
import * as Status from "./status";
import { C_META_FILE } from "./meta";
import { C_TARGETS_FILE, DELEGATIONS, ENTRY_OPENS, targetsBegin, targetsEvent, targetsRead } from "./targets";
import { DELEGATION_DEPTH_MAX, DIGEST, FRAMES, FRAME_SIZE, KEYS, RAW256, SNAPSHOT_LIMIT, TARGETS_LIMIT, VISITS_MAX } from "./layout";
import { HAS_LENGTH, LENGTH, VERSION, has } from "./entry";
import { MATCHED, NO_ROW, ecus, findImage, flags, hardwareOf, imageOf, mark } from "./rows";
import { OF_ROLE, looksUp, roleListed, snapshotEvent } from "./snapshot";
import { ask, blame, keep, withDigest, withHashes, withName } from "./report";
import { begin, ended, recorded } from "./file";
import { copy, equal, tag } from "./bytes";
import { delegationsBegin, delegationsEvent, delegationsOpen, picked, pickedKeys, pickedNameLength, pickedNumber, pickedTerminating, pickedThreshold } from "./delegations";
import { expires, unexpired, version } from "./header";
import { genuine } from "./top";
import { hit, matchAny, matchMoment, matchOne, want } from "./match";
import { inner, ownName, ownNameLength } from "./json";
import { sha256, version as trusted } from "./trusted";
import { fail, hold, need, settle, settled, status, wrap } from "./verdict";

const NAMING = 0; // Director Targets: the name of the image
const LISTING = 1; // a file read before: its delegations
const LOOKING_UP = 2; // Snapshot: the delegated file
const ROLE = 3; // the delegated file


let step: u32 = 0; // NAMING
let ecu: u32 = 0xffffffff; // NO_ROW
let image: u32 = 0xffffffff; // NO_ROW
let depth: u32 = 0; // of the file whose delegations are looked at: 0 = top level
let visits: u32 = 0;
let now: u64 = 0;
let roleKeys: u32 = 0;
let roleThreshold: u32 = 0;
let named: bool = false;

function frame(i: u32): usize {
  return FRAMES + i * FRAME_SIZE;
}

function frameName(i: u32): usize {
  return frame(i) + 64;
}

function terminating(i: u32): bool {
  return load<u32>(frame(i), 4) != 0;
}

/**
 * @param whose  the ECU that is to get the image, NO_ROW: nobody, so no hardware identifier limits the search
 * @param which  the image of Director Targets, NO_ROW: the wanted name is known, and no Director ordered it
 */
export function startSearch(whose: u32, which: u32, time: u64): void {
  ecu = whose;
  image = which;
  now = time;
  depth = 0;
  visits = 0;
  store<u32>(frame(0), 0);
  store<u32>(frame(0), 0, 4);
  if (image == NO_ROW) return list();
  if (ecu != NO_ROW) blame(ecu);
  step = NAMING;
  named = false;
  ask(Abi.DIRECTOR, Abi.ROLE_TARGETS, Abi.SOURCE_STORED, trusted(Abi.DIRECTOR, Abi.ROLE_TARGETS), TARGETS_LIMIT);
  withDigest(sha256(Abi.DIRECTOR, Abi.ROLE_TARGETS));
  begin(0, C_TARGETS_FILE, TARGETS_LIMIT, false);
  targetsBegin();
}

/** Reads the delegations of the file at `depth` again, from the next one on. */
function list(): void {
  step = LISTING;
  const here = frame(depth);
  if (depth == 0) {
    ask(Abi.IMAGE, Abi.ROLE_TARGETS, Abi.SOURCE_STORED, trusted(Abi.IMAGE, Abi.ROLE_TARGETS), TARGETS_LIMIT);
    withDigest(sha256(Abi.IMAGE, Abi.ROLE_TARGETS));
  } else {
    ask(Abi.IMAGE, Abi.ROLE_DELEGATED, Abi.SOURCE_STORED, load<u64>(here, 8), TARGETS_LIMIT);
    withDigest(here + 16);
    withName(frameName(depth), load<u32>(here, 48));
  }
  begin(0, C_TARGETS_FILE, TARGETS_LIMIT, false);
  targetsBegin();
  lookFor(load<u32>(here));
}

function lookFor(from: u32): void {
  delegationsBegin(from, ecu == NO_ROW ? 0 : hardwareOf(ecu), frameName(depth + 1));
}

export function searchEvent(event: u32): void {
  if (step == LOOKING_UP) return snapshotEvent(event);
  if (step != NAMING && delegationsEvent(event)) return;
  const moment = targetsEvent(event);
  if (moment == DELEGATIONS) {
    if (step == NAMING) inner(0);
    else delegationsOpen();
  } else if (step == ROLE) matchMoment(moment);
  else if (step == NAMING && moment == ENTRY_OPENS) {
    tag(ownName(), ownNameLength(), DIGEST, 16);
    if (findImage(DIGEST) != image) return;
    named = true;
    want(ownName(), ownNameLength());
  }
}

/** A file is over. @returns whether the search has found its image */
export function searchEnd(): bool {
  switch (step) {
    case NAMING:
      ended();
      recorded(sha256(Abi.DIRECTOR, Abi.ROLE_TARGETS));
      if (!named) fail(Status.Storage);
      if (status == Status.Ok) list();
      return false;
    case LISTING:
      ended();
      recorded(depth == 0 ? sha256(Abi.IMAGE, Abi.ROLE_TARGETS) : frame(depth) + 16);
      if (status == Status.Ok) onwards();
      return false;
    case LOOKING_UP:
      ended();
      recorded(sha256(Abi.IMAGE, Abi.ROLE_SNAPSHOT));
      if (status == Status.Ok) fetch();
      return false;
    default:
      return roleEnd();
  }
}

/** The next delegation that fits, or back to the parent. */
function onwards(): void {
  if (picked) return follow();
  if (depth == 0) return fail(Status.NotFound);
  depth--;
  list();
}

function follow(): void {
  store<u32>(frame(depth), pickedNumber + 1);
  if (onPath()) return list(); // a cycle leads nowhere: the next delegation
  if (depth == DELEGATION_DEPTH_MAX) return fail(Status.Limit, depth + 1, DELEGATION_DEPTH_MAX);
  if (++visits > VISITS_MAX) return fail(Status.Limit, visits, VISITS_MAX);
  roleKeys = pickedKeys;
  roleThreshold = pickedThreshold;
  depth++;
  const here = frame(depth);
  store<u32>(here, 0);
  store<u32>(here, pickedTerminating ? 1 : 0, 4);
  store<u32>(here, pickedNameLength, 48);
  step = LOOKING_UP;
  ask(Abi.IMAGE, Abi.ROLE_SNAPSHOT, Abi.SOURCE_STORED, trusted(Abi.IMAGE, Abi.ROLE_SNAPSHOT), SNAPSHOT_LIMIT);
  withDigest(sha256(Abi.IMAGE, Abi.ROLE_SNAPSHOT));
  begin(0, C_META_FILE, SNAPSHOT_LIMIT, false);
  looksUp(frameName(depth), pickedNameLength);
}

function onPath(): bool {
  for (let i: u32 = 1; i <= depth; i++) {
    if (load<u32>(frame(i), 48) == pickedNameLength && equal(frameName(i), frameName(depth + 1), pickedNameLength)) return true;
  }
  return false;
}

/** Snapshot says which version of the delegated file is in force. */
function fetch(): void {
  step = ROLE;
  if (!roleListed) {
    fail(Status.MixAndMatch);
    return invalid();
  }
  const most = has(OF_ROLE, HAS_LENGTH) ? load<u64>(OF_ROLE, LENGTH) : TARGETS_LIMIT;
  ask(Abi.IMAGE, Abi.ROLE_DELEGATED, Abi.SOURCE_NEW, load<u64>(OF_ROLE, VERSION), min<u64>(most, TARGETS_LIMIT));
  withHashes(OF_ROLE);
  withName(frameName(depth), load<u32>(frame(depth), 48));
  begin(KEYS, C_TARGETS_FILE, min<u64>(most, TARGETS_LIMIT), true);
  targetsBegin();
  if (image == NO_ROW) matchAny();
  else matchOne(ecu, image);
  lookFor(0);
}

function roleEnd(): bool {
  // The keys are those of the delegating file, whoever else names this role: §5.4.4.6 step 4, attack case 9.
  if (!genuine(Name.TARGETS, OF_ROLE, roleKeys, roleThreshold)) return false;
  targetsRead();
  hold(Abi.EVIDENCE_VERSION); // Snapshot names it, and its own rollback check has been made
  unexpired(expires, now);
  if (status != Status.Ok) return false;
  settle();
  need(Abi.EVIDENCE_THRESHOLD | Abi.EVIDENCE_UNEXPIRED | Abi.EVIDENCE_POINTER);
  if (status != Status.Ok) return false;
  const here = frame(depth);
  store<u64>(here, version, 8);
  copy(here + 16, RAW256, 32);
  keep(version);
  if (hit) {
    share();
    return true;
  }
  if (terminating(depth)) fail(Status.NotFound);
  else onwards();
  return false;
}

/** ECUs of the same hardware with the same image need no search of their own. */
function share(): void {
  if (ecu == NO_ROW) return;
  for (let i: u32 = 0; i < ecus; i++) {
    if (imageOf(i) == image && equal(hardwareOf(i), hardwareOf(ecu), 16)) mark(i, flags(ecu) & MATCHED);
  }
}

/** A delegated file that is missing or bad ends the search, whatever a later delegation might know: §5.4.4.7 step 1. */
export function invalid(): void {
  if (step == ROLE && !settled && status != Status.Ok && status != Status.Limit) wrap(Status.RoleInvalid);
}

export function searchMissing(why: u32): void {
  if (step == ROLE) fail(why);
  else fail(Status.Storage);
  if (why == Status.Missing) invalid();
}
