/** The one threshold check of every role (verification 1.4): distinct keys by value, everything else is ignored. */
import * as ed from "@noble/ed25519";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { BadSignature, UnmetThreshold } from "../../assembly/status.ts";
import { type Fault, type Json, type Members, list, members, text, write } from "./json.ts";

ed.hashes.sha512 = sha512;


export interface Signature {
  keyid: string;
  sig: string;
}

/** Key ids to Ed25519 keys; undefined where a key is misnamed, twice there, or no key. Keys of other kinds are known, and never verify. */
export function keyTable(value: Json | undefined): Map<string, string> | undefined {
  const table = new Map<string, string>();
  for (const [keyid, key] of members(value) ?? []) {
    const parts = members(key);
    const point = text(members(parts?.get("keyval"))?.get("public"));
    if (parts === undefined || point === undefined || text(parts.get("keytype")) === undefined) return undefined;
    if (bytesToHex(sha256(new TextEncoder().encode(write(key)))) !== keyid) return undefined;
    if (parts.get("keytype") !== "ed25519" || parts.get("scheme") !== "ed25519") continue;
    if (!/^[0-9a-f]{64}$/.test(point) || [...table.values()].includes(point)) return undefined;
    table.set(keyid, point);
  }
  return members(value) === undefined ? undefined : table;
}

/** Keys and threshold of a role, or of a delegation; undefined where one of them is missing. */
export function signersOf(role: Members, table: Map<string, string>): { signers: Map<string, string>; threshold: number } | undefined {
  const ids = list(role.get("keyids"))?.map(text);
  const threshold = role.get("threshold");
  if (ids === undefined || ids.includes(undefined) || typeof threshold !== "number" || threshold < 1) return undefined;
  const signers = new Map<string, string>();
  for (const id of ids) {
    const key = table.get(id as string);
    if (key !== undefined) signers.set(id as string, key);
  }
  return { signers, threshold };
}

/** @returns the faults: none, or that of too few good signatures by distinct keys */
export function judge(signed: Json, signatures: Signature[], signers: Map<string, string>, threshold: number): Fault[] {
  const message = new TextEncoder().encode(write(signed));
  const good = new Set<string>();
  for (const { keyid, sig } of signatures) {
    const key = signers.get(keyid);
    if (key !== undefined && !good.has(key) && /^[0-9a-f]{128}$/.test(sig) && verify(sig, message, key)) good.add(key);
  }
  if (good.size >= threshold) return [];
  return [String(good.size === 0 ? BadSignature : UnmetThreshold)];
}

const known = new Map<string, boolean>(); // the same signature is met in every cycle, and this is what takes the time

function verify(sig: string, message: Uint8Array, key: string): boolean {
  const what = `${sig} ${key} ${bytesToHex(sha256(message))}`;
  let good = known.get(what);
  if (good === undefined) known.set(what, (good = ed.verify(hexToBytes(sig), message, hexToBytes(key), { zip215: false })));
  return good;
}

export function forgetSignatures(): void {
  known.clear();
}
