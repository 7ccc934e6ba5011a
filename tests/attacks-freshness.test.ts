/** Freshness: attack cases 19 to 32 that no other suite names, and 84, 85, 88. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { NOTE_SAME_VERSION, OPTION_PRIMARY } from "../assembly/abi.ts";
import * as Status from "../assembly/status.ts";
import * as metadata from "../bindings/metadata.ts";
import { edited, nextRoot, respelled, withstands } from "./attacks.ts";
import { LATER, NOW, type Repository, Vehicle, World, bytes, is, refuses } from "./world.ts";

const test = suite("attacks: freshness");
const BOTH = ["director", "image"] as const;

test("case 19: an older Timestamp, Snapshot, Targets or Root of either repository, validly signed", async () => {
  for (const which of BOTH) {
    for (const role of ["timestamp", "snapshot", "targetsRole"] as const) {
      await withstands(Status.Rollback, async (world) => {
        const repository = world[which];
        for (const one of ["timestamp", "snapshot", "targetsRole"] as const) repository[one].version += one === role ? -1 : 1;
        await repository.publish();
      }, { setup: (world) => [world.director, world.image].forEach((one) => [one.timestamp, one.snapshot, one.targetsRole].forEach((each) => void (each.version = 5))), about: `${which} ${role}` });
    }
    await withstands(Status.Rollback, (world) => nextRoot(world[which], (payload) => ({ ...payload, version: 1 })), { about: `${which} root: version 1 in the place of 2` });
  }
});

test("case 22: a Root that skips a version, stays, is beyond 2^53, negative, zero or no integer", async () => {
  for (const which of BOTH) {
    for (const [version, status] of [[3, Status.RootVersion], [1, Status.Rollback], [0, Status.Malformed], [-2, Status.Malformed], ["2", Status.Malformed], [null, Status.Malformed]] as const) {
      await withstands(status, (world) => nextRoot(world[which], (payload) => ({ ...payload, version })), { about: `${which} ${JSON.stringify(version)}` });
    }
    for (const [text, status] of [["9007199254740992", Status.NumberRange], ["2.0", Status.Fraction], ["2e0", Status.Fraction], ["-0", Status.NumberRange], ["02", Status.Syntax]] as const) {
      await withstands(status, async (world) => {
        await nextRoot(world[which], (payload) => payload);
        respelled(world[which], "2.root.json", (file) => file.replace('"version":2}', `"version":${text}}`));
      }, { about: `${which} ${text}` });
    }
  }
});

test("case 28: the floor in a stored file that has expired since still counts", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  await world.publishNext();
  is(await vehicle.cycle(), Status.Ok);
  const roles = [world.image.timestamp, world.image.snapshot, world.image.targetsRole];
  const later = NOW + 2 * 86_400; // all that is stored has expired by then
  for (const { timestamp, snapshot, targetsRole, root } of [world.director, world.image]) for (const role of [timestamp, snapshot, targetsRole, root]) role.expires = metadata.date(later + 86_400);
  for (const repository of [world.director, world.image]) {
    repository.root.version = 2;
    await repository.publishRoot();
  }
  await world.director.publishNext();
  for (const role of roles) role.version = 1;
  await world.image.publish();
  const record = await atFault(vehicle, later, Status.Rollback);
  assert.equal(vehicle.core.record(), record);
  for (const role of roles) role.version = 3;
  await world.image.publish();
  is(await vehicle.cycle(OPTION_PRIMARY, later), Status.Ok);
});

/** @returns the record as it was when the file at fault was asked for */
async function atFault(vehicle: Vehicle, now: number, status: number): Promise<Uint8Array> {
  let record = vehicle.core.record();
  vehicle.meddle = (_want, source) => {
    record = vehicle.core.record();
    return source;
  };
  is(await vehicle.cycle(OPTION_PRIMARY, now), status);
  vehicle.meddle = (_want, source) => source;
  return record;
}

test("case 29: expiry dates that are none, in every role of both repositories", async () => {
  const dates: unknown[] = ["never", "2030-13-40T00:00:00Z", "2028-12-31T23:59:60Z", "2030-01-01T00:00:00", "2030-01-01T00:00:00+00:00", "10000-01-01T00:00:00Z", "", "2030-02-30T00:00:00Z"];
  for (const which of BOTH) {
    for (const file of ["timestamp.json", "snapshot.json", "targets.json"]) {
      for (const expires of dates) {
        await withstands(Status.BadDate, (world) => {
          edited(world[which], file, (payload) => ({ ...payload, expires }));
          return world.publishNext();
        }, { about: `${which} ${file} ${JSON.stringify(expires)}` });
      }
      for (const expires of [1_900_000_000, null, ["2030-01-01T00:00:00Z"]]) {
        await withstands(Status.Malformed, (world) => {
          edited(world[which], file, (payload) => ({ ...payload, expires }));
          return world.publishNext();
        }, { about: `${which} ${file} ${JSON.stringify(expires)}` });
      }
    }
    for (const expires of dates) await withstands(Status.BadDate, (world) => nextRoot(world[which], (payload) => ({ ...payload, expires })), { about: `${which} root ${JSON.stringify(expires)}` });
  }
});

test("case 84: two Targets of one version, both validly signed, where Snapshot lists only versions: the stored one stays", async () => {
  const versionsOnly = (image: Repository): void => edited(image, "snapshot.json", (payload) => ({ ...payload, meta: { "targets.json": { version: image.targetsRole.version } } }));
  const report = await withstands(Status.Ok, async ({ image }) => {
    image.targets.set("other.bin", { length: 1, hashes: metadata.hashes(bytes("x")), custom: {} });
    await image.publish();
    const changed = image.files.get("1.targets.json") as Uint8Array;
    assert.ok(Buffer.from(changed).toString().includes("other.bin"));
  }, { setup: ({ image }) => versionsOnly(image), heal: ({ image }) => versionsOnly(image) });
  assert.is(report.notes & NOTE_SAME_VERSION, NOTE_SAME_VERSION);
});

test("case 84: where Snapshot carries digests, other bytes of the same version fit nothing", async () => {
  await withstands(Status.MixAndMatch, async ({ image }) => {
    const before = new Map(image.files);
    image.targetsRole.expires = "2029-01-01T00:00:00Z"; // of the same length
    await image.publish();
    for (const name of ["timestamp.json", "1.snapshot.json"]) image.files.set(name, before.get(name) as Uint8Array);
  });
});

/** The Image repository goes on naming the Snapshot that the vehicle has; the Director orders again. */
async function ordersAgain(world: World): Promise<void> {
  world.image.timestamp.version++;
  await world.image.publish();
  await world.director.publishNext();
}

test("case 85: stored Image files that expired since, or whose key the new Root has revoked, vouch for nothing", async () => {
  const soon = metadata.date(NOW + 60);
  for (const role of ["snapshot", "targetsRole"] as const) {
    const world = await World.make();
    world.image[role].expires = soon;
    await world.image.publish();
    const vehicle = new Vehicle(world);
    is(await vehicle.cycle(), Status.Ok);
    await ordersAgain(world);
    const record = await atFault(vehicle, NOW + 60, Status.Freeze);
    assert.equal(vehicle.core.record(), record, role);
    world.image[role].expires = LATER;
    await world.publishNext();
    is(await vehicle.cycle(OPTION_PRIMARY, NOW + 60), Status.Ok, role);
  }
  for (const role of ["snapshot", "targetsRole"] as const) {
    await withstands(Status.BadSignature, async (world) => {
      const stale = world.image[role].signers;
      await world.image.rotate(role);
      const fresh = world.image[role].signers;
      world.image[role].signers = stale;
      world.image.timestamp.version++;
      await world.image.publish(); // the very files of before, and a Timestamp that names them
      world.image[role].signers = fresh;
      await world.director.publishNext();
    }, { heal: async ({ image }) => {
      image.root.version = 3;
      await image.publishRoot([...image.root.signers]);
    }, about: role });
  }
});

test("case 88: what was refused for want of an entry keeps its floor: an older Targets file with an older image is a rollback", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  world.director.targetsRole.version = 8;
  await world.director.publish();
  const older = ["timestamp.json", `${world.director.snapshot.version}.snapshot.json`, "8.targets.json"].map((name) => [name, world.director.files.get(name) as Uint8Array] as const);
  const listed = new Map(world.director.targets);
  world.director.targets.clear();
  world.director.targetsRole.version = 9;
  for (const role of [world.director.timestamp, world.director.snapshot]) role.version++;
  await world.director.publish();
  is(await vehicle.cycle(), Status.Ok, "nothing for this ECU");
  assert.is(vehicle.core.outcome(0), 0);
  for (const [name, file] of older) world.director.files.set(name, file);
  await refuses(vehicle, Status.Rollback);
  for (const role of [world.director.timestamp, world.director.snapshot]) role.version++;
  world.director.targetsRole.version = 8;
  world.director.targets = listed;
  await world.director.publish(); // a Director that was talked into it
  is(await vehicle.cycle(), Status.Rollback);
  world.director.targetsRole.version = 10;
  await world.publishNext();
  is(await vehicle.cycle(), Status.Ok);
});

test.run();
