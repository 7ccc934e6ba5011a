/** One instance, several ECUs, and another inventory after it: places, repetitions, and nothing left of who was there before. docs/adr/0001. */
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { ECU_INSTALLED, ECU_NOT_NAMED, ECU_ORDERED, IMAGE, OPTION_PRIMARY, SESSION_CYCLE, SESSION_IMAGE, SESSION_MANIFEST } from "../assembly/abi.ts";
import * as Status from "../assembly/status.ts";
import { Core } from "../bindings/core.ts";
import { UsageError } from "../bindings/errors.ts";
import { keyBytes } from "../bindings/keys.ts";
import { ecuReport, vehicleManifest } from "../bindings/manifest.ts";
import * as metadata from "../bindings/metadata.ts";
import { type Ecu, NOW, VEHICLE, Vehicle, World, bytes, is, key } from "./world.ts";

const test = suite("inventory");

const ecu = (serial: string, more: object = {}): Ecu => ({ serial, hardwareId: "tcu-a", counter: -1, ...more });

async function ordering(ecus: Ecu[], images: [name: string, whose: Ecu[]][]): Promise<World> {
  const world = await World.make();
  world.ecus.splice(0, 1, ...ecus);
  for (const repository of [world.director, world.image]) repository.targets.clear();
  for (const [name, whose] of images) world.order(name, bytes(name), whose);
  await world.publish();
  return world;
}

test("an ECU that two images name is found, whichever of many it is and wherever they stand", async () => {
  const ecus = ["e0", "e1", "e2", "e3"].map((serial) => ecu(serial));
  for (let first = 0; first < 4; first++) {
    for (let second = 0; second < 4; second++) {
      const world = await ordering(ecus, ecus.map((one, i) => [`${i}.bin`, [one]]));
      const entry = (i: number) => world.director.targets.get(`${i}.bin`) as metadata.Entry;
      const named = [first, second].map((i) => [ecus[i]?.serial as string, { hardwareId: "tcu-a" }] as const);
      world.director.targets.set(`${first}.bin`, { ...entry(first), custom: { ...entry(first).custom, ecuIdentifiers: new Map(named) } });
      await world.director.publish();
      is(await new Vehicle(world).cycle(), first === second ? Status.Ok : Status.RepeatedEcu, `${first} ${second}`);
    }
  }
});

test("an identifier cannot be added twice", () => {
  const core = Core.load();
  for (const serial of ["a", "b"]) core.ecu(ecu(serial));
  for (const serial of ["a", "b"]) assert.throws(() => core.ecu(ecu(serial, { hardwareId: "other" })), (error: Error) => error instanceof UsageError);
  core.ecu(ecu("c"));
  core.forget();
  core.ecu(ecu("b"));
});

test("ECUs that are gone leave nothing behind: no order, no counter, no blame", async () => {
  const old = [ecu("e0"), ecu("gone", { counter: 1 })];
  const vehicle = new Vehicle(await ordering(old, [["a.bin", [old[0] as Ecu, old[1] as Ecu]]]));
  is(await vehicle.cycle(), Status.Ok);
  assert.equal([vehicle.core.outcome(0), vehicle.core.outcome(1)], [ECU_ORDERED, ECU_ORDERED]);
  const { core } = vehicle;
  const after = async (change: (world: World) => void, one = ecu("e0")) => {
    const world = await ordering([one], [["a.bin", [one]]]);
    change(world);
    await world.publish();
    core.setRecord(new Uint8Array(512));
    const next = new Vehicle(world, core);
    return { next, report: await next.cycle() };
  };
  const counted = await after((world) => {
    for (const repository of [world.director, world.image]) {
      const entry = repository.targets.get("a.bin") as metadata.Entry;
      repository.targets.set("a.bin", { ...entry, custom: { ...entry.custom, releaseCounter: 0 } });
    }
  });
  is(counted.report, Status.Ok, "below the counter of the one that is gone");
  assert.equal([core.outcome(0), core.outcome(1)], [ECU_ORDERED, ECU_NOT_NAMED]);
  const blamed = await after((world) => world.image.targets.set("a.bin", { ...(world.image.targets.get("a.bin") as metadata.Entry), length: 1 }));
  is(blamed.report, Status.Mismatch);
  assert.is(blamed.report.ecu, 0);
  const runs = await after(() => undefined, ecu("e0", { bytes32: Buffer.from(metadata.hashes(bytes("a.bin")).sha256, "hex") }));
  is(runs.report, Status.Ok);
  assert.is(core.outcome(0), ECU_INSTALLED);
  assert.not.ok(runs.next.asked.some((want) => want.repository === IMAGE), "what all ECUs run already is not searched for");
});

test("a manifest of fewer ECUs than were there before misses none of those", async () => {
  const core = Core.load();
  for (const serial of ["tcu-1", "gone"]) core.ecu(ecu(serial));
  core.forget();
  const signer = key();
  const image = { filepath: "a.bin", length: 1, hashes: metadata.hashes(new Uint8Array(1)) };
  const report = await ecuReport({ serial: "tcu-1", image, attacks: "", time: metadata.date(NOW), previousTime: metadata.date(NOW), counter: 5 }, signer);
  core.identify({ vehicle: VEHICLE, serial: "director", hardwareId: "", counter: -1 });
  core.ecu(ecu("tcu-1", { bytes32: keyBytes(signer.public) }));
  core.open(SESSION_MANIFEST, 0, NOW);
  core.feed(await vehicleManifest({ vin: VEHICLE, primary: "tcu-1", reports: new Map([["tcu-1", report]]) }, signer));
  is(core.end(), Status.Ok);
});

test("an image that was wanted before a cycle is nothing to that cycle", async () => {
  const one = ecu("e0");
  const world = await ordering([one], [["a.bin", [one]]]);
  world.image.targets.set("other.bin", { length: 1, hashes: { md5: "00" } as never, custom: {} });
  world.image.targets.set("short.bin", { hashes: metadata.hashes(bytes("x")), custom: {} } as never);
  await world.publishNext();
  for (const name of ["other.bin", "short.bin"]) {
    const vehicle = new Vehicle(world);
    vehicle.introduce();
    vehicle.core.target(name);
    vehicle.core.open(SESSION_CYCLE, OPTION_PRIMARY, NOW);
    is(await vehicle.drive(), Status.Ok, name);
    is(await vehicle.fetchImage(), Status.Ok, name);
  }
});

test("without an inventory the ECU that was selected has no image", async () => {
  const one = ecu("e0");
  const vehicle = new Vehicle(await ordering([one], [["a.bin", [one]]]));
  is(await vehicle.cycle(), Status.Ok);
  vehicle.core.select(0);
  vehicle.core.forget();
  is(vehicle.core.open(SESSION_IMAGE), Status.NoSuchImage);
});

test("ECUs of the same hardware share a search, whatever they run", async () => {
  const ecus = [ecu("e0"), ecu("e1", { bytes32: new Uint8Array(32).fill(7) })];
  const world = await ordering(ecus, []);
  const signer = world.image.targetsRole.signers[0] as NonNullable<typeof world.image.targetsRole.signers[0]>;
  const file = { role: { signers: [signer], threshold: 1, version: 1, expires: world.image.targetsRole.expires }, targets: new Map<string, metadata.Entry>() };
  world.image.delegated.set("a", file);
  world.image.delegations = [{ name: "a", keys: [signer.public], threshold: 1, paths: ["*"] }];
  world.order("a.bin", bytes("a.bin"), ecus, file.targets);
  await world.publish();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  assert.is(vehicle.asked.filter((want) => want.name === "a").length, 1);
});

test.run();
