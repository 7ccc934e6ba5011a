/** Root: chains, rotation and what it undoes. Uptane 2.1.0 §5.4.4.3. */
import { suite } from "uvu";
import * as Status from "../assembly/status.ts";
import * as metadata from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { BEFORE, NOW, Vehicle, World, is, key, refuses } from "./world.ts";

const test = suite("check_root");

test("case 25: a chain of Roots is followed, only the last one's expiry counts", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  for (let i = 0; i < 5; i++) {
    world.image.root.expires = BEFORE;
    await world.image.rotate("root");
  }
  is(await vehicle.cycle(), Status.Freeze);
  world.image.root.expires = metadata.date(NOW + 86_400);
  await world.image.rotate("root");
  is(await vehicle.cycle(), Status.Ok);
});

test("case 23: a long chain of Roots stops at the limit, keeps its progress and goes on in the next cycle", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  for (let i = 0; i < 70; i++) await world.image.rotate("timestamp");
  await world.image.publishNext();
  is(await vehicle.cycle(), Status.Limit);
  is(await vehicle.cycle(), Status.Ok);
});

test("case 24: a Root signed by the old keys only, or by the new keys only, is refused", async () => {
  for (const side of ["old", "new"]) {
    const world = await World.make();
    const vehicle = new Vehicle(world);
    is(await vehicle.cycle(), Status.Ok);
    const before = world.director.root.signers;
    world.director.root.signers = [key(), key()];
    world.director.root.version = 2;
    world.director.files.set("2.root.json", await sign(world.director.rootPayload(), side === "old" ? before : world.director.root.signers));
    await refuses(vehicle, Status.BadSignature);
  }
});

test("case 26: versions run away by a stolen key, then the keys are rotated: it recovers, Targets included", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  for (const role of [world.image.timestamp, world.image.snapshot, world.image.targetsRole]) role.version = Number.MAX_SAFE_INTEGER;
  await world.image.publish();
  is(await vehicle.cycle(), Status.Ok);
  for (const role of [world.image.timestamp, world.image.snapshot, world.image.targetsRole]) role.version = 3;
  await world.image.publish();
  await refuses(vehicle, Status.Rollback);
  await world.image.rotate("snapshot");
  await world.image.publish();
  is(await vehicle.cycle(), Status.Ok);
});

test("a reset that is due survives a power cut between the Root and its expiry check", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  world.image.timestamp.version = 1000;
  await world.image.publish();
  is(await vehicle.cycle(), Status.Ok);
  world.image.timestamp.version = 2;
  world.image.root.expires = BEFORE;
  await world.image.rotate("timestamp");
  await world.image.publish();
  is(await vehicle.cycle(), Status.Freeze);
  const after = new Vehicle(world);
  after.core.setRecord(vehicle.record);
  for (const [where, what] of vehicle.stored) after.stored.set(where, what);
  world.image.root.expires = metadata.date(NOW + 86_400);
  world.image.root.version++;
  await world.image.publishRoot();
  is(await after.cycle(), Status.Ok);
});

test.run();
