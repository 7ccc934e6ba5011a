/** Sessions without metadata: the grammar alone, a digest, a signature over a stream. */
import * as Abi from "./abi";
import * as Status from "./status";
import { BLOCK, RAW256, RAW512, REPORT, SLOTS, WINDOW } from "./layout";
import { C_SKIPPED } from "./grammar";
import { NOTHING, OPEN, finish, inner, next } from "./json";
import { ask, done, withDigest } from "./report";
import { begin, over, read, take, widen } from "./file";
import { copy } from "./bytes";
import { ed25519Check } from "./ed25519";
import { fail, hold, status } from "./verdict";
import { sha512Begin, sha512End, sha512Update } from "./sha512";

const UNLIMITED: u64 = u64.MAX_VALUE;
const SIGNATURE = SLOTS; // 64, then the key 32
const KEY = SLOTS + 64;

let session: u32 = 0;

export function bareOpens(which: u32): void {
  session = which;
  ask(Abi.DIRECTOR, Abi.ROLE_PAYLOAD, Abi.SOURCE_NEW, 0, UNLIMITED);
  begin(0, 0);
  if (which == Abi.SESSION_SHA512) widen();
  if (which != Abi.SESSION_SIGNATURE) return;
  copy(SIGNATURE, WINDOW, 96);
  sha512Begin(RAW512);
  sha512Update(RAW512, SIGNATURE, 32);
  sha512Update(RAW512, KEY, 32);
}

export function bareFeed(length: u32): void {
  switch (session) {
    case Abi.SESSION_JSON:
      read(length);
      for (let event = next(); event != NOTHING; event = next()) if (event == OPEN) inner(C_SKIPPED);
      return;
    case Abi.SESSION_SIGNATURE:
      sha512Update(RAW512, WINDOW, length);
      return;
    default:
      take(length);
  }
}

export function bareEnd(): void {
  switch (session) {
    case Abi.SESSION_JSON:
      if (!finish()) fail(Status.Truncated);
      else hold(Abi.EVIDENCE_COMPLETE);
      break;
    case Abi.SESSION_SIGNATURE:
      sha512End(RAW512, BLOCK);
      if (ed25519Check(SIGNATURE, KEY, BLOCK)) hold(Abi.EVIDENCE_THRESHOLD);
      else fail(Status.BadSignature);
      break;
    default:
      over();
      withDigest(RAW256);
      if (session == Abi.SESSION_SHA512) copy(REPORT + Abi.REPORT_SHA512, RAW512, 64);
  }
  if (status == Status.Ok) done();
}
