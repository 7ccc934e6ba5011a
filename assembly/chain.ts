/**
 * Root: Uptane 2.1.0 §5.4.4.3 for either repository. Loads the Root in force (stored, or the one the ECU was made with), then takes N+1 as long as there
 * is one, each judged by the keys of N and by its own. The caller checks the expiry of the last.
 */
import * as Abi from "./abi";
import { C_ROOT } from "./grammar";
import { RAW256, REPORT, ROOT_DIRECTOR, ROOT_IMAGE, ROOT_LIMIT, ROOT_STEPS_MAX, STAGED, KEYSET_SIZE } from "./layout";
import { RESET_SNAPSHOT, RESET_TARGETS, RESET_TIME, commit, rotated, sha256, version as trusted } from "./trusted";
import { ask, keep, note, withDigest } from "./report";
import { begin as beginFile, ended, recorded } from "./file";
import { copy } from "./bytes";
import { judgeRole } from "./signatures";
import { sameRole, version } from "./keyset";
import { begin as headerBegins } from "./header";
import { rootRead } from "./root";
import * as Name from "./names";
import * as Status from "./status";
import { evidence, fail, failWith, hold, need, status } from "./verdict";
import { sameDigest } from "./digests";

const STORED = 0;
const PROVISIONED = 1;
const PROVISIONED_AGAIN = 2;
const NEXT = 3;
const NEXT_AGAIN = 4;

let step: u32 = 0; // STORED; literals, for a start function is not allowed (scripts/audit)
let repository: u32 = 0;
let follow: bool = false;
let steps: u32 = 0;
let carried: u32 = 0; // evidence of the first pass

/** Root in force of a repository. */
export function root(repository: u32): usize {
  return repository == Abi.DIRECTOR ? ROOT_DIRECTOR : ROOT_IMAGE;
}

/** @param chain whether newer Roots are asked for */
export function startChain(which: u32, chain: bool): void {
  repository = which;
  follow = chain;
  steps = 0;
  const known = trusted(repository, Abi.ROLE_ROOT);
  if (known == 0) {
    step = PROVISIONED;
    ask(repository, Abi.ROLE_ROOT, Abi.SOURCE_PROVISIONED, 0, ROOT_LIMIT);
  } else {
    step = STORED;
    ask(repository, Abi.ROLE_ROOT, Abi.SOURCE_STORED, known, ROOT_LIMIT);
    withDigest(sha256(repository, Abi.ROLE_ROOT));
  }
  beginPass();
}

function beginPass(): void {
  let keys: usize = 0;
  if (step == NEXT) keys = root(repository);
  else if (step == PROVISIONED_AGAIN || step == NEXT_AGAIN) keys = STAGED;
  beginFile(keys, C_ROOT);
  headerBegins(Name.ROOT);
}

/** The same bytes are asked for once more: their keys are known now. */
function again(next: u32): void {
  carried = evidence;
  step = next;
  ask(repository, Abi.ROLE_ROOT, Abi.SOURCE_AGAIN, version(STAGED), ROOT_LIMIT);
  withDigest(RAW256);
  beginPass();
}

/** A second pass has to be over the very same bytes. */
function pinned(): void {
  if (sameDigest(RAW256, REPORT + Abi.REPORT_SHA256)) hold(carried);
  else fail(Status.BadArgument);
}

/** A Root file is over. @returns true when the Root in force is the newest there is (or none newer was to be asked for) */
export function chainEnd(): bool {
  ended();
  if (step == STORED) recorded(sha256(repository, Abi.ROLE_ROOT));
  if (step == PROVISIONED_AGAIN || step == NEXT_AGAIN) pinned();
  if (status != Status.Ok) return false;
  rootRead(repository);
  if (status != Status.Ok) return false;
  switch (step) {
    case STORED:
      need(Abi.EVIDENCE_COMPLETE | Abi.EVIDENCE_TYPE | Abi.EVIDENCE_RECORD);
      if (status == Status.Ok) copy(root(repository), STAGED, KEYSET_SIZE);
      return onwards();
    case PROVISIONED:
      again(PROVISIONED_AGAIN);
      return false;
    case PROVISIONED_AGAIN:
      // First load: nobody vouches for this Root but its own threshold, and who made the ECU.
      judgeRole(STAGED, Abi.ROLE_ROOT, Abi.EVIDENCE_OWN_THRESHOLD);
      need(Abi.EVIDENCE_COMPLETE | Abi.EVIDENCE_TYPE | Abi.EVIDENCE_OWN_THRESHOLD);
      return accept();
    case NEXT:
      // Step 2.1: a threshold of keys of the Root in force.
      if (judgeRole(root(repository), Abi.ROLE_ROOT, Abi.EVIDENCE_THRESHOLD)) again(NEXT_AGAIN);
      return false;
    default:
      // Step 2.2: a threshold of keys of the new Root itself.
      judgeRole(STAGED, Abi.ROLE_ROOT, Abi.EVIDENCE_OWN_THRESHOLD);
      rises();
      need(Abi.EVIDENCE_COMPLETE | Abi.EVIDENCE_TYPE | Abi.EVIDENCE_THRESHOLD | Abi.EVIDENCE_OWN_THRESHOLD | Abi.EVIDENCE_VERSION);
      return accept();
  }
}

/** Step 2.3: exactly N+1. Expiry is not checked here: an expired Root may still lead to the next one. */
function rises(): void {
  const next = version(root(repository)) + 1;
  if (version(STAGED) == next) hold(Abi.EVIDENCE_VERSION);
  else failWith(version(STAGED) < next ? Status.Rollback : Status.RootVersion, version(STAGED), next);
}

/** The staged Root is in force from here on; what its rotations undo is remembered in the record first. */
function accept(): bool {
  if (status != Status.Ok) return false;
  if (step == NEXT_AGAIN) {
    const old = root(repository);
    if (!sameRole(old, STAGED, Abi.ROLE_TIMESTAMP) || !sameRole(old, STAGED, Abi.ROLE_SNAPSHOT)) rotated(repository, RESET_SNAPSHOT);
    if (!sameRole(old, STAGED, Abi.ROLE_TARGETS)) rotated(repository, RESET_TARGETS);
    if (repository == Abi.DIRECTOR && !sameRole(old, STAGED, Abi.ROLE_TIME)) {
      rotated(repository, RESET_TIME);
      note(Abi.NOTE_TIME_RESET);
    }
  }
  commit(repository, Abi.ROLE_ROOT, version(STAGED));
  copy(root(repository), STAGED, KEYSET_SIZE);
  keep(version(STAGED));
  return onwards();
}

function onwards(): bool {
  if (status != Status.Ok) return false;
  if (!follow) return true;
  if (steps == ROOT_STEPS_MAX) {
    note(Abi.NOTE_ROOT_LIMIT);
    failWith(Status.Limit, steps + 1, ROOT_STEPS_MAX);
    return false;
  }
  steps++;
  step = NEXT;
  ask(repository, Abi.ROLE_ROOT, Abi.SOURCE_NEW, version(root(repository)) + 1, ROOT_LIMIT);
  beginPass();
  return false;
}

/** There is no such file. @returns true when that ends the chain: only a clear answer does */
export function chainMissing(why: u32): bool {
  if (step == NEXT && why == Status.Missing) return true;
  fail(step == NEXT ? why : Status.Storage);
  return false;
}
