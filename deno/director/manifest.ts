/** Vehicle version manifests: every check is the core's (Uptane 2.1.0 §5.3.2.1); what is stored is read from the bytes it took. */
import * as v from "valibot";
import { REPORT_TAKEN, SESSION_MANIFEST } from "../../assembly/abi.ts";
import { Replayed } from "../../assembly/status.ts";
import type { Core } from "../../bindings/core.ts";
import { MetadataError, statusName } from "../../bindings/errors.ts";
import { date } from "../../bindings/metadata.ts";
import { run } from "../../bindings/run.ts";
import { HttpError, parseJson, refusal, shaped } from "../http.ts";
import { log } from "../log.ts";
import { seconds } from "../judge.ts";
import { alert, digests, type Ecu, type InstalledImage, raise, unexpected, vehicle, type Vehicle } from "./inventory.ts";
import { end, openAssignments } from "./orders.ts";
import { isUsed, use } from "./nonces.ts";
import { type Director, due, outrun, publish } from "./publish.ts";
import { type Store, transaction } from "./store.ts";

const MANIFESTS_KEPT = 1000; // per vehicle
const NOTE_MAX = 1024; // characters of an attack note
const OLD_TIME = 30 * 86400; // seconds: a time that is older and does not move on is an alert (attack case 73)
const RETRY = 60; // seconds before a set that could not be made is tried again for a mere request

/** What the Director reads of a report once it is verified. Other members may stand beside these. */
const report = v.object({
  attacks_detected: v.optional(v.string(), ""),
  ecu_serial: v.string(),
  installed_image: v.object({
    filepath: v.string(),
    fileinfo: v.object({ length: v.number(), hashes: v.object({ sha256: v.string(), sha512: v.exactOptional(v.string()) }) }),
  }),
});

const manifest = v.object({
  signed: v.object({
    director_targets_version: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), 0),
    ecu_version_manifests: v.custom<object>((x) => typeof x === "object" && x !== null),
  }),
});
const envelope = v.object({ signed: report });

/** A report that the core took, and what it hands out of it. */
interface Fresh {
  ecu: Ecu; // as the inventory has it so far
  counter: number;
  time: number; // seconds
  nonce?: string;
}

interface Reported extends Fresh {
  installed: InstalledImage;
  attack: string;
}

/**
 * Takes a manifest: judged, stored, the inventory brought up to it, assignments closed that it confirms, a new set published when one was.
 *
 * @throws HttpError  the core's refusal; then nothing has changed but the count of refusals
 */
export function takeManifest(director: Director, vin: string, bytes: Uint8Array): Promise<void> {
  return director.judge.alone(async (core) => {
    const { db } = director;
    const before = vehicle(db, vin);
    const dropped = (error: HttpError) => {
      db.prepare("UPDATE vehicle SET refused = refused + 1, refused_at = ?, refused_status = ? WHERE vin = ?").run(seconds(), error.status ?? null, vin);
      return error;
    };
    let fresh: Fresh[];
    try {
      fresh = await judge(core, before, bytes);
    } catch (error) {
      if (!(error instanceof MetadataError)) throw error;
      throw dropped(refusal(422, error));
    }
    if (!fresh.every((x) => Number.isSafeInteger(x.counter))) throw dropped(new HttpError(422, "Cannot take this manifest: a counter is beyond 2^53 - 1"));
    // The counter says that a report is new, the nonce that it is no other one: only this database has the earlier ones (docs/adr/0001).
    fresh = fresh.filter((x) => !isUsed(db, vin, x.ecu.serial, x.nonce));
    if (!fresh.some((x) => x.ecu === before.ecus[0])) throw dropped(new HttpError(422, "Cannot take this manifest: the Primary's nonce was used before", statusName(Replayed)));
    const old = before.ecus.filter((ecu) => !fresh.some((x) => x.ecu === ecu));
    const { held, reports } = read(fresh, bytes);
    const stale = transaction(db, () => {
      const closed = store(db, vin, bytes, reports, old);
      return outrun(db, vin, held) || closed;
    });
    if (stale) await renew(director, core, vin);
  });
}

/** The session of the core over the manifest; the Primary is the first ECU of the inventory. @returns the reports whose counter rose */
async function judge(core: Core, { vin, ecus }: Vehicle, bytes: Uint8Array): Promise<Fresh[]> {
  core.forget();
  const [primary] = ecus;
  if (primary === undefined) throw new Error("Cannot judge a manifest of a vehicle without a Primary");
  core.identify({ vehicle: vin, serial: primary.serial, hardwareId: primary.hardwareId, counter: primary.releaseCounter });
  for (const x of ecus) core.ecu({ serial: x.serial, hardwareId: x.hardwareId, counter: x.reportCounter, bytes32: x.key });
  core.open(SESSION_MANIFEST, 0, seconds());
  await run(core, { file: () => Promise.resolve(bytes), keep: () => Promise.resolve(), save: () => Promise.resolve() });
  return ecus.map((ecu, at) => ({ ecu, ...core.reported(at) })).filter((x) => x.outcome === REPORT_TAKEN);
}

/** Reads verified bytes: the core has refused a second spelling of anything, so there is one reading (docs/adr/0001). */
function read(fresh: Fresh[], bytes: Uint8Array): { held: number; reports: Reported[] } {
  const { signed } = shaped(manifest, parseJson(bytes), "this manifest");
  const signedReports = new Map(Object.entries(signed.ecu_version_manifests).map(([serial, x]: [string, unknown]) => [serial, x]));
  const reports = fresh.map((x) => {
    const { installed_image, attacks_detected } = shaped(envelope, signedReports.get(x.ecu.serial), `the report of ECU ${x.ecu.serial}`).signed;
    const { filepath, fileinfo } = installed_image;
    return { ...x, installed: { name: filepath, length: fileinfo.length, hashes: digests(fileinfo.hashes) }, attack: attacks_detected.slice(0, NOTE_MAX) };
  });
  return { held: signed.director_targets_version, reports };
}

/** Stores what a verified manifest says. @returns whether an assignment was closed */
function store(db: Store, vin: string, bytes: Uint8Array, reports: Reported[], old: Ecu[]): boolean {
  const now = seconds();
  // A report whose counter was used before says nothing about now: formal finding W4, attack case 76.
  for (const { serial, silent } of old) {
    db.prepare("UPDATE ecu SET silent = 1 WHERE vin = ? AND serial = ?").run(vin, serial);
    if (silent !== true) alert(db, vin, serial, "old report", "the report in the manifest was seen before: the state of this ECU is unknown");
  }
  const attacks = Object.fromEntries(reports.filter((x) => x.attack !== "").map((x) => [x.ecu.serial, x.attack]));
  db.prepare("INSERT INTO manifest (vin, received, bytes, attacks) VALUES (?, ?, ?, ?)").run(vin, now, bytes, JSON.stringify(attacks));
  db.prepare("DELETE FROM manifest WHERE vin = ? AND number <= (SELECT number FROM manifest WHERE vin = ? ORDER BY number DESC LIMIT 1 OFFSET ?)")
    .run(vin, vin, MANIFESTS_KEPT);
  db.prepare("UPDATE vehicle SET manifest_at = ? WHERE vin = ?").run(now, vin);
  const open = openAssignments(db, vin);
  let closed = false;
  for (const { ecu, installed, counter, time, nonce, attack } of reports) {
    use(db, vin, ecu.serial, nonce);
    db.prepare("UPDATE ecu SET report_counter = ?, installed = ?, reported = ?, silent = 0 WHERE vin = ? AND serial = ?")
      .run(counter, JSON.stringify(installed), time, vin, ecu.serial);
    if (time === ecu.reported && time < now - OLD_TIME) alert(db, vin, ecu.serial, "time stands still", `a new report has the attested time of the one before, ${date(time)}`);
    if (ecu.reported !== undefined && time < ecu.reported) alert(db, vin, ecu.serial, "time went back", `reported second ${time} after second ${ecu.reported}`);
    if (attack !== "") {
      db.prepare("UPDATE ecu SET attack = ?, attack_at = ? WHERE vin = ? AND serial = ?").run(attack, now, vin, ecu.serial);
      alert(db, vin, ecu.serial, "attack", attack);
    }
    if (unexpected(db, vin, { ...ecu, installed }) && ecu.installed?.hashes.sha256 !== installed.hashes.sha256) {
      alert(db, vin, ecu.serial, "unexpected image", `${installed.name} with SHA-256 ${installed.hashes.sha256} was never ordered`);
    }
    const ordered = open.find((x) => x.serial === ecu.serial);
    // A report made before the order cannot answer it, whatever it says (formal finding W4).
    if (ordered === undefined || time < ordered.ordered || ordered.image.hashes.sha256 !== installed.hashes.sha256) continue;
    raise(db, vin, ecu.serial, ordered.image.releaseCounter);
    end(db, vin, ecu.serial, "confirmed");
    closed = true;
  }
  return closed;
}

/** A set for what is open now. When it cannot be made the manifest counts all the same, and the old set stays in force. */
async function renew(director: Director, core: Core, vin: string): Promise<void> {
  try {
    await publish(director, core, vehicle(director.db, vin), openAssignments(director.db, vin));
    director.failed.delete(vin);
  } catch (error) {
    if (!(error instanceof MetadataError)) throw error;
    director.failed.set(vin, seconds());
    log("error", `Cannot publish for vehicle ${vin}: ${error.message}`);
    alert(director.db, vin, "", "cannot publish", error.message);
  }
}

/** Signs the set of a vehicle again when its files have lived through half their time; after a failure not before a minute has passed. */
export async function refresh(director: Director, vin: string): Promise<void> {
  const wanted = () => (director.failed.get(vin) ?? 0) < seconds() - RETRY && due(director, vin);
  if (!wanted()) return;
  await director.judge.alone(async (core) => {
    if (wanted()) await renew(director, core, vin);
  });
}
