/**
 * A slot for each signature of the file being read: signature 64 | key 32 | SHA-512 state 64 | tag of the key id 8 | key number u32 | usable u32.
 * Each hashes R, A and then the same message, so all share one buffer; in the first block bytes 0-63 are a slot's own R and A.
 */
import { sha512Block } from "./block512";
import { copyDigest } from "./digests";
import { SLOTS, SLOT_SIZE } from "./layout";

export const KEY = 64;
export const STATE = 96;
export const TAG = 160;
export const NUMBER = 168;
export const USABLE = 172;

export let slots: u32 = 0;
let first: bool = true; // the block with R and A

export function slot(i: u32): usize {
  return SLOTS + i * SLOT_SIZE;
}

export function noSignatures(): void {
  slots = 0;
}

export function signatureCloses(): void {
  slots++;
}

/** The next block is the one with R and A. */
export function firstBlock(): void {
  first = true;
}

/** One block of the message into the state of every slot that takes part. */
export function everySlot(block: usize): void {
  for (let i: u32 = 0; i < slots; i++) {
    const here = slot(i);
    if (!load<u32>(here, USABLE)) continue;
    if (first) {
      copyDigest(block, here);
      copyDigest(block + 32, here + KEY);
    }
    sha512Block(here + STATE, block);
  }
  first = false;
}
