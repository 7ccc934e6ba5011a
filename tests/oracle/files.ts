/** The role files as the oracle reads them. Whatever is not of the form of docs/POUF.md is FORM; what a form means is judged elsewhere. */
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { UnsupportedHash, WrongType } from "../../assembly/status.ts";
import { FORM, type Fault, type Json, type Members, list, members, natural, read, text, write } from "./json.ts";
import { type Signature, keyTable, signersOf } from "./signatures.ts";

export interface File {
  bytes: Uint8Array;
  signed: Json;
  body: Members;
  signatures: Signature[];
  version: number;
  expires: number; // seconds
}

export interface Delegate {
  name: string;
  signers: Map<string, string>;
  threshold: number;
}

export interface Listed {
  version: number;
  length: number | undefined;
  hashes: Map<string, string>;
}

export interface Entry {
  length: number | undefined;
  hashes: Map<string, string>;
  counter: number | undefined;
  mustMatch: string; // canonical; "" for none
  hardwareIds: string[] | undefined;
  ecus: Map<string, string>; // serial to hardware identifier
}

export interface Delegation {
  paths: string[];
  hardwareIds: string[] | undefined;
  terminating: boolean;
  roles: Delegate[];
  agreement: number; // 0: an ordinary delegation to one role
}

export interface Targets {
  vehicle: string | undefined;
  delegations: Delegation[] | undefined;
  images: Map<string, Entry>;
}

export type Roles = Map<string, { signers: Map<string, string>; threshold: number }>;

export const hex = (bytes: Uint8Array): string => bytesToHex(sha256(bytes));
export const digest = (name: string, bytes: Uint8Array): string | undefined =>
  name === "sha256" ? hex(bytes) : name === "sha512" ? bytesToHex(sha512(bytes)) : undefined;

/** Throws `Fault`s out of a reader: anything missing ends the reading. */
class Bad extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault);
    this.fault = fault;
  }
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Bad(FORM);
  return value;
}

function guard<T>(reader: () => T): T | Fault {
  try {
    return reader();
  } catch (error) {
    if (error instanceof Bad) return error.fault;
    throw error;
  }
}

/** What every signed file has. */
export function envelope(bytes: Uint8Array): Pick<File, "signed" | "body" | "signatures"> | Fault {
  return guard(() => {
    const whole = there(members(there(read(bytes))));
    const signed = there(whole.get("signed"));
    const body = there(members(signed));
    const signatures = (whole.has("signatures") ? there(list(whole.get("signatures"))) : []).map((one) => {
      const parts = there(members(one));
      return { keyid: there(text(parts.get("keyid"))), sig: there(text(parts.get("sig"))) };
    });
    if (new Set(signatures.map((one) => one.keyid)).size !== signatures.length) throw new Bad(FORM);
    return { signed, body, signatures };
  });
}

/** The envelope, and the header every role has. */
export function open(bytes: Uint8Array, type: string): File | Fault {
  return guard(() => {
    const signedFile = envelope(bytes);
    if (typeof signedFile === "string") throw new Bad(signedFile);
    const { body } = signedFile;
    const spec = body.get("spec_version");
    if (spec !== undefined && !text(spec)?.startsWith("1.")) throw new Bad(FORM);
    const version = there(natural(body.get("version")));
    const expires = there(seconds(there(text(body.get("expires")))));
    if (version === 0 || expires === 0) throw new Bad(FORM);
    if (there(text(body.get("_type"))) !== type) throw new Bad(String(WrongType));
    return { bytes, ...signedFile, version, expires };
  });
}

export function seconds(date: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(date)) return undefined;
  const milliseconds = Date.parse(date);
  return milliseconds >= 0 && new Date(milliseconds).toISOString() === date.replace("Z", ".000Z") ? milliseconds / 1000 : undefined;
}

export function readRoot(body: Members): Roles | Fault {
  return guard(() => {
    const table = there(keyTable(body.get("keys")));
    const roles: Roles = new Map();
    for (const [name, role] of there(members(body.get("roles")))) {
      const parts = there(members(role));
      if (["root", "timestamp", "snapshot", "targets", "time"].includes(name)) roles.set(name, there(signersOf(parts, table)));
    }
    for (const name of ["root", "timestamp", "snapshot", "targets"]) there(roles.get(name));
    return roles;
  });
}

/** `meta` of Timestamp or Snapshot. @param must the file it has to list */
export function readMeta(body: Members, must: string): Map<string, Listed> | Fault {
  return guard(() => {
    const listed = new Map<string, Listed>();
    for (const [name, file] of there(members(body.get("meta")))) {
      const parts = there(members(file));
      const version = there(natural(parts.get("version")));
      if (version === 0) throw new Bad(FORM);
      const hashes = readHashes(parts);
      listed.set(name, { version, length: optional(parts, "length", natural), hashes });
      if ([...hashes.keys()].some((one) => one !== "sha256" && one !== "sha512")) throw new Bad(String(UnsupportedHash));
    }
    there(listed.get(must));
    return listed;
  });
}

function optional<T>(parts: Members, name: string, as: (value: Json | undefined) => T | undefined): T | undefined {
  return parts.has(name) ? there(as(parts.get(name))) : undefined;
}

function readHashes(parts: Members): Map<string, string> {
  const hashes = new Map<string, string>();
  for (const [name, value] of optional(parts, "hashes", members) ?? []) {
    const digits = there(text(value));
    const size = name === "sha256" ? 64 : name === "sha512" ? 128 : undefined;
    if (size !== undefined && !(digits.length === size && /^[0-9a-f]*$/.test(digits))) throw new Bad(FORM);
    hashes.set(name, digits);
  }
  return hashes;
}

export function readTargets(body: Members): Targets | Fault {
  return guard(() => {
    const custom = members(body.get("custom"));
    const images = new Map<string, Entry>();
    for (const [name, entry] of there(members(body.get("targets")))) images.set(name, readEntry(there(members(entry))));
    const delegations = body.get("delegations");
    return {
      vehicle: custom === undefined ? undefined : optional(custom, "vehicleId", text),
      delegations: members(delegations) === undefined ? undefined : readDelegations(members(delegations) as Members),
      images,
    };
  });
}

function readEntry(parts: Members): Entry {
  const custom = members(parts.get("custom")) ?? (new Map() as Members);
  const mustMatch = optional(custom, "mustMatch", (value) => (members(value) === undefined ? undefined : value));
  const ecus = new Map<string, string>();
  for (const [serial, ecu] of optional(custom, "ecuIdentifiers", members) ?? []) ecus.set(serial, there(text(there(members(ecu)).get("hardwareId"))));
  return {
    length: optional(parts, "length", natural),
    hashes: readHashes(parts),
    counter: optional(custom, "releaseCounter", natural),
    mustMatch: mustMatch === undefined ? "" : write(mustMatch),
    hardwareIds: optional(custom, "hardwareIds", texts),
    ecus,
  };
}

function texts(value: Json | undefined): string[] | undefined {
  const all = list(value)?.map(text);
  return all?.includes(undefined) ? undefined : (all as string[] | undefined);
}

function readDelegations(parts: Members): Delegation[] {
  const table = parts.has("keys") ? there(keyTable(parts.get("keys"))) : new Map<string, string>();
  return (optional(parts, "roles", list) ?? []).map((one) => {
    const delegation = there(members(one));
    const many = optional(delegation, "roles", list);
    const roles = (many ?? [one]).map((role) => readDelegate(there(members(role)), table));
    const agreement = optional(delegation, "min_roles_in_agreement", natural) ?? roles.length;
    if (many !== undefined && (roles.length === 0 || agreement === 0 || agreement > roles.length)) throw new Bad(FORM);
    return {
      paths: optional(delegation, "paths", texts) ?? [],
      hardwareIds: optional(delegation, "hardwareIds", texts),
      terminating: optional(delegation, "terminating", (value) => (typeof value === "boolean" ? value : undefined)) ?? false,
      roles,
      agreement: many === undefined ? 0 : agreement,
    };
  });
}

function readDelegate(parts: Members, table: Map<string, string>): Delegate {
  const name = there(text(parts.get("name")));
  if (name === "" || ["root", "timestamp", "snapshot", "targets"].includes(name)) throw new Bad(FORM);
  return { name, ...there(signersOf(parts, table)) };
}
