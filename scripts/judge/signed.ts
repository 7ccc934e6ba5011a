/**
 * Kind `signed-metadata`: files that others signed, each with the keys it is to be judged by. Two shapes: keys and threshold of a role, with the key ids that
 * verify; or, per signature, which of the pack's keys it verifies under. Only signatures are judged, so members are sorted where they have to be.
 */
import { OPTION_AKTUALIZR, OPTION_LABELS } from "../../assembly/abi.ts";
import { Ok, UnmetThreshold, BadSignature, Unsorted, ZeroThreshold } from "../../assembly/status.ts";
import { Core } from "../../bindings/core.ts";
import { type Signed, signedBy } from "../../bindings/envelope.ts";
import { UsageError } from "../../bindings/errors.ts";
import { sorted } from "../../bindings/sorted.ts";
import { type PublicKey, planned } from "./dialect.ts";
import { type Case, type Content, type Pack, bytesOf } from "./pack.ts";
import type { Skip, Verdict } from "./verdict.ts";

interface Signature {
  keyid: string;
  valid_for: string[]; // names of keys of the pack
}

interface SignedCase extends Omit<Case, "expect"> {
  data: Content;
  encoding?: string; // der is not read
  keys?: Record<string, PublicKey>;
  keyids?: string[];
  threshold?: number;
  signatures?: Signature[];
  inner?: unknown; // the same of the reports a vehicle manifest carries, by ECU
  expect: { valid_keyids?: string[]; threshold_met?: boolean; signature_valid?: boolean };
}

export interface SignedPack extends Pack {
  keys?: Record<string, { public_hex: string }>;
}

/** A file and what it is judged by. */
class Judged {
  readonly #core: Core;
  readonly #file: Uint8Array;
  readonly #options: number;

  constructor(core: Core, file: Uint8Array) {
    this.#core = core;
    this.#file = file;
    this.#options = /"sig"\s*:\s*"[^"]*[^"0-9a-f]/.test(Buffer.from(file).toString("latin1")) ? OPTION_AKTUALIZR : OPTION_LABELS; // base64 is aktualizr's
  }

  by(keys: ReadonlyMap<string, Uint8Array>, threshold: number): Signed {
    const first = signedBy(this.#core, this.#file, keys, threshold, this.#options);
    return first.report.status === Unsorted ? signedBy(this.#core, sorted(this.#file), keys, threshold, this.#options) : first;
  }
}

export function signedCase(core: Core, pack: SignedPack, one: SignedCase): Verdict | Skip {
  if (one.encoding === "der") return { skip: "encoding der" };
  const scheme = Object.values(one.keys ?? {}).map(planned).find((word) => word !== undefined);
  if (scheme !== undefined) return { skip: `scheme ${scheme}` };
  return one.signatures === undefined ? ofRole(core, one) : ofPack(core, pack, one, one.signatures);
}

/** Which keys signed, and whether they are enough. */
function ofRole(core: Core, one: SignedCase): Verdict {
  const keys = new Map<string, Uint8Array>();
  for (const id of one.keyids ?? []) {
    const key = new Map(Object.entries(one.keys ?? {})).get(id);
    const bytes = Buffer.from(typeof key?.keyval?.public === "string" ? key.keyval.public : "", "hex");
    if (/^ed25519$/i.test(String(key?.keytype)) && bytes.length === 32) keys.set(id, bytes);
  }
  const judged = new Judged(core, bytesOf(one.data));
  const { report, keyids } = judged.by(keys, 1);
  if (![Ok, BadSignature, UnmetThreshold].includes(report.status)) return { got: "reject", report };
  const valid = [...(one.expect.valid_keyids ?? [])].sort().join(" ");
  if (keyids.sort().join(" ") !== valid) return { got: `signed by ${keyids.join(" ") || "nobody"}` };
  const threshold = judged.by(keys, Number.isSafeInteger(one.threshold) && Number(one.threshold) > 0 ? Number(one.threshold) : 0).report;
  const met = threshold.status === Ok;
  if (!met && ![BadSignature, UnmetThreshold, ZeroThreshold].includes(threshold.status)) return { got: "reject", report: threshold };
  return met === one.expect.threshold_met ? { got: "accept" } : { got: `threshold ${met ? "met" : "unmet"}` };
}

/** Each signature under each key of the pack; then the same of the reports inside. */
function ofPack(core: Core, pack: SignedPack, one: SignedCase, signatures: Signature[]): Verdict {
  const wrong = misjudged(core, pack, bytesOf(one.data), signatures);
  if (wrong !== undefined) return wrong;
  if (one.expect.signature_valid === true && signatures.every(({ valid_for }) => valid_for.length === 0)) return { got: "signed by nobody" };
  const reports = reportsIn(bytesOf(one.data));
  for (const [ecu, signature] of within(one.inner, reports)) {
    const verdicts = (reports.get(ecu) ?? []).map((report) => misjudged(core, pack, report, [signature]));
    const wrong = verdicts.includes(undefined) ? undefined : verdicts[0] ?? { got: `no report of ${ecu}` };
    if (wrong !== undefined) return wrong;
  }
  return { got: "accept" };
}

/** What stands about signatures in a tree whose members are named by ECU. */
function within(value: unknown, reports: ReadonlyMap<string, unknown>, ecu = ""): [ecu: string, signature: Signature][] {
  if (typeof value !== "object" || value === null) return [];
  if ("keyid" in value && "valid_for" in value) return [[ecu, value as Signature]];
  const named = Object.values(value).find((member) => typeof member === "string" && reports.has(member));
  return Object.entries(value).flatMap(([name, member]) => within(member, reports, reports.has(name) ? name : typeof named === "string" ? named : ecu));
}

function misjudged(core: Core, pack: SignedPack, file: Uint8Array, signatures: Signature[]): Verdict | undefined {
  const judged = new Judged(core, file);
  for (const { keyid, valid_for } of signatures) {
    for (const [name, key] of Object.entries(pack.keys ?? {})) {
      const { report, keyids } = judged.by(new Map([[keyid, Buffer.from(key.public_hex, "hex")]]), 1);
      if (report.status !== Ok && report.status !== BadSignature) return { got: "reject", report };
      if ((keyids.length === 1) !== valid_for.includes(name)) return { got: `${keyid.slice(0, 8)} ${keyids.length === 1 ? "verifies" : "does not verify"} under ${name}` };
    }
  }
  return undefined;
}

/** The reports a manifest carries, written out one by one: another spelling of the same meaning, or their signatures fail. */
function reportsIn(manifest: Uint8Array): Map<string, Uint8Array[]> {
  const { signed }: { signed: { ecu_version_manifests?: Record<string, object | object[]> } } = JSON.parse(Buffer.from(manifest).toString("utf8"));
  const reports = Object.entries(signed.ecu_version_manifests ?? {});
  return new Map(reports.map(([ecu, some]) => [ecu, [some].flat().map((report) => sorted(Buffer.from(JSON.stringify(report))))]));
}

/** The runner: one instance for all cases. */
export function signedRunner(): (pack: Pack, one: Case) => Verdict | Skip {
  let core: Core | undefined;
  return (pack, one) => {
    core ??= Core.load();
    try {
      return signedCase(core, pack as SignedPack, one as SignedCase);
    } catch (error) {
      core = undefined; // after a trap the instance is spent
      return { got: error instanceof UsageError ? "reject" : `error: ${String(error)}`, detail: String(error) };
    }
  };
}
