/** What the core touches of its one page, and each capacity at its limit and one over: docs/adr/0002, assembly/layout.ts. */
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { ECU_ORDERED, NOTE_ROOT_LIMIT, OPTION_FRESH_TIME, OPTION_IMAGE_ONLY, OPTION_PRIMARY, OPTION_ROOT_CHAIN, ROLE_PAYLOAD, ROLE_TARGETS, ROLE_TIME, SESSION_CYCLE, SESSION_PARTIAL, SESSION_TIME } from "../assembly/abi.ts";
import { CONSTANTS_END, FULL_END, PARTIAL_END, ROWS, ROW_SIZE } from "../assembly/layout.ts";
import * as Status from "../assembly/status.ts";
import { CORE_GLOBALS } from "../build/core.bytes.ts";
import { Core, type Report } from "../bindings/core.ts";
import { UsageError, statusName } from "../bindings/errors.ts";
import type { Signer } from "../bindings/keys.ts";
import * as metadata from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { type Delegated, LATER, NOW, VEHICLE, Vehicle, World, key } from "./world.ts";

const test = suite("memory");
const bytes = (text: string) => new TextEncoder().encode(text);
const NONCE = "11".repeat(32);

function is(report: Report, status: number, about = ""): void {
  assert.is(statusName(report.status), statusName(status), about);
}

function isLimit(report: Report, found: number, expected: number, status: number = Status.Limit): void {
  is(report, status);
  assert.equal([Number(report.found), Number(report.expected)], [found, expected]);
}

/** Bytes from the start of memory up to the highest one this core has changed since it was loaded. */
function mark(core: Core): number {
  return core.memoryUsed() - CORE_GLOBALS;
}

const same = (count: number, make = key) => Array.from({ length: count }, make);

test("the marks: partial within 16 KiB, constants below all of them, everything within one page", () => {
  assert.ok(CONSTANTS_END < PARTIAL_END && PARTIAL_END <= 16_384, `${PARTIAL_END}`);
  assert.ok(PARTIAL_END < FULL_END && FULL_END < ROWS + 256 * ROW_SIZE && ROWS + 256 * ROW_SIZE <= 65_536);
});

test("partial verification with Root chain, time, 16 signatures and a refused file writes nothing above PARTIAL_END", async () => {
  const world = await World.make();
  const ecu = new Vehicle(world, Core.load({ partial: true }));
  const core = ecu.core;
  world.director.root.signers = same(8);
  world.director.targetsRole.signers = same(16);
  world.director.targetsRole.threshold = 16;
  world.director.root.version = 1;
  await world.director.publishRoot();
  await world.director.publish();
  ecu.firstRoots[0] = world.director.files.get("1.root.json") as Uint8Array;
  const attested = await sign(metadata.time({ nonces: [NONCE], seconds: NOW }), world.director.time.signers);
  let image = bytes("the worse image");
  ecu.meddle = (want, source) => {
    if (want.role === ROLE_TIME) return attested;
    if (want.role === ROLE_PAYLOAD) return image;
    return want.role === ROLE_TARGETS && want.source === 0 ? world.director.files.get("1.targets.json") as Uint8Array : source;
  };
  const update = async (session: number) => {
    core.identify({ vehicle: VEHICLE, ...(world.ecus[0] as World["ecus"][0]), nonce: NONCE });
    core.open(session, OPTION_ROOT_CHAIN | OPTION_FRESH_TIME, 0);
    return await ecu.drive();
  };
  is(await update(SESSION_TIME), Status.Ok);
  is(await update(SESSION_PARTIAL), Status.HashMismatch);
  image = bytes("the first image");
  await world.director.rotate("time");
  is(await update(SESSION_TIME), Status.Ok);
  is(await update(SESSION_PARTIAL), Status.NoFreshTime);
  assert.ok(mark(core) <= PARTIAL_END, `${mark(core)} of ${PARTIAL_END}`);
});

test("full verification of one ECU, delegations and Snapshot comparison included, writes nothing above FULL_END", async () => {
  const world = await World.make();
  deep(world, 8);
  await world.publish();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  is(await vehicle.fetchImage(), Status.Ok);
  await world.publishNext();
  is(await vehicle.cycle(), Status.Ok);
  assert.ok(mark(vehicle.core) <= FULL_END, `${mark(vehicle.core)} of ${FULL_END}`);
  assert.ok(mark(vehicle.core) > PARTIAL_END, "the rest is used");
});

test("a Primary with 256 ECUs and 256 images writes nothing behind its rows; the 257th ECU is refused", async () => {
  const world = await World.make();
  fleet(world, 256);
  await world.publish();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  assert.is(vehicle.core.outcome(255), ECU_ORDERED);
  assert.ok(mark(vehicle.core) <= ROWS + 256 * ROW_SIZE, `${mark(vehicle.core)}`);
  assert.throws(() => vehicle.core.ecu({ serial: "one more", hardwareId: "hw", counter: -1 }), (error: unknown) => error instanceof UsageError && error.message.includes(`${Status.Limit}`));
});

test("256 ECUs in Director Targets pass, 257 are too many, whoever reads them", async () => {
  for (const [count, status] of [[256, Status.Ok], [257, Status.Limit]] as const) {
    const world = await World.make();
    const first = world.ecus[0] as World["ecus"][0];
    fleet(world, count);
    world.ecus.splice(0, count, first); // a Secondary knows only itself
    await world.publish();
    const report = await new Vehicle(world).cycle(0);
    is(report, status);
    if (status !== Status.Ok) isLimit(report, 257, 256);
  }
});

test("16 signatures count, 17 are too many", async () => {
  for (const [count, status] of [[16, Status.Ok], [17, Status.Limit]] as const) {
    const world = await World.make();
    world.image.root.signers = same(16);
    world.image.root.threshold = 16;
    await world.image.publishRoot(count === 17 ? [key()] : []);
    const report = await new Vehicle(world).cycle();
    is(report, status);
    if (count === 17) isLimit(report, 17, 16);
  }
});

test("a threshold of 16 is not met by 15 of 16 keys", async () => {
  const world = await World.make();
  world.image.root.signers = same(16);
  world.image.root.threshold = 16;
  const payload = world.image.rootPayload();
  world.image.files.set("1.root.json", await sign(payload, world.image.root.signers.slice(1)));
  isLimit(await new Vehicle(world).cycle(), 15, 16, Status.UnmetThreshold);
});

test("32 keys in one Root, 33 are too many", async () => {
  for (const count of [32, 33]) {
    const world = await World.make();
    world.image.root.signers = same(16);
    world.image.targetsRole.signers = same(count - 18);
    await world.image.publishRoot();
    await world.image.publish();
    const report = await new Vehicle(world).cycle();
    if (count === 32) is(report, Status.Ok);
    else isLimit(report, 33, 32);
  }
});

test("32 keys in one delegating file, 33 are too many", async () => {
  for (const count of [32, 33]) {
    const world = await World.make();
    deep(world, 1, same(count - 1));
    await world.publish();
    const report = await new Vehicle(world).cycle();
    if (count === 32) is(report, Status.Ok);
    else isLimit(report, 33, 32);
  }
});

test("an image 8 delegations down is found, 9 are too many", async () => {
  for (const depth of [8, 9]) {
    const world = await World.make();
    deep(world, depth);
    await world.publish();
    const report = await new Vehicle(world).cycle();
    if (depth === 8) is(report, Status.Ok);
    else isLimit(report, 9, 8);
  }
});

test("64 roles are visited in one search, 65 are too many", async () => {
  for (const count of [64, 65]) {
    const world = await World.make();
    const signer = key();
    world.image.targets.clear();
    world.director.targets.clear();
    const names = Array.from({ length: count }, (_, i) => `r${String(i).padStart(2, "0")}`);
    for (const name of names) world.image.delegated.set(name, delegated(signer));
    world.order("app.bin", bytes("found last"), world.ecus, (world.image.delegated.get(names[count - 1] as string) as Delegated).targets);
    world.image.delegations = names.map((name) => ({ name, keys: [signer.public], threshold: 1, paths: ["*"] }));
    await world.publish();
    const report = await new Vehicle(world).cycle();
    if (count === 64) is(report, Status.Ok);
    else isLimit(report, 65, 64);
  }
});

test("an image name of 255 bytes, 256 are too many", async () => {
  for (const length of [255, 256]) {
    const world = await World.make();
    world.image.targets.clear();
    world.director.targets.clear();
    world.order("n".repeat(length), bytes("long name"), world.ecus);
    await world.publish();
    const vehicle = new Vehicle(world);
    const report = await vehicle.cycle();
    if (length === 255) {
      is(report, Status.Ok);
      is(await vehicle.fetchImage(), Status.Ok);
    } else isLimit(report, 256, 255, Status.NameLength);
  }
  const core = Core.load();
  core.target("n".repeat(255));
  assert.throws(() => core.target("n".repeat(256)), (error: unknown) => error instanceof UsageError);
});

test("a role name of 250 bytes, for Snapshot lists it with .json behind; 251 are too many", async () => {
  for (const length of [250, 251]) {
    const world = await World.make();
    const signer = key();
    const name = "r".repeat(length);
    world.image.targets.clear();
    world.director.targets.clear();
    world.image.delegated.set(name, delegated(signer));
    world.order("app.bin", bytes("in a role of a long name"), world.ecus, (world.image.delegated.get(name) as Delegated).targets);
    world.image.delegations = [{ name, keys: [signer.public], threshold: 1, paths: ["*"] }];
    await world.publish();
    const report = await new Vehicle(world).cycle();
    if (length === 250) is(report, Status.Ok);
    else isLimit(report, 256, 255, Status.NameLength);
  }
});

test("nesting of 31, 32 are too many", async () => {
  for (const depth of [31, 32]) {
    let nested: unknown[] = [];
    for (let level = 4; level <= depth; level++) nested = [nested]; // the file is 1, signed 2, the innermost list at least 3
    const report = await withTimestamp({ x: nested });
    if (depth === 31) is(report, Status.Ok);
    else isLimit(report, 32, 31, Status.Depth);
  }
});

test("names of open objects: 768 bytes together, 769 are too many", async () => {
  for (const last of [252, 253]) {
    // "signed" takes 6
    const report = await withTimestamp({ ["a".repeat(255)]: { ["b".repeat(255)]: { ["c".repeat(last)]: 1 } } });
    is(report, last === 252 ? Status.Ok : Status.NameLength);
  }
});

test("a path of 256 bytes in a delegation is read, 257 are too many", async () => {
  for (const [length, status] of [[256, Status.NotFound], [257, Status.TextLength]] as const) {
    const world = await World.make();
    deep(world, 1);
    world.image.delegations = [{ name: "level-1", keys: [key().public], threshold: 1, paths: ["p".repeat(length)] }];
    await world.publish();
    is(await new Vehicle(world).cycle(), status);
  }
});

test("64 newer Roots are taken in one cycle, 65 in two, and the first one says so", async () => {
  for (const count of [64, 65]) {
    const world = await World.make();
    const vehicle = new Vehicle(world);
    for (let i = 0; i < count; i++) await world.director.rotate("snapshot");
    await world.director.publishNext();
    const first = await vehicle.cycle();
    isLimit(first, 65, 64); // whether there is a 65th is not known before it is asked for
    assert.is(first.notes, NOTE_ROOT_LIMIT);
    is(await vehicle.cycle(), Status.Ok);
  }
});

test("an Image repository alone: the wanted name is found, another is not", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  for (const [name, status] of [["app.bin", Status.Ok], ["app.bim", Status.NotFound], ["bapp.bin", Status.NotFound], ["", Status.Ok]] as const) {
    vehicle.introduce();
    vehicle.core.target(name);
    vehicle.core.open(SESSION_CYCLE, OPTION_IMAGE_ONLY, NOW);
    is(await vehicle.drive(), status, name);
  }
});

test("strings that are read over may be of any length", async () => {
  is(await withTimestamp({ comment: "x".repeat(15_000) }), Status.Ok);
});

test("a file of exactly its limit is read, one byte more is endless", async () => {
  for (const [more, status] of [[0, Status.Ok], [1, Status.EndlessData]] as const) {
    const world = await World.make();
    const vehicle = new Vehicle(world);
    const good = world.image.files.get("timestamp.json") as Uint8Array;
    const padded = new Uint8Array(16_384 + more).fill(0x20);
    padded.set(good);
    world.image.files.set("timestamp.json", padded);
    is(await vehicle.cycle(), status);
  }
});

test("1,024 and 1,025 names in Snapshot: there is no limit but its bytes, and nothing is lost", async () => {
  for (const count of [1_024, 1_025]) {
    const world = await World.make();
    const file = new Uint8Array(1);
    const files = new Map<string, metadata.Listed>();
    for (let i = 1; i < count; i++) files.set(`r${String(i).padStart(4, "0")}.json`, { version: 2, bytes: file });
    const vehicle = new Vehicle(world);
    const publish = async (version: number, lastVersion: number) => {
      const targets = world.image.files.get("1.targets.json") as Uint8Array;
      files.set("targets.json", { version: 1, bytes: targets });
      files.set(`r${String(count - 1).padStart(4, "0")}.json`, { version: lastVersion, bytes: file });
      const snapshot = await sign(metadata.snapshot({ version, expires: LATER, files }), world.image.snapshot.signers);
      world.image.files.set(`${version}.snapshot.json`, snapshot);
      world.image.files.set("timestamp.json", await sign(metadata.timestamp({ version, expires: LATER, snapshot: { version, bytes: snapshot } }), world.image.timestamp.signers));
      return await vehicle.cycle(OPTION_PRIMARY);
    };
    is(await publish(2, 2), Status.Ok);
    is(await publish(3, 1), Status.Rollback, `${count}`);
    is(await publish(4, 3), Status.Ok);
  }
});

function delegated(signer: ReturnType<typeof key>): Delegated {
  return { role: { signers: [signer], threshold: 1, version: 1, expires: LATER }, targets: new Map() };
}

/** The image is listed `depth` delegations below the top level, and nowhere else. */
function deep(world: World, depth: number, others: Signer[] = []): void {
  const signer = key();
  const keys = [signer, ...others].map(({ public: shown }) => shown);
  world.image.targets.clear();
  world.director.targets.clear();
  const to = (level: number): metadata.Delegation => ({ name: `level-${level}`, keys, threshold: 1, paths: ["*.bin"] });
  world.image.delegations = [to(1)];
  for (let level = 1; level <= depth; level++) {
    const file = delegated(signer);
    if (level < depth) file.delegations = [to(level + 1)];
    world.image.delegated.set(`level-${level}`, file);
    if (level === depth) world.order("app.bin", bytes("far down"), world.ecus, file.targets);
  }
}

/** An inventory of `count` ECUs, each with an image of its own. */
function fleet(world: World, count: number): void {
  world.ecus.length = 0;
  world.director.targets.clear();
  world.image.targets.clear();
  for (let i = 0; i < count; i++) {
    const ecu = { serial: `ecu-${i}`, hardwareId: `hw-${i % 3}`, counter: -1 };
    world.ecus.push(ecu);
    world.order(`image-${i}.bin`, bytes(`image ${i}`), [ecu]);
  }
}

/** A cycle in which the Image repository's Timestamp has more members than it needs. */
async function withTimestamp(more: object): Promise<Report> {
  const world = await World.make();
  const snapshot = { version: 1, bytes: world.image.files.get("1.snapshot.json") as Uint8Array };
  const payload = metadata.timestamp({ version: 1, expires: LATER, snapshot });
  world.image.files.set("timestamp.json", await sign({ ...payload, ...more }, world.image.timestamp.signers));
  return await new Vehicle(world).cycle();
}

test.run();
