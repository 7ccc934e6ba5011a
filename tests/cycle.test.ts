/** Full verification over several cycles: what moves, what stays, what heals. Uptane 2.1.0 §5.4.4.2 to §5.4.4.6. */
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { ECU_ORDERED, IMAGE, NOTE_SAME_VERSION, OPTION_DIRECTOR_ONLY, OPTION_FRESH_TIME, OPTION_PRIMARY, ROLE_SNAPSHOT, ROLE_TIME, SESSION_IMAGE, SOURCE_AGAIN, SOURCE_STORED } from "../assembly/abi.ts";
import * as Status from "../assembly/status.ts";
import type { Report } from "../bindings/core.ts";
import { statusName } from "../bindings/errors.ts";
import * as metadata from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { BEFORE, type Delegated, NOW, Vehicle, World, key } from "./world.ts";

const test = suite("cycle");
const bytes = (text: string) => new TextEncoder().encode(text);

function is(report: Report, status: number, about = ""): void {
  assert.is(statusName(report.status), statusName(status), about);
}

/** The cycle is refused with this status, and the record is what it was. */
async function refuses(vehicle: Vehicle, status: number): Promise<Report> {
  const before = vehicle.core.record();
  const report = await vehicle.cycle();
  is(report, status);
  assert.equal(vehicle.core.record(), before, "the trusted record moved");
  return report;
}

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
  await publishOnce(world, "r1020", 1);
  is(await vehicle.cycle(), Status.Rollback);
  await publishOnce(world, "r1020", 3);
  is(await vehicle.cycle(), Status.Ok);
  assert.ok(vehicle.asked.filter((want) => want.repository === IMAGE && want.role === ROLE_SNAPSHOT && want.source === SOURCE_STORED).length >= 5);
});

/** Snapshot and Timestamp of the Image repository with 1,024 names, one of them at another version; the delegated files themselves are not needed. */
async function publishOnce(world: World, name: string, version: number): Promise<void> {
  const repository = world.image;
  repository.snapshot.version++;
  repository.timestamp.version++;
  const listed = new Map<string, metadata.Listed>();
  for (const role of repository.delegated.keys()) listed.set(`${role}.json`, { version: role === name ? version : 2, bytes: new Uint8Array(1) });
  const targets = repository.files.get(`${repository.targetsRole.version}.targets.json`) as Uint8Array;
  listed.set("targets.json", { version: repository.targetsRole.version, bytes: targets });
  const snapshot = await sign(metadata.snapshot({ version: repository.snapshot.version, expires: repository.snapshot.expires, files: listed }), repository.snapshot.signers);
  repository.files.set(`${repository.snapshot.version}.snapshot.json`, snapshot);
  const timestamp = metadata.timestamp({ version: repository.timestamp.version, expires: repository.timestamp.expires, snapshot: { version: repository.snapshot.version, bytes: snapshot } });
  repository.files.set("timestamp.json", await sign(timestamp, repository.timestamp.signers));
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

test("W1: without an attestation of its own, nothing is installed in this cycle", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  const nonces = ["22".repeat(32), "11".repeat(32)];
  vehicle.meddle = (want, source) => (want.role === ROLE_TIME ? attested : source);
  let attested = await sign(metadata.time({ nonces, seconds: NOW }), world.director.time.signers);
  is(await vehicle.cycle(OPTION_PRIMARY | OPTION_FRESH_TIME), Status.Ok);
  is(await vehicle.fetchImage(), Status.NoFreshTime);
  is(await vehicle.time(), Status.Ok);
  is(await vehicle.cycle(OPTION_PRIMARY | OPTION_FRESH_TIME, 0), Status.Ok);
  is(await vehicle.fetchImage(), Status.Ok);
  is(await vehicle.cycle(OPTION_PRIMARY | OPTION_FRESH_TIME, 0), Status.Ok);
  is(await vehicle.fetchImage(), Status.NoFreshTime, "an attestation serves one cycle");
  attested = await sign(metadata.time({ nonces, seconds: NOW - 1 }), world.director.time.signers);
  is(await vehicle.time(), Status.TimeBack);
  attested = await sign(metadata.time({ nonces: ["22".repeat(32)], seconds: NOW }), world.director.time.signers);
  is(await vehicle.time(), Status.Nonce);
  attested = await sign(metadata.time({ nonces, seconds: NOW }), world.director.timestamp.signers);
  is(await vehicle.time(), Status.BadSignature);
});

test("TM-21: a rotated time key takes the clock back to its minimum, and nothing is installed before the new key gave a time", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  const nonces = ["11".repeat(32)];
  let attested = await sign(metadata.time({ nonces, seconds: NOW + 10 * 365 * 86_400 }), world.director.time.signers);
  vehicle.meddle = (want, source) => (want.role === ROLE_TIME ? attested : source);
  is(await vehicle.time(), Status.Ok);
  is(await vehicle.cycle(OPTION_PRIMARY | OPTION_FRESH_TIME, 0), Status.Freeze);
  await world.director.rotate("time");
  is(await vehicle.time(), Status.Ok, "the old Root's key still counts until the new Root is taken");
  is(await vehicle.cycle(OPTION_PRIMARY | OPTION_FRESH_TIME, 0), Status.Ok);
  is(await vehicle.fetchImage(), Status.NoFreshTime);
  attested = await sign(metadata.time({ nonces, seconds: NOW }), world.director.time.signers);
  is(await vehicle.time(), Status.Ok);
  is(await vehicle.cycle(OPTION_PRIMARY | OPTION_FRESH_TIME, 0), Status.Ok);
  is(await vehicle.fetchImage(), Status.Ok);
});

test("delegations: order, terminating, threshold, keys of the delegating file, hardware identifiers, cycles", async () => {
  const world = await World.make();
  const image = world.image;
  const ecu = world.ecus[0] as World["ecus"][0];
  const first = bytes("delegated image");
  image.targets.clear();
  world.director.targets.clear();
  const makers = { a: key(), b: key(), stranger: key() };
  const file = (signer: typeof makers.a): Delegated => ({ role: { signers: [signer], threshold: 1, version: 1, expires: metadata.date(NOW + 9) }, targets: new Map<string, metadata.Entry>() });
  const a = file(makers.a);
  const b = file(makers.b);
  image.delegated.set("a", a);
  image.delegated.set("b", b);
  world.order("fw/x.bin", first, [ecu], b.targets);
  const to = (name: string, signer: typeof makers.a, more: object = {}) => ({ name, keys: [signer.public], threshold: 1, paths: ["fw/*"], ...more });
  const cycle = async (delegations: metadata.Delegation[], status: number, about: string) => {
    image.delegations = delegations;
    await world.publishNext();
    const vehicle = new Vehicle(world);
    is(await vehicle.cycle(), status, about);
    if (status === Status.Ok) is(await vehicle.fetchImage(), Status.Ok, about);
  };
  await cycle([to("a", makers.a), to("b", makers.b)], Status.Ok, "the first does not have it, the second does");
  await cycle([to("a", makers.a, { terminating: true }), to("b", makers.b)], Status.NotFound, "terminating");
  await cycle([to("b", makers.a)], Status.RoleInvalid, "keys of the delegating file, not of the role");
  await cycle([{ ...to("b", makers.b), keys: [makers.b.public, makers.stranger.public], threshold: 2 }], Status.RoleInvalid, "threshold");
  await cycle([to("b", makers.b, { paths: ["other/*"] })], Status.NotFound, "path outside");
  await cycle([to("b", makers.b, { paths: ["*"] })], Status.NotFound, "* does not cross /");
  await cycle([to("b", makers.b, { hardwareIds: ["tcu-b"] })], Status.NotFound, "other hardware");
  await cycle([to("b", makers.b, { hardwareIds: ["tcu-b", "tcu-a"] })], Status.Ok, "this hardware");
  await cycle([to("missing", makers.a), to("b", makers.b)], Status.RoleInvalid, "a missing delegated file ends the search");
  a.delegations = [to("a", makers.a), to("b", makers.b)];
  await cycle([to("a", makers.a)], Status.Ok, "one level further down, past a cycle");
  a.delegations = [to("b", makers.stranger)];
  await cycle([to("b", makers.b), to("a", makers.a)], Status.Ok, "found before the delegator with other keys");
  await cycle([to("a", makers.a), to("b", makers.b)], Status.RoleInvalid, "case 9: the same role under other keys is judged by those");
});

test("multi-role delegations: groups, the agreement threshold, the earliest role, roles that fail, nesting, terminating (case 18, §5.4.4.8)", async () => {
  const world = await World.make();
  const image = world.image;
  const ecu = world.ecus[0] as World["ecus"][0];
  image.targets.clear();
  world.director.targets.clear();
  const file = (): Delegated => ({ role: { signers: [key()], threshold: 1, version: 1, expires: metadata.date(NOW + 9) }, targets: new Map() });
  const files = new Map(["a", "b", "c", "d"].map((name) => [name, file()]));
  for (const [name, role] of files) image.delegated.set(name, role);
  const role = (name: string) => files.get(name) as Delegated;
  const one = (name: string) => ({ name, keys: role(name).role.signers.map((signer) => signer.public), threshold: 1 });
  const many = (names: string, more: object = {}) => ({ roles: [...names].map(one), paths: ["*"], ...more });
  const says = (names: string, text: string) => {
    for (const name of names) world.order("x.bin", bytes(text), [ecu], role(name).targets);
  };
  const cycle = async (delegations: metadata.Delegation[], ordered: string, status: number, about: string) => {
    world.order("x.bin", bytes(ordered), [ecu], new Map());
    image.delegations = delegations;
    await world.publishNext();
    const vehicle = new Vehicle(world);
    is(await vehicle.cycle(), status, about);
    if (status === Status.Ok) is(await vehicle.fetchImage(), Status.Ok, about);
  };
  says("abc", "one");
  await cycle([many("abc")], "one", Status.Ok, "all agree");
  await cycle([many("abc")], "two", Status.Mismatch, "all agree, and the Director orders something else");
  says("c", "two");
  await cycle([many("abc")], "one", Status.NotFound, "all have to agree by default, and one does not");
  await cycle([many("abc", { minRolesInAgreement: 2 })], "one", Status.Ok, "two of three");
  await cycle([many("abc", { minRolesInAgreement: 1 })], "one", Status.Ok, "two groups are large enough: that of the earliest role");
  await cycle([many("cab", { minRolesInAgreement: 1 })], "one", Status.Mismatch, "the earliest role says otherwise");
  await cycle([many("cab", { minRolesInAgreement: 1 })], "two", Status.Ok, "and is what counts");
  await cycle([many("cd", { minRolesInAgreement: 2 })], "two", Status.NotFound, "one says nothing");
  await cycle([many("cd", { minRolesInAgreement: 2 }), many("ab")], "one", Status.Ok, "no group: the next delegation");
  await cycle([many("cd", { minRolesInAgreement: 2, terminating: true }), many("ab")], "one", Status.NotFound, "no group, terminating");
  await cycle([many("abc", { minRolesInAgreement: 4 })], "one", Status.Malformed, "more than there are");
  role("a").role.expires = BEFORE;
  await cycle([many("abc", { minRolesInAgreement: 1 })], "two", Status.Mismatch, "an expired role contributes nothing: b is earliest");
  await cycle([many("abc", { minRolesInAgreement: 1 })], "one", Status.Ok, "b speaks");
  await cycle([{ roles: [{ name: "missing", keys: [], threshold: 1 }, one("b"), one("c")], minRolesInAgreement: 1, paths: ["*"] }], "one", Status.Ok, "a missing role contributes nothing");
  role("a").role.expires = metadata.date(NOW + 9);
  for (const name of "abcd") role(name).targets.clear();
  says("bc", "one");
  role("a").delegations = [many("bc")];
  await cycle([many("ad", { minRolesInAgreement: 1 })], "one", Status.Ok, "one role finds it through roles in agreement of its own");
  role("d").delegations = [{ ...one("c"), paths: ["*"] }];
  await cycle([many("ad")], "one", Status.Ok, "both find it further down");
  says("c", "two");
  await cycle([many("ad")], "one", Status.NotFound, "and no longer agree");
});

test("succinct roles: the name's SHA-256 chooses the role (TAP 15)", async () => {
  const world = await World.make();
  const image = world.image;
  const signer = key();
  image.targets.clear();
  world.director.targets.clear();
  const bin = Number.parseInt(metadata.hashes(bytes("x.bin")).sha256.slice(0, 2), 16) >> 3;
  const name = `bin-${bin.toString(16).padStart(2, "0")}`;
  const file: Delegated = { role: { signers: [signer], threshold: 1, version: 1, expires: metadata.date(NOW + 9) }, targets: new Map() };
  image.delegated.set(name, file);
  world.order("x.bin", bytes("in a bin"), world.ecus, file.targets);
  await world.publish();
  const payload = metadata.targets({ version: 2, expires: metadata.date(NOW + 9), targets: image.targets });
  const delegations = { keys: { [signer.keyid]: signer.public }, succinct_roles: { bit_length: 5, keyids: [signer.keyid], name_prefix: "bin", threshold: 1 } };
  const signed = await sign({ ...payload, delegations }, image.targetsRole.signers);
  image.files.set("2.targets.json", signed);
  const listed = new Map([["targets.json", { version: 2, bytes: signed }], [`${name}.json`, { version: 1, bytes: image.files.get(`1.${name}.json`) as Uint8Array }]]);
  const snapshot = await sign(metadata.snapshot({ version: 2, expires: metadata.date(NOW + 9), files: listed }), image.snapshot.signers);
  image.files.set("2.snapshot.json", snapshot);
  image.files.set("timestamp.json", await sign(metadata.timestamp({ version: 2, expires: metadata.date(NOW + 9), snapshot: { version: 2, bytes: snapshot } }), image.timestamp.signers));
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  is(await vehicle.fetchImage(), Status.Ok);
});

test("a rotated time key is remembered through a power cut between the Root and its expiry check", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  let attested = await sign(metadata.time({ nonces: ["11".repeat(32)], seconds: NOW + 10 * 365 * 86_400 }), world.director.time.signers);
  vehicle.meddle = (want, source) => (want.role === ROLE_TIME ? attested : source);
  is(await vehicle.time(), Status.Ok);
  await world.director.rotate("time");
  vehicle.meddle = (want, source) => (want.version === 3 ? Status.Unavailable : source);
  is(await vehicle.cycle(OPTION_PRIMARY | OPTION_FRESH_TIME, 0), Status.Unavailable, "the new Root is taken, then the power goes");
  const after = new Vehicle(world);
  after.core.setRecord(vehicle.record);
  for (const [where, what] of vehicle.stored) after.stored.set(where, what);
  is(await after.cycle(OPTION_PRIMARY | OPTION_FRESH_TIME, 0), Status.Ok);
  is(await after.fetchImage(), Status.NoFreshTime);
  attested = await sign(metadata.time({ nonces: ["11".repeat(32)], seconds: NOW }), world.director.time.signers);
  after.meddle = (want, source) => (want.role === ROLE_TIME ? attested : source);
  is(await after.time(), Status.Ok, "earlier than what the old key said, and later than nothing");
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
