/**
 * Signs the files of a vehicle, has the vehicle's own verifier judge them, and stores them. What is stored is served; nothing else is.
 * One number serves Targets, Snapshot and Timestamp of a set; numbers rise and are never used twice (store.ts).
 */
import {
  DIRECTOR, OPTION_DIRECTOR_ONLY, OPTION_PRIMARY, ROLE_ROOT, ROLE_SNAPSHOT, ROLE_TARGETS, ROLE_TIMESTAMP, SESSION_CYCLE, SOURCE_NEW,
  SOURCE_PROVISIONED,
} from "../../assembly/abi.ts";
import { RECORD_SIZE } from "../../assembly/layout.ts";
import { Missing, Record as RecordRefused } from "../../assembly/status.ts";
import type { Core, Want } from "../../bindings/core.ts";
import { MetadataError } from "../../bindings/errors.ts";
import { fromHex } from "../../bindings/hex.ts";
import type { Signer } from "../../bindings/keys.ts";
import { date, snapshot, targets, timestamp } from "../../bindings/metadata.ts";
import { type Host, run, type Source } from "../../bindings/run.ts";
import { sign } from "../../bindings/sign.ts";
import type { DirectorConfig } from "../config.ts";
import { HttpError } from "../http.ts";
import { type Judge, seconds } from "../judge.ts";
import type { Images } from "./images.ts";
import { alert, type Vehicle } from "./inventory.ts";
import { type Assignment, targetEntries } from "./orders.ts";
import { blob, integer, maybe, type Store, transaction } from "./store.ts";

const LOST_MAX = 1_000_000; // sets that a restored database may lack

/** What the parts of the Director share. */
export interface Director {
  db: Store;
  judge: Judge;
  images: Images;
  roots: Map<number, Uint8Array>;
  signers: { timestamp: Signer[]; snapshot: Signer[]; targets: Signer[] };
  lifetime: DirectorConfig["lifetime"];
  failed: Map<string, number>; // vehicle -> when its set could not be signed again, seconds
}

export type OnlineRole = "timestamp" | "snapshot" | "targets";
const ROLES: readonly (readonly [OnlineRole, number])[] = [["timestamp", ROLE_TIMESTAMP], ["snapshot", ROLE_SNAPSHOT], ["targets", ROLE_TARGETS]];

type FileSet = Record<OnlineRole, { version: number; bytes: Uint8Array; expires: number }>;

/** What the rehearsing vehicle holds: its record, and which file of each role it keeps. */
interface Memory {
  record: Uint8Array;
  kept: Map<number, number>; // role -> version
}

/**
 * Makes the next set out of the open assignments and publishes it. To be called inside `judge.alone`.
 *
 * @param also  what has to be stored in the same transaction, before the set
 * @returns     the number of the set
 * @throws MetadataError  when the core refuses the set: nothing is stored then, `also` is not called, the old set stays in force
 */
export async function publish(director: Director, core: Core, vehicle: Vehicle, open: Assignment[], also: () => void = () => {}): Promise<number> {
  const { db } = director;
  const { vin } = vehicle;
  const floor = integer(db.prepare("SELECT version_floor FROM vehicle WHERE vin = ?").get(vin) ?? { version_floor: 0 }, "version_floor"); // 0: not stored yet
  const version = 1 + Math.max(newest(db, vin), floor);
  const set = await signed(director, vehicle, open, version);
  const memory = await rehearse(director, core, vehicle, set);
  storing(() => transaction(db, () => {
    also();
    const add = db.prepare("INSERT INTO signed_file (vin, role, version, bytes, expires) VALUES (?, ?, ?, ?, ?)");
    for (const [role] of ROLES) add.run(vin, role, set[role].version, set[role].bytes, set[role].expires);
    remember(db, vin, memory);
  }));
  return version;
}

/** Number of the newest set, 0: none yet. */
function newest(db: Store, vin: string): number {
  const row = db.prepare("SELECT max(version) AS version FROM signed_file WHERE vin = ?").get(vin);
  return row === undefined ? 0 : maybe(row, "version", integer) ?? 0;
}

/**
 * The vehicle holds a newer set than this database knows: it was restored from a backup. Later sets go on above that one (W2, attack case 74). Part of the
 * caller's transaction.
 *
 * @param held  version of Director Targets that the vehicle's Primary has signed for
 * @returns     whether a set has to be published, so that the vehicle finds one that it may take
 */
export function outrun(db: Store, vin: string, held: number): boolean {
  const ours = newest(db, vin);
  if (held <= ours) return false;
  alert(db, vin, "", "newer set", `the vehicle holds set ${held}, the newest one here is ${ours}: was the database restored?`);
  // A Primary that lies must not use up the numbers of its vehicle.
  if (held > ours + LOST_MAX) return false;
  db.prepare("UPDATE vehicle SET version_floor = ? WHERE vin = ?").run(held, vin);
  return true;
}

/** Another Director on this database may have used the number up since it was read. */
function storing(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Error) || !/second content under one version|database is locked/.test(error.message)) throw error;
    throw new HttpError(409, "Cannot publish: another order came first, try again");
  }
}

async function signed({ signers, lifetime }: Director, vehicle: Vehicle, open: Assignment[], version: number): Promise<FileSet> {
  const now = seconds();
  const expires = (role: OnlineRole) => now + lifetime[role];
  const newest = open.at(-1);
  const targetsBytes = await sign(targets({
    version,
    expires: date(expires("targets")),
    targets: targetEntries(vehicle, open),
    custom: { vehicleId: vehicle.vin, ...(newest === undefined ? {} : { correlationId: newest.correlationId }) },
  }), signers.targets);
  const snapshotBytes = await sign(snapshot({
    version,
    expires: date(expires("snapshot")),
    files: new Map([["targets.json", { version, bytes: targetsBytes }]]),
  }), signers.snapshot);
  const timestampBytes = await sign(timestamp({ version, expires: date(expires("timestamp")), snapshot: { version, bytes: snapshotBytes } }), signers.timestamp);
  return {
    targets: { version, bytes: targetsBytes, expires: expires("targets") },
    snapshot: { version, bytes: snapshotBytes, expires: expires("snapshot") },
    timestamp: { version, bytes: timestampBytes, expires: expires("timestamp") },
  };
}

/**
 * One cycle of a vehicle that took every set so far, over the set that is to come (architecture, section 1: the vehicle's own verifier).
 *
 * @throws MetadataError  what such a vehicle would say
 */
async function rehearse(director: Director, core: Core, vehicle: Vehicle, set: FileSet): Promise<Memory> {
  const memory = recalled(director.db, vehicle.vin);
  try {
    return await cycle(director, core, vehicle, set, memory);
  } catch (error) {
    // A record of another layout: the vehicle would go back to its provisioned Root, and so do we.
    if (!(error instanceof MetadataError) || error.report.status !== RecordRefused) throw error;
    return await cycle(director, core, vehicle, set, { record: new Uint8Array(RECORD_SIZE), kept: new Map() });
  }
}

async function cycle(director: Director, core: Core, vehicle: Vehicle, set: FileSet, before: Memory): Promise<Memory> {
  const after: Memory = { record: before.record, kept: new Map(before.kept) };
  const host: Host = {
    file: (want) => Promise.resolve(bring(director, vehicle.vin, set, after, want)),
    keep: (want, version) => Promise.resolve(void after.kept.set(want.role, version)),
    save: (record) => Promise.resolve(void (after.record = record)),
  };
  core.forget();
  core.setRecord(before.record);
  const [primary] = vehicle.ecus;
  if (primary === undefined) throw new Error("Cannot rehearse a vehicle without a Primary");
  const { serial, hardwareId, releaseCounter } = primary;
  const installed = primary.installed === undefined ? {} : { installed: primary.installed.hashes.sha256 };
  core.identify({ vehicle: vehicle.vin, serial, hardwareId, counter: releaseCounter, ...installed });
  for (const x of vehicle.ecus) {
    const runs = x.installed === undefined ? {} : { bytes32: fromHex(x.installed.hashes.sha256) };
    core.ecu({ serial: x.serial, hardwareId: x.hardwareId, counter: x.releaseCounter, ...runs });
  }
  core.open(SESSION_CYCLE, OPTION_DIRECTOR_ONLY | OPTION_PRIMARY, seconds());
  await run(core, host);
  return after;
}

function bring(director: Director, vin: string, set: FileSet, { kept }: Memory, want: Want): Source {
  if (want.repository !== DIRECTOR) return Missing;
  const fresh = want.source === SOURCE_NEW;
  const version = want.source === SOURCE_PROVISIONED ? 1 : fresh ? want.version : kept.get(want.role);
  if (version === undefined) return Missing;
  if (want.role === ROLE_ROOT) return director.roots.get(version) ?? Missing;
  const role = ROLES.find(([, number]) => number === want.role)?.[0];
  if (role === undefined) return Missing;
  const candidate = set[role];
  if (candidate.version === version || (fresh && role === "timestamp")) return candidate.bytes;
  return file(director.db, vin, role, version) ?? Missing;
}

function recalled(db: Store, vin: string): Memory {
  const row = db.prepare("SELECT record FROM vehicle WHERE vin = ?").get(vin);
  const record = row === undefined ? undefined : maybe(row, "record", blob);
  if (record === undefined || record.length !== RECORD_SIZE) return { record: new Uint8Array(RECORD_SIZE), kept: new Map() };
  return { record, kept: new Map(db.prepare("SELECT role, version FROM kept WHERE vin = ?").all(vin).map((x) => [integer(x, "role"), integer(x, "version")])) };
}

function remember(db: Store, vin: string, { record, kept }: Memory): void {
  db.prepare("UPDATE vehicle SET record = ? WHERE vin = ?").run(record, vin);
  const put = db.prepare("INSERT INTO kept (vin, role, version) VALUES (?, ?, ?) ON CONFLICT (vin, role) DO UPDATE SET version = excluded.version");
  for (const [role, version] of kept) put.run(vin, role, version);
}

/** A published file; the newest one when `version` is undefined. */
export function file(db: Store, vin: string, role: OnlineRole, version?: number): Uint8Array | undefined {
  const row = version === undefined
    ? db.prepare("SELECT bytes FROM signed_file WHERE vin = ? AND role = ? ORDER BY version DESC LIMIT 1").get(vin, role)
    : db.prepare("SELECT bytes FROM signed_file WHERE vin = ? AND role = ? AND version = ?").get(vin, role, version);
  return row === undefined ? undefined : blob(row, "bytes");
}

/** Has the newest file of some role less than half its life before it? Then the set is due to be signed again. */
export function due({ db, lifetime }: Director, vin: string): boolean {
  const now = seconds();
  return ROLES.some(([role]) => {
    const row = db.prepare("SELECT expires FROM signed_file WHERE vin = ? AND role = ? ORDER BY version DESC LIMIT 1").get(vin, role);
    return row === undefined || integer(row, "expires") - now < lifetime[role] / 2;
  });
}
