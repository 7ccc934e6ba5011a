/** Where the canonical bytes go that the reader passes: to the open signatures, to the hash of one object, to both, or nowhere. */
import { sha256Begin, sha256End, sha256Update } from "./sha256";
import { OBJECT256, PAYLOAD256 } from "./layout";
import { split } from "./window";
import { message } from "./signatures";

const SIGNED = 1;
const OBJECT = 2;
const PAYLOAD = 4;

let open: u32 = 0;

export function emit(at: usize, length: u32): void {
  if (open & SIGNED) message(at, length);
  if (open & OBJECT) sha256Update(OBJECT256, at, length);
  if (open & PAYLOAD) sha256Update(PAYLOAD256, at, length);
}

export function closed(): void {
  open = 0;
}

/** At an OPEN event: the container is part of what the signatures cover. */
export function signedStarts(): void {
  split(true);
  open |= SIGNED;
}

/** At its CLOSE event. */
export function signedEnds(): void {
  split(false);
  open &= ~SIGNED;
}

/** At an OPEN event: the container is hashed by itself. One at a time. */
export function objectStarts(): void {
  split(true);
  sha256Begin(OBJECT256);
  open |= OBJECT;
}

/** At its CLOSE event. @param out 32 bytes */
export function objectEnds(out: usize): void {
  split(false);
  open &= ~OBJECT;
  sha256End(OBJECT256, out);
}

/** At an OPEN event: the payload of a manifest, whose reports are hashed by themselves inside it. */
export function payloadStarts(): void {
  split(true);
  sha256Begin(PAYLOAD256);
  open |= PAYLOAD;
}

/** At its CLOSE event. @param out 32 bytes */
export function payloadEnds(out: usize): void {
  split(false);
  open &= ~PAYLOAD;
  sha256End(PAYLOAD256, out);
}
