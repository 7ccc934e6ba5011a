/** One attack on a vehicle in memory: refused with exactly this status, the trusted record as it was byte for byte, and the next honest cycle passes. */
import * as assert from "uvu/assert";
import { OPTION_PRIMARY } from "../assembly/abi.ts";
import { Ok } from "../assembly/status.ts";
import type { Report } from "../bindings/core.ts";
import { statusName } from "../bindings/errors.ts";
import type { Delegation, Entry } from "../bindings/metadata.ts";
import { type Delegated, LATER, type Repository, type Role, Vehicle, World, bytes, key } from "./world.ts";

export interface Attack {
  (world: World, vehicle: Vehicle): Promise<unknown> | void;
}

export interface Circumstances {
  options?: number;
  about?: string;
  /** What the vehicle has met before. */
  setup?: (world: World) => Promise<unknown> | void;
  /** What an honest repository publishes afterwards, besides the next version of everything. */
  heal?: (world: World) => Promise<unknown> | void;
}

/** Versions the attacker may use up before the honest repository goes on. */
const AHEAD = 10;

export async function withstands(status: number, attack: Attack, { options = OPTION_PRIMARY, about = "", setup, heal }: Circumstances = {}): Promise<Report> {
  const world = await World.make();
  if (setup !== undefined) {
    await setup(world);
    await world.publish();
  }
  const vehicle = new Vehicle(world);
  expect(await vehicle.cycle(options), Ok, `${about}, before`);
  const [director, image] = [remember(world.director), remember(world.image)];
  const honest = vehicle.meddle;
  await attack(world, vehicle);
  const meddle = vehicle.meddle;
  let before = vehicle.core.record();
  // Files before the one at fault may have been taken: what counts is the record it met.
  vehicle.meddle = (want, source) => {
    before = vehicle.core.record();
    return meddle(want, source);
  };
  const report = await vehicle.cycle(options);
  expect(report, status, about);
  if (status !== Ok) {
    assert.equal(vehicle.core.record(), before, `${about}: the trusted record moved`);
    assert.equal(vehicle.record, before, `${about}: another record was saved`);
  }
  vehicle.meddle = honest;
  director();
  image();
  await heal?.(world);
  await world.publishNext();
  expect(await vehicle.cycle(options), Ok, `${about}, the next honest cycle`);
  return report;
}

function expect(report: Report, status: number, about: string): void {
  assert.is(statusName(report.status), statusName(status), about);
}

/** @returns what puts the repository back, but for the versions that were used up and the names Snapshot listed */
function remember(repository: Repository): () => void {
  const roles: [Role, Role][] = [repository.root, repository.timestamp, repository.snapshot, repository.targetsRole].map((role) => [role, { ...role }]);
  const delegated = [...repository.delegated].map(([name, file]) => [name, { ...file, role: { ...file.role }, targets: new Map(structuredClone([...file.targets])) }] as const);
  const { custom, edit } = repository;
  const targets = structuredClone([...repository.targets]);
  const delegations = structuredClone(repository.delegations);
  const files = [...repository.files];
  const images = [...repository.images];
  return () => {
    for (const [role, was] of roles) Object.assign(role, was, role === repository.root ? {} : { version: was.version + AHEAD });
    for (const [name, file] of delegated) repository.delegated.set(name, file);
    for (const { role } of repository.delegated.values()) role.version += AHEAD;
    Object.assign(repository, { custom, edit, targets: new Map<string, Entry>(targets), delegations });
    replace(repository.files, files);
    replace(repository.images, images);
  };
}

function replace<T>(map: Map<string, T>, entries: [string, T][]): void {
  map.clear();
  for (const [name, value] of entries) map.set(name, value);
}

export type Payload = Record<string, unknown>;

/** The next publication of this file says something else, well signed. */
export function edited(repository: Repository, file: string, change: (payload: Payload) => object): void {
  repository.edit = (name, payload) => (name === file ? change(payload as Payload) : payload);
}

/** A next Root, signed by the keys in force and its own, whose payload somebody has changed. */
export async function nextRoot(repository: Repository, change: (payload: Payload) => object): Promise<void> {
  edited(repository, "root.json", change);
  repository.root.version++;
  await repository.publishRoot();
}

/** Changes the text of a file that is served, after it was signed. */
export function respelled(repository: Repository, file: string, change: (text: string) => string): void {
  const before = Buffer.from(repository.files.get(file) ?? []).toString();
  const after = change(before);
  assert.is.not(after, before, `${file} is as it was`);
  repository.files.set(file, Buffer.from(after));
}

/** A role file in the Image repository, and the delegation to it. */
export function role(world: World, name: string, more: Partial<Delegation> = {}, signers = [key()]): Delegated & { delegation: Delegation } {
  const file: Delegated = { role: { signers, threshold: 1, version: 1, expires: LATER }, targets: new Map() };
  world.image.delegated.set(name, file);
  const delegation: Delegation = { name, keys: signers.map((signer) => signer.public), threshold: 1, paths: ["*"], ...more };
  return Object.assign(file, { delegation });
}

/** Only `where` lists the image that the Director orders. */
export function orderedFrom(world: World, where: Delegated, name = "app.bin", text = "delegated"): void {
  world.director.targets.clear();
  world.image.targets.clear();
  world.order(name, bytes(text), world.ecus, where.targets);
}
