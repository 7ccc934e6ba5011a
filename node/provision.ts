/**
 * Makes a fleet of one vehicle: keys, first Roots, and the data folders of every server and ECU, in the formats of deno/config.ts and config.ts.
 * Root keys and the Image repository's Targets keys stay in the folder `offline`: no server ever sees them.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ImageKey, newImageKey } from "../bindings/encrypted.ts";
import { toHex } from "../bindings/hex.ts";
import { type Signer, generateSigner, writeSigner } from "../bindings/keys.ts";
import { type RoleKeys, date, root } from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import type { DirectorConfig, RepositoryConfig, TimeConfig } from "../deno/config.ts";
import { profileOf } from "./emulator/profile.ts";
import { CONFIG_FORMAT, DIRECTOR_ROOT, FACTORY_IMAGE, type Factory, IMAGE_ROOT, KEY, type PrimaryConfig, type SecondaryConfig } from "./config.ts";

const DAY = 86400;
const ROOT_DAYS = 365;

/** An ECU to be made. `profile` undefined: the Primary. */
export interface EcuPlan {
  serial: string;
  hardwareId: string;
  profile?: string;
  imageBytes: number;
  imageKey?: ImageKey["kind"]; // its images may be encrypted
}

export interface Ports {
  director: number;
  repository: number;
  time: number;
  link: number;
}

export interface Image {
  name: string;
  bytes: Uint8Array;
  length: number;
  hashes: { sha256: string; sha512: string };
  releaseCounter: number;
}

/** What the operator and the supplier hold after provisioning. */
export interface Fleet {
  folder: string;
  vin: string;
  ecus: (EcuPlan & { folder: string; key: Signer; factory: Image; encryptWith?: ImageKey | undefined })[]; // the Primary first
  adminToken: string;
  uploadToken: string;
  imageTargets: Signer[]; // offline
  urls: { director: string; repository: string; time: string; vehicle: string };
}

/** @param made  time of manufacture of every ECU, in seconds since 1970-01-01T00:00:00Z */
export async function provision(folder: string, vin: string, plans: readonly EcuPlan[], ports: Ports, made = Math.floor(Date.now() / 1000)): Promise<Fleet> {
  const urls = {
    director: `http://127.0.0.1:${ports.director}`,
    repository: `http://127.0.0.1:${ports.repository}`,
    time: `http://127.0.0.1:${ports.time}`,
    vehicle: `http://127.0.0.1:${ports.director}/vehicles/${vin}`,
  };
  const [adminToken, uploadToken] = [token(), token()];
  const keys = makeKeys();
  const manufactured = date(made);
  const expires = date(Math.floor(Date.now() / 1000) + ROOT_DAYS * DAY);
  const directorRoot = await sign(root({ version: 1, expires, roles: {
    root: of(keys.directorRoot, 2), timestamp: of([keys.directorTimestamp]), snapshot: of([keys.directorSnapshot]), targets: of([keys.directorTargets]),
    time: of([keys.time]),
  } }), keys.directorRoot.slice(0, 2));
  const imageRoot = await sign(root({ version: 1, expires, roles: {
    root: of(keys.imageRoot, 2), timestamp: of([keys.imageTimestamp]), snapshot: of([keys.imageSnapshot]), targets: of(keys.imageTargets, 2),
  } }), keys.imageRoot.slice(0, 2));

  const offline = makeFolder(folder, "offline");
  for (const [i, key] of keys.directorRoot.entries()) write(offline, `director-root-${i + 1}.pem`, writeSigner(key));
  for (const [i, key] of keys.imageRoot.entries()) write(offline, `image-root-${i + 1}.pem`, writeSigner(key));
  for (const [i, key] of keys.imageTargets.entries()) write(offline, `image-targets-${i + 1}.pem`, writeSigner(key));

  const director: DirectorConfig = {
    format: CONFIG_FORMAT, kind: "director", port: ports.director, adminToken,
    keys: { timestamp: ["timestamp.pem"], snapshot: ["snapshot.pem"], targets: ["targets.pem"] },
    lifetime: { timestamp: DAY, snapshot: DAY, targets: DAY },
  };
  server(folder, "director", director, directorRoot, [["timestamp", keys.directorTimestamp], ["snapshot", keys.directorSnapshot], ["targets", keys.directorTargets]]);
  const repository: RepositoryConfig = {
    format: CONFIG_FORMAT, kind: "image-repository", port: ports.repository, uploadToken,
    keys: { timestamp: ["timestamp.pem"], snapshot: ["snapshot.pem"] },
    lifetime: { timestamp: DAY, snapshot: 7 * DAY },
    limits: { image: 64 * 1024 * 1024, quarantineFiles: 64, quarantineBytes: 256 * 1024 * 1024 },
  };
  server(folder, "repository", repository, imageRoot, [["timestamp", keys.imageTimestamp], ["snapshot", keys.imageSnapshot]]);
  const time: TimeConfig = { format: CONFIG_FORMAT, kind: "time-server", port: ports.time, keys: { time: ["time.pem"] }, limits: { nonces: 256 } };
  server(folder, "time", time, undefined, [["time", keys.time]]);

  const ecus = plans.map((plan) => ({
    ...plan,
    folder: makeFolder(folder, plan.serial),
    key: generateSigner(),
    linkKey: randomBytes(32).toString("hex"),
    factory: makeImage(plan, 1),
    ...imageKeys(plan),
  }));
  const [primary, ...secondaries] = ecus;
  if (primary === undefined) throw new Error("Cannot make a vehicle without a Primary");
  for (const ecu of ecus) {
    write(ecu.folder, KEY, writeSigner(ecu.key));
    write(ecu.folder, DIRECTOR_ROOT, directorRoot);
    if (ecu.profile === undefined || profileOf(ecu.profile).verification === "full") write(ecu.folder, IMAGE_ROOT, imageRoot);
    write(ecu.folder, FACTORY_IMAGE, ecu.factory.bytes);
  }
  for (const { serial, hardwareId, profile = "", factory, linkKey, decryptWith, folder: own } of secondaries) {
    const config: SecondaryConfig = {
      format: CONFIG_FORMAT, kind: "secondary", vehicle: vin, serial, hardwareId, profile, factory: described(factory), manufactured, ...secret(decryptWith), primary: primary.serial, linkKey,
      linkPort: ports.link,
    };
    write(own, "config.json", json(config));
  }
  const config: PrimaryConfig = {
    format: CONFIG_FORMAT, kind: "primary", vehicle: vin, serial: primary.serial, hardwareId: primary.hardwareId, factory: described(primary.factory), manufactured, ...secret(primary.decryptWith),
    linkPort: ports.link, director: urls.vehicle, repository: urls.repository, timeServer: urls.time, pollSeconds: 0,
    secondaries: secondaries.map(({ serial, hardwareId, key, linkKey, factory }) => ({
      serial, hardwareId, publicKey: key.public.keyval.public, linkKey, factory: described(factory),
    })),
  };
  write(primary.folder, "config.json", json(config));
  return { folder, vin, ecus, adminToken, uploadToken, imageTargets: keys.imageTargets, urls };
}

/** An image of random bytes, as a supplier would hand one over. */
export function makeImage(plan: EcuPlan, releaseCounter: number): Image {
  const bytes = new Uint8Array(randomBytes(plan.imageBytes));
  return {
    name: `${plan.serial}-${releaseCounter}.img`,
    bytes,
    length: bytes.length,
    hashes: { sha256: createHash("sha256").update(bytes).digest("hex"), sha512: createHash("sha512").update(bytes).digest("hex") },
    releaseCounter,
  };
}

function makeKeys() {
  return {
    directorRoot: [generateSigner(), generateSigner(), generateSigner()],
    directorTimestamp: generateSigner(),
    directorSnapshot: generateSigner(),
    directorTargets: generateSigner(),
    time: generateSigner(),
    imageRoot: [generateSigner(), generateSigner(), generateSigner()],
    imageTimestamp: generateSigner(),
    imageSnapshot: generateSigner(),
    imageTargets: [generateSigner(), generateSigner()],
  };
}

function server(folder: string, name: string, config: object, firstRoot: Uint8Array | undefined, keys: [string, Signer][]): void {
  const own = makeFolder(folder, name);
  write(own, "config.json", json(config));
  const keyFolder = makeFolder(own, "keys");
  for (const [role, key] of keys) write(keyFolder, `${role}.pem`, writeSigner(key));
  const roots = makeFolder(own, "roots");
  if (firstRoot !== undefined) write(roots, "1.root.json", firstRoot);
}

function imageKeys({ imageKey }: EcuPlan): { decryptWith?: ImageKey; encryptWith?: ImageKey } {
  if (imageKey === undefined) return {};
  const { own, others } = newImageKey(imageKey);
  return { decryptWith: own, encryptWith: others };
}

function secret(key: ImageKey | undefined): { imageKey?: { kind: ImageKey["kind"]; key: string } } {
  return key === undefined ? {} : { imageKey: { kind: key.kind, key: toHex(key.key) } };
}

function described({ name, length, hashes, releaseCounter }: Image): Factory {
  return { name, length, ...hashes, releaseCounter };
}

function of(signers: Signer[], threshold = 1): RoleKeys {
  return { keys: signers.map((signer) => signer.public), threshold };
}

function token(): string {
  return randomBytes(32).toString("base64url");
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function makeFolder(folder: string, name: string): string {
  const made = join(folder, name);
  mkdirSync(made, { recursive: true, mode: 0o700 });
  return made;
}

function write(folder: string, name: string, content: string | Uint8Array): void {
  writeFileSync(join(folder, name), content, { mode: 0o600 });
}
