/** The two families of error, and the one place where a report of the core becomes words. */
import {
  DIRECTOR, FIELD_AGREEMENT, FIELD_HASHES, FIELD_LENGTH, FIELD_MUST_MATCH, FIELD_RELEASE_COUNTER, ROLE_DELEGATED, ROLE_ECU_REPORT, ROLE_MANIFEST, ROLE_MAP,
  ROLE_PAYLOAD, ROLE_ROOT, ROLE_SNAPSHOT, ROLE_TARGETS, ROLE_TIME, ROLE_TIMESTAMP,
} from "../assembly/abi.ts";
import * as status from "../assembly/status.ts";
import type { Report } from "./core.ts";

/** Well-delivered bytes that must not be trusted. */
export class MetadataError extends Error {
  override readonly name = "MetadataError";
  readonly report: Report; // status, role, found, expected: numbers of assembly/abi.ts and assembly/status.ts

  constructor(report: Report) {
    super(describe(report));
    this.report = report;
  }
}

/** The caller is at fault: an argument, or a call out of order. No bytes were judged. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A transfer that ended early. A host's source throws it; status: Missing, Unavailable, SlowRetrieval, EndlessData, DecryptFailed or Storage. */
export class TransferError extends Error {
  override readonly name = "TransferError";
  readonly status: number;

  constructor(code: number, what: string) {
    super(`Cannot fetch ${what}: ${statusName(code)}`);
    this.status = code;
  }
}

const STATUS_NAMES = new Map<number, string>(Object.entries(status).map(([name, code]) => [Number(code), name]));

/** Name of a verdict as assembly/status.ts spells it. */
export function statusName(code: number): string {
  return STATUS_NAMES.get(code) ?? `Status ${code}`;
}

const ATTACKS: readonly (readonly [attack: string, ...codes: number[]])[] = [
  ["rollback", status.Rollback, status.Vanished, status.ReleaseCounter],
  ["freeze", status.Freeze, status.WrongVehicle, status.Nonce, status.TimeBack, status.NoFreshTime],
  ["fast-forward", status.TimeJump],
  ["mix-and-match", status.MixAndMatch, status.WrongType, status.RepeatedEcu, status.UnknownEcu],
  ["mixed-bundles", status.Mismatch, status.NoAgreement],
  ["endless data", status.EndlessData],
  ["slow retrieval", status.SlowRetrieval],
  ["drop-request", status.Unverified, status.Unavailable, status.Missing, status.ReportMissing],
  ["denial of service", status.Limit, status.Depth, status.NameLength, status.TextLength, status.NumberRange],
  ["report replay", status.Replayed],
];

const NOT_AN_ATTACK = new Set<number>([
  status.Ok, status.BadOrder, status.BadArgument, status.NoSuchImage, status.Storage, status.Record,
]);

/** The attack of Uptane 2.1.0 §4.3 (or its neighbour in the reports) a verdict points to; "" where it points to none. */
export function attackName(code: number): string {
  if (NOT_AN_ATTACK.has(code)) return "";
  return ATTACKS.find(([, ...codes]) => codes.includes(code))?.[0] ?? "arbitrary software";
}

const ROLES = new Map<number, string>([
  [ROLE_ROOT, "Root"], [ROLE_TIMESTAMP, "Timestamp"], [ROLE_SNAPSHOT, "Snapshot"], [ROLE_TARGETS, "Targets"], [ROLE_TIME, "time attestation"],
  [ROLE_DELEGATED, "delegated Targets"], [ROLE_MANIFEST, "vehicle version manifest"], [ROLE_ECU_REPORT, "ECU version report"], [ROLE_PAYLOAD, "image"],
  [ROLE_MAP, "repository map"],
]);

/** Name of the file a report is about, with its repository where it has one. */
export function roleName(file: { repository: number; role: number; name: string }): string {
  const role = ROLES.get(file.role) ?? `role ${file.role}`;
  if (file.role === ROLE_PAYLOAD) return file.name === "" ? role : `${role} ${file.name}`;
  if (file.role === ROLE_TIME || file.role === ROLE_MANIFEST || file.role === ROLE_ECU_REPORT || file.role === ROLE_MAP) return role;
  const repository = file.repository === DIRECTOR ? "Director" : "Image repository";
  return file.role === ROLE_DELEGATED ? `${repository} ${role} ${file.name}` : `${repository} ${role}`;
}

const FIELDS = new Map<bigint, string>([
  [BigInt(FIELD_LENGTH), "length"], [BigInt(FIELD_HASHES), "hashes"], [BigInt(FIELD_RELEASE_COUNTER), "release counter"],
  [BigInt(FIELD_MUST_MATCH), "must-match data"], [BigInt(FIELD_AGREEMENT), "what the repository map decided"],
]);

function operands(report: Report): string {
  const { found, expected } = report;
  switch (report.status) {
    case status.Freeze: return `, expires ${instant(found)}, time is ${instant(expected)}`;
    case status.TimeBack: return `, attested ${instant(found)}, known ${instant(expected)}`;
    case status.Mismatch: return `, the repositories differ in ${FIELDS.get(found) ?? `field ${found}`}`;
    case status.RoleInvalid: return `, ${statusName(Number(found))}`;
    default: return found === 0n && expected === 0n ? "" : `, found ${found}, expected ${expected}`;
  }
}

function instant(seconds: bigint): string {
  return seconds <= 253402300799n ? new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z") : `second ${seconds}`;
}

/** One sentence on a refusal, for logs and for the attack note of a version report. */
export function describe(report: Report): string {
  const attack = attackName(report.status);
  return `Cannot trust ${roleName(report.file)}: ${statusName(report.status)}${operands(report)}${attack === "" ? "" : ` (${attack})`}`;
}
