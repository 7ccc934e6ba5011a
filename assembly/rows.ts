/**
 * The vehicle: up to ECUS_MAX rows, each an ECU and, in its other half, an image of Director Targets (the i-th image need not be the i-th ECU's).
 *
 * ECU:    identifier tag 16 | hardware tag 16 | start of the installed image's SHA-256 16 | counter u64 | image u16 | flags u16
 *         | flags of the image in the same row u16 | pad
 * image:  name tag 16 | tag of its hashes 16 | tag of its must-match data 16 | length u64 | release counter u64
 */
import { ECUS_MAX, ENTRY, HARDWARE, MUST_MATCH, ROWS, ROW_SIZE, TAG256 } from "./layout";
import { DELEGATIONS_OPENS, ECU_CLOSES, ENTRY_CLOSES, ENTRY_OPENS } from "./grammar";
import { ECU_INSTALLED, ECU_NOT_NAMED, ECU_ORDERED } from "./abi";
import { LENGTH, hashesTag } from "./entry";
import { blame } from "./report";
import { name } from "./json";
import { breach, delegates, installed, nobodyNamed, onlyOnce, releaseAllowed, usable } from "./ecu";
import { addressed } from "./more";
import { counter } from "./targets";
import * as Status from "./status";
import { failWith } from "./verdict";
import { copyDigest, copyTag, sameTag } from "./digests";
import { nameTag, tag } from "./tags";

const HARDWARE_AT = 16;
const INSTALLED_AT = 32;
const COUNTER_AT = 48;
const IMAGE_AT = 56;
const FLAGS_AT = 58;

export const NAMED = 1; // Director Targets has an entry for it
const UP_TO_DATE = 2; // and it is what the ECU runs
export const MATCHED = 4; // and the Image repository says the same
export const FIT = 8; // the Image repository lists its hardware identifier (while an entry is read)
// An inventory of repositories, for a map:
export const HEARD = 16; // what it says of the wanted image is known
export const LISTS = 32; // it lists it: its GROUP of match.ts stands in place of the hardware tag

const IMAGE_FLAGS_AT = 60;
const NOBODYS = 1; // names no ECU: matched all the same, and assigned to nobody
const FOUND = 2; // the Image repository says the same

const IMAGE = 64;
const HASHES_AT = 16;
const MUST_AT = 32;
const LENGTH_AT = 48;
const RELEASE_AT = 56;

export const NO_ROW: u32 = 0xffffffff;

export let ecus: u32 = 0;
let imageCount: u32 = 0;
let strict: bool = false;

export function row(i: u32): usize {
  return ROWS + i * ROW_SIZE;
}

/** The image half of a row. */
export function image(i: u32): usize {
  return row(i) + IMAGE;
}

export function flags(i: u32): u32 {
  return load<u16>(row(i), FLAGS_AT);
}

export function mark(i: u32, flag: u32): void {
  store<u16>(row(i), flags(i) | flag, FLAGS_AT);
}

export function unmark(i: u32, flag: u32): void {
  store<u16>(row(i), flags(i) & ~flag, FLAGS_AT);
}

export function imageOf(i: u32): u32 {
  return load<u16>(row(i), IMAGE_AT);
}

export function hardwareOf(i: u32): usize {
  return row(i) + HARDWARE_AT;
}

export function installedOf(i: u32): usize {
  return row(i) + INSTALLED_AT;
}

export function counterOf(i: u32): u64 {
  return load<u64>(row(i), COUNTER_AT);
}

export function noEcus(): void {
  ecus = 0;
  imageCount = 0;
}

/** @param bytes SHA-256 of what it runs, or its public key, 32 @returns false when the vehicle is full, or has such an ECU */
export function addEcu(serial: usize, serialLength: u32, hardware: usize, hardwareLength: u32, bytes: usize, least: u64): bool {
  if (ecus == ECUS_MAX) return false;
  const here = row(ecus);
  copyTag(here, tag(serial, serialLength));
  if (findEcu(here) != NO_ROW) return false;
  copyTag(here + HARDWARE_AT, tag(hardware, hardwareLength));
  copyTag(here + INSTALLED_AT, bytes);
  copyDigest(here + IMAGE, bytes); // a key, in sessions without images
  store<u64>(here, least, COUNTER_AT);
  store<u32>(here, 0, IMAGE_AT);
  ecus++;
  return true;
}

export function findEcu(serial: usize): u32 {
  for (let i: u32 = 0; i < ecus; i++) if (sameTag(row(i), serial)) return i;
  return NO_ROW;
}

// --- Director Targets -------------------------------------------------------------------------------------------------

/** @param refuseUnknown a Primary knows every ECU of its vehicle: Uptane 2.1.0 §5.4.4.6 step 8 */
export function rowsBegin(refuseUnknown: bool): void {
  strict = refuseUnknown;
  imageCount = 0;
  for (let i: u32 = 0; i < ecus; i++) store<u32>(row(i), 0, IMAGE_AT);
  nobodyNamed();
}

let linked: bool = false;

export function rowsAct(action: u32): void {
  switch (action) {
    case DELEGATIONS_OPENS:
      return delegates();
    case ENTRY_OPENS:
      linked = false;
      return;
    case ECU_CLOSES:
      order();
      return;
    case ENTRY_CLOSES:
      if (linked || !addressed) enter();
      return;
    default:
      return;
  }
}

function order(): void {
  onlyOnce(nameTag());
  const ecu = findEcu(TAG256);
  if (ecu == NO_ROW) {
    if (strict) breach(Status.UnknownEcu);
    return;
  }
  if (flags(ecu) & NAMED) return; // repeated: said by onlyOnce
  store<u16>(row(ecu), imageCount, IMAGE_AT);
  mark(ecu, NAMED);
  linked = true;
  if (!sameTag(HARDWARE, hardwareOf(ecu))) {
    blame(ecu);
    breach(Status.WrongHardware);
  }
}

function enter(): void {
  usable();
  if (imageCount == ECUS_MAX) return failWith(Status.Limit, imageCount + 1, ECUS_MAX);
  const here = image(imageCount);
  copyTag(here, nameTag());
  copyTag(here + HASHES_AT, hashesTag());
  copyTag(here + MUST_AT, MUST_MATCH);
  store<u64>(here, load<u64>(ENTRY, LENGTH), LENGTH_AT);
  store<u64>(here, counter, RELEASE_AT);
  store<u16>(row(imageCount), addressed ? 0 : NOBODYS, IMAGE_FLAGS_AT);
  for (let i: u32 = 0; i < ecus; i++) {
    if (!(flags(i) & NAMED) || imageOf(i) != imageCount) continue;
    releaseAllowed(counter, counterOf(i));
    if (installed(installedOf(i))) mark(i, UP_TO_DATE);
  }
  imageCount++;
}

/** Nothing listed differs from what is installed: §5.4.4.2 step 6. */
export function nothingNew(): bool {
  for (let i: u32 = 0; i < ecus; i++) if ((flags(i) & (NAMED | UP_TO_DATE)) == NAMED) return false;
  return nobodysImage() == NO_ROW;
}

/** An image that names no ECU and is not matched yet, or NO_ROW. */
export function nobodysImage(): u32 {
  for (let i: u32 = 0; i < imageCount; i++) if (load<u16>(row(i), IMAGE_FLAGS_AT) == NOBODYS) return i;
  return NO_ROW;
}

export function markFound(image: u32): void {
  store<u16>(row(image), load<u16>(row(image), IMAGE_FLAGS_AT) | FOUND, IMAGE_FLAGS_AT);
}

/** ECU_* of abi.ts. */
export function outcomeOf(i: u32): u32 {
  if (!(flags(i) & NAMED)) return ECU_NOT_NAMED;
  return flags(i) & UP_TO_DATE ? ECU_INSTALLED : ECU_ORDERED;
}

// --- the Image repository's entry for the same name (match.ts) --------------------------------------------------------

/** @param tagged 16 bytes @returns the image of that name, or NO_ROW */
export function findImage(tagged: usize): u32 {
  for (let i: u32 = 0; i < imageCount; i++) if (sameTag(image(i), tagged)) return i;
  return NO_ROW;
}

export function imageHashes(i: u32): usize {
  return image(i) + HASHES_AT;
}

export function imageMustMatch(i: u32): usize {
  return image(i) + MUST_AT;
}

export function imageLength(i: u32): u64 {
  return load<u64>(image(i), LENGTH_AT);
}

export function imageCounter(i: u32): u64 {
  return load<u64>(image(i), RELEASE_AT);
}

export function clearFit(): void {
  for (let i: u32 = 0; i < ecus; i++) unmark(i, FIT);
}
