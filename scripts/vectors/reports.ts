/** Version reports and manifests in both forms of docs/POUF.md 4.6, good ones and such as no writer of ours would make. Vectors and tests are made of it. */
import { createHash } from "node:crypto";
import { Canonical, canonical, served } from "../../bindings/canonical.ts";
import { toHex } from "../../bindings/hex.ts";
import type { Signer } from "../../bindings/keys.ts";
import { date, hashes } from "../../bindings/metadata.ts";
import { NOW, VEHICLE, key } from "./world.ts";

export const LAST = 4; // counter of the last report the Director has of each ECU

export interface Ecu {
  serial: string;
  signer: Signer;
}

/** The Primary first. */
export type Pair = [Ecu, Ecu];

export function pair(): Pair {
  return [{ serial: "tcu-1", signer: key() }, { serial: "brake-1", signer: key() }];
}

interface Entry {
  keyid: string;
  method?: string;
  hash?: Record<string, unknown>;
  sig: string;
}

type Form = (signed: object, signer: Signer) => Promise<Entry>;

/** Ours: the signature covers the digest that its entry states. */
export async function digestForm(signed: object, signer: Signer): Promise<Entry> {
  const digest = createHash("sha256").update(canonical(signed)).digest();
  return { hash: { sha256: toHex(digest) }, keyid: signer.keyid, method: "ed25519", sig: toHex(await signer.sign(digest)) };
}

/** aktualizr's: the signature covers the payload, in base64; the key id is a label. */
export async function payloadForm(signed: object, signer: Signer): Promise<Entry> {
  const label = createHash("sha256").update(JSON.stringify(signer.public.keyval.public.toUpperCase())).digest("hex");
  return { keyid: label, method: "ed25519", sig: Buffer.from(await signer.sign(canonical(signed))).toString("base64") };
}

/** The same in hex. */
export const payloadFormHex: Form = but(payloadForm, (entry) => ({ ...entry, sig: Buffer.from(entry.sig, "base64").toString("hex") }));

/** The same form, with something changed in the entry once it is signed. */
export function but(form: Form, change: (entry: Entry) => object): Form {
  return async (signed, signer) => change(await form(signed, signer)) as Entry;
}

interface Part {
  form?: Form;
  signer?: Signer;
  edit?: (signed: Record<string, unknown>) => object; // before it is signed
}

async function part(signed: Record<string, unknown>, signer: Signer, { form = digestForm, edit = (same) => same, ...change }: Part): Promise<Uint8Array> {
  const edited = edit(signed);
  return served({ signatures: [await form(edited, change.signer ?? signer)], signed: edited });
}

export interface ReportChange extends Part {
  counter?: number | undefined; // undefined: none
  nonce?: string;
  attacks?: string;
  time?: number; // seconds
}

export function report({ serial, signer }: Ecu, change: ReportChange = {}): Promise<Uint8Array> {
  const { counter = LAST + 1, nonce, attacks = "", time = NOW } = change;
  const counted = "counter" in change && change.counter === undefined ? {} : { report_counter: String(counter) };
  return part({
    attacks_detected: attacks,
    ecu_serial: serial,
    installed_image: { filepath: "app.bin", fileinfo: { hashes: hashes(new Uint8Array(3)), length: 3 } },
    ...(nonce === undefined ? {} : { nonce }),
    previous_timeserver_time: date(Math.max(time - 60, 0)),
    ...counted,
    timeserver_time: date(time),
  }, signer, change);
}

export interface ManifestChange extends Part {
  vin?: string | undefined; // undefined: none
  primary?: string;
  reports?: [serial: string, bytes: Uint8Array][];
}

export async function manifest(fleet: Pair, change: ManifestChange = {}): Promise<Uint8Array> {
  const [primary, secondary] = fleet;
  const form = change.form === undefined ? {} : { form: change.form };
  const reports = new Map(change.reports ?? [[primary.serial, await report(primary, form)], [secondary.serial, await report(secondary, form)]]);
  const named = "vin" in change && change.vin === undefined ? {} : { vin: change.vin ?? VEHICLE };
  return part({
    ecu_version_manifests: new Map([...reports].map(([serial, bytes]) => [serial, new Canonical(bytes)])),
    primary_ecu_serial: change.primary ?? primary.serial,
    ...named,
  }, primary.signer, change);
}

/** A manifest with these changes of the two reports. */
export async function manifestOf(fleet: Pair, primary: ReportChange, secondary: ReportChange, change: ManifestChange = {}): Promise<Uint8Array> {
  return manifest(fleet, { reports: [[fleet[0].serial, await report(fleet[0], primary)], [fleet[1].serial, await report(fleet[1], secondary)]], ...change });
}

/** As aktualizr writes it: no vehicle, counters in the Primary's report alone, times of 1970. */
export function fieldManifest(fleet: Pair, change: ManifestChange & { first?: ReportChange; second?: ReportChange } = {}): Promise<Uint8Array> {
  const { first, second, ...rest } = change;
  const form = payloadForm;
  return manifestOf(fleet, { form, time: 0, ...first }, { form, time: 0, counter: undefined, ...second }, { form, vin: undefined, ...rest });
}

/** Without that member. */
export function without(name: string): (signed: object) => object {
  return (signed) => Object.fromEntries(Object.entries(signed).filter(([member]) => member !== name));
}

/** With this value in place of that member's. */
export function having(name: string, value: unknown): (signed: object) => object {
  return (signed) => ({ ...signed, [name]: value });
}
