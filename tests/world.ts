/** Two repositories and a vehicle in memory: change a field, publish, run a cycle. Real keys, real signatures, the product's own writers. */
import { DIRECTOR, IMAGE, OPTION_PRIMARY, ROLE_DELEGATED, ROLE_ROOT, ROLE_TIME, SESSION_CYCLE, SESSION_IMAGE, SESSION_TIME, SOURCE_PROVISIONED, SOURCE_STORED } from "../assembly/abi.ts";
import { Missing, Storage } from "../assembly/status.ts";
import { Core, type Report, type Want } from "../bindings/core.ts";
import { MetadataError } from "../bindings/errors.ts";
import { type Signer, signerFromSeed } from "../bindings/keys.ts";
import * as metadata from "../bindings/metadata.ts";
import { type Source, run } from "../bindings/run.ts";
import { sign } from "../bindings/sign.ts";
import { imageFile, metadataName } from "../bindings/urls.ts";

export const NOW = 1_800_000_000; // 2027-01-15T08:00:00Z
export const LATER = metadata.date(NOW + 86_400);
export const BEFORE = metadata.date(NOW - 1);
export const VEHICLE = "VIN0001";

let seeds = 0;
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
    this.files.set(`${this.root.version}.root.json`, await sign(this.rootPayload(), signers));
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
      const bytes = await sign(
        metadata.targets({
          version: file.role.version,
          expires: file.role.expires,
          targets: file.targets,
          ...(file.delegations === undefined ? {} : { delegations: file.delegations }),
        }),
        file.role.signers,
      );
      this.files.set(`${file.role.version}.${encodeURIComponent(name)}.json`, bytes);
      listed.set(`${name}.json`, { version: file.role.version, bytes });
    }
    const targets = await sign(
      metadata.targets({
        version: this.targetsRole.version,
        expires: this.targetsRole.expires,
        targets: this.targets,
        ...(this.delegations === undefined ? {} : { delegations: this.delegations }),
        ...(this.custom === undefined ? {} : { custom: this.custom }),
      }),
      this.targetsRole.signers,
    );
    this.files.set(`${this.targetsRole.version}.targets.json`, targets);
    listed.set("targets.json", { version: this.targetsRole.version, bytes: targets });
    const snapshot = await sign(metadata.snapshot({ version: this.snapshot.version, expires: this.snapshot.expires, files: listed }), this.snapshot.signers);
    this.files.set(`${this.snapshot.version}.snapshot.json`, snapshot);
    const timestamp = metadata.timestamp({ version: this.timestamp.version, expires: this.timestamp.expires, snapshot: { version: this.snapshot.version, bytes: snapshot } });
    this.files.set("timestamp.json", await sign(timestamp, this.timestamp.signers));
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

/** The vehicle's side: a core, what it was told to keep, and the record it saved. */
export class Vehicle {
  readonly core: Core;
  readonly world: World;
  readonly stored = new Map<string, Uint8Array>();
  record: Uint8Array;
  firstRoots: Uint8Array[];
  asked: Want[] = [];
  /** Sees every file on its way to the core. */
  meddle: (want: Want, bytes: Source) => Source = (_want, bytes) => bytes;

  constructor(world: World, core = Core.load()) {
    this.world = world;
    this.core = core;
    this.record = core.record();
    this.firstRoots = [DIRECTOR, IMAGE].map((which) => world.repository(which).files.get("1.root.json") as Uint8Array);
  }

  introduce(): void {
    this.core.forget();
    for (const ecu of this.world.ecus) this.core.ecu(ecu);
    const first = this.world.ecus[0] as Ecu;
    this.core.identify({ vehicle: VEHICLE, ...first, nonce: "11".repeat(32) });
  }

  fetch(want: Want): Source {
    if (want.source === SOURCE_PROVISIONED) return this.firstRoots[want.repository] ?? Missing;
    if (want.source === SOURCE_STORED) return this.stored.get(place(want, want.version)) ?? Storage;
    if (want.role === ROLE_TIME) return Missing;
    const repository = this.world.repository(want.repository);
    return repository.files.get(metadataName(want)) ?? Missing;
  }

  async drive(): Promise<Report> {
    try {
      return await run(this.core, {
        file: (want) => {
          this.asked.push(want);
          return Promise.resolve(this.meddle(want, this.fetch(want)));
        },
        keep: (want, version, bytes) => {
          this.stored.set(place(want, version), bytes);
          return Promise.resolve();
        },
        save: (record) => {
          this.record = record;
          return Promise.resolve();
        },
        image: (want) => Promise.resolve(this.meddle(want, this.world.image.images.get(imageFile(want)) ?? Missing)),
      });
    } catch (error) {
      if (error instanceof MetadataError) return error.report;
      throw error;
    }
  }

  async cycle(options = OPTION_PRIMARY, now = NOW): Promise<Report> {
    this.introduce();
    this.asked = [];
    this.core.open(SESSION_CYCLE, options, now);
    return await this.drive();
  }

  async fetchImage(index = 0): Promise<Report> {
    this.core.select(index);
    this.core.open(SESSION_IMAGE);
    return await this.drive();
  }

  async time(): Promise<Report> {
    this.introduce();
    this.core.open(SESSION_TIME);
    return await this.drive();
  }
}

/** Where a kept file lies. */
export function place(want: Want, version: number): string {
  return [want.repository, want.role, want.role === ROLE_DELEGATED || want.role === ROLE_ROOT ? `${want.name} ${version}` : ""].join(" ");
}
