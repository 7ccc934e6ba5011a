/**
 * Director against Image repository: Uptane 2.1.0 §5.4.4.2 step 10. Reads Targets of the Image repository, top-level or delegated, and compares the entries of
 * the names the Director ordered.
 */
import { DIGEST, ENTRY, HARDWARE, MUST_MATCH, NAME, STAGED, TAG256, WANTED } from "./layout";
import { ENTRY_CLOSES, ENTRY_OPENS, FITS } from "./grammar";
import { FIELD_AGREEMENT, FIELD_HASHES, FIELD_LENGTH, FIELD_MUST_MATCH, FIELD_RELEASE_COUNTER, OPTION_FOR_MAP, OPTION_MAPPED } from "./abi";
import { LENGTH, hashesTag, keep } from "./entry";
import { FIT, MATCHED, NAMED, NO_ROW, clearFit, ecus, findImage, flags, hardwareOf, image, imageCounter, imageHashes, imageLength, imageMustMatch, imageOf, mark, markFound } from "./rows";
import { blame } from "./report";
import { copy, equal } from "./bytes";
import { name, nameLength, ownName, ownNameLength } from "./json";
import { isAgreed } from "./mapped";
import { usable } from "./ecu";
import { sha256Begin, sha256End, sha256Update } from "./sha256";
import { counter } from "./targets";
import { limited } from "./more";
import * as Status from "./status";
import { defer } from "./verdict";
import { copyTag, sameTag } from "./digests";
import { nameTag, ownTag } from "./tags";

/** Tag of what was found: equal length, hashes and must-match data give equal tags. 16 bytes, in place of the own entry while roles are compared. */
export const GROUP: u32 = STAGED;

const EVERY = 0; // all names ordered, all their ECUs
const ONE = 1; // the wanted name, for one ECU or for nobody
const ANY = 2; // the wanted name, ordered by nobody: a client of this repository alone

let scope: u32 = 0; // EVERY
let only: u32 = 0;
let wanted: u32 = 0;
let counting: bool = false;
let options: u32 = 0; // of the cycle
let current: u32 = 0xffffffff; // NO_ROW
export let wantedLength: u32 = 0;
/** The wanted name was in the file. */
export let hit: bool = false;

export function matchBegins(how: u32): void {
  options = how;
}

export function matchAll(): void {
  scope = EVERY;
  current = NO_ROW;
  hit = false;
  counting = false;
}

/** @param ecu NO_ROW: the image is nobody's */
export function matchOne(ecu: u32, image: u32): void {
  matchAll();
  scope = ONE;
  only = ecu;
  wanted = image;
}

export function matchAny(): void {
  matchAll();
  scope = ANY;
  counting = (options & OPTION_FOR_MAP) != 0;
}

/** The entry is only one voice among several: nothing is compared or staged, GROUP tells what it says. */
export function tally(): void {
  counting = true;
}

/** The image name being searched. */
export function want(at: usize, length: u32): void {
  copy(WANTED, at, length);
  wantedLength = length;
}

function isWanted(at: usize, length: u32): bool {
  return length == wantedLength && equal(at, WANTED, wantedLength);
}

/** The ECU is one this entry has to satisfy. */
function concerned(ecu: u32): bool {
  if (scope == ONE) return ecu == only;
  return (flags(ecu) & NAMED) != 0 && imageOf(ecu) == current;
}

export function matchAct(action: u32): void {
  switch (action) {
    case ENTRY_OPENS:
      current = NO_ROW;
      if (scope == EVERY) {
        current = findImage(ownTag());
      } else if (isWanted(ownName(), ownNameLength())) {
        hit = true;
        if (scope == ONE) current = wanted;
      }
      if (current != NO_ROW) clearFit();
      return;
    case FITS:
      if (current == NO_ROW) return;
      for (let i: u32 = 0; i < ecus; i++) if (concerned(i) && sameTag(HARDWARE, hardwareOf(i))) mark(i, FIT);
      return;
    case ENTRY_CLOSES:
      if (counting) {
        if (isWanted(name(), nameLength())) group();
      } else if (current != NO_ROW) compare();
      else if (scope == ANY && isWanted(name(), nameLength())) {
        usable();
        copyTag(HARDWARE, nameTag());
        decided(HARDWARE);
        keep(STAGED);
        copy(NAME, name(), nameLength());
      }
      return;
    default:
      return;
  }
}

function group(): void {
  copyTag(DIGEST, hashesTag());
  sha256Begin(TAG256);
  sha256Update(TAG256, ENTRY + LENGTH, 8);
  sha256Update(TAG256, DIGEST, 16);
  sha256Update(TAG256, MUST_MATCH, 32);
  store<u64>(DIGEST, counter);
  sha256Update(TAG256, DIGEST, 8);
  sha256End(TAG256, TAG256);
  copyTag(GROUP, TAG256);
}

function differs(field: u32): void {
  for (let i: u32 = 0; i < ecus; i++) if (concerned(i)) blame(i);
  defer(Status.Mismatch, field);
}

/** A map has decided for this entry, where there has to be one. @param name tag of the image's 16 */
function decided(name: usize): void {
  if (!(options & OPTION_MAPPED)) return;
  group();
  if (!isAgreed(name, GROUP)) differs(FIELD_AGREEMENT);
}

/** Step 10.2 and 10.3: length, hashes, must-match data; step 10.4 is the release counter; hardware fit is §5.4.2.5. */
function compare(): void {
  usable();
  if (load<u64>(ENTRY, LENGTH) != imageLength(current)) differs(FIELD_LENGTH);
  if (!sameTag(hashesTag(), imageHashes(current))) differs(FIELD_HASHES);
  if (counter != imageCounter(current)) differs(FIELD_RELEASE_COUNTER);
  if (!sameTag(MUST_MATCH, imageMustMatch(current))) differs(FIELD_MUST_MATCH);
  decided(image(current));
  markFound(current);
  for (let i: u32 = 0; i < ecus; i++) {
    if (!concerned(i)) continue;
    if (limited && !(flags(i) & FIT)) {
      blame(i);
      defer(Status.WrongHardware);
    } else mark(i, MATCHED);
  }
}
