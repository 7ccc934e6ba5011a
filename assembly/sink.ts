/** Where the canonical bytes go that the reader passes: to the open signatures, to the hash of one object, to the parts of a manifest, or nowhere. */
import { sha256Begin, sha256End, sha256Update } from "./sha256";
import { OBJECT256 } from "./layout";
import { nested, noParts, partPasses } from "./nested";
import { split } from "./window";
import { message } from "./signatures";

let signed: bool = false;
let object: bool = false;

export function emit(at: usize, length: u32): void {
  if (signed) message(at, length);
  if (object) sha256Update(OBJECT256, at, length);
  if (nested) partPasses(at, length);
}

export function closed(): void {
  signed = false;
  object = false;
  noParts();
}

/** At an OPEN event: the container is part of what the signatures cover. */
export function signedStarts(): void {
  split(true);
  signed = true;
}

/** At its CLOSE event. */
export function signedEnds(): void {
  split(false);
  signed = false;
}

/** At an OPEN event: the container is hashed by itself. One at a time. */
export function objectStarts(): void {
  split(true);
  sha256Begin(OBJECT256);
  object = true;
}

/** At its CLOSE event. @param out 32 bytes */
export function objectEnds(out: usize): void {
  split(false);
  object = false;
  sha256End(OBJECT256, out);
}
