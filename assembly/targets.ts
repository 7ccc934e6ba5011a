/**
 * A Targets file of either repository, top-level or delegated: what every reader of it needs. What an entry means is the reader's business (own.ts, rows.ts,
 * match.ts, search.ts). Canonical order: custom, delegations, expires …, targets; inside an entry custom, hashes, length; so everything about an entry is known
 * when it closes, delegations before the first entry, and ENTRY is free for an encrypted form while custom is open.
 */
import { IDENTITY } from "./layout";
import { begin } from "./entry";
import { begin as headerBegins } from "./header";
import { emptyForAnyVehicle } from "./dialect";
import { value } from "./json";
import * as Name from "./names";
import * as Status from "./status";
import { defer } from "./verdict";
import { sameTag } from "./digests";
import { textTag } from "./tags";

export const NO_COUNTER: u64 = u64.MAX_VALUE;

export let counter: u64 = 0xffffffffffffffff; // release counter of the entry
let images: bool = false;
let vehicleSeen: bool = false;

export function targetsBegin(): void {
  headerBegins(Name.TARGETS);
  images = false;
  vehicleSeen = false;
}

/** The vehicle these Targets are for: docs/POUF.md; checked wherever it stands. */
export function vehicle(): void {
  vehicleSeen = true;
  if (!sameTag(textTag(), IDENTITY)) defer(Status.WrongVehicle);
}

/** ownName() is the image's. */
export function entryOpens(): void {
  begin();
  counter = NO_COUNTER;
  images = true;
}

export function release(): void {
  counter = value;
}

/** Director Targets without an image have to say for which vehicle: Uptane 2.1.0 §5.2.3.1, §5.4.4.6 step 9. */
export function vehicleNamed(): bool {
  return vehicleSeen || images || emptyForAnyVehicle;
}
