/** The sessions of a Primary, a full verification Secondary and a server behind one open, feed, end and missing. */
import * as Abi from "./abi";
import * as Status from "./status";
import { C_TARGETS_FILE, moreRows } from "./grammar";
import { NOTHING, next } from "./json";
import { IDENTITY, TARGETS_LIMIT } from "./layout";
import { answer, ask, blank, done, fits, ready, reason, withDigest } from "./report";
import { askImage, imageEnd } from "./payload";
import { bareEnd, bareFeed, bareOpens } from "./bare";
import { act } from "./actions";
import { begin, bounded, ended, read, recorded, take } from "./file";
import { clear, fail, failWith, status } from "./verdict";
import { bothAgreed, complete, cycleAct, cycleEnd, cycleFailed, cycleForgotten, cycleMissing, cycleOpens, needsFreshTime, staged } from "./cycle";
import { envelopeEnd, envelopeOpens, envelopeOutcome } from "./signed";
import { HEARD, LISTS, counterOf, ecus, hardwareOf, mark, outcomeOf, row, unmark } from "./rows";
import { imageNameLength, imageRelease, ordered, ownAct, ownBegins } from "./own";
import { manifestAct, manifestEnd, manifestOpens, manifestOutcome } from "./manifest";
import { moreAct } from "./more";
import { moreWords } from "./names";
import { mapAct, mapEnd, mapOpens } from "./mapping";
import { nothingAgreed } from "./mapped";
import { setClock, timeIsFresh } from "./clock";
import { setDialect } from "./dialect";
import { skipping } from "./search";
import { sha256, sound, version } from "./trusted";
import { step } from "./step";
import { targetsBegin } from "./targets";
import { timeEnd, timeMissing, timeOpens } from "./attest";
import { GROUP, wantedLength } from "./match";
import { copyTag, sameTag } from "./digests";

const CLOSED = 0;
const CYCLE = 1;
const TIME = 2;
const ENTRY = 3; // Director Targets, for the entry of one ECU
const IMAGE = 4;
const MANIFEST = 5;
const BARE = 6;
const ENVELOPE = 7;
const MAP = 8;

let stage: u32 = 0; // CLOSED
let chosen: u32 = 0;
let manifest: bool = false;
let forMap: bool = false; // OPTION_FOR_MAP

export function select(ecu: u32): u32 {
  done();
  if (ecu >= ecus) return Status.BadArgument;
  chosen = ecu;
  return Status.Ok;
}

export function outcome(ecu: u32): u32 {
  if (ecu >= ecus) return Abi.ECU_NOT_NAMED;
  if (manifest) return manifestOutcome(ecu);
  if (stage == ENVELOPE) return envelopeOutcome(ecu);
  return complete() && !staged ? outcomeOf(ecu) : Abi.ECU_NOT_NAMED;
}

export function open(session: u32, options: u32, now: u64): u32 {
  clear();
  blank();
  moreWords();
  moreRows();
  stage = CLOSED;
  if (session != Abi.SESSION_IMAGE) setDialect(options); // an image is part of the cycle before it
  if (session != Abi.SESSION_IMAGE && session != Abi.SESSION_TIME) cycleForgotten();
  manifest = session == Abi.SESSION_MANIFEST || session == Abi.SESSION_ECU_REPORT;
  if (session >= Abi.SESSION_JSON && session <= Abi.SESSION_SIGNATURE) {
    stage = BARE;
    bareOpens(session);
  } else if (session == Abi.SESSION_ENVELOPE) {
    stage = ENVELOPE;
    envelopeOpens(now);
  } else if (session == Abi.SESSION_MAP) {
    stage = MAP;
    mapOpens();
  } else if (!sound()) fail(Status.Record);
  else if (session == Abi.SESSION_CYCLE) {
    setClock(now);
    stage = CYCLE;
    forMap = (options & Abi.OPTION_FOR_MAP) != 0;
    if (forMap) unmark(chosen, HEARD | LISTS);
    cycleOpens(options);
  } else if (session == Abi.SESSION_TIME) {
    stage = TIME;
    timeOpens();
  } else if (session == Abi.SESSION_IMAGE) imageOpens();
  else if (manifest) {
    setClock(now);
    stage = MANIFEST;
    nothingAgreed(); // its place is taken
    manifestOpens(session);
  } else failWith(Status.BadArgument, session, 0);
  return answer();
}

/** Only what a completed cycle ordered, and only by a time that was fresh where that is asked for. */
function imageOpens(): void {
  if (!complete() || !bothAgreed()) return fail(Status.BadOrder);
  if (needsFreshTime() && !timeIsFresh()) return fail(Status.NoFreshTime);
  if (staged) {
    stage = IMAGE;
    return askImage(Abi.IMAGE, wantedLength, 0);
  }
  if (chosen >= ecus || outcomeOf(chosen) == Abi.ECU_NOT_NAMED) return failWith(Status.NoSuchImage, chosen, 0);
  stage = ENTRY;
  ask(Abi.DIRECTOR, Abi.ROLE_TARGETS, Abi.SOURCE_STORED, version(Abi.DIRECTOR, Abi.ROLE_TARGETS), TARGETS_LIMIT);
  withDigest(sha256(Abi.DIRECTOR, Abi.ROLE_TARGETS));
  begin(0, C_TARGETS_FILE);
  targetsBegin();
  ownBegins(row(chosen), counterOf(chosen));
}

export function feed(length: u32): u32 {
  if (!ready() || !fits(length)) return answer();
  if (stage == BARE) bareFeed(length);
  else if (stage == IMAGE || (stage == CYCLE && skipping)) take(length);
  else {
    read(length);
    pump();
  }
  bounded();
  if (stage == CYCLE && status != Status.Ok) cycleFailed(false);
  return answer();
}

/** The same few lines stand in both entry files: a call they shared would reach the sessions of both. */
function pump(): void {
  for (let event = next(); event != NOTHING; event = next()) {
    const action = step(event);
    if (action == 0 || status != Status.Ok) continue;
    act(action);
    moreAct(action);
    if (stage == CYCLE) cycleAct(action);
    else if (stage == MAP) mapAct(action);
    else if (stage == MANIFEST) manifestAct(action);
    else ownAct(action);
  }
}

export function end(): u32 {
  if (!ready()) return answer();
  if (stage == CYCLE) {
    cycleEnd();
    if (status != Status.Ok) cycleFailed(true);
    heard();
  } else if (stage == TIME) timeEnd();
  else if (stage == ENTRY) entryEnd();
  else if (stage == IMAGE) {
    imageEnd();
    if (!sameTag(row(chosen), IDENTITY + 16)) done(); // encrypted for another ECU: that one goes on
  }
  else if (stage == MANIFEST) manifestEnd();
  else if (stage == ENVELOPE) envelopeEnd();
  else if (stage == MAP) mapEnd();
  else bareEnd();
  return answer();
}

/** A walk for a map that came to its end is the word of its repository, and nothing else. */
function heard(): void {
  if (!forMap) return;
  if (status == Status.NotFound) mark(chosen, HEARD);
  if (!complete()) return;
  if (staged) {
    mark(chosen, HEARD | LISTS);
    copyTag(hardwareOf(chosen), GROUP);
  }
  cycleForgotten();
}

function entryEnd(): void {
  ended();
  recorded(sha256(Abi.DIRECTOR, Abi.ROLE_TARGETS));
  if (!ordered) fail(Status.Storage);
  if (status != Status.Ok) return;
  stage = IMAGE;
  askImage(Abi.DIRECTOR, imageNameLength, imageRelease);
}

export function missing(why: u32): u32 {
  if (!ready() || !reason(why)) return answer();
  if (stage == CYCLE) {
    cycleMissing(why);
    heard();
  } else if (stage == TIME) timeMissing(why);
  else fail(stage == ENTRY ? Status.Storage : why);
  return answer();
}
