/** Full verification over several cycles: what moves, what stays, what heals. Uptane 2.1.0 §5.4.4.2 to §5.4.4.6. */
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { ECU_NOT_NAMED, ECU_ORDERED, NOTE_SAME_VERSION, OPTION_DIRECTOR_ONLY, OPTION_IMAGE_ONLY, OPTION_PRIMARY, SESSION_IMAGE, SOURCE_AGAIN } from "../assembly/abi.ts";
import * as Status from "../assembly/status.ts";
import * as metadata from "../bindings/metadata.ts";
import { BEFORE, NOW, Vehicle, World, bytes, is } from "./world.ts";

const test = suite("cycle");

test("a first cycle orders the image, and the image verifies", async () => {
  const vehicle = new Vehicle(await World.make());
  is(await vehicle.cycle(), Status.Ok);
  assert.is(vehicle.core.outcome(0), ECU_ORDERED);
  is(await vehicle.fetchImage(), Status.Ok);
});

test("the same files again change nothing, not a byte", async () => {
  const vehicle = new Vehicle(await World.make());
  is(await vehicle.cycle(), Status.Ok);
  const record = vehicle.core.record();
  const kept = vehicle.stored.size;
  is(await vehicle.cycle(), Status.Ok);
  assert.equal(vehicle.core.record(), record);
  assert.is(vehicle.stored.size, kept);
});

test("an image that differs in one bit, is longer, or shorter is refused", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  const [name, good] = [...world.image.images][0] as [string, Uint8Array];
  const bad = good.slice();
  bad[3] = (bad[3] ?? 0) ^ 1;
  world.image.images.set(name, bad);
  is(await vehicle.fetchImage(), Status.HashMismatch);
  world.image.images.set(name, good.subarray(0, 5));
  is(await vehicle.fetchImage(), Status.LengthMismatch);
  world.image.images.set(name, bytes("the first image and more"));
  is(await vehicle.fetchImage(), Status.EndlessData);
  world.image.images.set(name, good);
  is(await vehicle.fetchImage(), Status.Ok);
});

test("an image without a cycle before it is out of order", async () => {
  const vehicle = new Vehicle(await World.make());
  vehicle.introduce();
  vehicle.core.select(0);
  is(vehicle.core.open(4), Status.BadOrder);
});

test("older files of each role are refused as rollback, and the next good ones taken", async () => {
  for (const role of ["timestamp", "snapshot", "targetsRole"] as const) {
    const world = await World.make();
    const vehicle = new Vehicle(world);
    await world.publishNext();
    is(await vehicle.cycle(), Status.Ok);
    world.image.timestamp.version++;
    if (role !== "timestamp") world.image.snapshot.version++;
    world.image[role].version = 1;
    await world.image.publish();
    const report = await vehicle.cycle();
    is(report, Status.Rollback, role);
    await world.publishNext();
    await world.publishNext();
    await world.publishNext();
    is(await vehicle.cycle(), Status.Ok, role);
  }
});

test("case 20: other bytes under a stored Timestamp version are not taken; the stored one stays in force and the report says so", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  const record = vehicle.core.record();
  world.image.timestamp.expires = metadata.date(NOW + 2 * 86_400);
  await world.image.publish();
  const report = await vehicle.cycle();
  is(report, Status.Ok);
  assert.is(report.notes & NOTE_SAME_VERSION, NOTE_SAME_VERSION);
  assert.equal(vehicle.core.record(), record);
});

test("case 27: an expired file of each role is refused, a fresh one then taken without a restart", async () => {
  for (const which of ["director", "image"] as const) {
    for (const role of ["timestamp", "snapshot", "targetsRole"] as const) {
      const world = await World.make();
      const vehicle = new Vehicle(world);
      is(await vehicle.cycle(), Status.Ok);
      await world.publishNext();
      const good = world[which][role].expires;
      world[which][role].expires = BEFORE;
      await world[which].publish();
      is(await vehicle.cycle(), Status.Freeze, `${which} ${role}`);
      world[which][role].expires = good;
      await world.publishNext();
      is(await vehicle.cycle(), Status.Ok, `${which} ${role}`);
    }
  }
});

test("equal to the expiry counts as expired, one second before does not", async () => {
  const world = await World.make();
  world.director.timestamp.expires = metadata.date(NOW);
  await world.director.publish();
  await refusesFirst(world, NOW, Status.Freeze);
  await refusesFirst(world, NOW - 1, Status.Ok);
});

async function refusesFirst(world: World, now: number, status: number): Promise<void> {
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(OPTION_PRIMARY, now), status);
}

test("case 32: files of another moment with valid signatures are refused and the trusted ones kept", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  const old = world.image.files.get("1.snapshot.json") as Uint8Array;
  await world.publishNext();
  world.image.files.set("2.snapshot.json", old);
  is(await vehicle.cycle(), Status.MixAndMatch);
});

test("a call that takes the place of an open session in memory ends it", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  const core = vehicle.core;
  const calls: [string, () => void][] = [
    ["verify", () => void core.verify(new Uint8Array(64), new Uint8Array(32), new Uint8Array(9))],
    ["forget", () => core.forget()],
    ["identify", () => core.identify({ vehicle: "x", serial: "y", hardwareId: "z", counter: -1 })],
    ["ecu", () => core.ecu({ serial: "other", hardwareId: "z", counter: -1 })],
    ["target", () => core.target("x")],
  ];
  for (const [name, call] of calls) {
    vehicle.introduce();
    core.open(1, OPTION_PRIMARY, NOW);
    core.feed((vehicle.firstRoots[0] as Uint8Array).subarray(0, 100));
    call();
    is(core.feed((vehicle.firstRoots[0] as Uint8Array).subarray(100)), Status.BadOrder, name);
  }
  is(await vehicle.cycle(), Status.Ok);
});

test("what a cycle decided does not outlive the files it was decided by", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  vehicle.core.select(0);
  world.order("app.bin", bytes("ordered by the Director alone"), world.ecus, new Map());
  await world.director.publishNext();
  is(await vehicle.cycle(OPTION_DIRECTOR_ONLY), Status.Ok);
  is(await vehicle.cycle(), Status.Mismatch);
  is(vehicle.core.open(SESSION_IMAGE), Status.BadOrder);
});

test("only a cycle of both repositories leads to the images of a vehicle: neither a look at the Director alone nor a walk for no image does", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(OPTION_DIRECTOR_ONLY), Status.Ok);
  assert.is(vehicle.core.outcome(0), ECU_ORDERED);
  vehicle.core.select(0);
  is(vehicle.core.open(SESSION_IMAGE), Status.BadOrder);
  is(await vehicle.cycle(), Status.Ok);
  vehicle.core.select(0);
  is(vehicle.core.open(SESSION_IMAGE), Status.Ok);
  world.order("app.bin", bytes("ordered by the Director alone"), world.ecus, new Map());
  await world.director.publishNext();
  is(await vehicle.cycle(), Status.Mismatch);
  is(await vehicle.cycle(OPTION_IMAGE_ONLY), Status.Ok);
  assert.is(vehicle.core.outcome(0), ECU_NOT_NAMED);
  is(vehicle.core.open(SESSION_IMAGE), Status.BadOrder);
});

test("a stored file that does not come back as it was is named as such", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  for (const where of vehicle.stored.keys()) if (where.startsWith("0 0")) vehicle.stored.set(where, bytes("{}"));
  is(await vehicle.cycle(), Status.Storage);
});

test("a torn record is refused before anything is read", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  const torn = vehicle.core.record();
  torn[20] = (torn[20] ?? 0) ^ 1;
  vehicle.core.setRecord(torn);
  is(await vehicle.cycle(), Status.Record);
});

test("a host that answers with other bytes than it was asked for again is refused", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  vehicle.introduce();
  const core = vehicle.core;
  core.open(1, OPTION_PRIMARY, NOW);
  core.feed(vehicle.firstRoots[0] as Uint8Array);
  assert.is(core.end().file.source, SOURCE_AGAIN);
  core.feed(vehicle.firstRoots[1] as Uint8Array);
  is(core.end(), Status.BadArgument);
  assert.is(core.end().status, Status.BadArgument, "failure sticks");
  is(await vehicle.cycle(), Status.Ok, "until the next open");
});

test.run();
