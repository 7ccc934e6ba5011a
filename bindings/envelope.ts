/** Who signed one file: docs/adr/0004. It says nothing about whether the file is in force, and trust never moves. */
import { SESSION_ENVELOPE } from "../assembly/abi.ts";
import { Ok } from "../assembly/status.ts";
import type { Core, Report } from "./core.ts";

/** What came of it: report.status is Ok when a threshold of keys signed, else BadSignature, UnmetThreshold, or what is wrong with the form of the file. */
export interface Signed {
  report: Report;
  keyids: string[]; // of the keys that signed
}

/**
 * Judges the signatures of one file.
 *
 * @param file       {"signatures": [...], "signed": {...}}, members in rising order
 * @param keys       key id -> 32 bytes of an Ed25519 key that the caller vouches for; at most 32
 * @param threshold  how many distinct keys have to have signed, at least 1
 * @param options    OPTION_AKTUALIZR or OPTION_LABELS of assembly/abi.ts, 0 for our own dialect
 * @throws UsageError  for a key or key id that cannot be handed over
 */
export function signedBy(core: Core, file: Uint8Array, keys: ReadonlyMap<string, Uint8Array>, threshold: number, options = 0): Signed {
  core.forget();
  for (const [serial, bytes32] of keys) core.ecu({ serial, hardwareId: "", counter: -1, bytes32 });
  let report = core.open(SESSION_ENVELOPE, options, threshold);
  if (report.status === Ok) report = core.feed(file);
  if (report.status === Ok) report = core.end();
  const keyids = [...keys.keys()].filter((_, i) => core.outcome(i) === 1);
  return { report, keyids };
}
