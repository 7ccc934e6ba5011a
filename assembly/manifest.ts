/**
 * ECU version reports and the vehicle version manifest, as a Director (or a Primary, for one report) checks them: Uptane 2.1.0 §5.3.2.1, shapes in
 * docs/POUF.md. One pass: each report is judged when it closes, the manifest at its end. What only a host can judge is handed out (docs/adr/0001).
 */
import * as Abi from "./abi";
import * as Grammar from "./grammar";
import * as Name from "./names";
import * as Status from "./status";
import { ENTRY, IDENTITY, MANIFEST_LIMIT, REPORT, REPORT_AHEAD_MAX, SLOTS, TOKEN } from "./layout";
import { HAS_SHA256, SHA256, begin as beginEntry, computable, has } from "./entry";
import { NOTED, PARTS, PART_HASH, PART_METHOD, PART_SIGNATURE, SIDE_SIZE, STATED, partEnds, partStarts, signedBy } from "./nested";
import { NO_ROW, counterOf, ecus, findEcu, flags, image, mark, unmark } from "./rows";
import { aktualizr, fold } from "./dialect";
import { ask, blame, done } from "./report";
import { become, depth, left, textLength } from "./json";
import { begin, ended } from "./file";
import { clear, copy, date, decimal } from "./bytes";
import { clock } from "./clock";
import { defer, fail, failWith, hold, malformed, need, settle, status } from "./verdict";
import { signatureText } from "./signatures";
import { copyDigest, copyTag, sameTag } from "./digests";
import { ownTag, textTag } from "./tags";

// Parts of a side, besides those of nested.ts.
const PART_ENTRY = 8;
const PART_VIN = 16;
const PART_COUNTER = 32;

// What is noted of a report, and handed out as it stands: REPORT_COUNTER to REPORT_NONCE of abi.ts.
const TIME = NOTED + 8;
const NONCE = NOTED + 16;
const NOTED_SIZE: u32 = 32;
const NOTED_IN_ROW = 32; // of the image half of a row, behind the key

const OUTCOME = 4; // shift: REPORT_* of abi.ts among the flags of a row
const OUTCOMES = 0x30;
const ATTACK_MAX: u32 = 1024; // bytes of attacks_detected, as POUF-1 has it

let alone: bool = false; // one report, no manifest around it
let here: usize = 0; // the side that is being read
let ecu: u32 = 0; // whose report it is
let refused: bool = false;

function starts(side: usize): void {
  here = side;
  clear(side, SIDE_SIZE);
}

function part(which: u32): void {
  store<u32>(here, load<u32>(here, PARTS) | which, PARTS);
}

export function manifestOpens(session: u32): void {
  alone = session == Abi.SESSION_ECU_REPORT;
  ecu = 0; // in the payload form one report by itself is the first ECU's
  refused = false;
  starts(SLOTS);
  for (let i: u32 = 0; i < ecus; i++) {
    unmark(i, OUTCOMES);
    clear(image(i) + NOTED_IN_ROW, NOTED_SIZE);
  }
  ask(Abi.DIRECTOR, alone ? Abi.ROLE_ECU_REPORT : Abi.ROLE_MANIFEST, Abi.SOURCE_NEW, 0, MANIFEST_LIMIT);
  begin(0, 0);
  become(Grammar.C_REPORTS);
}

/** Hands out what is noted of that report. @returns REPORT_* of abi.ts */
export function manifestOutcome(i: u32): u32 {
  if (status != Status.Ok) return Abi.REPORT_NONE;
  copy(REPORT + Abi.REPORT_COUNTER, image(i) + NOTED_IN_ROW, NOTED_SIZE);
  return (flags(i) & OUTCOMES) >> OUTCOME;
}

export function manifestAct(action: u32): void {
  switch (action) {
    case Grammar.REPORT_OPENS:
      if (depth > 1) reportOpens();
      return;
    case Grammar.REPORT_CLOSES:
      if (left != Grammar.C_PART_FILE) return;
      if (alone) reportEnds();
      else if (depth > 0) {
        reportEnds();
        here = SLOTS;
      }
      return;
    case Grammar.ENTRY_OF_PART_OPENS:
      if (load<u32>(here, PARTS) != 0) failWith(Status.Limit, 2, 1); // one ECU, one key, one signature
      beginEntry();
      return part(PART_ENTRY);
    case Grammar.ENTRY_OF_PART_CLOSES:
      if (!has(ENTRY, HAS_SHA256)) return;
      copyDigest(here + STATED, ENTRY + SHA256);
      return part(PART_HASH);
    case Grammar.METHOD_OF_PART:
      fold(TOKEN, textLength);
      if (Name.word(TOKEN, textLength) == Name.ED25519) part(PART_METHOD);
      return;
    case Grammar.SIG_OF_PART:
      if (signatureText(here)) part(PART_SIGNATURE);
      return;
    case Grammar.PART_OPENS:
      if (!alone && here == SLOTS) become(Grammar.C_MANIFEST);
      return partStarts(here, image(ecu));
    case Grammar.PART_CLOSES:
      return partEnds(here);
    case Grammar.VIN:
      part(PART_VIN);
      if (!sameTag(textTag(), IDENTITY)) defer(Status.WrongVehicle);
      return;
    case Grammar.PRIMARY:
      if (named() != 0) defer(Status.WrongPrimary);
      return;
    case Grammar.SERIAL: {
      const own = named();
      if (alone) ecu = own;
      else if (own != ecu) malformed(Name.ECU_SERIAL); // the name under which it stands is another
      return;
    }
    case Grammar.COUNTER: {
      const counter = decimal(TOKEN, textLength);
      if (counter == u64.MAX_VALUE) malformed(Name.REPORT_COUNTER);
      store<u64>(here, counter + 1, NOTED);
      return part(PART_COUNTER);
    }
    case Grammar.NONCE_OF_REPORT:
      return copyTag(here + NONCE, textTag());
    case Grammar.TIME_OF_REPORT: {
      const time = date(TOKEN, textLength);
      if (time == u64.MAX_VALUE) fail(Status.BadDate);
      return store<u64>(here, time, TIME);
    }
    case Grammar.ATTACKS:
      if (textLength > ATTACK_MAX) failWith(Status.TextLength, textLength, ATTACK_MAX);
      return;
    case Grammar.FILEINFO_OPENS:
      return beginEntry();
    case Grammar.FILEINFO_CLOSES:
      if (!computable(ENTRY)) malformed(Name.FILEINFO);
      return;
    default:
      return;
  }
}

/** The ECU of the text just read. */
function named(): u32 {
  return findEcu(textTag());
}

function reportOpens(): void {
  ecu = findEcu(ownTag());
  if (ecu == NO_ROW) {
    refuse(Status.UnknownEcu);
    become(Grammar.C_SKIPPED);
  } else starts(SLOTS + SIDE_SIZE);
}

/** The first failure of a report is the one that is said, and its ECU the one that is named. */
function refuse(why: u32, is: u64 = 0, wanted: u64 = 0): void {
  if (!refused) blame(ecu);
  refused = true;
  defer(why, is, wanted);
}

/**
 * §5.3.2.1 steps 3 and 4 for one report: its ECU is registered, signed it, and never used this counter. An old report of a Secondary is dropped by itself, since
 * a Primary has nothing newer of an ECU that is silent and passes on what it has (attack cases 57 and 76); the Primary's own has to be new.
 */
function reportEnds(): void {
  const parts = load<u32>(here, PARTS);
  if (!(parts & PART_HASH || aktualizr)) return malformed(Name.HASH);
  if (ecu == NO_ROW) return refuse(Status.UnknownEcu);
  const why = signedBy(here, image(ecu));
  if (why != Status.Ok) return refuse(why);
  const secondary = !alone && ecu != 0;
  const counter = load<u64>(here, NOTED);
  const last = counterOf(ecu) + 1; // 0: none
  let outcome = Abi.REPORT_TAKEN;
  if (!(parts & PART_COUNTER)) {
    if (!(aktualizr && (secondary || alone))) return malformed(Name.REPORT_COUNTER);
    outcome = Abi.REPORT_UNCOUNTED;
  } else if (counter <= last) {
    if (!secondary) return refuse(Status.Replayed, counter - 1, last - 1);
    outcome = Abi.REPORT_OLD;
  }
  const latest = clock() + REPORT_AHEAD_MAX;
  if (!alone && load<u64>(here, TIME) > latest) return refuse(Status.TimeJump, load<u64>(here, TIME), latest);
  copy(image(ecu) + NOTED_IN_ROW, here + NOTED, NOTED_SIZE);
  mark(ecu, outcome << OUTCOME);
  if (alone) hold(Abi.EVIDENCE_THRESHOLD);
}

export function manifestEnd(): void {
  ended();
  if (!alone) {
    const parts = load<u32>(SLOTS, PARTS);
    if (!(parts & PART_HASH || aktualizr)) malformed(Name.HASH);
    if (!(parts & PART_VIN || aktualizr)) malformed(Name.VIN);
    const why = signedBy(SLOTS, image(0));
    if (why != Status.Ok) defer(why);
    else hold(Abi.EVIDENCE_THRESHOLD);
    for (let i: u32 = 0; i < ecus; i++) if (!(flags(i) & OUTCOMES)) defer(Status.ReportMissing, i);
    hold(parts & PART_VIN ? Abi.EVIDENCE_VEHICLE | Abi.EVIDENCE_ECUS : Abi.EVIDENCE_ECUS);
  }
  settle();
  need(Abi.EVIDENCE_COMPLETE | Abi.EVIDENCE_THRESHOLD);
  if (status == Status.Ok) done();
}
