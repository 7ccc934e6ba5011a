/** Vehicle version manifests and ECU version reports: Uptane 2.1.0 §5.3.2.1. Kinds `manifest` and `ecu-report`. */
import type { Signer } from "../../bindings/keys.ts";
import { ecuReport, vehicleManifest } from "../../bindings/manifest.ts";
import { date, hashes } from "../../bindings/metadata.ts";
import { type OwnPack, type StatusName, badlySigned, content, expectation, head, replaced } from "./story.ts";
import { NOW, VEHICLE, key, restartKeys } from "./world.ts";

const LAST = 4; // counter of the last report the Director has of each ECU
const image = { filepath: "app.bin", length: 3, hashes: hashes(new Uint8Array(3)) };

interface Ecu {
  serial: string;
  signer: Signer;
}

type Tell = (fleet: [Ecu, Ecu]) => Promise<[status: StatusName, bytes: Uint8Array, reports?: string[]]>;

function report({ serial, signer }: Ecu, change: { counter?: number; signer?: Signer; attacks?: string } = {}): Promise<Uint8Array> {
  const { counter = LAST + 1, attacks = "" } = change;
  return ecuReport({ serial, image, attacks, time: date(NOW), previousTime: date(NOW - 60), counter }, change.signer ?? signer);
}

async function manifest(fleet: [Ecu, Ecu], change: { vin?: string; primary?: string; signer?: Signer; reports?: [string, Uint8Array][] } = {}): Promise<Uint8Array> {
  const [primary, secondary] = fleet;
  const reports = new Map(change.reports ?? [[primary.serial, await report(primary)], [secondary.serial, await report(secondary)]]);
  return vehicleManifest({ vin: change.vin ?? VEHICLE, primary: change.primary ?? primary.serial, reports }, change.signer ?? primary.signer);
}

const MANIFESTS: [name: string, about: string, tell: Tell][] = [
  ["good", "A good report of every ECU.", async (fleet) => ["Ok", await manifest(fleet), ["taken", "taken"]]],
  ["attack-noted", "A report that notes an attack is as good as any other.", async (fleet) => {
    const [primary, secondary] = fleet;
    return ["Ok", await manifest(fleet, { reports: [[primary.serial, await report(primary, { attacks: "rollback of Image Targets" })], [secondary.serial, await report(secondary)]] })];
  }],
  ["signed-by-a-secondary", "Step 3a: signed by a registered key that is not the Primary's.", async (fleet) => ["BadSignature", await manifest(fleet, { signer: fleet[1].signer })]],
  ["names-another-primary", "Step 3a: signed by the Primary, but naming a Secondary as Primary.", async (fleet) => ["WrongPrimary", await manifest(fleet, { primary: fleet[1].serial })]],
  ["another-vehicle", "Step 3c: the manifest of another vehicle.", async (fleet) => ["WrongVehicle", await manifest(fleet, { vin: `${VEHICLE}-B` })]],
  ["report-missing", "Step 3d: an ECU is left out.", async (fleet) => ["ReportMissing", await manifest(fleet, { reports: [[fleet[0].serial, await report(fleet[0])]] })]],
  ["unknown-ecu", "Step 3d: an ECU that the inventory does not have.", async (fleet) => {
    const stranger = { serial: "stranger", signer: key() };
    const reports: [string, Uint8Array][] = [];
    for (const ecu of [...fleet, stranger]) reports.push([ecu.serial, await report(ecu)]);
    return ["UnknownEcu", await manifest(fleet, { reports })];
  }],
  ["report-by-another-ecu", "Step 3e: the Primary signs the Secondary's report with its own key.", async (fleet) => {
    const [primary, secondary] = fleet;
    return ["BadSignature", await manifest(fleet, { reports: [[primary.serial, await report(primary)], [secondary.serial, await report(secondary, { signer: primary.signer })]] })];
  }],
  ["report-under-another-name", "Step 3e: the Primary's report stands under the Secondary's serial.", async (fleet) => {
    const own = await report(fleet[0]);
    return ["Malformed", await manifest(fleet, { reports: [[fleet[0].serial, own], [fleet[1].serial, own]] })];
  }],
  ["counter-of-the-primary-again", "Step 4: the Primary's own report is the one of last time.", async (fleet) => {
    const [primary, secondary] = fleet;
    return ["Replayed", await manifest(fleet, { reports: [[primary.serial, await report(primary, { counter: LAST })], [secondary.serial, await report(secondary)]] })];
  }],
  ["counter-again", "Step 4: a silent Secondary's last report, passed on once more: known to be old, and no reason to drop the others.", async (fleet) => {
    const [primary, secondary] = fleet;
    return ["Ok", await manifest(fleet, { reports: [[primary.serial, await report(primary)], [secondary.serial, await report(secondary, { counter: LAST })]] }), ["taken", "old"]];
  }],
  ["payload-hash", "Step 3b: the hash in the signature entry is not the payload's.", async (fleet) => {
    const bytes = await manifest(fleet);
    const digest = /"sha256":"([0-9a-f]{64})"/.exec(Buffer.from(bytes).toString())?.[1] ?? "";
    return ["PayloadHash", replaced(bytes, digest, "00".repeat(32))];
  }],
  ["bit-flipped", "One bit of the Primary's signature.", async (fleet) => ["BadSignature", badlySigned(await manifest(fleet))]],
  ["cut-short", "The last byte is missing.", async (fleet) => ["Truncated", (await manifest(fleet)).subarray(0, -1)]],
];

const REPORTS: [name: string, about: string, tell: Tell][] = [
  ["good", "A report with the next counter.", async ([, secondary]) => ["Ok", await report(secondary)]],
  ["counter-jumps", "Counters rise, by any step.", async ([, secondary]) => ["Ok", await report(secondary, { counter: 1_000_000 })]],
  ["counter-again", "The report of last time.", async ([, secondary]) => ["Replayed", await report(secondary, { counter: LAST })]],
  ["foreign-key", "Signed by a key that is nobody's.", async ([, secondary]) => ["BadSignature", await report(secondary, { signer: key() })]],
  ["key-of-another-ecu", "Signed by the Primary's key.", async ([primary, secondary]) => ["BadSignature", await report(secondary, { signer: primary.signer })]],
  ["unknown-ecu", "An ECU that the vehicle does not have.", async () => ["UnknownEcu", await report({ serial: "stranger", signer: key() })]],
  ["a-manifest", "A manifest offered as a report.", async (fleet) => ["Malformed", await manifest(fleet)]],
];

async function pack(kind: string, about: string, stories: typeof MANIFESTS): Promise<OwnPack> {
  const cases: object[] = [];
  for (const [name, why, tell] of stories) {
    restartKeys();
    const fleet: [Ecu, Ecu] = [{ serial: "tcu-1", signer: key() }, { serial: "brake-1", signer: key() }];
    const [status, bytes, reports] = await tell(fleet);
    const ecus = fleet.map(({ serial, signer }) => ({ serial, hardware_id: "any", public_hex: signer.public.keyval.public, last_report_counter: LAST }));
    cases.push({ name, about: why, vin: VEHICLE, ecus, manifest: content(bytes), expect: { ...expectation(status), ...(reports === undefined ? {} : { reports }) } });
  }
  return { about, ...head(kind), cases };
}

export function manifests(): Promise<OwnPack> {
  return pack("manifest", "Vehicle version manifests as a Director judges them; numbers are the steps of Uptane 2.1.0 §5.3.2.1", MANIFESTS);
}

export function reports(): Promise<OwnPack> {
  return pack("ecu-report", "ECU version reports as a Primary judges them", REPORTS);
}
