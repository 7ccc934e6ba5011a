/** The bytes the host put into WINDOW, and those of them that still have to be given to the sink: a run that ends where something is left out. */
import { WINDOW } from "./layout";
import { emit } from "./sink";

let cursor: usize = 0;
let limit: usize = 0;
let run: usize = 0;
let held: bool = false; // inside an escape: its bytes are never given away

export function nothingHeld(): void {
  held = false;
  window(0);
}

export function window(length: u32): void {
  cursor = WINDOW;
  run = WINDOW;
  limit = WINDOW + length;
}

export function more(): bool {
  return cursor < limit;
}

export function take(): u32 {
  return load<u8>(cursor++);
}

/** The byte just taken is taken again. */
export function back(): void {
  cursor--;
}

function give(to: usize): void {
  if (to > run) emit(run, u32(to - run));
}

/** The byte just taken is left out of the sink. */
export function leaveOut(): void {
  give(cursor - 1);
  run = cursor;
}

/** The byte just taken starts an escape: it and what follows are left out until `resume`. */
export function hold(): void {
  leaveOut();
  held = true;
}

export function resume(): void {
  held = false;
  run = cursor;
}

/** Where the value just opened starts (its first byte was taken), or the one just closed ends: what was read before goes to the sink as it was. */
export function split(opening: bool): void {
  const to = opening ? cursor - 1 : cursor;
  give(to);
  run = to;
}

/** The window is used up. */
export function drain(): void {
  if (!held) give(cursor);
  run = cursor;
}
