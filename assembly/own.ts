/** Director Targets as one ECU reads them: its own entry is staged (NAME, and STAGED as EXPECTED_SIZE bytes), everybody else's is only counted. */
import { CIPHER, CIPHER_TEXTS, HARDWARE, NAME, REPORT, STAGED, TOKEN, TOKEN_SIZE, TAG256 } from "./layout";
import { CIPHER_CLOSES, CIPHER_OPENS, DELEGATIONS_OPENS, ECU_CLOSES, ENTRY_CLOSES, ENTRY_OPENS, METHOD, WRAPPED } from "./grammar";
import { REPORT_METHOD } from "./abi";
import { copy } from "./bytes";
import { name, nameLength, textLength } from "./json";
import { breach, delegates, installed, onlyOnce, nobodyNamed, releaseAllowed, usable } from "./ecu";
import { keep } from "./entry";
import { counter } from "./targets";
import * as Status from "./status";
import { sameTag } from "./digests";
import { nameTag, ownTag } from "./tags";

let ecu: usize = 0;
let floor: u64 = 0;
let mine: bool = false;
let forMe: bool = false; // the encrypted form being read
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
  store<u64>(REPORT, 0, REPORT_METHOD); // and the key
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
      onlyOnce(nameTag());
      if (!sameTag(TAG256, ecu)) return;
      mine = true;
      if (!sameTag(HARDWARE, ecu + 16)) breach(Status.WrongHardware);
      return;
    case CIPHER_OPENS:
      forMe = mine && sameTag(ownTag(), ecu);
      return;
    case CIPHER_CLOSES:
      if (forMe) keep(CIPHER);
      return;
    case METHOD:
    case WRAPPED:
      if (!forMe) return;
      copy(CIPHER_TEXTS + (action - METHOD) * TOKEN_SIZE, TOKEN, textLength);
      store<u32>(REPORT + (action - METHOD) * 4, textLength + 1, REPORT_METHOD);
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
