/** The bounds of assembly/layout.ts that no suite of their own has, each at its limit and one over; and that every bound has such a test. */
import { existsSync, readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OPTION_PRIMARY, ROLE_PAYLOAD, ROLE_SNAPSHOT, ROLE_TARGETS, ROLE_TIME, SESSION_ECU_REPORT, SESSION_MANIFEST, SESSION_PARTIAL, SOURCE_NEW } from "../assembly/abi.ts";
import { DIRECTOR_TARGETS_LIMIT, ECUS_MAX, MANIFEST_LIMIT, PASSES_MAX, SNAPSHOT_LIMIT, TARGETS_LIMIT, TIME_LIMIT } from "../assembly/layout.ts";
import * as Status from "../assembly/status.ts";
import { Core, type Report, type Want } from "../bindings/core.ts";
import { ecuReport, vehicleManifest } from "../bindings/manifest.ts";
import * as metadata from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { edited, orderedFrom, role } from "./attacks.ts";
import { NOW, VEHICLE, Vehicle, World, bytes, is, key } from "./world.ts";

const test = suite("limits");

/** Where each bound is tested at its limit and one over: suite, and how the test's name starts. */
const TESTED: Record<string, string> = {
  KEYS_MAX: "memory: 32 keys in one Root, 33 are too many",
  DEPTH_MAX: "memory: nesting of 31, 32 are too many",
  NAME_MAX: "memory: an image name of 255 bytes, 256 are too many",
  SIGNATURES_MAX: "memory: 16 signatures count, 17 are too many",
  ECUS_MAX: "memory: 256 ECUs in Director Targets pass, 257 are too many",
  DELEGATION_DEPTH_MAX: "memory: an image 8 delegations down is found, 9 are too many",
  AGREED_MAX: "mapping: limits: 65,536 bytes of map",
  VISITS_MAX: "memory: 64 roles are visited in one search, 65 are too many",
  RESULTS_MAX: "search: 32 roles in agreement",
  ROOT_STEPS_MAX: "memory: 64 newer Roots are taken in one cycle, 65 in two",
  PASSES_MAX: "limits: files read in one session",
  VERSION_MAX: "limits: a version of 2^53 - 1, one more is none",
  ROOT_LIMIT: "stored: a file of exactly its limit is read",
  TIMESTAMP_LIMIT: "stored: a file of exactly its limit is read",
  SNAPSHOT_LIMIT: "limits: Snapshot and Targets without a stated length",
  TARGETS_LIMIT: "limits: Snapshot and Targets without a stated length",
  DIRECTOR_TARGETS_LIMIT: "limits: Director Targets of exactly their limit",
  MANIFEST_LIMIT: "limits: a manifest and a report of exactly their limit",
  MAP_LIMIT: "mapping: limits: 65,536 bytes of map",
  TIME_LIMIT: "limits: a time attestation of exactly its limit",
  TIME_JUMP_MAX: "attacks-time: case 30",
  REPORT_AHEAD_MAX: "vectors/manifests: report-a-day-ahead, report-more-than-a-day-ahead",
};

test("every bound of layout.ts is tested somewhere, by name", () => {
  const bounds = [...readFileSync("assembly/layout.ts", "utf8").matchAll(/^export const (\w+_(?:MAX|LIMIT)):/gm)].map(([, name]) => name as string);
  assert.equal(bounds.filter((name) => !(name in TESTED)), []);
  assert.equal(Object.keys(TESTED).filter((name) => !bounds.includes(name)), []);
  for (const [name, where] of Object.entries(TESTED)) {
    const [, pack, cases] = /^(vectors\/[a-z-]+): (.*)$/.exec(where) ?? [];
    if (pack !== undefined) {
      const text = readFileSync(`${pack}/cases.json`, "utf8");
      for (const one of (cases as string).split(", ")) assert.ok(text.includes(`"${one}"`), `${name}: ${one}`);
      continue;
    }
    const [, file = "", title = ""] = /^([a-z-]+): (.*)$/.exec(where) ?? [];
    assert.ok(existsSync(`tests/${file}.test.ts`) && readFileSync(`tests/${file}.test.ts`, "utf8").includes(`test("${title}`), `${name}: ${where}`);
  }
});

/** The same file with blanks behind it, `size` bytes in all. */
function padded(file: Uint8Array, size: number): Uint8Array {
  const long = new Uint8Array(size).fill(0x20);
  long.set(file);
  return long;
}

function endless(report: Report, limit: number): void {
  is(report, Status.EndlessData);
  assert.equal([report.found, report.expected], [BigInt(limit + 1), BigInt(limit)]);
}

test("a manifest and a report of exactly their limit are read, one byte more is endless", async () => {
  const signer = key();
  const image = { filepath: "app.bin", length: 3, hashes: metadata.hashes(new Uint8Array(3)) };
  const report = await ecuReport({ serial: "tcu-1", image, attacks: "", time: metadata.date(NOW), previousTime: metadata.date(NOW), counter: 5 }, signer);
  const manifest = await vehicleManifest({ vin: VEHICLE, primary: "tcu-1", reports: new Map([["tcu-1", report]]) }, signer);
  const core = Core.load();
  for (const [session, file] of [[SESSION_MANIFEST, manifest], [SESSION_ECU_REPORT, report]] as const) {
    for (const more of [0, 1]) {
      core.forget();
      core.identify({ vehicle: VEHICLE, serial: "tcu-1", hardwareId: "tcu-a", counter: -1 });
      core.ecu({ serial: "tcu-1", hardwareId: "tcu-a", counter: 1, bytes32: Buffer.from(signer.public.keyval.public, "hex") });
      core.open(session, 0, NOW);
      const fed = core.feed(padded(file, MANIFEST_LIMIT + more));
      if (more === 0) is(core.end(), Status.Ok);
      else endless(fed, MANIFEST_LIMIT);
    }
  }
});

test("a time attestation of exactly its limit is read, one byte more is endless", async () => {
  for (const more of [0, 1]) {
    const world = await World.make();
    const vehicle = new Vehicle(world);
    const attested = await sign(metadata.time({ nonces: ["11".repeat(32)], seconds: NOW }), world.director.time.signers);
    vehicle.meddle = (want, source) => (want.role === ROLE_TIME ? padded(attested, TIME_LIMIT + more) : source);
    const report = await vehicle.time();
    if (more === 0) is(report, Status.Ok);
    else endless(report, TIME_LIMIT);
  }
});

test("Director Targets of exactly their limit are read by partial verification, one byte more is endless", async () => {
  for (const more of [0, 1]) {
    const world = await World.make();
    const vehicle = new Vehicle(world, Core.load({ partial: true }));
    const targets = padded(world.director.files.get("1.targets.json") as Uint8Array, DIRECTOR_TARGETS_LIMIT + more);
    vehicle.meddle = (want, source) => (want.role === ROLE_PAYLOAD ? bytes("the first image") : want.role === ROLE_TARGETS && want.source === SOURCE_NEW ? targets : source);
    vehicle.core.identify({ vehicle: VEHICLE, serial: "tcu-1", hardwareId: "tcu-a", counter: -1 });
    vehicle.core.open(SESSION_PARTIAL, 0, NOW);
    const report = await vehicle.drive();
    if (more === 0) is(report, Status.Ok);
    else endless(report, DIRECTOR_TARGETS_LIMIT);
  }
});

test("Snapshot and Targets without a stated length: at their own limit they are read, one byte more is endless", async () => {
  const rows: [file: string, role: number, limit: number, which: "director" | "image"][] = [
    ["1.snapshot.json", ROLE_SNAPSHOT, SNAPSHOT_LIMIT, "director"], ["1.targets.json", ROLE_TARGETS, DIRECTOR_TARGETS_LIMIT, "director"], ["1.targets.json", ROLE_TARGETS, TARGETS_LIMIT, "image"],
  ];
  for (const [name, of, limit, which] of rows) {
    for (const more of [0, 1]) {
      const world = await World.make();
      const repository = world[which];
      for (const file of ["timestamp.json", "snapshot.json"]) {
        const names = file === "timestamp.json" ? "snapshot.json" : "targets.json";
        const before = repository.edit;
        repository.edit = (one, payload) => (one === file ? { ...payload, meta: { [names]: { version: 1 } } } : before(one, payload));
      }
      await repository.publish();
      repository.files.set(name, padded(repository.files.get(name) as Uint8Array, limit + more));
      const vehicle = new Vehicle(world);
      const wanted: Want[] = [];
      vehicle.meddle = (want, source) => {
        if (want.role === of && want.repository === (which === "image" ? 1 : 0) && want.source === SOURCE_NEW) wanted.push(want);
        return source;
      };
      const report = await vehicle.cycle();
      assert.is(wanted[0]?.limit, limit);
      if (more === 0) is(report, Status.Ok);
      else endless(report, limit);
    }
  }
});

test("256 images that nobody is ordered, 257 are too many for a Primary", async () => {
  for (const count of [ECUS_MAX, ECUS_MAX + 1]) {
    const world = await World.make();
    const entry = world.director.targets.get("app.bin") as metadata.Entry;
    for (let i = 1; i < count; i++) {
      const name = `image-${i}.bin`;
      world.director.targets.set(name, { ...entry, custom: { releaseCounter: 1, ecuIdentifiers: new Map() } });
      world.image.targets.set(name, world.image.targets.get("app.bin") as metadata.Entry);
    }
    await world.publish();
    const report = await new Vehicle(world).cycle();
    if (count === ECUS_MAX) is(report, Status.Ok);
    else {
      is(report, Status.Limit);
      assert.equal([Number(report.found), Number(report.expected)], [count, ECUS_MAX]);
    }
  }
});

test("a version of 2^53 - 1, one more is none", async () => {
  for (const [text, status] of [["9007199254740991", Status.Ok], ["9007199254740992", Status.NumberRange]] as const) {
    const world = await World.make();
    edited(world.image, "timestamp.json", (payload) => ({ ...payload, version: Number.MAX_SAFE_INTEGER }));
    await world.image.publish();
    const file = Buffer.from(world.image.files.get("timestamp.json") as Uint8Array).toString();
    world.image.files.set("timestamp.json", Buffer.from(file.replace("9007199254740991", text)));
    is(await new Vehicle(world).cycle(), status);
  }
});

/** ECUs of as many models, so that each is searched for by itself, a delegation down. */
async function fleet(count: number): Promise<[report: Report, asked: number]> {
  const world = await World.make();
  world.ecus.length = 0;
  for (let i = 0; i < count; i++) world.ecus.push({ serial: `ecu-${i}`, hardwareId: `hw-${i}`, counter: -1 });
  const files = Array.from({ length: 8 }, (_, i) => role(world, `level-${i + 1}`));
  files.forEach((file, i) => (file.delegations = files.slice(i + 1, i + 2).map((next) => next.delegation)));
  world.image.delegations = files.slice(0, 1).map((file) => file.delegation);
  orderedFrom(world, files[7] as (typeof files)[number]);
  await world.publish();
  const vehicle = new Vehicle(world);
  const report = await vehicle.cycle(OPTION_PRIMARY);
  return [report, vehicle.asked.length + 2]; // the first Root of each repository is read twice
}

test("files read in one session: 4,096, and a cycle that needs more ends with an error of its own", async () => {
  const [[, one], [, two]] = await Promise.all([fleet(1), fleet(2)]);
  const most = 2 + Math.floor((PASSES_MAX - two) / (two - one));
  assert.ok(most < ECUS_MAX, `${one} and ${two} files for one and two ECUs`);
  const [fits, asked] = await fleet(most);
  is(fits, Status.Ok);
  assert.ok(asked <= PASSES_MAX && asked > PASSES_MAX - (two - one), `${asked}`);
  const [over, last] = await fleet(most + 1);
  is(over, Status.Limit);
  assert.equal([Number(over.found), Number(over.expected), last], [PASSES_MAX + 1, PASSES_MAX, PASSES_MAX]);
});

test.run();
