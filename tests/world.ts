/** A vehicle in memory that runs cycles against the repositories of scripts/vectors/world.ts. */
import * as assert from "uvu/assert";
import { DIRECTOR, IMAGE, OPTION_PRIMARY, ROLE_DELEGATED, ROLE_ROOT, ROLE_TIME, SESSION_CYCLE, SESSION_IMAGE, SESSION_TIME, SOURCE_PROVISIONED, SOURCE_STORED } from "../assembly/abi.ts";
import {
  BadDate, BadOrder, DirectorDelegates, Duplicate, DuplicateKey, DuplicateSignature, Fraction, HashMismatch, KeyId, Malformed, Missing, NoFreshTime, Nonce, NotFound, PayloadHash, Record,
  RepeatedEcu, Storage, Syntax, Truncated, Unavailable, UnknownEcu, UnsupportedHash, Unsorted, Utf8, WrongHardware, WrongPrimary, WrongVehicle, ZeroThreshold,
} from "../assembly/status.ts";
import { Core, type Report, type Want } from "../bindings/core.ts";
import { MetadataError, statusName } from "../bindings/errors.ts";
import { type Source, run } from "../bindings/run.ts";
import { imageFile, metadataName } from "../bindings/urls.ts";
import { inPieces } from "../scripts/judge/cut.ts";
import { heardBy } from "../scripts/judge/trace.ts";
import { type Ecu, NOW, VEHICLE, type World } from "../scripts/vectors/world.ts";

export { BEFORE, type Delegated, type Ecu, LATER, NOW, Repository, type Role, VEHICLE, World, key } from "../scripts/vectors/world.ts";

/** The vehicle's side: a core, what it was told to keep, and the record it saved. */
export class Vehicle {
  readonly core: Core;
  readonly world: World;
  readonly stored = new Map<string, Uint8Array>();
  record: Uint8Array;
  firstRoots: Uint8Array[];
  asked: Want[] = [];
  nonce = "11".repeat(32);
  pieces: number[] = []; // bytes fed at a time: scripts/judge/cut.ts
  heard: (line: string) => void = () => undefined; // all that the core says: scripts/judge/trace.ts
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
    this.core.identify({ vehicle: VEHICLE, ...first, nonce: this.nonce });
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
      return await run(heardBy(inPieces(this.core, this.pieces), (line) => this.heard(line)), {
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

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Verdicts that state nothing but themselves. */
const BARE = new Set<number>([
  BadOrder, Syntax, Utf8, Unsorted, Duplicate, Fraction, Truncated, BadDate, KeyId, DuplicateKey, DuplicateSignature, ZeroThreshold, NotFound, WrongVehicle, RepeatedEcu, UnknownEcu,
  DirectorDelegates, WrongHardware, UnsupportedHash, WrongPrimary, PayloadHash, HashMismatch, Nonce, Record, NoFreshTime, Missing, Unavailable,
]);

/** The report has this status, and no operands where it has none. */
export function is(report: Report, status: number, about = ""): void {
  assert.is(statusName(report.status), statusName(status), about);
  if (BARE.has(status)) assert.equal([report.found, report.expected], [0n, 0n], `operands: ${about}`);
  if (status === Malformed) assert.is(report.expected, 0n, about);
}

/** The cycle is refused with this status, and the record is what it was. */
export async function refuses(vehicle: Vehicle, status: number): Promise<Report> {
  const before = vehicle.core.record();
  const report = await vehicle.cycle();
  is(report, status);
  assert.equal(vehicle.core.record(), before, "the trusted record moved");
  return report;
}
