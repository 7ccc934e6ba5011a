/** Files in aktualizr's spelling: capitalised types, labels for key ids, upper-case hex, base64, `method`. For tests of the judge. */
import { createHash } from "node:crypto";
import { canonical } from "../bindings/canonical.ts";
import { type Signer, signerFromSeed } from "../bindings/keys.ts";

export const EXPIRES = "2038-01-19T03:14:06Z";

/** The same seed gives the same key. */
export function signer(seed: number): Signer {
  return signerFromSeed(new Uint8Array(32).fill(seed));
}

function label(key: Signer): string {
  return createHash("sha256").update(JSON.stringify(key.public.keyval.public)).digest("hex");
}

export async function envelope(signed: object, ...signers: Signer[]): Promise<string> {
  const body = Buffer.from(canonical(signed)).toString();
  const signatures: object[] = [];
  for (const one of signers) signatures.push({ keyid: label(one), method: "ed25519", sig: Buffer.from(await one.sign(canonical(signed))).toString("base64") });
  return `{"signatures":${JSON.stringify(signatures)},"signed":${body}}`;
}

export function root(roles: Record<string, Signer>, version = 1): object {
  const keys = new Map(Object.values(roles).map((key) => [label(key), { keytype: "ED25519", keyval: { public: key.public.keyval.public.toUpperCase() } }]));
  const named = new Map(Object.entries(roles).map(([role, key]) => [role, { keyids: [label(key)], threshold: 1 }]));
  return { _type: "Root", consistent_snapshot: false, expires: EXPIRES, keys, roles: named, version };
}

/** ECU -> hardware identifier; without ECUs the entry names nobody. */
export function entry(image: string, ecus?: Record<string, string>, hardwareIds?: string[]): object {
  const named = ecus && { ecuIdentifiers: new Map(Object.entries(ecus).map(([serial, hardwareId]) => [serial, { hardwareId }])) };
  return {
    custom: { ...named, ...(hardwareIds && { hardwareIds }), targetFormat: "BINARY" },
    hashes: { sha256: createHash("sha256").update(image).digest("hex").toUpperCase() },
    length: image.length,
  };
}

export function targets(images: Record<string, object>, version = 1): object {
  return { _type: "Targets", expires: EXPIRES, targets: new Map(Object.entries(images)), version };
}

export function snapshot(files: Record<string, string>, version = 1): object {
  const meta = new Map(Object.entries(files).map(([name, file]) => [name, { hashes: { sha256: createHash("sha256").update(file).digest("hex") }, length: file.length, version: (JSON.parse(file) as { signed: { version: number } }).signed.version }]));
  return { _type: "Snapshot", expires: EXPIRES, meta, version };
}

export function timestamp(file: string, version = 1): object {
  return { _type: "Timestamp", expires: EXPIRES, meta: (snapshot({ "snapshot.json": file }) as { meta: object }).meta, version };
}
