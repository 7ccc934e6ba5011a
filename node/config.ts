/** What provisioning leaves for the Primary and for each Secondary: checked when a process starts, so that a bad file is a sentence, not a surprise. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { DecryptFailed } from "../assembly/status.ts";
import type { Want } from "../bindings/core.ts";
import { decrypted } from "../bindings/encrypted.ts";
import { fromHex } from "../bindings/hex.ts";
import { firstRecord } from "../bindings/record.ts";
import type { Source } from "../bindings/run.ts";

export const CONFIG_FORMAT = 1;

const text = v.pipe(v.string(), v.regex(/^[\x20-\x7e]{1,255}$/));
const hex = (bytes: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`)));
const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535));
const counter = v.pipe(v.number(), v.integer(), v.minValue(-1));
/** When the ECU was made: the time it starts with, now and after a factory reset. */
const manufactured = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/), v.check((date) => !Number.isNaN(Date.parse(date)), "no such date"));
const url = v.pipe(v.string(), v.url());

/** The image an ECU leaves the factory with; its bytes stand in the file FACTORY_IMAGE. */
const factory = v.strictObject({
  name: text,
  length: v.pipe(v.number(), v.integer(), v.minValue(0)),
  sha256: hex(32),
  sha512: v.optional(hex(64)),
  releaseCounter: counter,
});

const ecu = { serial: text, hardwareId: text };
/** What opens images that are encrypted for this ECU: 32 bytes, of X25519 the private half (bindings/encrypted.ts). */
const imageKey = v.optional(v.strictObject({ kind: v.picklist(["aes", "x25519"]), key: hex(32) }));
const own = { ...ecu, factory, manufactured, imageKey };

/**
 * Primary: config.json, key.pem (its ECU key), director.root.json and image.root.json (provisioned Roots), factory.img.
 * Where more repositories have to agree: map.json (TAP 4, docs/adr/0005), and map/NAME.root.json for each repository it names.
 * The process adds store/ (record, metadata, reports) and images/.
 */
export const primaryConfig = v.strictObject({
  format: v.literal(CONFIG_FORMAT),
  kind: v.literal("primary"),
  vehicle: text,
  ...own,
  linkPort: port, // on 127.0.0.1
  director: url, // base: director/N.root.json stands below it
  repository: url, // base: repo/N.root.json stands below it
  timeServer: url,
  /** The other ECUs of the vehicle. */
  secondaries: v.pipe(v.array(v.strictObject({
    ...ecu,
    publicKey: hex(32), // its reports are signed with it
    linkKey: hex(32),
    factory,
  })), v.maxLength(255)),
  pollSeconds: v.pipe(v.number(), v.minValue(0)), // between cycles; 0: only when told to
});

/** Secondary: config.json, key.pem, director.root.json, image.root.json (full verification only), factory.img. The process adds code.flash, data.flash. */
export const secondaryConfig = v.strictObject({
  format: v.literal(CONFIG_FORMAT),
  kind: v.literal("secondary"),
  vehicle: text,
  ...own,
  profile: text,
  primary: text, // its serial
  linkKey: hex(32),
  linkPort: port,
});

export type PrimaryConfig = v.InferOutput<typeof primaryConfig>;
export type SecondaryConfig = v.InferOutput<typeof secondaryConfig>;
export type Factory = v.InferOutput<typeof factory>;

/** The image of an ECU from its encrypted form. @returns DecryptFailed for an ECU without a key */
export function opened(config: { imageKey?: v.InferOutput<typeof imageKey> }, want: Want, source: Source): Source {
  if (typeof source === "number" || want.encrypted === undefined) return source;
  if (config.imageKey === undefined) return DecryptFailed;
  const { kind, key } = config.imageKey;
  return decrypted({ kind, key: fromHex(key, 32) }, want.encrypted, source instanceof Uint8Array ? [source] : source);
}

/** The record of an ECU that has seen no metadata yet. */
export function recordFromFactory(config: { manufactured: string }): Uint8Array {
  return firstRecord(Date.parse(config.manufactured) / 1000);
}

export const KEY = "key.pem";
export const DIRECTOR_ROOT = "director.root.json";
export const IMAGE_ROOT = "image.root.json";
export const FACTORY_IMAGE = "factory.img";
export const MAP = "map.json";
export const MAP_ROOTS = "map";

/** @throws Error  with the first member that is wrong */
export function readConfig<T extends v.GenericSchema>(folder: string, schema: T): v.InferOutput<T> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Error(`Cannot read ${join(folder, "config.json")}: ${error.message}`);
  }
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new Error(`Cannot use ${join(folder, "config.json")}: ${v.getDotPath(issue) ?? "the file"}: ${issue.message}`);
}
