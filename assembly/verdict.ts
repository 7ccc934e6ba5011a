/** The verdict on what is being read: one sticky status with operands, the evidence, and failures that wait for the signature. */
import * as Status from "./status";

export let status: u32 = 0; // Ok
export let found: u64 = 0;
export let expected: u64 = 0;
export let evidence: u32 = 0;

let pending: u32 = 0; // Ok
/** The file itself is good: what fails from here on is its content. */
export let settled: bool = false;
let pendingFound: u64 = 0;
let pendingExpected: u64 = 0;

/** A new session: the only place that forgets a failure. */
export function clear(): void {
  status = Status.Ok;
  found = 0;
  expected = 0;
  fresh();
}

/** A new pass over a file. */
export function fresh(): void {
  evidence = 0;
  pending = Status.Ok;
  settled = false;
}

/** The first failure stays. */
export function fail(why: u32): void {
  failWith(why, 0, 0);
}

/** The same, with what was found and what was expected. */
export function failWith(why: u32, is: u64, wanted: u64): void {
  if (status != Status.Ok) return;
  status = why;
  found = is;
  expected = wanted;
}

/** A member is missing or has the wrong type. @param what its number in names.ts */
export function malformed(what: u32): void {
  failWith(Status.Malformed, what, 0);
}

/** A failure of content: said only once the signatures hold, for nobody is to be blamed for unsigned bytes. */
export function defer(why: u32, is: u64 = 0, wanted: u64 = 0): void {
  if (pending != Status.Ok) return;
  pending = why;
  pendingFound = is;
  pendingExpected = wanted;
}

/** The signatures hold: what waited is said now. */
export function settle(): void {
  settled = true;
  if (pending != Status.Ok) failWith(pending, pendingFound, pendingExpected);
}

export function hold(step: u32): void {
  evidence |= step;
}

/** Nothing is taken unless every step of the mask left its evidence. */
export function need(mask: u32): void {
  if ((evidence & mask) != mask) failWith(Status.Evidence, evidence, mask);
}

/** The file that failed was not needed: whoever asked for it goes on without. */
export function pardon(): void {
  status = Status.Ok;
}

/** The failure is one of a file that something else needed: found tells which. */
export function wrap(why: u32): void {
  found = status;
  expected = 0;
  status = why;
}
