/** What a Primary remembers: record and metadata, what each ECU reported and runs, and the images it holds. All of it in two folders of files. */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { RECORD_SIZE } from "../../assembly/layout.ts";
import type { MetadataStore } from "../../bindings/walk.ts";
import { type PrimaryConfig, recordFromFactory } from "../config.ts";
import { type Kept, type Values, openKept } from "../kept.ts";
import { type Store, isMissing, openStore } from "../store.ts";
import { type Backups, createBackups } from "./backups.ts";

const RECORD = "record";
const ECUS = "ecus.json";
const VALUE_MAX = 17 * 1024 * 1024; // bytes: the greatest metadata file a session asks for, and some room

const running = v.strictObject({
  name: v.string(),
  length: v.number(),
  sha256: v.string(),
  sha512: v.optional(v.string()),
  releaseCounter: v.number(), // -1: none seen
});

/** What is known of one ECU of the vehicle. */
const known = v.strictObject({
  serial: v.string(),
  reportCounter: v.number(), // of its newest good report, -1: none
  running,
});

export type Running = v.InferOutput<typeof running>;
export type Known = v.InferOutput<typeof known>;

export interface PrimaryState {
  readonly kept: Kept;
  readonly reportState: Values;
  readonly images: Images;
  /** Record and metadata of one repository of the map. */
  repository(name: string): MetadataStore;
  readonly backups: Backups;
  record(): Uint8Array;
  saveRecord(bytes: Uint8Array): void;
  /** By serial, the Primary first, then in the order of the configuration. */
  ecus(): ReadonlyMap<string, Known>;
  learn(ecu: Known): void;
  /** The newest good report of an ECU, as it signed it. */
  report(serial: string): Uint8Array | undefined;
  saveReport(serial: string, bytes: Uint8Array): void;
}

export function openState(folder: string, config: PrimaryConfig): PrimaryState {
  const store = openStore(join(folder, "store"));
  const all = [{ serial: config.serial, factory: config.factory }, ...config.secondaries];
  const ecus = new Map<string, Known>(all.map(({ serial, factory }) => [serial, { serial, reportCounter: -1, running: factory }]));
  const saved = store.read(ECUS, VALUE_MAX);
  if (saved !== undefined) {
    for (const ecu of v.parse(v.array(known), JSON.parse(Buffer.from(saved).toString("utf8")))) if (ecus.has(ecu.serial)) ecus.set(ecu.serial, ecu);
  }
  return {
    kept: openKept(storeValues(store, "meta.")),
    reportState: storeValues(store, "own."),
    images: openImages(join(folder, "images")),
    repository: (repository) => {
      const place = (name: string): string => `map.${createHash("sha256").update(`${repository}\0${name}`).digest("hex")}`;
      return {
        read: (name) => Promise.resolve(store.read(place(name), VALUE_MAX)),
        write: (name, bytes) => Promise.resolve(store.write(place(name), bytes)),
      };
    },
    backups: createBackups(openImages(join(folder, "backups"))),
    record: () => store.read(RECORD, RECORD_SIZE) ?? recordFromFactory(config),
    saveRecord: (bytes) => store.write(RECORD, bytes),
    ecus: () => ecus,
    learn: (ecu) => {
      ecus.set(ecu.serial, ecu);
      store.write(ECUS, Buffer.from(JSON.stringify([...ecus.values()]), "utf8"));
    },
    report: (serial) => store.read(reportName(serial), VALUE_MAX),
    saveReport: (serial, bytes) => store.write(reportName(serial), bytes),
  };
}

function reportName(serial: string): string {
  return `report.${createHash("sha256").update(serial).digest("hex").slice(0, 32)}`;
}

/** Those files of a store that start with `prefix`. */
export function storeValues(store: Store, prefix: string): Values {
  return {
    list: () => store.list().filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)),
    get: (name) => store.read(prefix + name, VALUE_MAX),
    put: (name, bytes) => store.write(prefix + name, bytes),
    remove: (name) => store.remove(prefix + name),
  };
}

/** Image files by their SHA-256, or another name; one is there in full or not at all. */
export interface Images {
  has(sha256: string): boolean;
  /** A new one: visible from `commit` on. */
  stage(sha256: string): ReturnType<Store["stage"]>;
  stream(sha256: string): AsyncIterable<Uint8Array>;
  piece(sha256: string, offset: number, size: number): Uint8Array | undefined;
  /** Removes all others. */
  keepOnly(digests: ReadonlySet<string>): void;
}

const PIECE = 65536;

export function openImages(folder: string): Images {
  const store = openStore(folder);

  function piece(sha256: string, offset: number, size: number): Uint8Array | undefined {
    if (!store.list().includes(sha256)) return undefined;
    let file: number;
    try {
      file = openSync(join(folder, sha256), "r");
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    try {
      const bytes = new Uint8Array(size);
      return bytes.subarray(0, readSync(file, bytes, 0, size, offset));
    } finally {
      closeSync(file);
    }
  }

  return {
    has: (sha256) => store.list().includes(sha256),
    stage: (sha256) => store.stage(sha256),
    piece,
    stream: async function* (sha256) {
      for (let offset = 0; ; offset += PIECE) {
        const bytes = piece(sha256, offset, PIECE);
        if (bytes === undefined || bytes.length === 0) return;
        yield bytes;
      }
    },
    keepOnly: (digests) => {
      for (const name of store.list()) if (!digests.has(name)) store.remove(name);
    },
  };
}
