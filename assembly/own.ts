/** Director Targets as one ECU reads them: its own entry is staged (NAME, and STAGED as EXPECTED_SIZE bytes), everybody else's is only counted. */
import { DIGEST, HARDWARE, NAME, STAGED } from "./layout";
import { DELEGATIONS_OPENS, ECU_CLOSES, ENTRY_CLOSES, ENTRY_OPENS } from "./grammar";
import { copy, equal, tag } from "./bytes";
import { name, nameLength } from "./json";
import { breach, delegates, installed, onlyOnce, nobodyNamed, releaseAllowed, usable } from "./ecu";
import { keep } from "./entry";
import { counter } from "./targets";
import * as Status from "./status";

let serial: usize = 0;
let hardware: usize = 0;
let floor: u64 = 0;
let running: usize = 0;
let runningSize: u32 = 0;
let mine: bool = false;
export let ordered: bool = false;
export let upToDate: bool = false;
export let imageNameLength: u32 = 0;
export let imageRelease: u64 = 0; // release counter of the own entry + 1, 0 for none

/** @param ecu tag of its identifier 16, @param fits tag of its hardware identifier 16, @param least release counter, @param runs start of the SHA-256 it runs */
export function ownBegins(ecu: usize, fits: usize, least: u64, runs: usize, runsSize: u32): void {
  serial = ecu;
  hardware = fits;
  floor = least;
  running = runs;
  runningSize = runsSize;
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
      if (!equal(DIGEST, serial, 16)) return;
      mine = true;
      if (!equal(HARDWARE, hardware, 16)) breach(Status.WrongHardware);
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
      upToDate = installed(running, runningSize);
      return;
    default:
      return;
  }
}
