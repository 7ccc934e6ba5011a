/**
 * Vehicle version manifests and ECU version reports: Uptane 2.1.0 §5.3.2.1. Kinds `manifest` and `ecu-report`, in our own form; in aktualizr's: field.ts.
 */
import { date } from "../../bindings/metadata.ts";
import { type ReportChange, LAST, type Pair, but, digestForm, having, manifest, manifestOf, pair, payloadFormHex, report, without } from "./reports.ts";
import { type OwnPack, type StatusName, badlySigned, content, expectation, head, replaced } from "./story.ts";
import { NOW, VEHICLE, key, restartKeys } from "./world.ts";

const DAY = 86400;
const NONCE = "ab".repeat(16);

/** What is handed out for the Director's own checks, of each ECU; null: it says nothing. */
interface Handed {
  reports: ("taken" | "old" | "uncounted" | "none")[];
  counters?: (number | null)[];
  nonces?: (string | null)[];
  times?: string[];
}

export type Told = [status: StatusName, bytes: Uint8Array, handed?: Handed | undefined];
export type ManifestStory = [name: string, about: string, tell: (fleet: Pair) => Promise<Told>];

const BOTH: Handed = { reports: ["taken", "taken"] };

/** One change of the Secondary's report, and what comes of it. */
function secondary(name: string, about: string, change: ReportChange, status: StatusName = "Ok", handed = status === "Ok" ? BOTH : undefined): ManifestStory {
  return [name, about, async (fleet) => [status, await manifestOf(fleet, {}, change), handed]];
}

const MANIFESTS: ManifestStory[] = [
  ["good", "A good report of every ECU.", async (fleet) => ["Ok", await manifest(fleet), { ...BOTH, counters: [5, 5], nonces: [null, null], times: [date(NOW), date(NOW)] }]],
  secondary("attack-noted", "A report that notes an attack is as good as any other.", { attacks: "rollback of Image Targets" }),
  secondary("attack-text-of-1024", "An attack text as long as it may be.", { attacks: "x".repeat(1024) }),
  secondary("attack-text-of-1025", "An attack text of one byte more.", { attacks: "x".repeat(1025) }, "TextLength"),
  ["signed-by-a-secondary", "Step 3a: signed by a registered key that is not the Primary's.", async (fleet) => ["BadSignature", await manifest(fleet, { signer: fleet[1].signer })]],
  ["names-another-primary", "Step 3a: signed by the Primary, but naming a Secondary as Primary.", async (fleet) => ["WrongPrimary", await manifest(fleet, { primary: fleet[1].serial })]],
  ["names-no-primary", "Step 3a: no Primary is named.", async (fleet) => ["Malformed", await manifest(fleet, { edit: without("primary_ecu_serial") })]],
  ["another-vehicle", "Step 3c: the manifest of another vehicle.", async (fleet) => ["WrongVehicle", await manifest(fleet, { vin: `${VEHICLE}-B` })]],
  ["no-vehicle", "Step 3c: the manifest of no vehicle.", async (fleet) => ["Malformed", await manifest(fleet, { vin: undefined })]],
  ["no-reports", "The list of reports is missing.", async (fleet) => ["Malformed", await manifest(fleet, { edit: without("ecu_version_manifests") })]],
  ["report-missing", "Step 3d: an ECU is left out.", async (fleet) => ["ReportMissing", await manifest(fleet, { reports: [[fleet[0].serial, await report(fleet[0])]] })]],
  ["unknown-ecu", "Step 3d: an ECU that the inventory does not have.", async (fleet) => {
    const stranger = { serial: "stranger", signer: key() };
    const reports: [string, Uint8Array][] = [];
    for (const ecu of [...fleet, stranger]) reports.push([ecu.serial, await report(ecu)]);
    return ["UnknownEcu", await manifest(fleet, { reports })];
  }],
  ["report-by-another-ecu", "Step 3e: the Primary signs the Secondary's report with its own key.", async (fleet) => ["BadSignature", await manifestOf(fleet, {}, { signer: fleet[0].signer })]],
  ["report-under-another-name", "Step 3e: the Primary's report stands under the Secondary's serial.", async (fleet) => {
    const own = await report(fleet[0]);
    return ["Malformed", await manifest(fleet, { reports: [[fleet[0].serial, own], [fleet[1].serial, own]] })];
  }],
  secondary("report-without-image", "A report that names no image.", { edit: without("installed_image") }, "Malformed"),
  secondary("report-without-filename", "A report that does not name the file.", { edit: having("installed_image", { fileinfo: { hashes: { sha256: "00".repeat(32) }, length: 3 } }) }, "Malformed"),
  secondary("report-without-attack-text", "A report without the attack indicator: none seen is said, too.", { edit: without("attacks_detected") }, "Malformed"),
  secondary("report-without-time", "Step 3f: a report that says no time.", { edit: without("timeserver_time") }, "Malformed"),
  secondary("report-a-day-ahead", "Step 3f: a report by an ECU that is a day ahead is taken.", { time: NOW + DAY }, "Ok", { ...BOTH, times: [date(NOW), date(NOW + DAY)] }),
  secondary("report-more-than-a-day-ahead", "Step 3f: a time that nobody can have attested yet.", { time: NOW + DAY + 1 }, "TimeJump"),
  secondary("report-of-long-ago", "Step 3f: an old time is handed out, for the Director to compare with the one before.", { time: NOW - 400 * DAY }, "Ok", { ...BOTH, times: [date(NOW), date(NOW - 400 * DAY)] }),
  ["counter-of-the-primary-again", "Step 4: the Primary's own report is the one of last time.", async (fleet) => ["Replayed", await manifestOf(fleet, { counter: LAST }, {})]],
  ["counter-of-the-primary-falls", "Step 4: the Primary's own report is older than the one of last time.", async (fleet) => ["Replayed", await manifestOf(fleet, { counter: LAST - 1 }, {})]],
  ["counter-again", "Step 4: a silent Secondary's last report, passed on once more: known to be old, and no reason to drop the others.", async (fleet) =>
    ["Ok", await manifestOf(fleet, {}, { counter: LAST }), { reports: ["taken", "old"], counters: [5, LAST] }]],
  secondary("counter-jumps", "Step 4: counters rise, by any step.", { counter: 9_007_199_254_740_991 }, "Ok", { ...BOTH, counters: [5, 9_007_199_254_740_991] }),
  secondary("counter-missing", "Step 4: a report that nothing tells from an older one.", { counter: undefined }, "Malformed"),
  secondary("counter-missing-with-a-nonce", "Step 4: a nonce does not stand in for the counter.", { counter: undefined, nonce: NONCE }, "Malformed"),
  secondary("counter-as-a-number", "Counters are decimal texts.", { edit: having("report_counter", 5) }, "Malformed"),
  secondary("counter-with-a-leading-zero", "A counter has one spelling.", { edit: having("report_counter", "05") }, "Malformed"),
  ["nonces", "Step 4: the nonce of each report is handed out; whether it was used before is for the Director, who keeps them.", async (fleet) =>
    ["Ok", await manifestOf(fleet, { nonce: NONCE }, { nonce: "cd".repeat(32) }), { ...BOTH, counters: [5, 5], nonces: [NONCE, "cd".repeat(32)] }]],
  secondary("nonce-of-an-old-report", "Step 4: the nonce of a report that is old all the same.", { nonce: NONCE, counter: LAST }, "Ok", { reports: ["taken", "old"], counters: [5, LAST], nonces: [null, NONCE] }),
  secondary("nonce-as-a-number", "Nonces are texts.", { edit: having("nonce", 7) }, "Malformed"),
  secondary("nonce-of-256", "A nonce as long as it may be.", { nonce: "f".repeat(256) }, "Ok", { ...BOTH, nonces: [null, "f".repeat(256)] }),
  secondary("nonce-of-257", "A nonce of one byte more.", { nonce: "f".repeat(257) }, "TextLength"),
  ["nonce-changed", "Step 4: the nonce is part of what is signed.", async (fleet) => ["PayloadHash", replaced(await manifestOf(fleet, {}, { nonce: NONCE }), NONCE, `0${NONCE.slice(1)}`)]],
  ["payload-hash", "Step 3b: the hash in the signature entry is not the payload's.", async (fleet) => {
    const bytes = await manifest(fleet);
    const digest = /"sha256":"([0-9a-f]{64})"/.exec(Buffer.from(bytes).toString())?.[1] ?? "";
    return ["PayloadHash", replaced(bytes, digest, "00".repeat(32))];
  }],
  ["payload-hash-of-a-report", "Step 3b: the same in a report.", async (fleet) => ["PayloadHash", await manifestOf(fleet, {}, { form: but(digestForm, (entry) => ({ ...entry, hash: { sha256: "00".repeat(32) } })) })]],
  ["another-hash-function", "Step 3b: the entry states a hash by another function.", async (fleet) => ["Malformed", await manifest(fleet, { form: but(digestForm, (entry) => ({ ...entry, hash: { sha512: "00".repeat(64) } })) })]],
  ["payload-form", "Step 3b: a manifest whose entry states no hash, its signature over the payload: aktualizr's form, not taken here.", async (fleet) => ["Malformed", await manifestOf(fleet, {}, {}, { form: payloadFormHex })]],
  secondary("payload-form-of-a-report", "Step 3b: the same of one report.", { form: payloadFormHex }, "Malformed"),
  ["no-key-id", "The entry names no key.", async (fleet) => ["Malformed", await manifest(fleet, { form: but(digestForm, without("keyid")) })]],
  ["no-method", "The entry names no method.", async (fleet) => ["Malformed", await manifest(fleet, { form: but(digestForm, without("method")) })]],
  ["another-method", "The entry names another method than the key's.", async (fleet) => ["BadSignature", await manifest(fleet, { form: but(digestForm, having("method", "rsassa-pss")) })]],
  ["another-method-of-a-report", "The same in a report.", async (fleet) => ["BadSignature", await manifestOf(fleet, {}, { form: but(digestForm, having("method", "rsassa-pss")) })]],
  ["no-signature", "The entry has no signature.", async (fleet) => ["Malformed", await manifest(fleet, { form: but(digestForm, without("sig")) })]],
  ["two-signatures", "One ECU, one key, one signature.", async (fleet) => {
    const text = Buffer.from(await manifest(fleet)).toString();
    const entry = /"signatures":\[(\{.*?\})\]/.exec(text)?.[1] ?? "";
    return ["Limit", Buffer.from(text.replace(`[${entry}]`, `[${entry},${entry}]`))];
  }],
  ["bit-flipped", "One bit of the Primary's signature.", async (fleet) => ["BadSignature", badlySigned(await manifest(fleet))]],
  ["cut-short", "The last byte is missing.", async (fleet) => ["Truncated", (await manifest(fleet)).subarray(0, -1)]],
];

const REPORTS: ManifestStory[] = [
  ["good", "A report with the next counter.", async ([, ecu]) => ["Ok", await report(ecu), { reports: ["none", "taken"], counters: [null, 5] }]],
  ["counter-jumps", "Counters rise, by any step.", async ([, ecu]) => ["Ok", await report(ecu, { counter: 1_000_000 })]],
  ["counter-again", "The report of last time.", async ([, ecu]) => ["Replayed", await report(ecu, { counter: LAST })]],
  ["nonce", "A report that asks for fresh time.", async ([, ecu]) => ["Ok", await report(ecu, { nonce: NONCE }), { reports: ["none", "taken"], nonces: [null, NONCE] }]],
  ["ahead-of-the-primary", "A Primary that has no time yet takes a report of one that has.", async ([, ecu]) => ["Ok", await report(ecu, { time: NOW + 400 * DAY })]],
  ["foreign-key", "Signed by a key that is nobody's.", async ([, ecu]) => ["BadSignature", await report(ecu, { signer: key() })]],
  ["key-of-another-ecu", "Signed by the Primary's key.", async ([primary, ecu]) => ["BadSignature", await report(ecu, { signer: primary.signer })]],
  ["another-method", "Another method than the key's is claimed.", async ([, ecu]) => ["BadSignature", await report(ecu, { form: but(digestForm, having("method", "rsassa-pss")) })]],
  ["payload-hash", "The hash of another payload.", async ([, ecu]) => ["PayloadHash", await report(ecu, { form: but(digestForm, (entry) => ({ ...entry, hash: { sha256: "00".repeat(32) } })) })]],
  ["unknown-ecu", "An ECU that the vehicle does not have.", async () => ["UnknownEcu", await report({ serial: "stranger", signer: key() })]],
  ["a-manifest", "A manifest offered as a report.", async (fleet) => ["Malformed", await manifest(fleet)]],
];

export async function manifestPack(kind: string, about: string, stories: ManifestStory[], profile = "pouf"): Promise<OwnPack> {
  const cases: object[] = [];
  for (const [name, why, tell] of stories) {
    restartKeys();
    const fleet = pair();
    const [status, bytes, handed] = await tell(fleet);
    const ecus = fleet.map(({ serial, signer }) => ({ serial, hardware_id: "any", public_hex: signer.public.keyval.public, last_report_counter: LAST }));
    cases.push({ name, about: why, vin: VEHICLE, ecus, manifest: content(bytes), expect: { ...expectation(status), ...handed } });
  }
  return { about, ...head(kind), profile, cases };
}

export function manifests(): Promise<OwnPack> {
  return manifestPack("manifest", "Vehicle version manifests as a Director judges them; numbers are the steps of Uptane 2.1.0 §5.3.2.1", MANIFESTS);
}

export function reports(): Promise<OwnPack> {
  return manifestPack("ecu-report", "ECU version reports as a Primary judges them", REPORTS);
}
