/** Who this ECU is. IDENTITY: vehicle tag 16 | own identifier tag 16 | hardware tag 16 | SHA-256 of the installed image 32 | nonce 32. */
import { IDENTITY, IDENTITY_SIZE, WINDOW, WINDOW_SIZE } from "./layout";
import { NO_COUNTER } from "./targets";
import { done } from "./report";
import { clear, copy } from "./bytes";
import * as Status from "./status";
import { copyTag } from "./digests";
import { tag } from "./tags";

/** Highest release counter installed. */
export let leastCounter: u64 = 0xffffffffffffffff; // NO_COUNTER

export function nobody(): void {
  clear(IDENTITY, IDENTITY_SIZE);
  leastCounter = NO_COUNTER;
}

/**
 * WINDOW holds three strings one behind the other, then SHA-256 of the installed image (zeros: none) and a nonce, 32 bytes each.
 *
 * @param counter highest release counter installed, all ones: none was seen
 */
export function identify(vehicle: u32, serial: u32, hardware: u32, counter: u64): u32 {
  done();
  if (u64(vehicle) + serial + hardware + 64 > WINDOW_SIZE) return Status.BadArgument;
  copyTag(IDENTITY, tag(WINDOW, vehicle));
  copyTag(IDENTITY + 16, tag(WINDOW + vehicle, serial));
  copyTag(IDENTITY + 32, tag(WINDOW + vehicle + serial, hardware));
  copy(IDENTITY + 48, WINDOW + vehicle + serial + hardware, 64);
  leastCounter = counter;
  return Status.Ok;
}
