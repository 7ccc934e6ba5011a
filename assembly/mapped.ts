/**
 * The images a repository map has decided for (docs/adr/0005): tag of the name 16 | tag of what its repositories agree on 16 (GROUP of match.ts). They serve one
 * cycle, as an attestation of the time does.
 */
import { AGREED, AGREED_MAX } from "./layout";
import { copyTag, sameTag } from "./digests";
import { tag } from "./tags";

let count: u32 = 0;
let spent: bool = false; // a cycle was judged by them

export function nothingAgreed(): void {
  count = 0;
  spent = false;
}

/** A cycle starts: those of the one before are over. */
export function spendAgreed(): void {
  if (spent) count = 0;
  spent = true;
}

/** The map has decided. Where there are too many, the older ones go: that only refuses. */
export function agree(name: usize, length: u32, group: usize): void {
  if (spent || count == AGREED_MAX) nothingAgreed();
  const at = AGREED + count++ * 32;
  copyTag(at, tag(name, length));
  copyTag(at + 16, group);
}

/** @param name  tag of the image's 16 */
export function isAgreed(name: usize, group: usize): bool {
  for (let at = AGREED; at < AGREED + count * 32; at += 32) if (sameTag(at, name) && sameTag(at + 16, group)) return true;
  return false;
}
