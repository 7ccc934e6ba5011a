/** Snapshot against the one stored before. Uptane 2.1.0 §5.4.4.5. */
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { IMAGE, OPTION_PRIMARY, ROLE_SNAPSHOT, SESSION_CYCLE, SOURCE_AGAIN, SOURCE_NEW, SOURCE_STORED, WANT_NOTHING } from "../assembly/abi.ts";
import * as Status from "../assembly/status.ts";
import * as metadata from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { NOW, Vehicle, World, is, key } from "./world.ts";

const test = suite("check_snapshot");

test("case 21: a name that vanishes from Snapshot, and a version that falls in it, are refused", async () => {
  const world = await World.make();
  for (const name of ["a", "b", "c"]) world.image.delegated.set(name, { role: { signers: [key()], threshold: 1, version: 2, expires: metadata.date(NOW + 9) }, targets: new Map() });
  await world.image.publish();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  const gone = world.image.delegated.get("b");
  world.image.delegated.delete("b");
  await world.image.publishNext();
  is(await vehicle.cycle(), Status.Vanished);
  world.image.delegated.set("b", gone as NonNullable<typeof gone>);
  (gone as NonNullable<typeof gone>).role.version = 1;
  world.image.timestamp.version++;
  world.image.snapshot.version++;
  await world.image.publish();
  is(await vehicle.cycle(), Status.Rollback);
  (gone as NonNullable<typeof gone>).role.version = 2;
  await world.image.publishNext();
  is(await vehicle.cycle(), Status.Ok);
});

test("a Snapshot of 1,024 names is compared in pieces, and a fall in the last piece is seen", async () => {
  const world = await World.make();
  const role = { signers: [key()], threshold: 1, version: 2, expires: metadata.date(NOW + 9) };
  const shared = { role, targets: new Map<string, metadata.Entry>() };
  for (let i = 0; i < 1023; i++) world.image.delegated.set(`r${String(i).padStart(4, "0")}`, shared);
  await publishOnce(world, "r0000", 2);
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  is(await vehicle.fetchImage(), Status.Ok, "the pieces take nothing of the inventory's room");
  await publishOnce(world, "r1020", 1);
  is(await vehicle.cycle(), Status.Rollback);
  await publishOnce(world, "r1020", 3);
  is(await vehicle.cycle(), Status.Ok);
  is(await vehicle.fetchImage(), Status.Ok);
  assert.ok(vehicle.asked.filter((want) => want.repository === IMAGE && want.role === ROLE_SNAPSHOT && want.source === SOURCE_STORED).length >= 5);
});

test("from piece to piece it is the same new Snapshot, by its digest, wherever the host takes it from", async () => {
  const world = await World.make();
  const shared = { role: { signers: [key()], threshold: 1, version: 2, expires: metadata.date(NOW + 9) }, targets: new Map<string, metadata.Entry>() };
  for (let i = 0; i < 500; i++) world.image.delegated.set(`r${String(i).padStart(4, "0")}`, shared);
  // A Timestamp that states no digest: only the core can tell.
  world.image.edit = (file, payload) => (file === "timestamp.json" ? { ...payload, meta: { "snapshot.json": { version: world.image.snapshot.version } } } : payload);
  await publishOnce(world, "r0000", 2);
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  await publishOnce(world, "r0499", 3);
  const first = world.image.files.get(`${world.image.snapshot.version}.snapshot.json`) as Uint8Array;
  await publishOnce(world, "r0498", 3, 0);
  const second = world.image.files.get(`${world.image.snapshot.version}.snapshot.json`) as Uint8Array;
  for (const [other, status] of [[first, Status.Ok], [second, Status.BadArgument]] as const) {
    const { core } = vehicle;
    const before = core.record();
    vehicle.introduce();
    let report = core.open(SESSION_CYCLE, OPTION_PRIMARY, NOW);
    const asked: number[] = [];
    while (report.want !== WANT_NOTHING) {
      const { file } = report;
      const snapshot = file.repository === IMAGE && file.role === ROLE_SNAPSHOT;
      if (snapshot && file.source !== SOURCE_STORED) asked.push(file.source);
      const source = snapshot && file.source !== SOURCE_STORED ? (asked.length === 1 ? first : other) : vehicle.fetch(file);
      if (typeof source === "number") report = core.missing(source);
      else if (source instanceof Uint8Array) {
        core.feed(source);
        report = core.end();
      }
    }
    is(report, status);
    assert.equal(asked.slice(0, 2), [SOURCE_NEW, SOURCE_AGAIN]);
    if (status !== Status.Ok) assert.is(report.file.role, ROLE_SNAPSHOT);
    core.setRecord(before);
  }
});

/** Snapshot and Timestamp of the Image repository with the names there are, one of them at another version; the delegated files themselves are not needed. */
async function publishOnce(world: World, name: string, version: number, later = 1): Promise<void> {
  const repository = world.image;
  repository.snapshot.version += later;
  repository.timestamp.version += later;
  const listed = new Map<string, metadata.Listed>();
  for (const role of repository.delegated.keys()) listed.set(`${role}.json`, { version: role === name ? version : 2, bytes: new Uint8Array(1) });
  const targets = repository.files.get(`${repository.targetsRole.version}.targets.json`) as Uint8Array;
  listed.set("targets.json", { version: repository.targetsRole.version, bytes: targets });
  const snapshot = await sign(metadata.snapshot({ version: repository.snapshot.version, expires: repository.snapshot.expires, files: listed }), repository.snapshot.signers);
  repository.files.set(`${repository.snapshot.version}.snapshot.json`, snapshot);
  const timestamp = metadata.timestamp({ version: repository.timestamp.version, expires: repository.timestamp.expires, snapshot: { version: repository.snapshot.version, bytes: snapshot } });
  repository.files.set("timestamp.json", await sign(repository.edit("timestamp.json", timestamp), repository.timestamp.signers));
}

test.run();
