/** Director Targets as one ECU reads them: its own entry is staged (NAME, and STAGED as EXPECTED_SIZE bytes), everybody else's is only counted. */
import { DIGEST, HARDWARE, NAME, STAGED } from "./layout";
import { DELEGATIONS_OPENS, ECU_CLOSES, ENTRY_CLOSES, ENTRY_OPENS } from "./grammar";
import { copy, equal, tag } from "./bytes";
import { name, nameLength } from "./json";
import { breach, delegates, installed, onlyOnce, nobodyNamed, releaseAllowed, usable } from "./ecu";
import { keep } from "./entry";
import { counter } from "./targets";
import * as Status from "./status";

let ecu: usize = 0;
let floor: u64 = 0;
let mine: bool = false;
export let ordered: bool = false;
export let upToDate: bool = false;
export let imageNameLength: u32 = 0;
export let imageRelease: u64 = 0; // release counter of the own entry + 1, 0 for none

/** @param which tag of its identifier 16, tag of its hardware identifier 16, start of the SHA-256 it runs 16; @param least release counter */
export function ownBegins(which: usize, least: u64): void {
  ecu = which;
  floor = least;
  ordered = false;
  upToDate = false;
  nobodyNamed();
}

export function ownAct(action: u32): void {
  switch (action) {
    case DELEGATIONS_OPENS:
      return delegates();
    case ENTRY_OPENS:
      mine = false;
      return;
    case ECU_CLOSES:
      tag(name(), nameLength(), DIGEST, 16);
      onlyOnce(DIGEST);
      if (!equal(DIGEST, ecu, 16)) return;
      mine = true;
      if (!equal(HARDWARE, ecu + 16, 16)) breach(Status.WrongHardware);
      return;
    case ENTRY_CLOSES:
      if (!mine) return;
      usable();
      releaseAllowed(counter, floor);
      keep(STAGED);
      imageNameLength = nameLength();
      imageRelease = counter + 1; // NO_COUNTER wraps to 0
      copy(NAME, name(), imageNameLength);
      ordered = true;
      upToDate = installed(ecu + 32);
      return;
    default:
      return;
  }
}
