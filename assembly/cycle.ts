/**
 * Full verification: Uptane 2.1.0 §5.4.4.2. The order of the steps is the order of this file; the host only brings what is asked for.
 * A stored file never vouches for itself: every cycle judges everything again, so nothing expired or revoked is used because "nothing changed".
 */
import * as Abi from "./abi";
import * as Frame from "./frames";
import * as Name from "./names";
import * as Status from "./status";
import { C_META_FILE, C_TARGETS_FILE, DELEGATIONS_OPENS, META_CLOSES } from "./grammar";
import { DIRECTOR_TARGETS_LIMIT, EXPECTED_SIZE, RAW256, SNAPSHOT_LIMIT, TARGETS_LIMIT, TIMESTAMP_LIMIT } from "./layout";
import { EXPIRES } from "./keyset";
import { HAS_SHA256, SHA256, VERSION, has, keep, limitOf } from "./entry";
import { MATCHED, NAMED, NO_ROW, ecus, flags, imageOf, nobodysImage, nothingNew, rowsAct, rowsBegin } from "./rows";
import { OF_SNAPSHOT, OF_TARGETS, PIN, compared, compares, loaded, loads, moreStored, noPiece, snapshotEntry } from "./snapshot";
import { REFUSED, STORED_INSTEAD, askStored, fresh, genuine, take } from "./top";
import { ask, done, withDigest, withHashes } from "./report";
import { begin, ended, recorded, widen } from "./file";
import { chainEnd, chainMissing, root, startChain } from "./chain";
import { clear } from "./bytes";
import { defer, fail, failWith, hold, malformed, status } from "./verdict";
import { delegationsBegin, delegationsOpen } from "./delegations";
import { directorWithoutSnapshot } from "./dialect";
import { inOrder } from "./ecu";
import { hit, matchAct, matchAll, matchAny, matchBegins, wantedLength } from "./match";
import { metaBegins } from "./meta";
import { judgeRole } from "./signatures";
import { name, nameLength } from "./json";
import { spendAgreed } from "./mapped";
import { invalid, searchAct, searchEnd, searchMissing, skipping, startSearch } from "./search";
import { begin as headerBegins } from "./header";
import { targetsBegin, vehicleNamed } from "./targets";
import { RESET_TIME, commits, isRotated, named, reset, sha256, snapshotNamed, version as trusted } from "./trusted";
import { clock, clockReset, spendTime } from "./clock";
import { copyDigest, sameDigest } from "./digests";

const CHAIN = 0;
const TIMESTAMP = 1;
const TIMESTAMP_STORED = 2;
const OLD_SNAPSHOT = 3; // the stored one, to compare with
const SNAPSHOT = 4;
const SNAPSHOT_STORED = 5;
const TARGETS = 6;
const TARGETS_STORED = 7;
const SEARCH = 8;

let stage: u32 = 0; // CHAIN
let options: u32 = 0;
let repository: u32 = 0;
let comparing: bool = false; // there is a stored Snapshot to compare with
let pieces: u32 = 0;
let ended_: bool = false;
let decidedBy: u32 = 0; // number of files trusted when it did
/** An image repository alone: the wanted name was found, and is staged. */
export let staged: bool = false;

export function cycleOpens(how: u32): void {
  options = how;
  ended_ = false;
  staged = false;
  spendTime();
  matchBegins(how);
  if (!(how & Abi.OPTION_IMAGE_ONLY)) spendAgreed();
  repository = how & Abi.OPTION_IMAGE_ONLY ? Abi.IMAGE : Abi.DIRECTOR;
  startRoot();
}

/** Another session starts that needs nothing of this one. */
export function cycleForgotten(): void {
  ended_ = false;
  staged = false;
}

/** The last cycle ran to its end, and nothing has become trusted since: its rows may be acted on. */
export function complete(): bool {
  return ended_ && decidedBy == commits;
}

/** A look at the Director alone leads to no image. */
export function bothAgreed(): bool {
  return (options & Abi.OPTION_DIRECTOR_ONLY) == 0;
}

/** The cycle asked for an attested time of its own before anything is installed. */
export function needsFreshTime(): bool {
  return (options & Abi.OPTION_FRESH_TIME) != 0;
}

function startRoot(): void {
  stage = CHAIN;
  startChain(repository, true);
}

export function cycleAct(action: u32): void {
  switch (stage) {
    case TIMESTAMP:
    case TIMESTAMP_STORED:
      if (action == META_CLOSES) timestampEntry();
      return;
    case OLD_SNAPSHOT:
    case SNAPSHOT:
    case SNAPSHOT_STORED:
      if (action == META_CLOSES) snapshotEntry();
      return;
    case SEARCH:
      return searchAct(action);
    case TARGETS:
    case TARGETS_STORED:
      if (repository == Abi.DIRECTOR) rowsAct(action);
      else if (action == DELEGATIONS_OPENS) delegationsOpen();
      else matchAct(action);
      return;
    default:
      return;
  }
}

/** A file is over. */
export function cycleEnd(): void {
  switch (stage) {
    case CHAIN:
      if (chainEnd()) rootDone();
      return;
    case TIMESTAMP:
    case TIMESTAMP_STORED:
      return timestampEnd();
    case OLD_SNAPSHOT:
      return oldSnapshotEnd();
    case SNAPSHOT:
    case SNAPSHOT_STORED:
      return snapshotEnd();
    case SEARCH:
      if (searchEnd()) nextImage();
      return;
    default:
      return targetsEnd();
  }
}

/** After a call that failed: a delegated file is named as such, or given up where others speak for it. @param over the file was at its end */
export function cycleFailed(over: bool): void {
  if (stage != SEARCH) return;
  invalid();
  if (over && skipping && searchEnd()) nextImage();
}

export function cycleMissing(why: u32): void {
  if (stage == CHAIN) {
    if (chainMissing(why)) rootDone();
  } else if (stage == SEARCH) searchMissing(why);
  else fail(stage == OLD_SNAPSHOT || stage == TIMESTAMP_STORED || stage == SNAPSHOT_STORED || stage == TARGETS_STORED ? Status.Storage : why);
}

// --- Root: §5.4.4.2 steps 2 and 7, §5.4.4.3 steps 4 and 5 -------------------------------------------------------------

function rootDone(): void {
  if (isRotated(repository, RESET_TIME)) clockReset();
  const expires = load<u64>(root(repository), EXPIRES);
  if (clock() >= expires) return failWith(Status.Freeze, expires, clock());
  reset(repository);
  if (repository == Abi.DIRECTOR && directorWithoutSnapshot) {
    clear(OF_TARGETS, EXPECTED_SIZE); // nothing points to Targets
    return startTargets();
  }
  stage = TIMESTAMP;
  ask(repository, Abi.ROLE_TIMESTAMP, Abi.SOURCE_NEW, 0, TIMESTAMP_LIMIT);
  timestampPass();
}

function genuineFile(role: u32, from: usize): bool {
  return genuine(from) && judgeRole(root(repository), role, Abi.EVIDENCE_THRESHOLD);
}

// --- Timestamp: steps 3 and 8, §5.4.4.4 -------------------------------------------------------------------------------

function timestampPass(): void {
  begin(root(repository), C_META_FILE);
  headerBegins(Name.TIMESTAMP);
  metaBegins();
  listed = false;
}

let listed: bool = false; // Timestamp names a Snapshot

function timestampEntry(): void {
  if (Name.word(name(), nameLength()) != Name.SNAPSHOT_JSON) return;
  listed = true;
  keep(OF_SNAPSHOT);
}

function timestampEnd(): void {
  if (!genuineFile(Abi.ROLE_TIMESTAMP, 0)) return;
  if (!listed) return malformed(Name.SNAPSHOT_JSON);
  // The Snapshot it names does not go back either: docs/adr/0003.
  const snapshot = load<u64>(OF_SNAPSHOT, VERSION);
  if (snapshot < snapshotNamed(repository)) defer(Status.Rollback, snapshot, snapshotNamed(repository));
  const verdict = fresh(repository, Abi.ROLE_TIMESTAMP, clock(), 0);
  if (verdict == REFUSED) return;
  if (verdict == STORED_INSTEAD) {
    stage = TIMESTAMP_STORED;
    askStored(repository, Abi.ROLE_TIMESTAMP);
    return timestampPass();
  }
  take(repository, Abi.ROLE_TIMESTAMP);
  if (snapshotNamed(repository) != snapshot) named(repository, snapshot);
  startSnapshot();
}

// --- Snapshot: steps 4 and 9, §5.4.4.5 --------------------------------------------------------------------------------

function startSnapshot(): void {
  noPiece();
  pieces = 0;
  const known = trusted(repository, Abi.ROLE_SNAPSHOT);
  // The very same file lists what it listed.
  const same = has(OF_SNAPSHOT, HAS_SHA256) && sameDigest(OF_SNAPSHOT + SHA256, sha256(repository, Abi.ROLE_SNAPSHOT));
  comparing = known != 0 && !same;
  if (comparing) askOld();
  else askSnapshot(Abi.SOURCE_NEW);
}

function askOld(): void {
  stage = OLD_SNAPSHOT;
  ask(repository, Abi.ROLE_SNAPSHOT, Abi.SOURCE_STORED, trusted(repository, Abi.ROLE_SNAPSHOT), SNAPSHOT_LIMIT);
  withDigest(sha256(repository, Abi.ROLE_SNAPSHOT));
  begin(0, C_META_FILE);
  loads();
}

function oldSnapshotEnd(): void {
  ended();
  recorded(sha256(repository, Abi.ROLE_SNAPSHOT));
  if (status != Status.Ok) return;
  loaded();
  askSnapshot(pieces == 0 ? Abi.SOURCE_NEW : Abi.SOURCE_AGAIN);
}

function askSnapshot(source: u32): void {
  stage = SNAPSHOT;
  ask(repository, Abi.ROLE_SNAPSHOT, source, load<u64>(OF_SNAPSHOT, VERSION), limitOf(OF_SNAPSHOT, SNAPSHOT_LIMIT));
  withHashes(OF_SNAPSHOT);
  snapshotPass();
}

function snapshotPass(): void {
  begin(root(repository), C_META_FILE);
  widen();
  compares();
}

function snapshotEnd(): void {
  if (!genuineFile(Abi.ROLE_SNAPSHOT, OF_SNAPSHOT)) return;
  compared();
  if (pieces != 0 && !sameDigest(RAW256, PIN)) fail(Status.BadArgument);
  const verdict = fresh(repository, Abi.ROLE_SNAPSHOT, clock(), Abi.EVIDENCE_POINTER | Abi.EVIDENCE_LISTED);
  if (verdict == REFUSED) return;
  if (verdict == STORED_INSTEAD) {
    stage = SNAPSHOT_STORED;
    noPiece();
    askStored(repository, Abi.ROLE_SNAPSHOT);
    return snapshotPass();
  }
  if (moreStored) {
    if (pieces++ == 0) copyDigest(PIN, RAW256);
    return askOld();
  }
  take(repository, Abi.ROLE_SNAPSHOT);
  startTargets();
}

// --- Targets: steps 5 and 10, §5.4.4.6 --------------------------------------------------------------------------------

function startTargets(): void {
  stage = TARGETS;
  ask(repository, Abi.ROLE_TARGETS, Abi.SOURCE_NEW, load<u64>(OF_TARGETS, VERSION), limitOf(OF_TARGETS, repository == Abi.DIRECTOR ? DIRECTOR_TARGETS_LIMIT : TARGETS_LIMIT));
  withHashes(OF_TARGETS);
  targetsPass();
}

function targetsPass(): void {
  begin(root(repository), C_TARGETS_FILE);
  widen();
  targetsBegin();
  if (repository == Abi.DIRECTOR) rowsBegin((options & Abi.OPTION_PRIMARY) != 0);
  else {
    if (options & Abi.OPTION_IMAGE_ONLY) matchAny();
    else matchAll();
    delegationsBegin(u32.MAX_VALUE, 0, 0, Frame.name(1)); // read for their form; the search reads them again for a name
  }
}

function targetsEnd(): void {
  if (!genuineFile(Abi.ROLE_TARGETS, OF_TARGETS)) return;
  let mask: u32 = Abi.EVIDENCE_POINTER;
  if (repository == Abi.DIRECTOR) {
    mask |= Abi.EVIDENCE_ECUS | Abi.EVIDENCE_VEHICLE;
    if (vehicleNamed()) hold(Abi.EVIDENCE_VEHICLE);
    else defer(Status.WrongVehicle);
    inOrder();
  }
  const verdict = fresh(repository, Abi.ROLE_TARGETS, clock(), mask);
  if (verdict == REFUSED) return;
  if (verdict == STORED_INSTEAD) {
    stage = TARGETS_STORED;
    askStored(repository, Abi.ROLE_TARGETS);
    return targetsPass();
  }
  take(repository, Abi.ROLE_TARGETS);
  if (repository == Abi.IMAGE) return nextImage();
  if (options & Abi.OPTION_DIRECTOR_ONLY || nothingNew()) return finish(); // step 6
  repository = Abi.IMAGE;
  startRoot();
}

// --- Matching: step 10 -------------------------------------------------------------------------------------------------

function nextImage(): void {
  stage = SEARCH;
  if (options & Abi.OPTION_IMAGE_ONLY) {
    if (wantedLength == 0) return finish();
    if (!hit) return startSearch(NO_ROW, NO_ROW, clock());
    staged = true;
    return finish();
  }
  for (let i: u32 = 0; i < ecus; i++) {
    if ((flags(i) & (NAMED | MATCHED)) == NAMED) return startSearch(i, imageOf(i), clock());
  }
  if (nobodysImage() != NO_ROW) return startSearch(NO_ROW, nobodysImage(), clock());
  finish();
}

function finish(): void {
  ended_ = staged || !(options & Abi.OPTION_IMAGE_ONLY); // a walk for no image says nothing of the vehicle
  decidedBy = commits;
  done();
}
