/** The trusted record, byte by byte: what a cycle writes, what rotated keys forget, and that nothing but a sealed one is used. assembly/trusted.ts, §5.4.4.3 step 5, docs/adr/0003. */
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { sha256 } from "@noble/hashes/sha2.js";
import { OPTION_PRIMARY, ROLE_TIME, ROLE_TIMESTAMP, SESSION_CYCLE, SESSION_PARTIAL } from "../assembly/abi.ts";
import * as Status from "../assembly/status.ts";
import { Core } from "../bindings/core.ts";
import * as metadata from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { BEFORE, LATER, NOW, type Repository, Vehicle, World, is, key } from "./world.ts";

const test = suite("record");

const SNAPSHOT = 1;
const TARGETS = 2;
const TIME = 4;

interface Part {
  files: (Uint8Array | undefined)[]; // Root, Timestamp, Snapshot, Targets
  named: number;
  flags?: number;
}

/** What the header of trusted.ts says. */
function record(time: number, ...repositories: Part[]): Uint8Array {
  const all = new Uint8Array(512);
  const view = new DataView(all.buffer);
  view.setUint32(0, 0x31545055, true);
  view.setUint32(4, 1, true);
  view.setBigUint64(8, BigInt(time), true);
  for (const [i, { files, named, flags }] of repositories.entries()) {
    const at = 16 + 176 * i;
    for (const [role, file] of files.entries()) {
      if (file === undefined) continue;
      view.setBigUint64(at + 40 * role, BigInt((JSON.parse(new TextDecoder().decode(file)) as { signed: { version: number } }).signed.version), true);
      all.set(sha256(file), at + 40 * role + 8);
    }
    view.setBigUint64(at + 160, BigInt(named), true);
    view.setBigUint64(at + 168, BigInt(flags ?? 0), true);
  }
  all.set(sha256(all.subarray(0, 480)), 480);
  return all;
}

function served({ files, root, timestamp: _timestamp, snapshot, targetsRole }: Repository): Uint8Array[] {
  return [`${root.version}.root.json`, "timestamp.json", `${snapshot.version}.snapshot.json`, `${targetsRole.version}.targets.json`].map((name) => files.get(name) as Uint8Array);
}

const whole = (repository: Repository): Part => ({ files: served(repository), named: repository.snapshot.version });

test("after a cycle it holds version and digest of the four files of both repositories, and the Snapshot each Timestamp names", async () => {
  const world = await World.make();
  for (const repository of [world.director, world.image]) {
    repository.timestamp.version = 0x1_0203_0405;
    repository.snapshot.version = 0x6_0708_090a;
    repository.targetsRole.version = Number.MAX_SAFE_INTEGER;
  }
  await world.publish();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  assert.equal(vehicle.core.record(), record(0, whole(world.director), whole(world.image)));
});

test("file by file, as each is taken", async () => {
  const world = await World.make();
  const [director, image] = [whole(world.director), whole(world.image)];
  const none: Part = { files: [], named: 0 };
  const upTo = ({ files, named }: Part, count: number): Part => ({ files: files.slice(0, count), named: count > 1 ? named : 0 });
  const expected = [...[1, 2, 3, 4].map((n) => record(0, upTo(director, n), none)), ...[1, 2, 3, 4].map((n) => record(0, director, upTo(image, n)))];
  const vehicle = new Vehicle(world);
  const seen: Uint8Array[] = [];
  vehicle.meddle = (want, bytes) => {
    const now = vehicle.core.record();
    if (Buffer.compare(now, seen.at(-1) ?? new Uint8Array(512)) !== 0) seen.push(now);
    void want;
    return bytes;
  };
  is(await vehicle.cycle(), Status.Ok);
  if (Buffer.compare(vehicle.core.record(), seen.at(-1) as Uint8Array) !== 0) seen.push(vehicle.core.record());
  assert.equal(seen, expected);
});

test("rotated keys: Timestamp, Snapshot and the floor of Targets go, or that floor alone, or the time; other keys undo nothing", async () => {
  for (const which of ["director", "image"] as const) {
    for (const [role, forgets] of [["timestamp", SNAPSHOT], ["snapshot", SNAPSHOT], ["targetsRole", TARGETS], ["root", 0], ["time", which === "director" ? TIME : 0]] as const) {
      // Without time nothing expires: the new Root is taken, and all is done at once.
      const atOnce = forgets === TIME;
      const world = await World.make();
      const vehicle = new Vehicle(world);
      const attested = await sign(metadata.time({ nonces: ["11".repeat(32)], seconds: NOW - 9 }), world.director.time.signers);
      vehicle.meddle = (want, bytes) => (want.role === ROLE_TIME ? attested : bytes);
      is(await vehicle.time(), Status.Ok);
      is(await vehicle.cycle(), Status.Ok);
      const before = [whole(world.director), whole(world.image)] as const;
      assert.equal(vehicle.core.record(), record(NOW - 9, ...before));
      const repository = world[which];
      const now = [...before];
      const mine = which === "director" ? 0 : 1;
      const time = forgets === TIME ? 0 : NOW - 9;

      // First the new Root is expired: what is due is remembered.
      repository.root.expires = BEFORE;
      await repository.rotate(role);
      is(await vehicle.cycle(OPTION_PRIMARY, NOW), atOnce ? Status.Ok : Status.Freeze, role);
      const root = repository.files.get("2.root.json") as Uint8Array;
      now[mine] = { ...before[mine], files: [root, ...before[mine].files.slice(1)], flags: atOnce ? 0 : forgets };
      assert.equal(vehicle.core.record(), record(time, ...now), `${which} ${role}: remembered`);

      // Then a good one comes, and no Timestamp: it is done.
      repository.root.expires = LATER;
      repository.root.version = 3;
      await repository.publishRoot();
      vehicle.meddle = (want, bytes) => (want.role === ROLE_TIMESTAMP && want.repository === mine ? Status.Unavailable : bytes);
      is(await vehicle.cycle(OPTION_PRIMARY, NOW), Status.Unavailable, role);
      const last = repository.files.get("3.root.json") as Uint8Array;
      const [, timestamp, snapshot, targets] = before[mine].files;
      now[mine] = forgets === SNAPSHOT ? { files: [last], named: 0 } : { files: [last, timestamp, snapshot, forgets === TARGETS ? undefined : targets], named: before[mine].named };
      assert.equal(vehicle.core.record(), record(time, ...now), `${which} ${role}: forgotten`);
    }
  }
});

test("a threshold that changes, a key that comes or goes: rotated; the same keys in another order: not", async () => {
  const changes: [string, (world: World) => void, boolean][] = [
    ["threshold", (world) => void (world.image.targetsRole.threshold = 2), true],
    ["one key more", (world) => void world.image.targetsRole.signers.push(key()), true],
    ["one key less", (world) => void world.image.targetsRole.signers.pop(), true],
    ["the last key another one", (world) => void world.image.targetsRole.signers.splice(1, 1, key()), true],
    ["the first key another one", (world) => void world.image.targetsRole.signers.splice(0, 1, key()), true],
    ["another order", (world) => void world.image.targetsRole.signers.reverse(), false],
    ["a key of another role", (world) => void world.image.root.signers.push(key()), false],
  ];
  for (const [about, change, rotated] of changes) {
    const world = await World.make();
    world.image.targetsRole.signers.push(key());
    await world.image.publishRoot();
    await world.image.publish();
    const vehicle = new Vehicle(world);
    is(await vehicle.cycle(), Status.Ok, about);
    const before = world.image.root.signers.slice();
    change(world);
    world.image.root.version++;
    world.image.root.expires = BEFORE;
    await world.image.publishRoot(before);
    is(await vehicle.cycle(), Status.Freeze, about);
    assert.is(vehicle.core.record()[16 + 176 + 168], rotated ? TARGETS : 0, about);
  }
});

test("one byte of a record changed, or one set in an empty one: refused, wherever it stands", async () => {
  const vehicle = new Vehicle(await World.make());
  is(await vehicle.cycle(), Status.Ok);
  const good = vehicle.core.record();
  const small = Core.load({ partial: true });
  for (const from of [good, new Uint8Array(512)]) {
    for (let at = 0; at < 512; at++) {
      const bad = from.slice();
      bad[at] = (bad[at] ?? 0) ^ 0x80;
      vehicle.core.setRecord(bad);
      is(vehicle.core.open(SESSION_CYCLE, OPTION_PRIMARY, NOW), Status.Record, `byte ${at}`);
      small.setRecord(bad);
      is(small.open(SESSION_PARTIAL, 0, NOW), Status.Record, `byte ${at}, to a small ECU`);
      assert.equal(vehicle.core.record(), bad);
    }
    vehicle.core.setRecord(from);
    is(vehicle.core.open(SESSION_CYCLE, OPTION_PRIMARY, NOW), Status.Ok);
  }
});

test.run();
