/**
 * Where a file waits for its verdict on a part without the RAM for it: the first blocks of data flash. As long as what arrives is what is kept already,
 * nothing is written, so that taking the same file again costs no flash.
 */
import { type Flash, FlashError } from "./flash.ts";

export interface Scratch {
  /** Starts a file. `known`: what is kept of it, if anything. */
  begin(known: Uint8Array | undefined): void;
  append(bytes: Uint8Array): void;
  /** The file as it arrived. */
  read(): Uint8Array;
}

/** @param size  bytes, whole blocks from the start of `flash` */
export function openScratch(flash: Flash, size: number): Scratch {
  const { unit, block } = flash.geometry;
  const held = new Uint8Array(unit); // a unit that is not full yet
  let known: Uint8Array = new Uint8Array(0);
  let same = true;
  let length = 0;

  function put(byte: number): void {
    if (length >= size) throw new FlashError(`Cannot take a file of more than ${size} bytes`);
    held[length % unit] = byte;
    length++;
    if (length % unit !== 0) return;
    if ((length - unit) % block === 0) flash.erase(length - unit);
    flash.program(length - unit, held);
  }

  return {
    begin: (of) => {
      known = of ?? new Uint8Array(0);
      same = true;
      length = 0;
    },
    append: (bytes) => {
      for (const byte of bytes) {
        if (same && known[length] === byte) {
          length++;
          continue;
        }
        if (same) {
          same = false;
          const prefix = known.subarray(0, length);
          length = 0;
          prefix.forEach(put);
        }
        put(byte);
      }
    },
    read: () => {
      if (same) return known.slice(0, length);
      const full = length - (length % unit);
      return new Uint8Array(Buffer.concat([flash.read(0, full), held.subarray(0, length - full)]));
    },
  };
}
