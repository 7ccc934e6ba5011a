/**
 * ECU version reports and the vehicle version manifest, as a Director (or a Primary, for one report) checks them: Uptane 2.1.0 §5.3.2.1, shapes in
 * docs/POUF.md. One pass: each report is judged when it closes, the manifest at its end. A signature covers the 32 bytes of the payload's SHA-256.
 *
 * For the manifest and for the report being read, at SLOTS: signature 64 | SHA-256 the signature entry states 32 | parts u32 | pad | SHA-256 of the payload 32 at 128.
 */
import * as Abi from "./abi";
import * as Name from "./names";
import * as Status from "./status";
import { C_HASHES, C_SKIPPED } from "./grammar";
import { CLOSE, NOTHING, NUMBER, OPEN, TEXT, context, depth, finish, inner, left, member, name, nameLength, negative, next, opensArray, textLength } from "./json";
import { HAS_LENGTH, begin as beginEntry, computable, has, hash, length as lengthRead } from "./entry";
import { DIGEST, ENTRY, IDENTITY, MANIFEST_LIMIT, SAVED, SLOTS, SLOT_SIZE, TOKEN, TOKEN_SIZE, WORK, WORK_SIZE } from "./layout";
import { NO_COUNTER } from "./targets";
import { NO_ROW, counterOf, ecus, findEcu, flags, image, mark, row, unmark } from "./rows";
import { ask, blame, done } from "./report";
import { begin, over, read } from "./file";
import { clear, copy, date, decimal, equal, hex, tag } from "./bytes";
import { ed25519Verify } from "./ed25519";
import { step } from "./step";
import { objectEnds, objectStarts, payloadEnds, payloadStarts } from "./sink";
import { defer, fail, failWith, hold, malformed, need, settle, status } from "./verdict";

const C_MANIFEST_FILE: u32 = 200;
const C_LIST: u32 = 201;
const C_SIGNATURE: u32 = 202;
const C_HASH: u32 = 203;
const C_MANIFEST: u32 = 204;
const C_REPORT: u32 = 205;
const C_INSTALLED: u32 = 206;
const C_FILEINFO: u32 = 207;
const C_REPORT_FILE: u32 = 208;
const C_REPORTS: u32 = 240;

const STATED = 64;
const PARTS = 96;
const PAYLOAD = 128;

const PART_SIGNATURE = 1;
const PART_HASH = 2;
const PART_KEY_ID = 4;
const PART_SIGNED = 8;
const WHOLE = 15;

// Flags of a row.
const REPORTED = 16;
const OLD = 32;
const ATTACK_MAX: u32 = 1024; // bytes of attacks_detected, as POUF-1 has it

// Members of a report.
const HAS_SERIAL = 1;
const HAS_COUNTER = 2;
const HAS_IMAGE = 4;
const HAS_TIME = 8;
const REPORT_WHOLE = 15;
// Members of a manifest.
const HAS_VIN = 1;
const HAS_PRIMARY = 2;
const HAS_REPORTS = 4;
const MANIFEST_WHOLE = 7;

const SERIAL = SLOTS + 2 * SLOT_SIZE; // tag of ecu_serial 16

let alone: bool = false; // one report, no manifest around it
let inside: bool = false; // a report
let has_: u32 = 0;
let manifestHas: u32 = 0;
let counter: u64 = 0;

function object(context: u32): void {
  if (opensArray) malformed(member());
  inner(context);
}

function list(context: u32): void {
  if (!opensArray) malformed(member());
  inner(context);
}

function side(): usize {
  return inside ? SLOTS + SLOT_SIZE : SLOTS;
}

export function manifestOpens(session: u32): void {
  alone = session == Abi.SESSION_ECU_REPORT;
  inside = alone;
  manifestHas = 0;
  clear(SLOTS, 2 * SLOT_SIZE);
  for (let i: u32 = 0; i < ecus; i++) unmark(i, REPORTED | OLD);
  ask(Abi.DIRECTOR, alone ? Abi.ROLE_ECU_REPORT : Abi.ROLE_MANIFEST, Abi.SOURCE_NEW, 0, MANIFEST_LIMIT);
  begin(0, 0);
}

export function manifestOutcome(ecu: u32): u32 {
  if (status != Status.Ok || !(flags(ecu) & REPORTED)) return Abi.REPORT_NONE;
  return flags(ecu) & OLD ? Abi.REPORT_OLD : Abi.REPORT_TAKEN;
}

export function manifestFeed(length: u32): void {
  read(length);
  if (status != Status.Ok) return;
  for (let event = next(); event != NOTHING; event = next()) {
    if (depth == (event == OPEN ? 1 : 0)) outermost(event);
    else if (context() != C_SKIPPED) manifestEvent(event);
    else if (event == OPEN) inner(C_SKIPPED);
    if (status != Status.Ok) return;
  }
}

function outermost(event: u32): void {
  if (event == OPEN) object(alone ? C_REPORT_FILE : C_MANIFEST_FILE);
  else if (event != CLOSE) fail(Status.Malformed);
  else if (alone) reportEnds();
}

function manifestEvent(event: u32): void {
  switch (context()) {
    case C_MANIFEST_FILE:
    case C_REPORT_FILE:
      return envelope(event);
    case C_LIST:
      if (event == OPEN) {
        if (load<u32>(side(), PARTS) & PART_KEY_ID) failWith(Status.Limit, 2, 1); // one ECU, one key, one signature
        object(C_SIGNATURE);
      } else if (event != CLOSE) malformed(Name.SIGNATURES);
      return;
    case C_SIGNATURE:
      return signature(event);
    case C_HASH:
      if (event != TEXT || member() != Name.SHA256 || !hex(TOKEN, textLength, side() + STATED, 32)) malformed(Name.HASH);
      return part(PART_HASH);
    case C_MANIFEST:
      return manifest(event);
    case C_REPORTS:
      return reports(event);
    case C_REPORT:
      return report(event);
    case C_INSTALLED:
      if (member() == Name.FILEINFO) {
        if (event == OPEN) {
          beginEntry();
          object(C_FILEINFO);
        } else if (event == CLOSE) {
          if (!has(ENTRY, HAS_LENGTH) || !computable(ENTRY)) malformed(Name.FILEINFO);
          has_ |= HAS_IMAGE;
        }
      } else if (event == OPEN) inner(C_SKIPPED);
      return;
    case C_FILEINFO:
      if (member() == Name.LENGTH) {
        if (event != NUMBER || negative) malformed(Name.LENGTH);
        lengthRead();
      } else if (member() == Name.HASHES) {
        if (event == OPEN) object(C_HASHES);
        else if (event != CLOSE) malformed(Name.HASHES);
      } else if (event == OPEN) inner(C_SKIPPED);
      return;
    case C_HASHES:
      if (step(event) && status == Status.Ok) hash();
      return;
    default:
      return;
  }
}

function part(which: u32): void {
  store<u32>(side(), load<u32>(side(), PARTS) | which, PARTS);
}

function envelope(event: u32): void {
  if (member() == Name.SIGNATURES) {
    if (event == OPEN) list(C_LIST);
    else if (event != CLOSE) malformed(Name.SIGNATURES);
  } else if (member() == Name.SIGNED) {
    if (event == OPEN) {
      object(inside ? C_REPORT : C_MANIFEST);
      if (inside) objectStarts();
      else payloadStarts();
      has_ = 0;
    } else if (event == CLOSE) {
      if (inside) objectEnds(side() + PAYLOAD);
      else payloadEnds(side() + PAYLOAD);
      part(PART_SIGNED);
    } else malformed(Name.SIGNED);
  } else if (event == OPEN) inner(C_SKIPPED);
}

function signature(event: u32): void {
  if (member() == Name.HASH) {
    if (event == OPEN) object(C_HASH);
    else if (event != CLOSE) malformed(Name.HASH);
  } else if (event == OPEN) inner(C_SKIPPED);
  else if (event == TEXT && member() == Name.KEYID) part(PART_KEY_ID);
  else if (event == TEXT && member() == Name.SIG) {
    if (textLength > TOKEN_SIZE || !hex(TOKEN, textLength, side(), 64)) defer(Status.BadSignature);
    part(PART_SIGNATURE);
  }
}

function manifest(event: u32): void {
  if (member() == Name.ECU_VERSION_MANIFESTS) {
    manifestHas |= HAS_REPORTS;
    if (event == OPEN) object(C_REPORTS);
    else if (event != CLOSE) malformed(Name.ECU_VERSION_MANIFESTS);
  } else if (member() == Name.VIN) {
    if (!text(event)) return;
    manifestHas |= HAS_VIN;
    if (!equal(DIGEST, IDENTITY, 16)) defer(Status.WrongVehicle);
  } else if (member() == Name.PRIMARY_ECU_SERIAL) {
    if (!text(event)) return;
    manifestHas |= HAS_PRIMARY;
    if (ecus == 0 || !equal(DIGEST, row(0), 16)) defer(Status.WrongPrimary);
  } else if (event == OPEN) inner(C_SKIPPED);
}

/** A text of bounded length; its tag is at DIGEST. */
function text(event: u32): bool {
  if (event != TEXT || textLength > TOKEN_SIZE) {
    malformed(member());
    return false;
  }
  tag(TOKEN, textLength, DIGEST, 16);
  return true;
}

function reports(event: u32): void {
  if (event == OPEN) {
    inside = true;
    clear(side(), SLOT_SIZE);
    object(C_REPORT_FILE);
  } else if (event == CLOSE && left == C_REPORT_FILE) {
    // The name under which it stands is the one it gives itself.
    tag(name(), nameLength(), DIGEST, 16);
    if (!equal(DIGEST, SERIAL, 16)) malformed(Name.ECU_SERIAL);
    reportEnds();
    inside = false;
  } else malformed(Name.ECU_VERSION_MANIFESTS);
}

function report(event: u32): void {
  switch (member()) {
    case Name.ECU_SERIAL:
      // An object cannot be hashed and tagged with one context: `tag` has its own.
      if (text(event)) copy(SERIAL, DIGEST, 16);
      has_ |= HAS_SERIAL;
      return;
    case Name.REPORT_COUNTER:
      if (event != TEXT) return malformed(Name.REPORT_COUNTER);
      counter = decimal(TOKEN, textLength);
      if (counter == u64.MAX_VALUE) malformed(Name.REPORT_COUNTER);
      has_ |= HAS_COUNTER;
      return;
    case Name.TIMESERVER_TIME:
    case Name.PREVIOUS_TIMESERVER_TIME:
      if (event != TEXT || date(TOKEN, textLength) == u64.MAX_VALUE) return fail(Status.BadDate);
      if (member() == Name.TIMESERVER_TIME) has_ |= HAS_TIME;
      return;
    case Name.ATTACKS_DETECTED:
      if (event != TEXT) malformed(Name.ATTACKS_DETECTED);
      else if (textLength > ATTACK_MAX) failWith(Status.TextLength, textLength, ATTACK_MAX);
      return;
    case Name.INSTALLED_IMAGE:
      if (event == OPEN) object(C_INSTALLED);
      else if (event != CLOSE) malformed(Name.INSTALLED_IMAGE);
      return;
    default:
      if (event == OPEN) inner(C_SKIPPED);
  }
}

/**
 * §5.3.2.1 steps 3 and 4 for one report: its ECU is registered, signed it, and never used this counter. An old report of a Secondary is dropped by itself, since
 * a Primary has nothing newer of an ECU that is silent and passes on what it has (attack cases 57 and 76); the Primary's own has to be new.
 */
function reportEnds(): void {
  const here = side();
  if (load<u32>(here, PARTS) != WHOLE) return malformed(Name.SIGNED);
  if (has_ != REPORT_WHOLE) return malformed(Name.ECU_VERSION_MANIFESTS);
  const ecu = findEcu(SERIAL);
  if (ecu == NO_ROW) return defer(Status.UnknownEcu);
  if (!signedBy(here, image(ecu))) return blame(ecu);
  const last = counterOf(ecu);
  if (last != NO_COUNTER && counter <= last) {
    if (alone || ecu == 0) {
      blame(ecu);
      return defer(Status.Replayed, counter, last);
    }
    mark(ecu, OLD);
  }
  mark(ecu, REPORTED);
}

/** The payload is what the signature entry says, and the ECU's key signed that. The reader stands in mid-file: its work area is put aside. */
function signedBy(here: usize, key: usize): bool {
  if (!equal(here + STATED, here + PAYLOAD, 32)) {
    defer(Status.PayloadHash);
    return false;
  }
  copy(SAVED, WORK, WORK_SIZE);
  const good = ed25519Verify(here, key, here + PAYLOAD, 32);
  copy(WORK, SAVED, WORK_SIZE);
  if (!good) defer(Status.BadSignature);
  return good;
}

export function manifestEnd(): void {
  over();
  if (!finish()) return fail(Status.Truncated);
  hold(Abi.EVIDENCE_COMPLETE);
  if (!alone) {
    if (load<u32>(SLOTS, PARTS) != WHOLE || manifestHas != MANIFEST_WHOLE || ecus == 0) return malformed(Name.SIGNED);
    if (signedBy(SLOTS, image(0))) hold(Abi.EVIDENCE_THRESHOLD);
    for (let i: u32 = 0; i < ecus; i++) {
      if (flags(i) & REPORTED) continue;
      defer(Status.ReportMissing, i);
    }
    hold(Abi.EVIDENCE_VEHICLE | Abi.EVIDENCE_ECUS);
  } else hold(Abi.EVIDENCE_THRESHOLD);
  settle();
  need(Abi.EVIDENCE_COMPLETE | Abi.EVIDENCE_THRESHOLD);
  if (status == Status.Ok) done();
}
