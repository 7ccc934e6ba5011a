/**
 * The search for one image through delegations: Uptane 2.1.0 §5.4.4.7 and §5.4.4.8, depth first, in listed order. Nothing is kept of a file but its digest,
 * so a parent is read anew (and pinned) when the search comes back to it. One ECU at a time, each with its own hardware identifier.
 *
 * The roles of a multi-role delegation are searched one after the other, each as if it stood alone; what they found is compared, and the winner is
 * searched once more like an ordinary delegation, so that there is one way in which an entry is taken.
 */
import * as Abi from "./abi";
import * as Frame from "./frames";
import * as Status from "./status";
import { C_META_FILE, C_TARGETS_FILE, DELEGATIONS_OPENS, ENTRY_OPENS, META_CLOSES } from "./grammar";
import { DELEGATION_DEPTH_MAX, KEYS, RAW256, SNAPSHOT_LIMIT, TARGETS_LIMIT, VISITS_MAX } from "./layout";
import { VERSION, limitOf } from "./entry";
import { MATCHED, NO_ROW, ecus, findImage, flags, hardwareOf, imageOf, mark } from "./rows";
import { NOBODY, agreed, decide, noResults, results } from "./agreement";
import { OF_ROLE, looksUp, roleListed, snapshotEntry } from "./snapshot";
import { ask, blame, keep, withDigest, withHashes, withName } from "./report";
import { begin, ended, recorded, widen } from "./file";
import { equal } from "./bytes";
import {
  delegationsBegin, delegationsOpen, picked, pickedAgreement, pickedKeys, pickedNameLength, pickedNumber, pickedRoles, pickedTerminating,
  pickedThreshold,
} from "./delegations";
import { expires, unexpired, version } from "./header";
import { genuine } from "./top";
import { GROUP, hit, matchAct, matchAny, matchOne, tally, want } from "./match";
import { judge } from "./signatures";
import { ownName, ownNameLength } from "./json";
import { targetsBegin } from "./targets";
import { sha256, version as trusted } from "./trusted";
import { fail, failWith, hold, need, pardon, settle, settled, status, wrap } from "./verdict";
import { copyDigest, sameTag } from "./digests";
import { ownTag } from "./tags";

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
/** The rest of a file that has failed is read over: its role contributes nothing. */
export let skipping: bool = false;

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
  skipping = false;
  noResults();
  Frame.enter(0, 0, false);
  if (image == NO_ROW) return list();
  if (ecu != NO_ROW) blame(ecu);
  step = NAMING;
  named = false;
  ask(Abi.DIRECTOR, Abi.ROLE_TARGETS, Abi.SOURCE_STORED, trusted(Abi.DIRECTOR, Abi.ROLE_TARGETS), TARGETS_LIMIT);
  withDigest(sha256(Abi.DIRECTOR, Abi.ROLE_TARGETS));
  begin(0, C_TARGETS_FILE);
  targetsBegin();
}

/** Reads the delegations of the file at `depth` again, from the next one on. */
function list(): void {
  step = LISTING;
  if (depth == 0) {
    ask(Abi.IMAGE, Abi.ROLE_TARGETS, Abi.SOURCE_STORED, trusted(Abi.IMAGE, Abi.ROLE_TARGETS), TARGETS_LIMIT);
    withDigest(sha256(Abi.IMAGE, Abi.ROLE_TARGETS));
  } else {
    ask(Abi.IMAGE, Abi.ROLE_DELEGATED, Abi.SOURCE_STORED, Frame.version(depth), TARGETS_LIMIT);
    withDigest(Frame.digest(depth));
    withName(Frame.name(depth), Frame.nameLength(depth));
  }
  begin(0, C_TARGETS_FILE);
  targetsBegin();
  lookFor();
}

function lookFor(): void {
  delegationsBegin(Frame.next(depth), Frame.role(depth), ecu == NO_ROW ? 0 : hardwareOf(ecu), Frame.name(depth + 1));
}

export function searchAct(action: u32): void {
  if (action == META_CLOSES) return snapshotEntry();
  if (action == DELEGATIONS_OPENS && step != NAMING) return delegationsOpen();
  if (step == ROLE) return matchAct(action);
  if (step != NAMING || action != ENTRY_OPENS) return;
  if (findImage(ownTag()) != image) return;
  named = true;
  want(ownName(), ownNameLength());
}

/** A file is over. @returns whether the search has found its image */
export function searchEnd(): bool {
  if (skipping) return nothing();
  switch (step) {
    case NAMING:
      ended();
      recorded(sha256(Abi.DIRECTOR, Abi.ROLE_TARGETS));
      if (!named) fail(Status.Storage);
      if (status == Status.Ok) list();
      return false;
    case LISTING:
      ended();
      recorded(depth == 0 ? sha256(Abi.IMAGE, Abi.ROLE_TARGETS) : Frame.digest(depth));
      return status == Status.Ok && onwards();
    case LOOKING_UP:
      ended();
      recorded(sha256(Abi.IMAGE, Abi.ROLE_SNAPSHOT));
      return status == Status.Ok && fetch();
    default:
      return roleEnd();
  }
}

/** The next delegation that fits, or back to the parent. */
function onwards(): bool {
  if (picked) return follow();
  if (depth == 0) {
    fail(Status.NotFound);
    return false;
  }
  depth--;
  return came(false);
}

function follow(): bool {
  const parent = Frame.phase(depth);
  if (parent == Frame.ORDINARY) {
    // The next time this file is looked at, it goes on behind this delegation, or with the next role of it.
    if (pickedRoles == 0) Frame.setNext(depth, pickedNumber + 1);
    else {
      Frame.setNext(depth, pickedNumber);
      Frame.collect(depth, pickedRoles, pickedAgreement, pickedTerminating, results);
    }
  }
  if (onPath()) return came(false); // a cycle leads nowhere
  if (depth == DELEGATION_DEPTH_MAX) failWith(Status.Limit, depth + 1, DELEGATION_DEPTH_MAX);
  if (++visits > VISITS_MAX) failWith(Status.Limit, visits, VISITS_MAX);
  if (status != Status.Ok) return false;
  roleKeys = pickedKeys;
  roleThreshold = pickedThreshold;
  depth++;
  Frame.enter(depth, pickedNameLength, pickedTerminating);
  step = LOOKING_UP;
  ask(Abi.IMAGE, Abi.ROLE_SNAPSHOT, Abi.SOURCE_STORED, trusted(Abi.IMAGE, Abi.ROLE_SNAPSHOT), SNAPSHOT_LIMIT);
  withDigest(sha256(Abi.IMAGE, Abi.ROLE_SNAPSHOT));
  begin(0, C_META_FILE);
  looksUp(Frame.name(depth), pickedNameLength);
  return false;
}

function onPath(): bool {
  for (let i: u32 = 1; i <= depth; i++) {
    if (Frame.nameLength(i) == pickedNameLength && equal(Frame.name(i), Frame.name(depth + 1), pickedNameLength)) return true;
  }
  return false;
}

/** Snapshot says which version of the delegated file is in force. */
function fetch(): bool {
  step = ROLE;
  if (!roleListed) {
    fail(Status.MixAndMatch);
    return false;
  }
  ask(Abi.IMAGE, Abi.ROLE_DELEGATED, Abi.SOURCE_NEW, load<u64>(OF_ROLE, VERSION), limitOf(OF_ROLE, TARGETS_LIMIT));
  withHashes(OF_ROLE);
  withName(Frame.name(depth), Frame.nameLength(depth));
  begin(KEYS, C_TARGETS_FILE);
  widen();
  targetsBegin();
  if (image == NO_ROW) matchAny();
  else matchOne(ecu, image);
  if (collecting()) tally();
  lookFor();
  return false;
}

function roleEnd(): bool {
  // The keys are those of the delegating file, whoever else names this role: §5.4.4.6 step 4, attack case 9.
  if (!genuine(OF_ROLE) || !judge(roleKeys, roleThreshold)) return false;
  hold(Abi.EVIDENCE_THRESHOLD);
  hold(Abi.EVIDENCE_VERSION); // Snapshot names it, and its own rollback check has been made
  unexpired(expires, now);
  if (status != Status.Ok) return false;
  settle();
  need(Abi.EVIDENCE_THRESHOLD | Abi.EVIDENCE_UNEXPIRED | Abi.EVIDENCE_POINTER);
  if (status != Status.Ok) return false;
  Frame.setVersion(depth, version);
  copyDigest(Frame.digest(depth), RAW256);
  keep(version);
  if (hit) return found();
  return Frame.terminating(depth) ? stop() : onwards();
}

// --- what comes back from below -----------------------------------------------------------------------------------------

/** The nearest file above whose multi-role delegation is being collected, plus 1; 0: none. */
function boundary(): u32 {
  for (let i = depth; i > 0; i--) if (Frame.phase(i - 1) == Frame.COLLECTING) return i;
  return 0;
}

function collecting(): bool {
  return boundary() != 0;
}

/** The image is in the file at `depth`. */
function found(): bool {
  const above = boundary();
  if (above == 0) {
    share();
    return true;
  }
  depth = above - 1;
  return came(true);
}

/** A terminating delegation led to nothing: that ends this search, or the search of the role it belongs to. */
function stop(): bool {
  return leave() && came(false);
}

/** Up to the role that asked for this part of the search. @returns false where nobody did: the search is over */
function leave(): bool {
  const above = boundary();
  if (above == 0) {
    fail(Status.NotFound);
    return false;
  }
  depth = above - 1;
  return true;
}

/** A file that failed contributes nothing to the roles in agreement. */
function nothing(): bool {
  skipping = false;
  depth = boundary() - 1;
  return came(false);
}

/** Back at the file at `depth`, whose delegation was followed. @param with the role's search has found the image */
function came(with_: bool): bool {
  while (Frame.phase(depth) == Frame.COLLECTING) {
    if (with_) agreed(GROUP, Frame.role(depth));
    if (status != Status.Ok) return false;
    const role = Frame.role(depth) + 1;
    let over = false;
    if (role < Frame.roles(depth)) Frame.setRole(depth, role);
    else {
      const winner = decide(Frame.base(depth), Frame.agreement(depth));
      if (winner != NOBODY) Frame.replay(depth, winner);
      else {
        over = Frame.ends(depth);
        Frame.setNext(depth, Frame.next(depth) + 1);
      }
    }
    if (!over) break;
    if (!leave()) return false;
    with_ = false;
  }
  list();
  return false;
}

/** ECUs of the same hardware with the same image need no search of their own. */
function share(): void {
  if (ecu == NO_ROW) return;
  for (let i: u32 = 0; i < ecus; i++) {
    if (imageOf(i) == image && sameTag(hardwareOf(i), hardwareOf(ecu))) mark(i, flags(ecu) & MATCHED);
  }
}

/**
 * A delegated file that is missing or bad ends the search, whatever a later delegation might know: §5.4.4.7 step 1. As one of the roles in agreement it
 * contributes nothing instead.
 */
export function invalid(): void {
  if (step != ROLE || status == Status.Ok || status == Status.Limit) return;
  if (collecting()) {
    pardon();
    skipping = true;
  } else if (!settled) wrap(Status.RoleInvalid);
}

export function searchMissing(why: u32): void {
  if (step != ROLE) return fail(Status.Storage);
  fail(why);
  if (why != Status.Missing) return;
  invalid();
  if (skipping) nothing();
}
