/**
 * Whole verifications: a first full cycle of both repositories, and a first partial one with its image; each beside tuf-js on TUF's roles with as many
 * signatures, and beside bare signature checks of that number. All in memory, with the package `benchmark`.
 */
import { generateKeyPairSync, verify as nativeVerify, sign } from "node:crypto";
import { createRequire } from "node:module";
import Benchmark from "benchmark";
import { OPTION_PRIMARY, ROLE_ROOT, ROLE_TARGETS, ROLE_TIME, SESSION_CYCLE, SESSION_PARTIAL, SOURCE_PROVISIONED, WANT_IMAGE, WANT_NOTHING } from "../assembly/abi.ts";
import { RECORD_SIZE } from "../assembly/layout.ts";
import { Missing, Ok } from "../assembly/status.ts";
import { Core, type Report } from "../bindings/core.ts";
import { verify } from "../bindings/crypto.ts";
import { date } from "../bindings/metadata.ts";
import { metadataName } from "../bindings/urls.ts";
import { type Ecu, NOW, VEHICLE, World } from "../scripts/vectors/world.ts";
import type { Figures } from "./crypto.ts";
import type { Timed } from "./slices.ts";

const FAR = date(4_000_000_000);
const IMAGE = new TextEncoder().encode("the first image"); // what the world's Director lists for its ECU
const NONCE = "11".repeat(32);

export async function measureWhole(): Promise<Figures> {
  const world = await World.make();
  for (const repository of [world.director, world.image]) {
    for (const role of [repository.root, repository.timestamp, repository.snapshot, repository.targetsRole]) role.expires = FAR;
    await repository.publishRoot();
  }
  await world.publish();
  const tuf = tufJs(world);
  return [
    { name: "First full cycle of both repositories, in memory", timed: inTurn(beside(new Vehicle(world, SESSION_CYCLE), "all four roles twice", tuf.allTwice)) },
    { name: "First partial verification and its image, in memory", timed: inTurn(beside(new Vehicle(world, SESSION_PARTIAL), "Root and Timestamp", tuf.rootAndTimestamp)) },
  ];
}

type Candidate = [name: string, run: () => void];

interface Tuf {
  signatures: number;
  run: () => void;
}

function beside(vehicle: Vehicle, roles: string, tuf: Tuf): Candidate[] {
  const count = vehicle.signatures();
  if (tuf.signatures !== count) throw new Error(`Cannot compare ${count} signatures with ${tuf.signatures}`);
  const checks = signatureChecks(count);
  return [
    [`uptane-wasm, ${count} signatures`, () => vehicle.run()],
    [`uptane-wasm: the ${count} signatures alone`, checks.ours],
    [`node:crypto: the ${count} signatures alone`, checks.native],
    [`tuf-js: ${roles}, ${count} signatures`, tuf.run],
  ];
}

function inTurn(timed: readonly Candidate[]): Timed[] {
  const best = timed.map(() => Infinity);
  for (let round = 0; round < 20; round++) { // in turn, so that a slow minute meets all of them
    for (const [index, [name, run]] of timed.entries()) {
      const bench = new Benchmark(name, run, { minTime: 0.008, maxTime: 0.03, minSamples: 2 });
      bench.run();
      best[index] = Math.min(best[index] ?? Infinity, ...bench.stats.sample.map((seconds: number) => seconds * 1e6));
    }
  }
  const first = best[0] ?? Infinity;
  return timed.map(([name], index) => ({ name, microseconds: best[index] ?? Infinity, ratio: first / (best[index] ?? Infinity) }));
}

/** A vehicle that starts from its provisioned Roots every time. */
class Vehicle {
  readonly #core: Core;
  readonly #world: World;
  readonly #session: number;
  readonly #roots: Uint8Array[];

  constructor(world: World, session: number) {
    this.#core = Core.load({ partial: session === SESSION_PARTIAL });
    this.#world = world;
    this.#session = session;
    this.#roots = [world.director, world.image].map((repository) => repository.files.get("1.root.json") as Uint8Array);
  }

  /** How many a run checks: all of its metadata files. One that is read twice is checked once. */
  signatures(): number {
    const read = new Set<Uint8Array>();
    this.run(read);
    return [...read].reduce((sum, bytes) => sum + signaturesIn(bytes), 0);
  }

  /** @param read  gets the metadata files, where given */
  run(read?: Set<Uint8Array>): void {
    const core = this.#core;
    const first = this.#world.ecus[0] as Ecu;
    core.setRecord(new Uint8Array(RECORD_SIZE));
    if (this.#session === SESSION_CYCLE) {
      core.forget();
      core.ecu(first);
    }
    core.identify({ vehicle: VEHICLE, serial: first.serial, hardwareId: first.hardwareId, counter: -1, nonce: NONCE });
    let report = core.open(this.#session, this.#session === SESSION_CYCLE ? OPTION_PRIMARY : 0, NOW);
    while (report.status === Ok && report.want !== WANT_NOTHING) report = this.#step(report, read);
    if (report.status !== Ok) throw new Error(`Cannot time a cycle that ends with status ${report.status}`);
  }

  #step({ want, file }: Report, read: Set<Uint8Array> | undefined): Report {
    const core = this.#core;
    const bytes = want === WANT_IMAGE ? IMAGE : this.#file(file);
    if (bytes === undefined) return core.missing(Missing);
    if (want !== WANT_IMAGE) read?.add(bytes);
    const report = core.feed(bytes);
    return report.status === Ok ? core.end() : report;
  }

  #file(file: Report["file"]): Uint8Array | undefined {
    if (file.source === SOURCE_PROVISIONED && file.role === ROLE_ROOT) return this.#roots[file.repository];
    if (file.role === ROLE_TIME) return undefined;
    const repository = this.#world.repository(file.repository);
    if (this.#session === SESSION_PARTIAL && file.role === ROLE_TARGETS) return repository.files.get(`${repository.targetsRole.version}.targets.json`);
    return repository.files.get(metadataName(file));
  }
}

const signaturesIn = (bytes: Uint8Array): number => (JSON.parse(Buffer.from(bytes).toString()) as { signatures: unknown[] }).signatures.length;

/** tuf-js on the Image repository, whose files are TUF's: its store does the checks without network or disk. */
function tufJs(world: World): { allTwice: Tuf; rootAndTimestamp: Tuf } {
  interface Store {
    updateTimestamp(bytes: Buffer): void;
    updateSnapshot(bytes: Buffer): void;
    updateDelegatedTargets(bytes: Buffer, role: string, delegator: string): void;
  }
  const { TrustedMetadataStore } = createRequire(import.meta.url)("tuf-js/dist/store.js") as { TrustedMetadataStore: new (root: Buffer) => Store };
  const of = (name: string): Buffer => Buffer.from(world.image.files.get(name) as Uint8Array);
  const [root, timestamp, snapshot, targets] = ["1.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"].map(of) as [Buffer, Buffer, Buffer, Buffer];
  const all = (): void => {
    const store = new TrustedMetadataStore(root);
    store.updateTimestamp(timestamp);
    store.updateSnapshot(snapshot);
    store.updateDelegatedTargets(targets, "targets", "root");
  };
  const count = (files: Buffer[]): number => files.reduce((sum, bytes) => sum + signaturesIn(bytes), 0);
  return {
    allTwice: { signatures: 2 * count([root, timestamp, snapshot, targets]), run: () => { all(); all(); } },
    rootAndTimestamp: { signatures: count([root, timestamp]), run: () => new TrustedMetadataStore(root).updateTimestamp(timestamp) },
  };
}

function signatureChecks(count: number): { ours: () => void; native: () => void } {
  const message = new Uint8Array(300);
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const key = new Uint8Array(publicKey.export({ format: "der", type: "spki" })).slice(12);
  const signature = new Uint8Array(sign(null, message, privateKey));
  return {
    ours: () => { for (let i = 0; i < count; i++) if (!verify(signature, message, key)) throw new Error("Cannot time a wrong verdict"); },
    native: () => { for (let i = 0; i < count; i++) if (!nativeVerify(null, message, publicKey, signature)) throw new Error("Cannot time a wrong verdict"); },
  };
}
