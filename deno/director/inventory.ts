/** The inventory: which ECUs a vehicle has, with which keys, and what they run as far as verified reports say (Uptane 2.1.0 §5.3.2). */
import { keyBytes } from "../../bindings/keys.ts";
import type { Hashes } from "../../bindings/metadata.ts";
import { HttpError } from "../http.ts";
import { seconds } from "../judge.ts";
import type { ProvisionedImage, Registration } from "./api.ts";
import { blob, integer, maybe, type Row, type Store, text, transaction } from "./store.ts";

export interface InstalledImage {
  name: string;
  length: number;
  hashes: Hashes;
}

export interface Ecu {
  serial: string;
  hardwareId: string;
  key: Uint8Array; // 32 bytes
  imageKey?: { kind: "aes" | "x25519"; key: string } | undefined; // hex
  reportCounter: number; // of the newest good report, -1: none
  releaseCounter: number; // highest one confirmed, -1: none
  installed?: InstalledImage | undefined;
  reported?: number | undefined; // attested time inside the newest good report, seconds
  silent?: boolean; // the newest manifest had only a report of it that was seen before
  attack?: string | undefined; // newest note that was not empty
  attackAt?: number | undefined;
}

export interface Vehicle {
  vin: string;
  ecus: Ecu[]; // the Primary first
  manifestAt?: number | undefined;
}

const ALERTS_KEPT = 256; // per vehicle
const ALERT_TEXT = 1024; // characters

/** The vehicle of a request. @throws HttpError 404 */
export function vehicle(db: Store, vin: string): Vehicle {
  const row = db.prepare("SELECT manifest_at FROM vehicle WHERE vin = ?").get(vin);
  if (row === undefined) throw new HttpError(404, "Cannot find this vehicle");
  const ecus = db.prepare("SELECT * FROM ecu WHERE vin = ? ORDER BY position").all(vin).map(ecu);
  return { vin, ecus, manifestAt: maybe(row, "manifest_at", integer) };
}

function ecu(row: Row): Ecu {
  return {
    serial: text(row, "serial"),
    hardwareId: text(row, "hardware_id"),
    key: blob(row, "public_key"),
    imageKey: maybe(row, "image_key", (r, c) => JSON.parse(text(r, c)) as NonNullable<Ecu["imageKey"]>),
    reportCounter: integer(row, "report_counter"),
    releaseCounter: integer(row, "release_counter"),
    installed: maybe(row, "installed", (r, c) => JSON.parse(text(r, c)) as InstalledImage), // written below, by this file alone
    reported: maybe(row, "reported", integer),
    silent: integer(row, "silent") === 1,
    attack: maybe(row, "attack", text),
    attackAt: maybe(row, "attack_at", integer),
  };
}

/**
 * The vehicle a registration describes, not stored yet.
 *
 * @throws HttpError 422  for a serial or key that occurs twice, or a Primary that is not among the ECUs
 */
export function described(request: Registration): Vehicle {
  const primary = request.ecus.find((x) => x.serial === request.primary);
  if (primary === undefined) throw new HttpError(422, "Cannot register this vehicle: its Primary is not among its ECUs");
  const ordered = [primary, ...request.ecus.filter((x) => x !== primary)];
  if (new Set(ordered.map((x) => x.serial)).size !== ordered.length) throw new HttpError(422, "Cannot register this vehicle: one serial twice", "RepeatedEcu");
  if (new Set(ordered.map((x) => x.key.keyval.public)).size !== ordered.length) {
    throw new HttpError(422, "Cannot register this vehicle: two ECUs with one key", "DuplicateKey");
  }
  return {
    vin: request.vin,
    ecus: ordered.map((x) => ({
      serial: x.serial,
      hardwareId: x.hardwareId,
      key: keyBytes(x.key),
      imageKey: x.imageKey,
      reportCounter: -1,
      releaseCounter: x.image?.releaseCounter ?? -1,
      installed: x.image === undefined ? undefined : installedImage(x.image),
    })),
  };
}

/** Stores a new vehicle; part of the caller's transaction. */
export function insert(db: Store, { vin, ecus }: Vehicle): void {
  db.prepare("INSERT INTO vehicle (vin, primary_serial, registered) VALUES (?, ?, ?)").run(vin, ecus[0]?.serial ?? "", seconds());
  const add = db.prepare("INSERT INTO ecu (vin, position, serial, hardware_id, public_key, image_key, release_counter, installed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  for (const [position, x] of ecus.entries()) {
    add.run(vin, position, x.serial, x.hardwareId, x.key, x.imageKey === undefined ? null : JSON.stringify(x.imageKey), x.releaseCounter, x.installed === undefined ? null : JSON.stringify(x.installed));
    if (x.installed !== undefined) known(db, vin, x.serial, x.installed.hashes.sha256);
  }
}

/** Is the vehicle registered as described? Keys, hardware and the Primary never change by registering again (attack case 62). */
export function registered(db: Store, { vin, ecus }: Vehicle): boolean {
  if (db.prepare("SELECT 1 FROM vehicle WHERE vin = ?").get(vin) === undefined) return false;
  const form = (list: Ecu[]) => JSON.stringify(list.map((x) => [x.serial, x.hardwareId, [...x.key], x.imageKey?.kind, x.imageKey?.key]));
  if (form(vehicle(db, vin).ecus) !== form(ecus)) throw new HttpError(409, "Cannot register this vehicle: it is registered with other ECUs or keys");
  return true;
}

/** Remembers that this image may be seen on this ECU. */
export function known(db: Store, vin: string, serial: string, sha256: string): void {
  db.prepare("INSERT OR IGNORE INTO known_image (vin, serial, sha256) VALUES (?, ?, ?)").run(vin, serial, sha256);
}

/**
 * Is what the ECU reports neither registered nor ordered, ever? Then somebody else put it there, or holds its key (KM-20, attack case 83).
 * An ECU registered without an image may report its first one.
 */
export function unexpected(db: Store, vin: string, x: Ecu): boolean {
  if (x.installed === undefined) return false;
  const all = db.prepare("SELECT sha256 FROM known_image WHERE vin = ? AND serial = ?").all(vin, x.serial).map((row) => text(row, "sha256"));
  return all.length > 0 && !all.includes(x.installed.hashes.sha256);
}

/** The operator's word that an image is on an ECU with good reason, for instance after a workshop replaced it. */
export function acknowledge(db: Store, vin: string, serial: string, image: ProvisionedImage): void {
  if (!vehicle(db, vin).ecus.some((x) => x.serial === serial)) throw new HttpError(422, "Cannot find this ECU in the vehicle", "UnknownEcu");
  transaction(db, () => {
    known(db, vin, serial, image.hashes.sha256);
    if (image.releaseCounter !== undefined) raise(db, vin, serial, image.releaseCounter);
  });
}

/** The highest release counter an ECU is known to have run never falls. */
export function raise(db: Store, vin: string, serial: string, releaseCounter: number): void {
  db.prepare("UPDATE ecu SET release_counter = max(release_counter, ?) WHERE vin = ? AND serial = ?").run(releaseCounter, vin, serial);
}

/** Leaves a note for the operator; the oldest ones go. `serial`: "" for the whole vehicle. */
export function alert(db: Store, vin: string, serial: string, kind: string, detail: string): void {
  db.prepare("INSERT INTO alert (vin, at, serial, kind, detail) VALUES (?, ?, ?, ?, ?)").run(vin, seconds(), serial, kind, detail.slice(0, ALERT_TEXT));
  db.prepare("DELETE FROM alert WHERE vin = ? AND number <= (SELECT number FROM alert WHERE vin = ? ORDER BY number DESC LIMIT 1 OFFSET ?)")
    .run(vin, vin, ALERTS_KEPT);
}

function installedImage({ name, length, hashes }: ProvisionedImage): InstalledImage {
  return { name, length, hashes: digests(hashes) };
}

/** Without a member that is undefined. */
export function digests(hashes: { sha256: string; sha512?: string | undefined }): Hashes {
  return hashes.sha512 === undefined ? { sha256: hashes.sha256 } : { sha256: hashes.sha256, sha512: hashes.sha512 };
}
