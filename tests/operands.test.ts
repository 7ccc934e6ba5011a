/** What a refusal says besides its name: found, expected, and the file at fault. assembly/status.ts, docs/adr/0001. */
import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { suite } from "uvu";
import * as abi from "../assembly/abi.ts";
import * as Status from "../assembly/status.ts";
import { Core, type Report, type Want } from "../bindings/core.ts";
import { statusName } from "../bindings/errors.ts";
import * as metadata from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { type Delegated, LATER, NOW, VEHICLE, Vehicle, World, bytes, is, key, place } from "./world.ts";

const test = suite("operands");

function says(report: Report, status: number, found: number | bigint, expected: number | bigint, about = ""): void {
  assert.equal([statusName(report.status), report.found, report.expected], [statusName(status), BigInt(found), BigInt(expected)], about);
}

function of(report: Report, repository: number, role: number, source = abi.SOURCE_NEW): void {
  assert.equal([report.file.repository, report.file.role, report.file.source, report.want, report.keep], [repository, role, source, abi.WANT_NOTHING, false]);
}

const NONE = 2n ** 64n - 1n; // a counter that is not there

test("versions of Root: the next one and no other", async () => {
  for (const [offered, status] of [[1, Status.Rollback], [2, Status.Ok], [3, Status.RootVersion], [9, Status.RootVersion]] as const) {
    for (const which of [abi.DIRECTOR, abi.IMAGE] as const) {
      const world = await World.make();
      const repository = world.repository(which);
      const vehicle = new Vehicle(world);
      is(await vehicle.cycle(), Status.Ok);
      const before = repository.root.signers;
      repository.root.signers = [key(), key()];
      repository.root.version = offered;
      repository.files.set("2.root.json", await sign(repository.rootPayload(), [...before, ...repository.root.signers]));
      const report = await vehicle.cycle();
      if (status === Status.Ok) is(report, status);
      else {
        says(report, status, offered, 2);
        of(report, which, abi.ROLE_ROOT, abi.SOURCE_AGAIN);
      }
    }
  }
});

test("versions that fall: found is the offered one, expected the trusted one", async () => {
  for (const which of [abi.DIRECTOR, abi.IMAGE] as const) {
    for (const [role, number] of [["timestamp", abi.ROLE_TIMESTAMP], ["snapshot", abi.ROLE_SNAPSHOT], ["targetsRole", abi.ROLE_TARGETS]] as const) {
      const world = await World.make();
      const repository = world.repository(which);
      for (const one of [repository.timestamp, repository.snapshot, repository.targetsRole]) one.version = 7;
      await repository.publish();
      const vehicle = new Vehicle(world);
      is(await vehicle.cycle(), Status.Ok);
      for (const one of [repository.timestamp, repository.snapshot, repository.targetsRole]) one.version = 9;
      repository[role].version = 5;
      await repository.publish();
      // A Snapshot that falls is seen in Timestamp, Targets that fall in Snapshot.
      says(await vehicle.cycle(), Status.Rollback, 5, 7, role);
      of(vehicle.core.report(), which, number === abi.ROLE_TARGETS ? abi.ROLE_SNAPSHOT : abi.ROLE_TIMESTAMP);
    }
  }
});

test("expiry: found is its second, expected the clock", async () => {
  for (const which of [abi.DIRECTOR, abi.IMAGE] as const) {
    for (const [role, number] of [["root", abi.ROLE_ROOT], ["timestamp", abi.ROLE_TIMESTAMP], ["snapshot", abi.ROLE_SNAPSHOT], ["targetsRole", abi.ROLE_TARGETS]] as const) {
      for (const late of [0, 5]) {
        const world = await World.make();
        const repository = world.repository(which);
        repository[role].expires = metadata.date(NOW - late);
        if (role === "root") await repository.publishRoot();
        await repository.publish();
        const vehicle = new Vehicle(world);
        says(await vehicle.cycle(), Status.Freeze, NOW - late, NOW, role);
        of(vehicle.core.report(), which, number);
      }
    }
  }
});

test("what is pointed to: length against length, version against version, and digests without numbers", async () => {
  const world = await World.make();
  const timestamp = async (snapshot: object) => {
    const payload = { ...metadata.timestamp({ version: 1, expires: LATER, snapshot: { version: 1, bytes: new Uint8Array(1) } }), meta: { "snapshot.json": snapshot } };
    world.image.files.set("timestamp.json", await sign(payload, world.image.timestamp.signers));
    return await new Vehicle(world).cycle();
  };
  const file = world.image.files.get("1.snapshot.json") as Uint8Array;
  const { sha256, sha512 } = metadata.hashes(file);
  is(await timestamp({ version: 1 }), Status.Ok);
  is(await timestamp({ version: 1, length: file.length, hashes: { sha256, sha512 } }), Status.Ok);
  says(await timestamp({ version: 1, length: file.length + 1 }), Status.MixAndMatch, file.length, file.length + 1);
  says(await timestamp({ version: 1, length: file.length - 1 }), Status.EndlessData, file.length, file.length - 1);
  const differ = (hex: string, at: number) => hex.slice(0, at) + (hex[at] === "0" ? "1" : "0") + hex.slice(at + 1);
  for (const at of [0, 1, 62, 63]) says(await timestamp({ version: 1, hashes: { sha256: differ(sha256, at) } }), Status.MixAndMatch, 0, 0);
  for (const at of [0, 1, 126, 127]) says(await timestamp({ version: 1, hashes: { sha512: differ(sha512, at) } }), Status.MixAndMatch, 0, 0);
  world.image.files.set("2.snapshot.json", file);
  says(await timestamp({ version: 2 }), Status.MixAndMatch, 1, 2);
});

test("signatures: how many keys signed, and how many had to", async () => {
  for (const [threshold, signed, status, found] of [[1, 0, Status.BadSignature, 0], [3, 0, Status.BadSignature, 0], [3, 1, Status.UnmetThreshold, 1], [3, 2, Status.UnmetThreshold, 2], [3, 3, Status.Ok, 3]] as const) {
    const world = await World.make();
    const role = world.image.timestamp;
    role.signers = [key(), key(), key()];
    role.threshold = threshold;
    await world.image.publishRoot();
    await world.image.publish();
    const payload = (JSON.parse(new TextDecoder().decode(world.image.files.get("timestamp.json"))) as { signed: object }).signed;
    world.image.files.set("timestamp.json", await sign(payload, role.signers.slice(0, signed)));
    const report = await new Vehicle(world).cycle();
    if (status === Status.Ok) is(report, status);
    else {
      says(report, status, found, threshold);
      of(report, abi.IMAGE, abi.ROLE_TIMESTAMP);
    }
  }
});

test("a signature that is bad is one of the file that was asked for, step by step", async () => {
  const world = await World.make();
  const good = new Vehicle(world);
  is(await good.cycle(), Status.Ok);
  for (const want of good.asked.filter(({ source, version, role }) => source === abi.SOURCE_NEW && !(role === abi.ROLE_ROOT && version > 1))) {
    const vehicle = new Vehicle(world);
    vehicle.meddle = (asked, source) => (place(asked, 0) === place(want, 0) && source instanceof Uint8Array && asked.role === want.role ? spoiled(source) : source);
    const report = await vehicle.cycle();
    assert.ok(report.status === Status.BadSignature || report.status === Status.UnmetThreshold || report.status === Status.MixAndMatch, statusName(report.status));
    of(report, want.repository, want.role);
  }
});

/** Another last digit of the first signature. */
function spoiled(file: Uint8Array): Uint8Array {
  const bad = file.slice();
  const at = Buffer.from(file).indexOf('"}', Buffer.from(file).indexOf('"sig":"')) - 1;
  bad[at] = bad[at] === 0x30 ? 0x31 : 0x30;
  return bad;
}

test("a Snapshot that lost a name says after how many it was missed, and how many there were", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  const listed = (names: string[]) => (file: string, payload: object) => file === "snapshot.json" ? { ...payload, meta: { ...Object.fromEntries(names.map((name) => [name, { version: 4 }])), ...Object.fromEntries(Object.entries(plain(payload))) } } : payload;
  world.image.edit = listed(["a.json", "b.json", "c.json"]);
  await world.image.publish();
  is(await vehicle.cycle(), Status.Ok);
  world.image.edit = listed(["a.json", "c.json"]);
  await world.image.publishNext();
  says(await vehicle.cycle(), Status.Vanished, 1, 4);
  world.image.edit = (file, payload) => (file === "snapshot.json" ? { ...payload, meta: { "a.json": { version: 3 }, "b.json": { version: 9 }, "c.json": { version: 4 }, ...plain(payload) } } : payload);
  await world.image.publishNext();
  says(await vehicle.cycle(), Status.Rollback, 3, 4);
});

function plain(payload: object): Record<string, object> {
  const { meta } = payload as { meta: Map<string, object> | Record<string, object> };
  return meta instanceof Map ? Object.fromEntries(meta) : meta;
}

test("time: back, too far, and which is which", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  const at = async (seconds: number) => {
    const attested = await sign(metadata.time({ nonces: ["11".repeat(32)], seconds }), world.director.time.signers);
    vehicle.meddle = (want, source) => (want.role === abi.ROLE_TIME ? attested : source);
    return await vehicle.time();
  };
  says(await at(0), Status.Malformed, Number(/export const TIME = (\d+);/.exec(readFileSync("assembly/names.ts", "utf8"))?.[1]), 0, "the first second of all is no time");
  is(await at(NOW), Status.Ok);
  is(await at(NOW), Status.Ok, "the same second again");
  says(await at(NOW - 1), Status.TimeBack, NOW - 1, NOW);
  of(vehicle.core.report(), abi.DIRECTOR, abi.ROLE_TIME);
  says(await at(NOW + 315_360_001), Status.TimeJump, NOW + 315_360_001, NOW + 315_360_000);
  is(await at(NOW + 315_360_000), Status.Ok);
});

test("images: length against length, and endless data at the first byte too many", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  for (const [text, status, found] of [["the first imag", Status.LengthMismatch, 14], ["", Status.LengthMismatch, 0], ["the first image!", Status.EndlessData, 16]] as const) {
    vehicle.meddle = (want, source) => (want.role === abi.ROLE_PAYLOAD ? bytes(text) : source);
    says(await vehicle.fetchImage(), status, found, 15);
  }
});

test("release counters: offered and floor; a counter that vanished is all ones", async () => {
  for (const [floor, offered, status, found] of [[1, 1, Status.Ok, 1], [2, 1, Status.ReleaseCounter, 1], [0, undefined, Status.ReleaseCounter, NONE], [-1, undefined, Status.Ok, 0], [-1, 0, Status.Ok, 0], [2 ** 40, 2 ** 40 - 1, Status.ReleaseCounter, 2 ** 40 - 1]] as const) {
    for (const partial of [false, true]) {
      const world = await World.make();
      (world.ecus[0] as World["ecus"][0]).counter = floor;
      for (const targets of [world.director.targets, world.image.targets]) {
        const entry = targets.get("app.bin") as metadata.Entry;
        const { releaseCounter: _gone, ...custom } = entry.custom;
        targets.set("app.bin", { ...entry, custom: offered === undefined ? custom : { ...custom, releaseCounter: offered } });
      }
      await world.publish();
      const vehicle = new Vehicle(world, Core.load({ partial }));
      vehicle.meddle = (want, source) => (want.role === abi.ROLE_PAYLOAD ? bytes("the first image") : partial && want.role === abi.ROLE_TARGETS ? world.director.files.get("1.targets.json") as Uint8Array : source);
      let report: Report;
      if (partial) {
        vehicle.core.identify({ vehicle: VEHICLE, serial: "tcu-1", hardwareId: "tcu-a", counter: floor });
        vehicle.core.open(abi.SESSION_PARTIAL, 0, NOW);
        report = await vehicle.drive();
      } else report = await vehicle.cycle();
      if (status === Status.Ok) is(report, status);
      else says(report, status, found, floor);
    }
  }
});

test("the wrong type: which word was found, and which expected", async () => {
  const world = await World.make();
  const numbers = new Map<string, bigint>();
  const serve = async (which: "director" | "image", name: string, type: string) => {
    world[which].edit = (file, payload) => (file === name ? { ...payload, _type: type } : payload);
    if (name === "root.json") await world[which].publishRoot();
    await world[which].publish();
    const report = await new Vehicle(world).cycle();
    world[which].edit = (_file, payload) => payload;
    await world[which].publishRoot();
    await world[which].publish();
    assert.is(statusName(report.status), "WrongType", `${name} as ${type}`);
    return report;
  };
  for (const [which, name, own] of [["director", "root.json", "root"], ["image", "timestamp.json", "timestamp"], ["image", "snapshot.json", "snapshot"], ["image", "targets.json", "targets"], ["director", "targets.json", "targets"]] as const) {
    for (const type of ["root", "timestamp", "snapshot", "targets", "time", "Targets", "nothing known"]) {
      if (type === own) continue;
      const report = await serve(which, name, type);
      for (const [word, number] of [[type, report.found], [own, report.expected]] as const) {
        if (word === "Targets" || word === "nothing known") assert.is(number, 0n, word);
        else assert.is(number, numbers.get(word) ?? numbers.set(word, number).get(word), word);
      }
    }
  }
  assert.is(new Set(numbers.values()).size, 5, "five words, five numbers");
});

test("hex that is none: the word that names it", async () => {
  const word = (name: string) => BigInt(new RegExp(`export const ${name} = (\\d+);`).exec(readFileSync("assembly/names.ts", "utf8"))?.[1] ?? 0);
  const world = await World.make();
  world.image.edit = (file, payload) => (file === "root.json" ? JSON.parse(JSON.stringify(payload, (_name, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value)).replaceAll(/"public":"[0-9a-f]{2}/g, '"public":"zz')) as object : payload);
  await world.image.publishRoot();
  const labelled = new Vehicle(world);
  labelled.introduce();
  labelled.core.open(abi.SESSION_CYCLE, abi.OPTION_PRIMARY | abi.OPTION_LABELS, NOW);
  says(await labelled.drive(), Status.BadHex, word("PUBLIC"), 0);
  for (const [name, member] of [["SHA256", "sha256"], ["SHA512", "sha512"]] as const) {
    const other = await World.make();
    const entry = other.image.targets.get("app.bin") as metadata.Entry;
    other.image.targets.set("app.bin", { ...entry, hashes: { ...entry.hashes, [member]: `zz${(entry.hashes as unknown as Record<string, string>)[member]?.slice(2)}` } });
    await other.image.publish();
    says(await new Vehicle(other).cycle(), Status.BadHex, word(name), 0);
  }
});

test("a number beyond 2^53 - 1: itself, and the greatest there is", () => {
  const core = Core.load();
  for (const [text, found] of [["9007199254740992", 2n ** 53n], ["[90071992547409919]", 90_071_992_547_409_919n]] as const) {
    core.open(abi.SESSION_JSON);
    says(core.feed(bytes(text)), Status.NumberRange, found, 2n ** 53n - 1n);
  }
});

test("calls out of range say by what", async () => {
  const core = Core.load();
  says(core.open(99), Status.BadArgument, 99, 0);
  says(Core.load({ partial: true }).open(abi.SESSION_CYCLE), Status.BadArgument, abi.SESSION_CYCLE, 0);
  const world = await World.make();
  const vehicle = new Vehicle(world);
  world.ecus.push({ serial: "e2", hardwareId: "tcu-a", counter: -1 });
  is(await vehicle.cycle(), Status.Ok);
  vehicle.core.select(1);
  says(vehicle.core.open(abi.SESSION_IMAGE), Status.NoSuchImage, 1, 0);
  vehicle.introduce();
  vehicle.core.open(abi.SESSION_CYCLE, abi.OPTION_PRIMARY, NOW);
  says(vehicle.core.missing(Status.BadSignature), Status.BadArgument, Status.BadSignature, 0);
});

test("a stored file that cannot even be read is not what was stored, and the report says what was wrong with it", async () => {
  const world = await World.make();
  const good = new Vehicle(world);
  is(await good.cycle(), Status.Ok);
  const zero = await sign({ ...(JSON.parse(new TextDecoder().decode(world.director.files.get("1.root.json"))) as { signed: object }).signed }, world.director.root.signers);
  const text = new TextDecoder().decode(zero);
  for (const [file, found] of [[text.replace('"threshold":1', '"threshold":0'), Status.ZeroThreshold], [text.replace('"_type"', '"_type" :" ","a"'), 0], ["[", 0], ["{", Status.Storage], ['{"a":1.5}', Status.Fraction], ["nonsense", Status.Syntax]] as const) {
    const vehicle = new Vehicle(world);
    vehicle.core.setRecord(good.core.record());
    vehicle.meddle = (want: Want, source) => (want.source === abi.SOURCE_STORED && want.role === abi.ROLE_ROOT && want.repository === 0 ? bytes(file) : source);
    const report = await vehicle.cycle();
    assert.is(statusName(report.status), "Storage", file.slice(0, 40));
    if (found !== 0 && found !== Status.Storage) assert.is(report.found, BigInt(found), file.slice(0, 40));
  }
  // A bound is no form: it is said as it is.
  const vehicle = new Vehicle(world);
  vehicle.core.setRecord(good.core.record());
  vehicle.meddle = (want: Want, source) => (want.source === abi.SOURCE_STORED && want.role === abi.ROLE_ROOT && want.repository === 0 ? bytes(text.replace('"threshold":1', '"threshold":1001')) : source);
  says(await vehicle.cycle(), Status.Limit, 1001, 1000);
});

test("the entry of another hardware stays unfit, though a role that agrees with it named this one", async () => {
  const world = await World.make();
  const files = ["a", "b"].map((): Delegated => ({ role: { signers: [key()], threshold: 1, version: 1, expires: LATER }, targets: new Map() })) as [Delegated, Delegated];
  const [a, b] = files;
  for (const [i, name] of ["a", "b"].entries()) world.image.delegated.set(name, files[i] as Delegated);
  world.image.targets.clear();
  world.director.targets.clear();
  world.order("x.bin", bytes("x"), world.ecus, a.targets);
  b.targets.set("x.bin", a.targets.get("x.bin") as metadata.Entry);
  const entry = a.targets.get("x.bin") as metadata.Entry;
  a.targets.set("x.bin", { ...entry, custom: { ...entry.custom, hardwareIds: ["tcu-z"] } });
  world.image.delegations = [{ roles: ["a", "b"].map((name, i) => ({ name, keys: (files[i] as Delegated).role.signers.map((signer) => signer.public), threshold: 1 })), paths: ["*"] }];
  await world.publish();
  is(await new Vehicle(world).cycle(), Status.WrongHardware);
});

test.run();
