/**
 * A time attestation: {"_type":"time","nonces":[…],"time":"…"}, signed by the `time` role of the Director's Root (docs/POUF.md).
 * Uptane 2.1.0 §5.4.2.2 and §5.4.3.1 leave the protocol open; the nonce is this ECU's own.
 */
import * as Abi from "./abi";
import * as Name from "./names";
import * as Status from "./status";
import { C_TIME } from "./grammar";
import { DIGEST, IDENTITY, TIME_JUMP_MAX, TIME_LIMIT, TOKEN } from "./layout";
import { ask, done } from "./report";
import { begin as headerBegins } from "./header";
import { begin, ended } from "./file";
import { chainEnd, chainMissing, root, startChain } from "./chain";
import { clockAttested } from "./clock";
import { date, hex } from "./bytes";
import { judgeRole } from "./signatures";
import { textLength } from "./json";
import { time as trusted } from "./trusted";
import { fail, failWith, hold, malformed, need, status } from "./verdict";
import { sameDigest } from "./digests";

const NONCE = IDENTITY + 80;
const NONCE_SIZE = 32;

let asking: bool = false; // Root is there
let seconds: u64 = 0;
let answered: bool = false; // our nonce is in it

export function timeOpens(): void {
  asking = false;
  startChain(Abi.DIRECTOR, false);
}

export function time(): void {
  seconds = date(TOKEN, textLength);
  if (seconds == u64.MAX_VALUE) fail(Status.BadDate);
}

export function nonce(): void {
  if (hex(TOKEN, textLength, DIGEST, NONCE_SIZE) && sameDigest(DIGEST, NONCE)) answered = true;
}

export function timeEnd(): void {
  if (!asking) {
    if (chainEnd()) askTime();
    return;
  }
  ended();
  if (seconds == 0) return malformed(Name.TIME);
  if (!judgeRole(root(Abi.DIRECTOR), Abi.ROLE_TIME, Abi.EVIDENCE_THRESHOLD)) return;
  if (!answered) return fail(Status.Nonce);
  hold(Abi.EVIDENCE_NONCE);
  if (seconds < trusted()) return failWith(Status.TimeBack, seconds, trusted());
  if (trusted() != 0 && seconds > trusted() + TIME_JUMP_MAX) return failWith(Status.TimeJump, seconds, trusted() + TIME_JUMP_MAX);
  hold(Abi.EVIDENCE_VERSION);
  need(Abi.EVIDENCE_COMPLETE | Abi.EVIDENCE_TYPE | Abi.EVIDENCE_THRESHOLD | Abi.EVIDENCE_NONCE | Abi.EVIDENCE_VERSION);
  if (status != Status.Ok) return;
  clockAttested(seconds);
  done();
}

function askTime(): void {
  asking = true;
  seconds = 0;
  answered = false;
  ask(Abi.DIRECTOR, Abi.ROLE_TIME, Abi.SOURCE_NEW, 0, TIME_LIMIT);
  begin(root(Abi.DIRECTOR), C_TIME);
  headerBegins(Name.TIME);
}

export function timeMissing(why: u32): void {
  if (!asking) chainMissing(why);
  else fail(why);
}
