/** What a host brings back, and what it may bring at most: a stored file is the one that was stored, and no statement lifts a limit. §5.4.4.2, docs/adr/0003. */
import * as assert from "uvu/assert";
import { suite } from "uvu";
import * as abi from "../assembly/abi.ts";
import { DIRECTOR_TARGETS_LIMIT, SEARCH, SEARCH_END, SNAPSHOT_LIMIT, TARGETS_LIMIT } from "../assembly/layout.ts";
import * as Status from "../assembly/status.ts";
import { Core, type Report, type Want } from "../bindings/core.ts";
import * as metadata from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { type Delegated, LATER, NOW, type Repository, VEHICLE, Vehicle, World, bytes, is, key } from "./world.ts";

const test = suite("stored");

async function delegated(): Promise<World> {
  const world = await World.make();
  const file: Delegated = { role: { signers: [key()], threshold: 1, version: 1, expires: LATER }, targets: new Map() };
  world.image.targets.clear();
  world.image.delegated.set("supplier", file);
  world.image.delegations = [{ name: "supplier", keys: file.role.signers.map((signer) => signer.public), threshold: 1, paths: ["*"] }];
  world.order("app.bin", bytes("the first image"), world.ecus, file.targets);
  await world.publish();
  return world;
}

/** One byte more behind the end: well-formed, signed, and not the file that was kept. */
const spaced = (source: Uint8Array) => Uint8Array.from([...source, 0x20]);

test("a stored file with one byte of white space more is not the one stored, step by step", async () => {
  const world = await delegated();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  is(await vehicle.fetchImage(), Status.Ok);
  // Other bytes under the stored versions of both Timestamps, so that these are read too; newer Snapshots beside the stored ones.
  for (const which of [0, 1, 2]) {
    for (const repository of [world.director, world.image]) {
      if (which === 1) repository.timestamp.expires = "2027-02-01T00:00:00Z";
      if (which === 2) repository.timestamp.version = repository.snapshot.version = 2;
    }
    await world.publish();
    const steps: Want[] = [];
    const from = vehicle.core.record();
    const again = async (change: (want: Want, source: Uint8Array, n: number) => Uint8Array): Promise<Report> => {
      const ecu = new Vehicle(world);
      ecu.core.setRecord(from);
      for (const [where, what] of vehicle.stored) ecu.stored.set(where, what);
      let n = 0;
      ecu.meddle = (want, source) => (source instanceof Uint8Array ? change(want, source, n++) : source);
      const report = await ecu.cycle();
      return report.status === Status.Ok ? await ecu.fetchImage() : report;
    };
    is(await again((want, source) => (steps.push(want), source)), Status.Ok);
    let tried = 0;
    for (const [at, want] of steps.entries()) {
      if (want.source !== abi.SOURCE_STORED) continue;
      const report = await again((_want, source, n) => (n === at ? spaced(source) : source));
      assert.ok(report.status === Status.Storage || report.status === Status.EndlessData, `${report.status} at ${at}`);
      assert.equal([report.file.repository, report.file.role, report.file.source], [want.repository, want.role, want.source], `file ${at} is named`);
      tried++;
    }
    assert.ok(tried >= 5, `${tried}`);
  }
});

test("a stored file that is not there is a fault of the storage, whatever the host says why", async () => {
  const world = await delegated();
  // Versions alone are stated, so that stored files stay in force where other bytes are offered under their versions.
  for (const repository of [world.director, world.image]) {
    repository.edit = (_file, payload) => {
      if (!("meta" in payload)) return payload;
      const meta = payload.meta instanceof Map ? Object.fromEntries(payload.meta as Map<string, { version: number }>) : payload.meta as Record<string, { version: number }>;
      return { ...payload, meta: Object.fromEntries(Object.entries(meta).map(([name, { version }]) => [name, { version }])) };
    };
  }
  await world.publish();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  const record = vehicle.core.record();
  for (const { timestamp, snapshot, targetsRole } of [world.director, world.image]) for (const role of [timestamp, snapshot, targetsRole]) role.expires = "2027-02-01T00:00:00Z";
  await world.publish();
  const run = async (missing: number, why: number) => {
    const ecu = new Vehicle(world);
    ecu.core.setRecord(record);
    for (const [where, what] of vehicle.stored) ecu.stored.set(where, what);
    let n = 0;
    const asked: Want[] = [];
    ecu.meddle = (want, source) => (asked.push(want), n++ === missing ? why : source);
    let report = await ecu.cycle();
    if (report.status === Status.Ok) report = await ecu.fetchImage();
    return { report, asked };
  };
  const { report: good, asked: steps } = await run(-1, 0);
  is(good, Status.Ok);
  let tried = 0;
  for (const [at, want] of steps.entries()) {
    for (const why of [Status.Missing, Status.Unavailable]) {
      const { report } = await run(at, why);
      if (want.source === abi.SOURCE_STORED) {
        is(report, Status.Storage, `${at}`);
        assert.equal([report.file.repository, report.file.role, report.file.source], [want.repository, want.role, want.source]);
        tried++;
      } else if (want.role !== abi.ROLE_ROOT) is(report, want.role === abi.ROLE_DELEGATED && why === Status.Missing ? Status.RoleInvalid : why, `${at}`);
    }
  }
  assert.ok(tried >= 20, `${tried}`);
});

test("what a Director checks before it publishes knows no vehicle: an ECU it was not told of is no fault", async () => {
  const world = await World.make();
  world.order("b.bin", bytes("b"), [{ serial: "stranger", hardwareId: "hw", counter: -1 }]);
  await world.publish();
  is(await new Vehicle(world).cycle(abi.OPTION_DIRECTOR_ONLY), Status.Ok);
  is(await new Vehicle(world).cycle(abi.OPTION_DIRECTOR_ONLY | abi.OPTION_PRIMARY), Status.UnknownEcu);
  is(await new Vehicle(world).cycle(0), Status.Ok);
  is(await new Vehicle(world).cycle(abi.OPTION_PRIMARY), Status.UnknownEcu);
});

test("an ECU that knows only itself does not mind what is said of others' images", async () => {
  const world = await World.make();
  const entry = world.director.targets.get("app.bin") as metadata.Entry;
  const others = { ...entry.custom, ecuIdentifiers: new Map([["stranger", { hardwareId: "hw" }]]) };
  world.director.targets.set("b.bin", { ...entry, hashes: { md5: "00" } as unknown as metadata.Hashes, custom: others });
  world.director.targets.set("c.bin", { hashes: entry.hashes, custom: { ...others, ecuIdentifiers: new Map([["another", { hardwareId: "hw" }]]) } } as unknown as metadata.Entry);
  await world.publish();
  is(await new Vehicle(world).cycle(0), Status.Ok);
  world.director.targets.delete("c.bin");
  world.director.targets.set("app.bin", { ...entry, hashes: { md5: "00" } as unknown as metadata.Hashes });
  await world.publish();
  is(await new Vehicle(world).cycle(0), Status.UnsupportedHash, "its own");
});

test("a Snapshot of many names is compared to its last name, piece after piece", async () => {
  const world = await World.make();
  const names = Array.from({ length: 700 }, (_, i) => `r${String(i).padStart(4, "0")}.json`);
  const serve = async (version: number, without: string, lower: string) => {
    const targets = { version: 1, bytes: world.image.files.get("1.targets.json") as Uint8Array };
    const payload = metadata.snapshot({ version, expires: LATER, files: new Map([["targets.json", targets]]) }) as { meta: Map<string, object> };
    const meta = new Map([...names.filter((name) => name !== without).map((name) => [name, { version: name === lower ? 4 : 5 }] as const), ...payload.meta]);
    const bytes = await sign({ ...payload, meta }, world.image.snapshot.signers);
    world.image.files.set(`${version}.snapshot.json`, bytes);
    world.image.files.set("timestamp.json", await sign(metadata.timestamp({ version, expires: LATER, snapshot: { version, bytes } }), world.image.timestamp.signers));
  };
  await serve(1, "", "");
  const first = new Vehicle(world);
  is(await first.cycle(), Status.Ok);
  const piece = Math.floor((SEARCH_END - SEARCH) / 24);
  for (const at of [0, piece - 1, piece, piece + 1, 2 * piece - 1, 2 * piece, 3 * piece - 1, 3 * piece, 699]) {
    for (const lost of [true, false]) {
      await serve(2, lost ? names[at] as string : "", lost ? "" : names[at] as string);
      const vehicle = new Vehicle(world);
      vehicle.core.setRecord(first.core.record());
      for (const [where, what] of first.stored) vehicle.stored.set(where, what);
      is(await vehicle.cycle(), lost ? Status.Vanished : Status.Rollback, `${names[at]}`);
    }
  }
});

/** What Timestamp and Snapshot state of this file: another length. */
function states(repository: Repository, name: string, length: number): void {
  repository.edit = (_file, payload) => {
    if (!("meta" in payload)) return payload;
    const meta = Object.entries(payload.meta instanceof Map ? Object.fromEntries(payload.meta as Map<string, object>) : payload.meta as Record<string, object>);
    return { ...payload, meta: Object.fromEntries(meta.map(([one, what]) => [one, one === name ? { ...what, length } : what])) };
  };
}

test("a length that is stated lowers a limit and never lifts it", async () => {
  for (const [which, name, role, most] of [
    ["director", "snapshot.json", abi.ROLE_SNAPSHOT, SNAPSHOT_LIMIT], ["director", "targets.json", abi.ROLE_TARGETS, DIRECTOR_TARGETS_LIMIT],
    ["image", "snapshot.json", abi.ROLE_SNAPSHOT, SNAPSHOT_LIMIT], ["image", "targets.json", abi.ROLE_TARGETS, TARGETS_LIMIT], ["image", "supplier.json", abi.ROLE_DELEGATED, TARGETS_LIMIT],
  ] as const) {
    for (const [length, limit] of [[0, 0], [1, 1], [most - 1, most - 1], [most, most], [most + 1, most], [2 ** 32 + 5, most], [2 ** 53 - 1, most]] as const) {
      const world = await delegated();
      states(world[which], name, length);
      await world[which].publish();
      const vehicle = new Vehicle(world);
      const report = await vehicle.cycle();
      const asked = vehicle.asked.find((want) => want.repository === (which === "director" ? 0 : 1) && want.role === role && want.source === abi.SOURCE_NEW) as Want;
      assert.is(asked.limit, limit, `${which} ${name} ${length}`);
      assert.ok(report.status === Status.EndlessData || report.status === Status.MixAndMatch || report.status === Status.RoleInvalid, `${report.status}`);
    }
  }
});

test("a file of exactly its limit is read, one byte more is endless", async () => {
  for (const [role, most] of [[abi.ROLE_ROOT, 65_536], [abi.ROLE_TIMESTAMP, 16_384]] as const) {
    for (const more of [0, 1]) {
      const world = await World.make();
      const vehicle = new Vehicle(world);
      vehicle.meddle = (want, source) => {
        if (want.role !== role || !(source instanceof Uint8Array)) return source;
        const padded = new Uint8Array(most + more).fill(0x20);
        padded.set(source);
        return padded;
      };
      const report = await vehicle.cycle();
      is(report, more === 0 ? Status.Ok : Status.EndlessData);
      if (more === 1) assert.equal([report.found, report.expected], [BigInt(most + 1), BigInt(most)]);
    }
  }
});

test("partial verification: its stored Root and Targets too", async () => {
  const world = await World.make();
  const small = new Vehicle(world, Core.load({ partial: true }));
  const drive = async (change: (want: Want, source: Uint8Array) => Uint8Array) => {
    small.core.identify({ vehicle: VEHICLE, serial: "tcu-1", hardwareId: "tcu-a", counter: -1 });
    small.core.open(abi.SESSION_PARTIAL, 0, NOW);
    small.meddle = (want, source) => {
      const found = want.role === abi.ROLE_PAYLOAD ? bytes("the first image") : want.role === abi.ROLE_TARGETS && want.source === abi.SOURCE_NEW ? world.director.files.get("1.targets.json") as Uint8Array : source;
      return found instanceof Uint8Array ? change(want, found) : found;
    };
    return await small.drive();
  };
  is(await drive((_want, source) => source), Status.Ok);
  is(await drive((want, source) => (want.source === abi.SOURCE_STORED ? spaced(source) : source)), Status.Storage);
  const other = await sign({ ...(JSON.parse(new TextDecoder().decode(world.director.files.get("1.targets.json"))) as { signed: object }).signed, zzz: 1 }, world.director.targetsRole.signers);
  const offered = (want: Want, source: Uint8Array) => (want.role === abi.ROLE_TARGETS && want.source === abi.SOURCE_NEW ? other : source);
  const report = await drive(offered);
  is(report, Status.Ok);
  assert.is(report.notes & abi.NOTE_SAME_VERSION, abi.NOTE_SAME_VERSION);
  is(await drive((want, source) => (want.role === abi.ROLE_TARGETS && want.source === abi.SOURCE_STORED ? spaced(source) : offered(want, source))), Status.Storage);
});

test.run();
