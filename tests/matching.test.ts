/** What the Director orders, against the vehicle and against the Image repository. Uptane 2.1.0 §5.4.4.6 and §5.4.4.2 step 10. */
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { ECU_ORDERED, ROLE_TIME, SESSION_IMAGE, SESSION_TIME } from "../assembly/abi.ts";
import * as Status from "../assembly/status.ts";
import * as metadata from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { NOW, Vehicle, World, bytes, is } from "./world.ts";

const test = suite("matching");

test("cases 34 to 37: an ECU twice, an ECU of another vehicle, another vehicle's empty Targets, other hardware", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  const good = [...world.director.targets];
  const entry = (good[0] as [string, metadata.Entry])[1];
  world.director.targets.set("b.bin", entry);
  await world.director.publishNext();
  is(await vehicle.cycle(), Status.RepeatedEcu);
  world.director.targets = new Map([["app.bin", { ...entry, custom: { ...entry.custom, ecuIdentifiers: new Map([["stranger", { hardwareId: "tcu-a" }]]) } }]]);
  await world.director.publishNext();
  is(await vehicle.cycle(), Status.UnknownEcu);
  is(await vehicle.cycle(0), Status.Ok, "a Secondary knows only itself");
  world.director.targets = new Map();
  world.director.custom = { vehicleId: "VIN0002" };
  await world.director.publishNext();
  is(await vehicle.cycle(), Status.WrongVehicle);
  world.director.custom = undefined;
  await world.director.publishNext();
  is(await vehicle.cycle(), Status.WrongVehicle);
  world.director.custom = { vehicleId: "VIN0001" };
  world.director.targets = new Map([["app.bin", { ...entry, custom: { ...entry.custom, ecuIdentifiers: new Map([["tcu-1", { hardwareId: "tcu-b" }]]) } }]]);
  await world.director.publishNext();
  is(await vehicle.cycle(), Status.WrongHardware);
});

test("case 33: each field on which the repositories may differ is named", async () => {
  const changes: [number, (entry: metadata.Entry) => metadata.Entry][] = [
    [1, (entry) => ({ ...entry, length: entry.length + 1 })],
    [2, (entry) => ({ ...entry, hashes: { ...entry.hashes, sha256: "00".repeat(32) } })],
    [2, (entry) => ({ ...entry, hashes: { sha256: entry.hashes.sha256 } })],
    [3, (entry) => ({ ...entry, custom: { ...entry.custom, releaseCounter: 9 } })],
    [4, (entry) => ({ ...entry, custom: { ...entry.custom, mustMatch: { a: 1 } } })],
  ];
  for (const [field, change] of changes) {
    const world = await World.make();
    const entry = world.image.targets.get("app.bin") as metadata.Entry;
    world.image.targets.set("app.bin", change(entry));
    await world.image.publish();
    const report = await new Vehicle(world).cycle();
    is(report, Status.Mismatch);
    assert.is(Number(report.found), field);
  }
});

test("a difference is said of the ECU that was to get the image, whatever its place in the inventory", async () => {
  for (const at of [0, 1, 2]) {
    const world = await World.make();
    world.director.targets.clear();
    world.image.targets.clear();
    world.ecus.splice(0, 1, ...["e0", "e1", "e2"].map((serial) => ({ serial, hardwareId: "tcu-a", counter: -1 })));
    for (const [i, ecu] of world.ecus.entries()) world.order(`${i}.bin`, bytes(`image ${i}`), [ecu]);
    const entry = world.image.targets.get(`${at}.bin`) as metadata.Entry;
    world.image.targets.set(`${at}.bin`, { ...entry, length: 1 });
    await world.image.publish();
    await world.director.publish();
    const longer = await new Vehicle(world).cycle();
    is(longer, Status.Mismatch);
    assert.is(longer.ecu, at, "length");
    world.image.targets.set(`${at}.bin`, { ...entry, custom: { ...entry.custom, hardwareIds: ["tcu-b"] } });
    await world.image.publishNext();
    const unfit = await new Vehicle(world).cycle();
    is(unfit, Status.WrongHardware);
    assert.is(unfit.ecu, at, "hardware");
  }
});

test("what a cycle ordered does not outlive the files that it was decided by", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  const attested = await sign(metadata.time({ nonces: [vehicle.nonce], seconds: NOW }), world.director.time.signers);
  vehicle.meddle = (want, source) => (want.role === ROLE_TIME ? attested : source);
  const time = async () => {
    vehicle.core.open(SESSION_TIME);
    return await vehicle.drive();
  };
  is(await vehicle.cycle(), Status.Ok);
  is(await time(), Status.Ok);
  is(await vehicle.fetchImage(), Status.Ok, "an attestation changes no file");
  is(await vehicle.cycle(), Status.Ok);
  vehicle.core.setRecord(new Uint8Array(512));
  is(await time(), Status.Ok, "the provisioned Root is taken again");
  vehicle.core.select(0);
  is(vehicle.core.open(SESSION_IMAGE), Status.BadOrder);
});

test("the Director orders what the Image repository does not list: not found, attributed to the order", async () => {
  const world = await World.make();
  world.image.targets.clear();
  await world.image.publish();
  is(await new Vehicle(world).cycle(), Status.NotFound);
});

test("cases 38 and 81: a release counter below the installed one, or gone after one was seen", async () => {
  const world = await World.make();
  world.ecus[0] = { serial: "tcu-1", hardwareId: "tcu-a", counter: 2 };
  is(await new Vehicle(world).cycle(), Status.ReleaseCounter);
  world.ecus[0] = { serial: "tcu-1", hardwareId: "tcu-a", counter: 1 };
  is(await new Vehicle(world).cycle(), Status.Ok);
  for (const repository of [world.director, world.image]) {
    const entry = repository.targets.get("app.bin") as metadata.Entry;
    const { releaseCounter: _gone, ...custom } = entry.custom;
    repository.targets.set("app.bin", { ...entry, custom });
  }
  await world.publishNext();
  is(await new Vehicle(world).cycle(), Status.ReleaseCounter);
});

test("256 ECUs with 256 images pass; the 257th is refused when it is added", async () => {
  const world = await World.make();
  world.ecus.length = 0;
  world.director.targets.clear();
  world.image.targets.clear();
  for (let i = 0; i < 256; i++) {
    const ecu = { serial: `ecu-${i}`, hardwareId: `hw-${i % 3}`, counter: -1 };
    world.ecus.push(ecu);
    world.order(`image-${i}.bin`, bytes(`image ${i}`), [ecu]);
  }
  await world.publish();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  for (let i = 0; i < 256; i++) assert.is(vehicle.core.outcome(i), ECU_ORDERED);
  is(await vehicle.fetchImage(255), Status.Ok);
  assert.throws(() => vehicle.core.ecu({ serial: "one more", hardwareId: "hw", counter: -1 }));
});

test("members of an image that are not ours are nothing to us, on either side, whatever they are called", async () => {
  for (const extra of [{ version: 7 }, { version: "1.2" }, { size: [{ version: null }] }]) {
    for (const side of ["director", "image"] as const) {
      const world = await World.make();
      for (const [name, entry] of world[side].targets) world[side].targets.set(name, { ...entry, ...extra });
      await world.publish();
      is(await new Vehicle(world).cycle(), Status.Ok, `${side} ${JSON.stringify(extra)}`);
    }
  }
});

test.run();
