/** Two repositories in memory: change a field, publish. Real keys, real signatures, the product's own writers. Vectors and tests are made of it. */
import { IMAGE } from "../../assembly/abi.ts";
import { type Signer, signerFromSeed } from "../../bindings/keys.ts";
import * as metadata from "../../bindings/metadata.ts";
import { sign } from "../../bindings/sign.ts";
import { imageFile } from "../../bindings/urls.ts";

export const NOW = 1_800_000_000; // 2027-01-15T08:00:00Z
export const LATER = metadata.date(NOW + 86_400);
export const BEFORE = metadata.date(NOW - 1);
export const VEHICLE = "VIN0001";

let seeds = 0;
/** Starts the row of keys anew, so that what is made next does not depend on what was made before. */
export function restartKeys(): void {
  seeds = 0;
}

/** The same keys in every run. */
export function key(): Signer {
  const seed = new Uint8Array(32);
  new DataView(seed.buffer).setUint32(0, ++seeds);
  return signerFromSeed(seed);
}

export interface Role {
  signers: Signer[];
  threshold: number;
  version: number;
  expires: string;
}

function role(signers = 1, threshold = 1): Role {
  return { signers: Array.from({ length: signers }, key), threshold, version: 1, expires: LATER };
}

export interface Delegated {
  role: Role;
  targets: Map<string, metadata.Entry>;
  delegations?: metadata.Delegation[];
}

/** One repository. `publish` signs whatever the fields say; `files` is what it serves. */
export class Repository {
  readonly root: Role = role(2, 2);
  readonly timestamp: Role = role();
  readonly snapshot: Role = role();
  readonly targetsRole: Role = role();
  readonly time: Role = role();
  targets = new Map<string, metadata.Entry>();
  delegations: metadata.Delegation[] | undefined;
  readonly delegated = new Map<string, Delegated>();
  custom: { vehicleId?: string } | undefined;
  readonly files = new Map<string, Uint8Array>();
  readonly images = new Map<string, Uint8Array>();
  /** Sees every payload before it is signed; `file` as in Snapshot, "root.json" and so on. */
  edit: (file: string, signed: object) => object = (_file, signed) => signed;
  readonly #withTime: boolean;

  constructor(withTime: boolean) {
    this.#withTime = withTime;
  }

  rootPayload(): object {
    const keys = (role: Role) => ({ keys: role.signers.map((signer) => signer.public), threshold: role.threshold });
    const roles = { root: keys(this.root), timestamp: keys(this.timestamp), snapshot: keys(this.snapshot), targets: keys(this.targetsRole) };
    return metadata.root({
      version: this.root.version,
      expires: this.root.expires,
      roles: this.#withTime ? { ...roles, time: keys(this.time) } : roles,
    });
  }

  /** Signs the Root with its own keys and with `others`, the ones it replaces. */
  async publishRoot(others: Signer[] = []): Promise<void> {
    const signers = [...new Map([...this.root.signers, ...others].map((signer) => [signer.keyid, signer])).values()];
    this.files.set(`${this.root.version}.root.json`, await sign(this.edit("root.json", this.rootPayload()), signers));
  }

  /** New keys for a role, in a new Root. */
  async rotate(name: "root" | "timestamp" | "snapshot" | "targetsRole" | "time"): Promise<void> {
    const before = this.root.signers;
    this[name].signers = this[name].signers.map(key);
    this.root.version++;
    await this.publishRoot(before);
  }

  async publish(): Promise<void> {
    const listed = new Map<string, metadata.Listed>();
    for (const [name, file] of this.delegated) {
      const payload = metadata.targets({
        version: file.role.version,
        expires: file.role.expires,
        targets: file.targets,
        ...(file.delegations === undefined ? {} : { delegations: file.delegations }),
      });
      const bytes = await sign(this.edit(`${name}.json`, payload), file.role.signers);
      this.files.set(`${file.role.version}.${encodeURIComponent(name)}.json`, bytes);
      listed.set(`${name}.json`, { version: file.role.version, bytes });
    }
    const payload = metadata.targets({
      version: this.targetsRole.version,
      expires: this.targetsRole.expires,
      targets: this.targets,
      ...(this.delegations === undefined ? {} : { delegations: this.delegations }),
      ...(this.custom === undefined ? {} : { custom: this.custom }),
    });
    const targets = await sign(this.edit("targets.json", payload), this.targetsRole.signers);
    this.files.set(`${this.targetsRole.version}.targets.json`, targets);
    listed.set("targets.json", { version: this.targetsRole.version, bytes: targets });
    const list = metadata.snapshot({ version: this.snapshot.version, expires: this.snapshot.expires, files: listed });
    const snapshot = await sign(this.edit("snapshot.json", list), this.snapshot.signers);
    this.files.set(`${this.snapshot.version}.snapshot.json`, snapshot);
    const timestamp = metadata.timestamp({ version: this.timestamp.version, expires: this.timestamp.expires, snapshot: { version: this.snapshot.version, bytes: snapshot } });
    this.files.set("timestamp.json", await sign(this.edit("timestamp.json", timestamp), this.timestamp.signers));
  }

  /** Every role but Root one version up. */
  async publishNext(): Promise<void> {
    for (const role of [this.timestamp, this.snapshot, this.targetsRole]) role.version++;
    for (const file of this.delegated.values()) file.role.version++;
    await this.publish();
  }
}

export interface Ecu {
  serial: string;
  hardwareId: string;
  counter: number;
}

export class World {
  readonly director = new Repository(true);
  readonly image = new Repository(false);
  readonly ecus: Ecu[] = [{ serial: "tcu-1", hardwareId: "tcu-a", counter: -1 }];

  static async make(): Promise<World> {
    const world = new World();
    world.director.custom = { vehicleId: VEHICLE };
    await world.director.publishRoot();
    await world.image.publishRoot();
    world.order("app.bin", new TextEncoder().encode("the first image"), world.ecus);
    await world.publish();
    return world;
  }

  async publish(): Promise<void> {
    await this.director.publish();
    await this.image.publish();
  }

  async publishNext(): Promise<void> {
    await this.director.publishNext();
    await this.image.publishNext();
  }

  /** Both repositories list the image; `where` is the map of the Image repository that does. */
  order(name: string, bytes: Uint8Array, ecus: Ecu[], where = this.image.targets, releaseCounter = 1): void {
    const hashes = metadata.hashes(bytes);
    const hardwareIds = [...new Set(ecus.map((ecu) => ecu.hardwareId))];
    where.set(name, { length: bytes.length, hashes, custom: { hardwareIds, releaseCounter } });
    const ecuIdentifiers = new Map(ecus.map((ecu) => [ecu.serial, { hardwareId: ecu.hardwareId }]));
    this.director.targets.set(name, { length: bytes.length, hashes, custom: { ecuIdentifiers, releaseCounter } });
    this.image.images.set(imageFile({ name, ...hashes }), bytes);
  }

  repository(which: number): Repository {
    return which === IMAGE ? this.image : this.director;
  }
}
