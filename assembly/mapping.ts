/**
 * Repository mapping: Uptane 2.1.0 §5.2.6 with the map file of TAP 4, read for the wanted image. The first mapping with a path that fits is asked; where its
 * repositories do not agree, the next one is, unless it is terminating. docs/adr/0005.
 */
import * as Abi from "./abi";
import * as Name from "./names";
import * as Status from "./status";
import { C_MAP_FILE, MAPPING_CLOSES, MAPPING_OPENS, MAP_NAME } from "./grammar";
import { MAP_LIMIT, WANTED } from "./layout";
import { FIT, HEARD, LISTS, NO_ROW, clearFit, findEcu, flags, hardwareOf, mark } from "./rows";
import { NOBODY, agreed, decide, noResults, results } from "./agreement";
import { agree } from "./mapped";
import { ask, done } from "./report";
import { become } from "./json";
import { begin, ended } from "./file";
import { failWith, malformed, status } from "./verdict";
import { needed, opens, pathFits, stops } from "./delegations";
import { wantedLength } from "./match";
import { textTag } from "./tags";

// The mapping being read; its path, threshold and end are those of delegations.ts.
let repositories: u32 = 0;
let silent: bool = false; // not all of them were heard

let verdict: u32 = 0; // 0: a mapping's repositories agree
let over: bool = false; // no later mapping counts
let found: u32 = 0;
let expected: u32 = 0;
let winner: u32 = 0; // row of a repository of the group that won

export function mapOpens(): void {
  verdict = Status.NotFound;
  over = false;
  found = 0;
  expected = 0;
  ask(Abi.DIRECTOR, Abi.ROLE_MAP, Abi.SOURCE_PROVISIONED, 0, MAP_LIMIT);
  begin(0, 0);
  become(C_MAP_FILE);
}

export function mapAct(action: u32): void {
  switch (action) {
    case MAPPING_OPENS:
      opens();
      repositories = 0;
      silent = false;
      clearFit();
      return noResults();
    case MAP_NAME:
      return repository();
    case MAPPING_CLOSES:
      return closes();
    default:
      return;
  }
}

/** One that is listed twice counts once. */
function repository(): void {
  const row = findEcu(textTag());
  if (row == NO_ROW) return malformed(Name.REPOSITORIES);
  if (flags(row) & FIT) return;
  mark(row, FIT);
  repositories++;
  if (!(flags(row) & HEARD)) silent = true;
  if (flags(row) & LISTS) agreed(hardwareOf(row), row);
}

function closes(): void {
  if (needed > repositories) return malformed(Name.THRESHOLD);
  if (over || !pathFits) return;
  const listing = results;
  winner = decide(0, needed);
  over = true;
  if (winner != NOBODY) verdict = Status.Ok;
  else if (silent) verdict = Status.Unverified; // what is not known is not passed over
  else {
    over = stops;
    if (listing == 0) return;
    verdict = Status.NoAgreement;
    found = listing;
    expected = needed;
  }
}

export function mapEnd(): void {
  ended();
  if (verdict != Status.Ok) failWith(verdict, found, expected);
  if (status != Status.Ok) return;
  agree(WANTED, wantedLength, hardwareOf(winner));
  done();
}
