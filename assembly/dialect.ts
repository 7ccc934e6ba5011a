/**
 * Where the dialects we read contradict each other: this file says which one is spoken, docs/dialects.md says what each does. Our own POUF is the default; TUF's
 * has labels for key ids; aktualizr's has labels too, and its own spelling of types, keys, signatures, escapes and patterns.
 */
import { OPTION_AKTUALIZR, OPTION_EMPTY_FOR_ANY_VEHICLE, OPTION_LABELS, OPTION_NO_DIRECTOR_SNAPSHOT } from "./abi";

/** Key ids are labels; else they are the SHA-256 of the key object. */
export let labels: bool = false;
/** aktualizr's spelling. */
export let aktualizr: bool = false;
/** Policy of the provisioning, aktualizr's back ends only: the Director serves no Timestamp and no Snapshot. */
export let directorWithoutSnapshot: bool = false;
/** The same: Director Targets without an image need not name the vehicle. */
export let emptyForAnyVehicle: bool = false;

export function setDialect(options: u32): void {
  aktualizr = (options & OPTION_AKTUALIZR) != 0;
  labels = aktualizr || (options & OPTION_LABELS) != 0;
  directorWithoutSnapshot = aktualizr && (options & OPTION_NO_DIRECTOR_SNAPSHOT) != 0;
  emptyForAnyVehicle = aktualizr && (options & OPTION_EMPTY_FOR_ANY_VEHICLE) != 0;
}

/** Words and hex are compared without case. Changes the text in place: it has been hashed by then. */
export function fold(text: u32, length: u32): void {
  if (!aktualizr) return;
  for (let i: u32 = 0; i < length; i++) {
    const byte = u32(load<u8>(text + i));
    if (byte - 0x41 < 26) store<u8>(text + i, byte | 0x20);
  }
}
