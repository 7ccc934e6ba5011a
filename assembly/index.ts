/** The whole boundary: docs/adr/0001. Numbers in abi.ts, verdicts in status.ts, places in layout.ts. */
import * as Status from "./status";
import { NAME_MAX, WINDOW, WINDOW_SIZE } from "./layout";
import { done } from "./report";
import { addEcu, noEcus, rowsBegin } from "./rows";
import { ed25519Verify } from "./ed25519";
import { nobody } from "./identity";
import { want } from "./match";

export { open, feed, end, missing, select, outcome } from "./full";
export { partialOpen, partialFeed, partialEnd, partialMissing } from "./partial";
export { identify } from "./identity";

/** Adds an ECU to the inventory: WINDOW holds identifier, hardware identifier, then 32 bytes (installed SHA-256, or public key). */
export function ecu(serial: u32, hardware: u32, counter: u64): u32 {
  done();
  if (u64(serial) + hardware + 32 > WINDOW_SIZE) return Status.BadArgument;
  return addEcu(WINDOW, serial, WINDOW + serial, hardware, WINDOW + serial + hardware, counter) ? Status.Ok : Status.Limit;
}

/** Empties inventory, identity and wanted name. */
export function forget(): void {
  done();
  noEcus();
  nobody();
  want(WINDOW, 0);
}

/** The image name at WINDOW is the one wanted of an Image repository alone, or of several; 0: none. What they said of another one is over. */
export function target(length: u32): u32 {
  done();
  if (length > NAME_MAX) return Status.BadArgument;
  rowsBegin(false);
  want(WINDOW, length);
  return Status.Ok;
}

/** One Ed25519 signature: WINDOW holds signature 64, key 32, then the message. @returns 1 or 0 */
export function verify(length: u32): u32 {
  done();
  if (length > WINDOW_SIZE - 96) return 0;
  return ed25519Verify(WINDOW, WINDOW + 64, WINDOW + 96, length) ? 1 : 0;
}
