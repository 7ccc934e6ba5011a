/**
 * The grammar of a Targets file of either repository, top-level or delegated. What an entry means is the reader's business (own.ts, rows.ts, lookup.ts):
 * this file tells them the moments at which something is known. Canonical order: custom, delegations, expires …, targets; inside an entry custom,
 * hashes, length; so everything about an entry is known when it closes, and delegations before the first entry.
 */
import { CLOSE, LITERAL, OPEN, TEXT, context, inner, left, list, member, object, textLength, value } from "./json";
import { C_HASHES, begin, describes, hashed, natural } from "./entry";
import { DIGEST, HARDWARE, IDENTITY, MUST_MATCH, TOKEN, TOKEN_SIZE } from "./layout";
import { clear, equal, tag } from "./bytes";
import { begin as headerBegins, header } from "./header";
import { emptyForAnyVehicle } from "./dialect";
import { objectEnds, objectStarts } from "./sink";
import * as Name from "./names";
import * as Status from "./status";
import { defer, malformed } from "./verdict";

export const C_TARGETS_FILE = 30;
const C_TARGET = 31;
const C_CUSTOM = 32;
const C_ECU = 33;
const C_TOP_CUSTOM = 34;
const C_HARDWARE_LIST = 39;
const C_MUST_MATCH = 40;
const C_TARGETS = 68;
const C_ECUS = 69;

// Moments.
export const NOTHING = 0;
export const ENTRY_OPENS = 1; // ownName() is the image's
export const ECU = 2; // name() is an ECU identifier, HARDWARE the tag of its hardware identifier
export const FITS = 3; // HARDWARE is the tag of a hardware identifier the image fits
export const ENTRY_CLOSES = 4; // name() is the image's; ENTRY, MUST_MATCH and counter describe it
export const DELEGATIONS = 5; // the delegations member opens: enter a context

export const NO_COUNTER: u64 = u64.MAX_VALUE;

export let images: u32 = 0; // entries so far
export let counter: u64 = 0xffffffffffffffff; // release counter of the entry
export let limited: bool = false; // the entry lists hardware identifiers
export let addressed: bool = false; // the entry names an ECU
let vehicleSeen: bool = false;
let hardwareSeen: bool = false;
let targetsSeen: bool = false;

export function targetsBegin(): void {
  headerBegins();
  images = 0;
  vehicleSeen = false;
  targetsSeen = false;
}

/** null stands for "absent" in the field's files. */
function shape(event: u32): void {
  if (event != CLOSE && !(event == LITERAL && value == 2)) malformed(member());
}

/** @returns the moment reached */
export function targetsEvent(event: u32): u32 {
  switch (context()) {
    case C_TARGETS_FILE:
      return top(event);
    case C_TOP_CUSTOM:
      if (member() == Name.VEHICLE_ID) vehicle(event);
      if (event == OPEN) inner(0);
      return NOTHING;
    case C_TARGETS:
      return target(event);
    case C_TARGET:
      if (describes(event)) return NOTHING;
      if (event == OPEN) {
        if (member() == Name.CUSTOM) object(C_CUSTOM);
        else inner(0);
      }
      return NOTHING;
    case C_HASHES:
      hashed(event);
      return NOTHING;
    case C_CUSTOM:
      custom(event);
      return NOTHING;
    case C_HARDWARE_LIST:
      if (event != TEXT || textLength > TOKEN_SIZE) return misshapen(Name.HARDWARE_IDS);
      tag(TOKEN, textLength, HARDWARE, 16);
      return FITS;
    case C_ECUS:
      if (event == OPEN) {
        hardwareSeen = false;
        object(C_ECU);
        return NOTHING;
      }
      if (event != CLOSE || !hardwareSeen) return misshapen(Name.ECU_IDENTIFIERS);
      addressed = true;
      return ECU;
    case C_ECU:
      if (member() == Name.HARDWARE_ID) {
        if (event != TEXT || textLength > TOKEN_SIZE) return misshapen(Name.HARDWARE_ID);
        tag(TOKEN, textLength, HARDWARE, 16);
        hardwareSeen = true;
      } else if (event == OPEN) inner(0);
      return NOTHING;
    case C_MUST_MATCH:
      if (event == OPEN) inner(C_MUST_MATCH);
      return NOTHING;
    default:
      return NOTHING;
  }
}

function misshapen(what: u32): u32 {
  malformed(what);
  return NOTHING;
}

function top(event: u32): u32 {
  if (header(event)) return NOTHING;
  switch (member()) {
    case Name.TARGETS:
      targetsSeen = true;
      if (event == OPEN) object(C_TARGETS);
      else shape(event);
      return NOTHING;
    case Name.DELEGATIONS:
      return event == OPEN ? DELEGATIONS : NOTHING; // null: none
    case Name.CUSTOM:
      if (event == OPEN) object(C_TOP_CUSTOM);
      return NOTHING;
    default:
      if (event == OPEN) inner(0);
      return NOTHING;
  }
}

/** The vehicle these Targets are for: docs/POUF.md; checked wherever it stands. */
function vehicle(event: u32): void {
  if (event != TEXT || textLength > TOKEN_SIZE) return malformed(Name.VEHICLE_ID);
  vehicleSeen = true;
  tag(TOKEN, textLength, DIGEST, 16);
  if (!equal(DIGEST, IDENTITY, 16)) defer(Status.WrongVehicle);
}

function target(event: u32): u32 {
  if (event == OPEN) {
    begin();
    clear(MUST_MATCH, 32);
    counter = NO_COUNTER;
    limited = false;
    addressed = false;
    images++;
    object(C_TARGET);
    return ENTRY_OPENS;
  }
  if (event != CLOSE || left != C_TARGET) return misshapen(Name.TARGETS);
  return ENTRY_CLOSES;
}

function custom(event: u32): void {
  switch (member()) {
    case Name.ECU_IDENTIFIERS:
      if (event == OPEN) object(C_ECUS);
      else shape(event);
      return;
    case Name.HARDWARE_IDS:
      if (event == OPEN) {
        limited = true;
        list(C_HARDWARE_LIST);
      } else shape(event);
      return;
    case Name.RELEASE_COUNTER:
      counter = natural(event, Name.RELEASE_COUNTER);
      return;
    case Name.MUST_MATCH:
      if (event == OPEN) {
        object(C_MUST_MATCH);
        objectStarts();
      } else if (event == CLOSE) objectEnds(MUST_MATCH);
      else malformed(Name.MUST_MATCH);
      return;
    default:
      if (event == OPEN) inner(0);
  }
}

/** At the end of the file. */
export function targetsRead(): void {
  if (!targetsSeen) malformed(Name.TARGETS);
}

/** Director Targets without an image have to say for which vehicle: Uptane 2.1.0 §5.2.3.1, §5.4.4.6 step 9. */
export function vehicleNamed(): bool {
  return vehicleSeen || images > 0 || emptyForAnyVehicle;
}
