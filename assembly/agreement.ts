/**
 * Roles in agreement: Uptane 2.1.0 §5.4.4.8. What each role of a multi-role delegation found is kept as the tag of its group (same length, hashes and
 * must-match data), 16 bytes, and the role's number u32; the roles that found nothing leave no result.
 */
import { RESULTS, RESULTS_MAX } from "./layout";
import * as Status from "./status";
import { failWith } from "./verdict";
import { copyTag, sameTag } from "./digests";

const SIZE = 24;
const ROLE = 16;
export const NOBODY: u32 = 0xffffffff;

/** Results at hand, over all nesting. */
export let results: u32 = 0;

export function noResults(): void {
  results = 0;
}

/** @param group 16 bytes */
export function agreed(group: usize, role: u32): void {
  if (results == RESULTS_MAX) return failWith(Status.Limit, results + 1, RESULTS_MAX);
  copyTag(RESULTS + results * SIZE, group);
  store<u32>(RESULTS + results * SIZE, role, ROLE);
  results++;
}

/**
 * Groups of at least `agreement` roles stand against each other; the one that holds the role listed earliest wins. Results come in listed order, so that is
 * the first whose group is large enough.
 *
 * @param base first of the delegation's results, which are given up @returns a role of the group, or NOBODY
 */
export function decide(base: u32, agreement: u32): u32 {
  let winner = NOBODY;
  for (let i = base; i < results && winner == NOBODY; i++) {
    let size: u32 = 0;
    for (let j = base; j < results; j++) if (sameTag(RESULTS + i * SIZE, RESULTS + j * SIZE)) size++;
    if (size >= agreement) winner = load<u32>(RESULTS + i * SIZE, ROLE);
  }
  results = base;
  return winner;
}
