/** The stage of the random stories: two repositories, three ECUs, four delegated roles, and what is to be mended after the next cycle. */
import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { type Signer, signerFromSeed, writeSigner } from "../../bindings/keys.ts";
import * as metadata from "../../bindings/metadata.ts";
import { type Delegated, NOW, type Repository, type Role, World, key } from "../../scripts/vectors/world.ts";

/** Three numbers choose among the ways in which an operation can go. */
export interface Dice {
  a: number;
  b: number;
  c: number;
}

export interface Scene {
  world: World;
  now: number;
  primary: boolean;
  faults: Map<string, number>; // "REPOSITORY FILE" to the status the transfer ends with
  older: Map<string, Uint8Array>[]; // per repository: what was served before under a role's name
  mend: (() => void | Promise<void>)[];
  stale: boolean; // what is served was broken on purpose
  attested: (Uint8Array | number)[]; // what the time source says before the next cycle, one after the other
  freshTime: boolean;
  image: (bytes: Uint8Array) => Uint8Array | number; // what becomes of images on the way
  loss: { where: number; how: number } | undefined; // which stored file is gone, or another, in a cycle that is tried before the next
  install: boolean; // what the next cycle orders for the first ECU runs afterwards
}

export const DAY = 86_400;
export const NAMES = ["app.bin", "fw/x.bin", "fw/deep/y.bin", "b.bin"];
export const PATHS = ["*", "fw/*", "fw/*/*", "*.bin", "?.bin", "app.bin", "other/*", "fw/?.bin", "*p.*", "**"];
export const ROLE_NAMES = ["a", "b", "c", "d"];
export const MORE = ["timestamp", "snapshot", "targetsRole"] as const;
export const FILE = { timestamp: "timestamp.json", snapshot: "snapshot.json", targetsRole: "targets.json" };
export const STRANGER = signerFromSeed(new Uint8Array(32).fill(7));

export type Payload = Record<string, unknown> & { version: number };
export const pick = <T>(from: readonly T[], at: number): T => from[at % from.length] as T;
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export async function scene(): Promise<Scene> {
  const world = await World.make();
  world.ecus.push({ serial: "ecu-2", hardwareId: "tcu-a", counter: -1 }, { serial: "ecu-3", hardwareId: "hw-b", counter: -1 });
  for (const name of ROLE_NAMES) world.image.delegated.set(name, { role: { signers: [key()], threshold: 1, version: 1, expires: "" }, targets: new Map() });
  const far = metadata.date(NOW + 10_000 * DAY);
  world.director.root.expires = world.image.root.expires = far;
  for (const repository of [world.director, world.image]) {
    quicken(repository);
    await repository.publishRoot();
  }
  const made: Scene = { world, now: NOW, primary: true, faults: new Map(), older: [new Map(), new Map()], mend: [], stale: false, attested: [], freshTime: false, image: (whole) => whole, loss: undefined, install: false };
  world.image.delegations = ROLE_NAMES.map((name) => ({ name, ...signing(made, name), paths: ["*", "fw/*", "fw/*/*"] }));
  dates(made);
  await world.publish();
  return made;
}

export function repositoryOf({ world }: Scene, which: number): Repository {
  return world.repository(which % 2);
}

export function rolesOf(repository: Repository): Role[] {
  return [repository.timestamp, repository.snapshot, repository.targetsRole, ...[...repository.delegated.values()].map((file) => file.role)];
}

export function dates(at: Scene): void {
  for (const repository of [at.world.director, at.world.image]) for (const role of rolesOf(repository)) role.expires = metadata.date(at.now + DAY);
}

/** Remembers what is served now, and publishes the next of one repository, or of both. */
export async function next(at: Scene, which?: number): Promise<void> {
  for (const [i, repository] of [at.world.director, at.world.image].entries()) {
    if (which !== undefined && which % 2 !== i) continue;
    for (const [file, name] of served(repository)) at.older[i]?.set(file, repository.files.get(name) as Uint8Array);
    quicken(repository);
    await repository.publishNext();
  }
}

/** Role to the name its file in force is served under. */
export function served(repository: Repository): Map<string, string> {
  const { snapshot, targetsRole, delegated } = repository;
  const names = [...delegated].map(([name, file]): [string, string] => [name, `${file.role.version}.${name}.json`]);
  return new Map([["timestamp", "timestamp.json"], ["snapshot", `${snapshot.version}.snapshot.json`], ["targetsRole", `${targetsRole.version}.targets.json`], ...names]);
}

/** For one publication, `change` sees the payload of `file`. */
export function edited(at: Scene, repository: Repository, file: string, change: (payload: Payload) => object | void): void {
  const before = repository.edit;
  repository.edit = (name, signed) => {
    const payload = before(name, signed) as Payload;
    if (name !== file) return payload;
    const copy = { ...payload };
    return change(copy) ?? copy;
  };
  at.mend.push(() => void (repository.edit = before));
}

export function until<T extends object, K extends keyof T>(at: Scene, of: T, member: K, value: T[K]): void {
  const before = of[member];
  of[member] = value;
  at.mend.push(() => void (of[member] = before));
}

const quick = new Map<string, KeyObject>();

/** The same signatures by the platform's Ed25519: a story is signed in a tenth of the time. */
export function quicken(repository: Repository): void {
  for (const role of [repository.root, repository.time, ...rolesOf(repository)]) {
    for (const signer of role.signers) {
      if (Object.hasOwn(signer, "quick")) continue;
      let secret = quick.get(signer.keyid);
      if (secret === undefined) quick.set(signer.keyid, (secret = createPrivateKey(writeSigner(signer))));
      Object.assign(signer, { quick: true, sign: (message: Uint8Array) => Promise.resolve(new Uint8Array(sign(null, message, secret as KeyObject))) });
    }
  }
}

export function entriesOf({ world }: Scene, name: string): Map<string, metadata.Entry>[] {
  return [world.image.targets, ...[...world.image.delegated.values()].map((file) => file.targets)].filter((map) => map.has(name));
}

/** Digests and lengths leave the files that point to others. */
export function loosen(at: Scene, repository: Repository): void {
  edited(at, repository, "timestamp.json", (payload) => ({ ...payload, meta: bare(payload["meta"]) }));
  edited(at, repository, "snapshot.json", (payload) => ({ ...payload, meta: bare(payload["meta"]) }));
}

export function bare(meta: unknown): object {
  const all = meta instanceof Map ? [...(meta as Map<string, { version: number }>)] : Object.entries(meta as Record<string, { version: number }>);
  return new Map(all.map(([name, { version }]) => [name, { version }]));
}

export async function newRoot(at: Scene, which: number, change: (repository: Repository) => void, mendedBy?: (repository: Repository) => void): Promise<void> {
  const repository = repositoryOf(at, which);
  const old = repository.root.signers;
  change(repository);
  repository.root.version++;
  await repository.publishRoot(old);
  if (mendedBy === undefined) return;
  at.mend.push(async () => {
    mendedBy(repository);
    repository.root.version++;
    await repository.publishRoot();
  });
}

/** What a delegation says of who signs a role. */
export function signing({ world }: Scene, name: string): { keys: Signer["public"][]; threshold: number } {
  return { keys: (world.image.delegated.get(name) as Delegated).role.signers.map((signer) => signer.public), threshold: 1 };
}
