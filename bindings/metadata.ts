/** Writers of the payloads of the roles, in the shapes of docs/POUF.md. What they return goes to `sign`. */
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { UsageError } from "./errors.ts";
import { toHex } from "./hex.ts";
import { type Key, keyId } from "./keys.ts";

export const SPEC_VERSION = "1.0.31";

export type RootRole = "root" | "timestamp" | "snapshot" | "targets" | "time";

export interface RoleKeys {
  keys: Key[];
  threshold: number;
}

export interface Hashes {
  sha256: string; // hex
  sha512?: string;
}

/** An image as Targets lists it. The members of `custom` are those of docs/POUF.md. */
export interface Entry {
  length: number;
  hashes: Hashes;
  custom: {
    releaseCounter?: number;
    mustMatch?: object;
    hardwareIds?: string[]; // Image repository
    ecuIdentifiers?: Map<string, { hardwareId: string }>; // Director
    encrypted?: Map<string, Cipher>; // Director, by ECU serial
    uri?: string; // Director
  };
}

/** An image as it is encrypted for one ECU. */
export interface Cipher {
  length: number;
  hashes: Hashes;
  method: string;
  key?: string;
}

/** Who a delegation trusts. */
export interface Delegate {
  name: string;
  keys: Key[];
  threshold: number;
}

/** An ordinary delegation to one role, or a multi-role delegation (Uptane 2.1.0 §5.2.3.2): then some or all of its roles have to agree. */
export type Delegation = (Delegate | { roles: Delegate[]; minRolesInAgreement?: number }) & {
  paths: string[];
  terminating?: boolean;
  hardwareIds?: string[];
};

/** A file as Timestamp or Snapshot lists it: the version, and the bytes as served. */
export interface Listed {
  version: number;
  bytes: Uint8Array;
}

/** `YYYY-MM-DDTHH:MM:SSZ` of whole seconds since 1970-01-01T00:00:00Z. */
export function date(seconds: number): string {
  if (!Number.isSafeInteger(seconds) || seconds < 0 || seconds > 253402300799) throw new UsageError(`Cannot write second ${seconds} as a date`);
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

/** Both digests of an image or file. */
export function hashes(bytes: Uint8Array): Required<Hashes> {
  return { sha256: toHex(sha256(bytes)), sha512: toHex(sha512(bytes)) };
}

export function root(x: {
  version: number;
  expires: string;
  roles: Partial<Record<RootRole, RoleKeys>>;
  consistentSnapshot?: boolean;
}): object {
  const roles = Object.entries(x.roles);
  return {
    _type: "root",
    consistent_snapshot: x.consistentSnapshot ?? true,
    expires: x.expires,
    keys: keyMap(roles.flatMap(([, role]) => role.keys)),
    roles: new Map(roles.map(([name, role]) => [name, { keyids: role.keys.map(keyId), threshold: role.threshold }])),
    spec_version: SPEC_VERSION,
    version: x.version,
  };
}

export function timestamp(x: { version: number; expires: string; snapshot: Listed }): object {
  return { _type: "timestamp", expires: x.expires, meta: { "snapshot.json": meta(x.snapshot) }, spec_version: SPEC_VERSION, version: x.version };
}

/** `files` by name, extension included: "targets.json", "ROLE.json". */
export function snapshot(x: { version: number; expires: string; files: Map<string, Listed> }): object {
  const files = new Map([...x.files].map(([name, file]) => [name, meta(file)]));
  return { _type: "snapshot", expires: x.expires, meta: files, spec_version: SPEC_VERSION, version: x.version };
}

export function targets(x: {
  version: number;
  expires: string;
  targets: Map<string, Entry>;
  delegations?: Delegation[];
  custom?: { vehicleId?: string; correlationId?: string }; // Director
}): object {
  return {
    _type: "targets",
    ...(x.custom === undefined ? {} : { custom: x.custom }),
    ...(x.delegations === undefined ? {} : { delegations: delegations(x.delegations) }),
    expires: x.expires,
    spec_version: SPEC_VERSION,
    targets: x.targets,
    version: x.version,
  };
}

/** What a time server attests: these nonces were in the request, and it is this second. */
export function time(x: { nonces: string[]; seconds: number }): object {
  return { _type: "time", nonces: x.nonces, time: date(x.seconds) };
}

function meta(file: Listed): object {
  return { hashes: { sha256: toHex(sha256(file.bytes)) }, length: file.bytes.length, version: file.version };
}

function keyMap(keys: Key[]): Map<string, Key> {
  return new Map(keys.map((key) => [keyId(key), key]));
}

function delegations(list: Delegation[]): object {
  const delegate = ({ name, keys, threshold }: Delegate): object => ({ keyids: keys.map(keyId), name, threshold });
  const roles = list.map((x) => ({
    ...(x.hardwareIds === undefined ? {} : { hardwareIds: x.hardwareIds }),
    ...("roles" in x ? { roles: x.roles.map(delegate) } : delegate(x)),
    ...("roles" in x && x.minRolesInAgreement !== undefined ? { min_roles_in_agreement: x.minRolesInAgreement } : {}),
    paths: x.paths,
    terminating: x.terminating ?? false,
  }));
  return { keys: keyMap(list.flatMap((x) => ("roles" in x ? x.roles : [x])).flatMap((x) => x.keys)), roles };
}
