/**
 * Partial verification: Uptane 2.1.0 §5.4.4.1. Director Root (as a chain where the ECU was provisioned for it), Director Targets, then the image the ECU's
 * own entry describes. The sessions a small ECU has, and nothing they do not need: what the partial exports reach ends here.
 */
import * as Abi from "./abi";
import * as Status from "./status";
import { C_TARGETS_FILE } from "./grammar";
import { DIRECTOR_TARGETS_LIMIT, IDENTITY } from "./layout";
import { EXPIRES } from "./keyset";
import { NOTHING, next } from "./json";
import { REFUSED, STORED_INSTEAD, askStored, fresh, genuine, take } from "./top";
import { answer, ask, blank, done, fits, note, ready, reason } from "./report";
import { askImage, imageEnd } from "./payload";
import { act } from "./actions";
import { begin, bounded, read, take as count } from "./file";
import { chainEnd, chainMissing, root, startChain } from "./chain";
import { clear, defer, fail, failWith, hold, status } from "./verdict";
import { clock, clockReset, setClock, spendTime, timeIsFresh } from "./clock";
import { imageNameLength, imageRelease, ordered, ownAct, ownBegins, upToDate } from "./own";
import { inOrder } from "./ecu";
import { judgeRole } from "./signatures";
import { leastCounter } from "./identity";
import { setDialect } from "./dialect";
import { RESET_TIME, isRotated, reset, sound } from "./trusted";
import { step } from "./step";
import { targetsBegin, vehicleNamed } from "./targets";
import { timeEnd, timeMissing, timeOpens } from "./attest";

const CLOSED = 0;
const ROOT = 1;
const TARGETS = 2;
const TARGETS_STORED = 3;
const IMAGE = 4;
const TIME = 5;

let stage: u32 = 0; // CLOSED
let options: u32 = 0;

export function partialOpen(session: u32, how: u32, now: u64): u32 {
  clear();
  blank();
  stage = CLOSED;
  options = how;
  setDialect(how);
  if (!sound()) fail(Status.Record);
  else if (session == Abi.SESSION_TIME) {
    stage = TIME;
    timeOpens();
  } else if (session == Abi.SESSION_PARTIAL) {
    setClock(now);
    spendTime();
    stage = ROOT;
    startChain(Abi.DIRECTOR, (options & Abi.OPTION_ROOT_CHAIN) != 0);
  } else failWith(Status.BadArgument, session, 0);
  return answer();
}

export function partialFeed(length: u32): u32 {
  if (!ready() || !fits(length)) return answer();
  if (stage == IMAGE) count(length);
  else {
    read(length);
    pump();
  }
  bounded();
  return answer();
}

/** The same few lines stand in both entry files: a call they shared would reach the sessions of both. */
function pump(): void {
  for (let event = next(); event != NOTHING; event = next()) {
    const action = step(event);
    if (action == 0 || status != Status.Ok) continue;
    act(action);
    ownAct(action);
  }
}

export function partialEnd(): u32 {
  if (!ready()) return answer();
  if (stage == TIME) timeEnd();
  else if (stage == IMAGE) imageEnd();
  else if (stage == ROOT) {
    if (chainEnd()) rootDone();
  } else targetsEnd();
  return answer();
}

export function partialMissing(why: u32): u32 {
  if (!ready() || !reason(why)) return answer();
  if (stage == TIME) timeMissing(why);
  else if (stage == ROOT) {
    if (chainMissing(why)) rootDone();
  } else fail(stage == TARGETS_STORED ? Status.Storage : why);
  return answer();
}

function rootDone(): void {
  if (options & Abi.OPTION_ROOT_CHAIN) {
    if (isRotated(Abi.DIRECTOR, RESET_TIME)) clockReset();
    const expires = load<u64>(root(Abi.DIRECTOR), EXPIRES);
    if (clock() >= expires) return failWith(Status.Freeze, expires, clock());
    reset(Abi.DIRECTOR);
  }
  // Without the chain Root is only where the keys stand: it cannot be renewed, so its expiry is not looked at (docs/adr/0003).
  stage = TARGETS;
  ask(Abi.DIRECTOR, Abi.ROLE_TARGETS, Abi.SOURCE_NEW, 0, DIRECTOR_TARGETS_LIMIT);
  targetsPass();
}

function targetsPass(): void {
  begin(root(Abi.DIRECTOR), C_TARGETS_FILE);
  targetsBegin();
  ownBegins(IDENTITY + 16, leastCounter);
}

function targetsEnd(): void {
  if (!genuine(0) || !judgeRole(root(Abi.DIRECTOR), Abi.ROLE_TARGETS, Abi.EVIDENCE_THRESHOLD)) return;
  if (vehicleNamed()) hold(Abi.EVIDENCE_VEHICLE);
  else defer(Status.WrongVehicle);
  inOrder();
  const verdict = fresh(Abi.DIRECTOR, Abi.ROLE_TARGETS, clock(), Abi.EVIDENCE_VEHICLE | Abi.EVIDENCE_ECUS);
  if (verdict == REFUSED) return;
  if (verdict == STORED_INSTEAD) {
    stage = TARGETS_STORED;
    askStored(Abi.DIRECTOR, Abi.ROLE_TARGETS);
    return targetsPass();
  }
  take(Abi.DIRECTOR, Abi.ROLE_TARGETS);
  if (!ordered || upToDate) {
    if (ordered) note(Abi.NOTE_INSTALLED);
    stage = CLOSED;
    return done();
  }
  if (options & Abi.OPTION_FRESH_TIME && !timeIsFresh()) return fail(Status.NoFreshTime);
  stage = IMAGE;
  askImage(Abi.DIRECTOR, imageNameLength, imageRelease);
}
