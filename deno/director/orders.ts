/** Orders: which ECU is to get which image. One open assignment per ECU; it stays until a report made after the order confirms it. */
import { RepeatedEcu, UnknownEcu, WrongHardware } from "../../assembly/status.ts";
import { statusName, UsageError } from "../../bindings/errors.ts";
import { AES, encrypt, seal } from "../../bindings/encrypted.ts";
import { fromHex, toHex } from "../../bindings/hex.ts";
import type { Cipher, Entry, Hashes } from "../../bindings/metadata.ts";
import { imageName } from "../../bindings/urls.ts";
import { HttpError } from "../http.ts";
import { seconds } from "../judge.ts";
import type { Order } from "./api.ts";
import type { Images } from "./images.ts";
import { digests, type Ecu, known, unexpected, type Vehicle } from "./inventory.ts";
import { integer, type Row, type Store, text } from "./store.ts";

export interface OrderedImage {
  name: string;
  length: number;
  hashes: Hashes;
  releaseCounter: number;
  mustMatch?: object | undefined;
  cipher?: Cipher; // as it is encrypted for this ECU
}

export interface Assignment {
  serial: string;
  correlationId: string;
  ordered: number; // seconds
  image: OrderedImage;
}

/** The open assignments of a vehicle, in the order in which they were made. */
export function openAssignments(db: Store, vin: string): Assignment[] {
  return db.prepare("SELECT * FROM assignment WHERE vin = ? AND ended IS NULL ORDER BY number").all(vin).map(assignment);
}

/** When this ECU was last named in an order, seconds; undefined: never. */
export function lastOrdered(db: Store, vin: string, serial: string): number | undefined {
  const row = db.prepare("SELECT max(ordered) AS ordered FROM assignment WHERE vin = ? AND serial = ?").get(vin, serial);
  return row === undefined || row["ordered"] === null ? undefined : integer(row, "ordered");
}

function assignment(row: Row): Assignment {
  return {
    serial: text(row, "serial"),
    correlationId: text(row, "correlation_id"),
    ordered: integer(row, "ordered"),
    image: JSON.parse(text(row, "image")) as OrderedImage, // written below, by this file alone
  };
}

/**
 * What an order asks of this vehicle, one assignment per ECU.
 *
 * @throws HttpError 422  an ECU that the vehicle does not have, that is named twice, or whose hardware the image does not fit
 * @throws HttpError 409  an ECU that runs an image nobody registered or ordered: nothing is planned on such a report (KM-20)
 * @throws HttpError 400  an image name that no URL carries
 */
export function assignments(db: Store, vehicle: Vehicle, order: Order, images: Images): Assignment[] {
  const ordered = seconds();
  const made = new Map<string, Assignment>();
  for (const { ecus, hardwareIds, encrypted, ...image } of order.images) {
    urlCarries(image.name);
    const cipherFor = encrypted === true ? encryption(images, image) : undefined;
    for (const serial of ecus) {
      const ecu = vehicle.ecus.find((x) => x.serial === serial);
      if (ecu === undefined) throw new HttpError(422, `Cannot order for ECU ${serial}: the vehicle has none of that serial`, statusName(UnknownEcu));
      if (made.has(serial)) throw new HttpError(422, `Cannot order for ECU ${serial} twice`, statusName(RepeatedEcu));
      if (hardwareIds !== undefined && !hardwareIds.includes(ecu.hardwareId)) {
        throw new HttpError(422, `Cannot order ${image.name} for ECU ${serial}: it does not fit hardware ${ecu.hardwareId}`, statusName(WrongHardware));
      }
      if (unexpected(db, vehicle.vin, ecu)) throw new HttpError(409, `Cannot order for ECU ${serial}: it reports an image that was never ordered; acknowledge it first`);
      made.set(serial, { serial, correlationId: order.correlationId, ordered, image: { ...image, hashes: digests(image.hashes), ...(cipherFor === undefined ? {} : { cipher: cipherFor(ecu) }) } });
    }
  }
  return [...made.values()];
}

/**
 * Encrypts an image that was handed in: for an AES key by itself, for keys of X25519 once, with a key that is wrapped for each (docs/POUF.md 4.10).
 *
 * @throws HttpError 409  when the image was not handed in, or is not as long as ordered
 * @throws HttpError 422  for an ECU without an image key
 */
function encryption(images: Images, { name, length, hashes }: { name: string; length: number; hashes: { sha256: string } }): (ecu: Ecu) => Cipher {
  const plain = images.plain(hashes.sha256);
  if (plain === undefined || plain.length !== length) throw new HttpError(409, `Cannot encrypt ${name}: it was not handed in`);
  let shared: { content: Uint8Array; served: Omit<Cipher, "key"> } | undefined;
  const served = (bytes: Uint8Array): Omit<Cipher, "key"> => ({ length: bytes.length, hashes: { sha256: images.keep(bytes) }, method: AES });
  return ({ serial, imageKey }) => {
    if (imageKey === undefined) throw new HttpError(422, `Cannot encrypt for ECU ${serial}: it has no image key`);
    const to = { kind: imageKey.kind, key: fromHex(imageKey.key, 32) };
    if (to.kind === "aes") return served(seal(to, plain));
    if (shared === undefined) {
      const content = crypto.getRandomValues(new Uint8Array(32));
      shared = { content, served: served(encrypt(content, plain)) };
    }
    return { ...shared.served, key: toHex(seal(to, shared.content)) };
  };
}

function urlCarries(name: string): void {
  try {
    imageName({ name, sha256: "" });
  } catch (error) {
    if (error instanceof UsageError) throw new HttpError(400, error.message);
    throw error;
  }
}

/** The open assignments once `added` came: an ECU named anew has its older one replaced. */
export function merged(open: Assignment[], added: Assignment[]): Assignment[] {
  return [...open.filter((x) => !added.some((y) => y.serial === x.serial)), ...added];
}

/**
 * Director Targets list images by name; ECUs that get the same image share an entry.
 *
 * @throws HttpError 409  for two contents under one name
 */
export function targetEntries(vehicle: Vehicle, open: Assignment[]): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  const contents = new Map<string, string>();
  for (const { serial, image } of open) {
    const content = JSON.stringify([image.length, image.hashes.sha256, image.hashes.sha512, image.releaseCounter, image.mustMatch]);
    if ((contents.get(image.name) ?? content) !== content) throw new HttpError(409, `Cannot order two contents under the name ${image.name}`);
    contents.set(image.name, content);
    const entry = entries.get(image.name) ?? {
      length: image.length,
      hashes: image.hashes,
      custom: {
        releaseCounter: image.releaseCounter,
        ecuIdentifiers: new Map<string, { hardwareId: string }>(),
        ...(image.mustMatch === undefined ? {} : { mustMatch: image.mustMatch }),
      },
    };
    if (image.cipher !== undefined) (entry.custom.encrypted ??= new Map()).set(serial, image.cipher);
    entry.custom.ecuIdentifiers?.set(serial, { hardwareId: vehicle.ecus.find((x) => x.serial === serial)?.hardwareId ?? "" });
    entries.set(image.name, entry);
  }
  return entries;
}

/** Stores new assignments; part of the transaction that publishes them. */
export function place(db: Store, vin: string, added: Assignment[]): void {
  const add = db.prepare("INSERT INTO assignment (vin, serial, correlation_id, ordered, image) VALUES (?, ?, ?, ?, ?)");
  for (const x of added) {
    end(db, vin, x.serial, "replaced");
    add.run(vin, x.serial, x.correlationId, x.ordered, JSON.stringify(x.image));
    known(db, vin, x.serial, x.image.hashes.sha256);
  }
}

/** Ends the open assignment of an ECU, if there is one. */
export function end(db: Store, vin: string, serial: string, ending: "confirmed" | "replaced" | "withdrawn"): void {
  db.prepare("UPDATE assignment SET ended = ?, ending = ? WHERE vin = ? AND serial = ? AND ended IS NULL").run(seconds(), ending, vin, serial);
}
