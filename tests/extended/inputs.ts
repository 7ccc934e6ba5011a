/** Mutated inputs by the million, for each kind of file: none traps, none is taken, none moves the trusted record. */
import { OPTION_IMAGE_ONLY, ROLE_ROOT, ROLE_SNAPSHOT, ROLE_TARGETS, ROLE_TIME, ROLE_TIMESTAMP, SESSION_CYCLE, SESSION_ECU_REPORT, SESSION_JSON, SESSION_MANIFEST, SESSION_PARTIAL, SESSION_TIME, WANT_NOTHING } from "../../assembly/abi.ts";
import { Missing, Ok } from "../../assembly/status.ts";
import { Core } from "../../bindings/core.ts";
import { keyBytes } from "../../bindings/keys.ts";
import { ecuReport, vehicleManifest } from "../../bindings/manifest.ts";
import * as metadata from "../../bindings/metadata.ts";
import { sign } from "../../bindings/sign.ts";
import { mutated, random } from "../changes.ts";
import { LATER, NOW, VEHICLE, World, key } from "../world.ts";

const NONCE = "11".repeat(32);

interface Way {
  share: number; // of 100
  bytes: Uint8Array;
  run: (bytes: Uint8Array) => boolean; // whether it was taken
}

const EVERY = 500_000; // inputs

/** @returns how many were tried */
export async function inputs(count: number, seed: number, say: (line: string) => void): Promise<number> {
  const next = random(seed || 1);
  const all = await ways();
  const started = performance.now();
  let tried = 0;
  while (tried < count) {
    let at = next(100);
    const way = all.find(({ share }) => (at -= share) < 0) as Way;
    let bad = mutated(way.bytes, next);
    if (bad === undefined) continue;
    if (next(8) === 0) bad = bad.subarray(0, next(bad.length));
    tried++;
    if (tried % EVERY === 0) say(`  ${tried} of ${count}, ${((performance.now() - started) / 1000).toFixed(0)} s`);
    if (way.run(bad)) throw new Error(`Cannot go on: input ${tried} of seed ${seed} was taken: ${Buffer.from(bad).toString("base64")}`);
  }
  return tried;
}

async function ways(): Promise<Way[]> {
  const world = await World.make();
  const director = world.director;
  const root = director.files.get("1.root.json") as Uint8Array;
  const targets = director.files.get("1.targets.json") as Uint8Array;
  const attested = await sign(metadata.time({ nonces: [NONCE], seconds: NOW }), director.time.signers);
  const signer = key();
  const report = await ecuReport({ serial: "tcu-1", image: { filepath: "app.bin", length: 3, hashes: metadata.hashes(new Uint8Array(3)) }, attacks: "", time: metadata.date(NOW), previousTime: metadata.date(NOW), counter: 5 }, signer);
  const manifest = await vehicleManifest({ vin: VEHICLE, primary: "tcu-1", reports: new Map([["tcu-1", report]]) }, signer);
  const small = Core.load({ partial: true });
  const core = Core.load();
  core.ecu({ serial: "tcu-1", hardwareId: "tcu-a", counter: 4, bytes32: keyBytes(signer.public) });
  for (const one of [small, core]) one.identify({ vehicle: VEHICLE, serial: "tcu-1", hardwareId: "tcu-a", counter: -1, nonce: NONCE });

  // A client of the Image repository alone that has its Root: three signatures at the most until a file is reached.
  const { root: imageRoot, files } = await delegatedImage(world);
  const client = Core.load();
  client.open(SESSION_CYCLE, OPTION_IMAGE_ONLY, NOW);
  for (let pass = 0; pass < 2; pass++) {
    client.feed(imageRoot);
    client.end();
  }
  const known = client.record();
  const walk = (role: number) => (bytes: Uint8Array) => {
    let now = client.open(SESSION_CYCLE, OPTION_IMAGE_ONLY, NOW);
    while (now.want !== WANT_NOTHING && now.file.role !== role) {
      const stored = now.file.role === ROLE_ROOT && now.file.version === 1;
      if (now.file.role === ROLE_ROOT && !stored) now = client.missing(Missing);
      else {
        client.feed(stored ? imageRoot : files[now.file.role] as Uint8Array);
        now = client.end();
      }
    }
    if (now.status !== Ok || now.want === WANT_NOTHING) throw new Error(`Cannot reach role ${role}: status ${now.status}`);
    const before = client.record();
    const taken = client.feed(bytes).status === Ok && client.end().status === Ok;
    if (!taken && Buffer.compare(client.record(), before) !== 0) throw new Error(`Cannot go on: a refused file of role ${role} moved the record`);
    client.setRecord(known);
    return taken;
  };

  const zeros = small.record();
  const feed = (session: number, role: number) => (bytes: Uint8Array) => {
    let now = small.open(session, 0, NOW);
    while (now.want !== WANT_NOTHING && now.file.role !== role) {
      small.feed(root);
      now = small.end();
    }
    if (now.status !== Ok || now.want === WANT_NOTHING) throw new Error(`Cannot reach role ${role}: status ${now.status}`);
    const before = small.record();
    const taken = small.feed(bytes).status === Ok && small.end().status === Ok;
    if (!taken && Buffer.compare(small.record(), before) !== 0) throw new Error(`Cannot go on: a refused file of role ${role} moved the record`);
    return taken;
  };
  const direct = (session: number, taken: (bytes: Uint8Array) => boolean) => (bytes: Uint8Array) => {
    core.open(session, 0, NOW);
    if (core.feed(bytes).status !== Ok) return false;
    return core.end().status === Ok && taken(bytes);
  };
  // What stands beside `signed` are the signature and labels of it: a change there that leaves the signature good is no forgery.
  const signedPart = (bytes: Uint8Array) => Buffer.from(bytes.subarray(Buffer.from(bytes).indexOf('"signed"'))).toString("latin1");
  const otherThan = (good: Uint8Array) => (bytes: Uint8Array) => signedPart(bytes) !== signedPart(good);
  return [
    { share: 5, bytes: files[ROLE_TIMESTAMP] as Uint8Array, run: walk(ROLE_TIMESTAMP) },
    { share: 5, bytes: files[ROLE_SNAPSHOT] as Uint8Array, run: walk(ROLE_SNAPSHOT) },
    { share: 5, bytes: files[ROLE_TARGETS] as Uint8Array, run: walk(ROLE_TARGETS) },
    { share: 15, bytes: targets, run: feed(SESSION_PARTIAL, ROLE_TARGETS) },
    { share: 15, bytes: attested, run: feed(SESSION_TIME, ROLE_TIME) },
    { share: 15, bytes: manifest, run: direct(SESSION_MANIFEST, otherThan(manifest)) },
    { share: 10, bytes: report, run: direct(SESSION_ECU_REPORT, otherThan(report)) },
    { share: 20, bytes: targets, run: direct(SESSION_JSON, () => false) }, // well-formed is no verdict: only traps count
    {
      share: 10,
      bytes: root,
      run: (bytes) => {
        const before = small.record();
        small.setRecord(zeros);
        let now = small.open(SESSION_PARTIAL, 0, NOW);
        for (let pass = 0; pass < 2 && now.status === Ok && now.file.role !== ROLE_TARGETS; pass++) {
          small.feed(bytes);
          now = small.end();
        }
        small.setRecord(before);
        return now.status === Ok && now.file.role === ROLE_TARGETS;
      },
    },
  ];
}

/** The files of an Image repository that delegates, by role. */
async function delegatedImage(world: World): Promise<{ root: Uint8Array; files: Record<number, Uint8Array> }> {
  const supplier = key();
  const { image } = world;
  image.delegated.set("supplier", { role: { signers: [supplier], threshold: 1, version: 1, expires: LATER }, targets: new Map() });
  image.delegations = [{ name: "supplier", keys: [supplier.public], threshold: 1, paths: ["*.bin"], hardwareIds: ["tcu-a"] }, { roles: [{ name: "supplier", keys: [supplier.public], threshold: 1 }], paths: ["?"] }];
  await image.publish();
  const file = (name: string) => image.files.get(name) as Uint8Array;
  return { root: file("1.root.json"), files: { [ROLE_TIMESTAMP]: file("timestamp.json"), [ROLE_SNAPSHOT]: file("1.snapshot.json"), [ROLE_TARGETS]: file("1.targets.json") } };
}
