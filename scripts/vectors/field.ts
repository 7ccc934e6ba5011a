/** Manifests in aktualizr's dialect: the signature covers the payload, no vehicle, a counter in the Primary's report alone. Kind `manifest`, profile `aktualizr`. */
import { type ManifestStory, manifestPack } from "./manifests.ts";
import { LAST, but, digestForm, fieldManifest, having, manifest, payloadForm, payloadFormHex, report, without } from "./reports.ts";
import { type OwnPack, replaced } from "./story.ts";
import { VEHICLE, key } from "./world.ts";

const NONCE = "ab".repeat(16);

const STORIES: ManifestStory[] = [
  ["good", "As the field writes it. The Secondary's report has no counter, so nothing tells whether it is new.", async (fleet) =>
    ["Ok", await fieldManifest(fleet), { reports: ["taken", "uncounted"], counters: [5, null], nonces: [null, null], times: ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"] }]],
  ["digest-form", "Our own form in this dialect.", async (fleet) => ["Ok", await manifest(fleet), { reports: ["taken", "taken"] }]],
  ["both-forms", "A report in the other form than the manifest around it.", async (fleet) => ["Ok", await fieldManifest(fleet, { second: { form: digestForm } }), { reports: ["taken", "uncounted"] }]],
  ["hex", "Signatures in hex.", async (fleet) => {
    const form = payloadFormHex;
    return ["Ok", await fieldManifest(fleet, { form, first: { form }, second: { form } })];
  }],
  ["method-in-capitals", "The method in another case.", async (fleet) => ["Ok", await fieldManifest(fleet, { form: but(payloadForm, having("method", "ED25519")) })]],
  ["secondary-counts", "A Secondary that has a counter.", async (fleet) => ["Ok", await fieldManifest(fleet, { second: { counter: LAST + 1 } }), { reports: ["taken", "taken"], counters: [5, 5] }]],
  ["secondary-counts-again", "The counter of a Secondary's last report.", async (fleet) => ["Ok", await fieldManifest(fleet, { second: { counter: LAST } }), { reports: ["taken", "old"], counters: [5, LAST] }]],
  ["secondary-with-a-nonce", "A nonce in place of the counter, for the Director to compare with those before.", async (fleet) =>
    ["Ok", await fieldManifest(fleet, { second: { nonce: NONCE } }), { reports: ["taken", "uncounted"], counters: [5, null], nonces: [null, NONCE] }]],
  ["names-the-vehicle", "A vehicle that is named has to be this one.", async (fleet) => ["Ok", await fieldManifest(fleet, { vin: VEHICLE })]],
  ["names-another-vehicle", "The manifest of another vehicle.", async (fleet) => ["WrongVehicle", await fieldManifest(fleet, { vin: `${VEHICLE}-B` })]],
  ["counter-of-the-primary-again", "Step 4: the Primary's own report is the one of last time.", async (fleet) => ["Replayed", await fieldManifest(fleet, { first: { counter: LAST } })]],
  ["counter-of-the-primary-missing", "Step 4: nothing tells this manifest from an older one.", async (fleet) => ["Malformed", await fieldManifest(fleet, { first: { counter: undefined } })]],
  ["nonce-of-the-primary-alone", "Step 4: a nonce does not stand in for the Primary's counter.", async (fleet) => ["Malformed", await fieldManifest(fleet, { first: { counter: undefined, nonce: NONCE } })]],
  ["signed-by-a-secondary", "Step 3a: signed by a registered key that is not the Primary's.", async (fleet) => ["BadSignature", await fieldManifest(fleet, { signer: fleet[1].signer })]],
  ["names-another-primary", "Step 3a: signed by the Primary, but naming a Secondary as Primary.", async (fleet) => ["WrongPrimary", await fieldManifest(fleet, { primary: fleet[1].serial })]],
  ["report-by-another-ecu", "Step 3e: the Primary signs the Secondary's report with its own key.", async (fleet) => ["BadSignature", await fieldManifest(fleet, { second: { signer: fleet[0].signer } })]],
  ["report-by-nobody", "Step 3e: a report signed by a key that nobody registered.", async (fleet) => ["BadSignature", await fieldManifest(fleet, { second: { signer: key() } })]],
  ["report-under-another-name", "Step 3e: the Primary's report stands under the Secondary's serial.", async (fleet) => {
    const own = await report(fleet[0], { form: payloadForm });
    return ["Malformed", await fieldManifest(fleet, { reports: [[fleet[0].serial, own], [fleet[1].serial, own]] })];
  }],
  ["report-missing", "Step 3d: an ECU is left out.", async (fleet) => ["ReportMissing", await fieldManifest(fleet, { reports: [[fleet[0].serial, await report(fleet[0], { form: payloadForm })]] })]],
  ["report-changed", "Step 3e: a byte of a report is changed; both signatures cover it.", async (fleet) => ["BadSignature", replaced(await fieldManifest(fleet), "app.bin", "apq.bin")]],
  ["report-changed-and-signed-around", "Step 3e: the Primary changes a Secondary's report and signs the whole.", async (fleet) => {
    const changed = replaced(await report(fleet[1], { form: payloadForm }), "app.bin", "apq.bin");
    return ["BadSignature", await fieldManifest(fleet, { reports: [[fleet[0].serial, await report(fleet[0], { form: payloadForm })], [fleet[1].serial, changed]] })];
  }],
  ["over-the-digest", "Step 3b: signed over the digest, which is not stated.", async (fleet) => ["BadSignature", await fieldManifest(fleet, { form: but(digestForm, without("hash")) })]],
  ["over-the-payload-with-a-hash", "Step 3b: signed over the payload, with its digest stated beside.", async (fleet) => {
    const form = async (...part: Parameters<typeof payloadForm>) => ({ ...await digestForm(...part), sig: (await payloadForm(...part)).sig });
    return ["BadSignature", await fieldManifest(fleet, { form })];
  }],
  ["base64-without-padding", "A signature has one spelling.", async (fleet) => ["BadSignature", await fieldManifest(fleet, { form: but(payloadForm, (entry) => ({ ...entry, sig: entry.sig.replace(/=+$/, "") })) })]],
  ["no-key-id", "The entry names no key.", async (fleet) => ["Malformed", await fieldManifest(fleet, { form: but(payloadForm, without("keyid")) })]],
  ["no-method", "The entry names no method.", async (fleet) => ["Malformed", await fieldManifest(fleet, { form: but(payloadForm, without("method")) })]],
  ["another-method", "The entry names another method than the key's.", async (fleet) => ["BadSignature", await fieldManifest(fleet, { form: but(payloadForm, having("method", "rsassa-pss")) })]],
  ["attack-text-of-1025", "An attack text too long.", async (fleet) => ["TextLength", await fieldManifest(fleet, { second: { attacks: "x".repeat(1025) } })]],
];

export function fieldManifests(): Promise<OwnPack> {
  return manifestPack("manifest", "Vehicle version manifests in aktualizr's dialect; numbers are the steps of Uptane 2.1.0 §5.3.2.1", STORIES, "aktualizr");
}
