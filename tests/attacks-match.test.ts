/** Orders against the vehicle, the Image repository and each other: attack cases 33 to 40, 78 to 82 and 86, as far as the core decides them. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ECU_INSTALLED, ECU_ORDERED, OPTION_PRIMARY, ROLE_PAYLOAD, ROLE_TARGETS, SESSION_ECU_REPORT, SESSION_MANIFEST, SESSION_PARTIAL, SESSION_TIME, SOURCE_NEW } from "../assembly/abi.ts";
import * as Status from "../assembly/status.ts";
import { Core } from "../bindings/core.ts";
import { ecuReport, vehicleManifest } from "../bindings/manifest.ts";
import * as metadata from "../bindings/metadata.ts";
import { edited, withstands } from "./attacks.ts";
import { NOW, type Repository, VEHICLE, Vehicle, World, bytes, is, key } from "./world.ts";

const test = suite("attacks: orders");
type Loose = { length?: unknown; hashes?: unknown; custom: Record<string, unknown> };

/** Changes how a repository, or each of both, lists the image. */
function relisted(repositories: Repository[], change: (entry: Loose) => object): void {
  for (const { targets } of repositories) for (const [name, entry] of targets) targets.set(name, change(structuredClone(entry) as Loose) as metadata.Entry);
}

const both = ({ director, image }: World): Repository[] => [director, image];

test("case 33: length, hashes, release counter, must-match data and hardware, each differing on one side only", async () => {
  const rows: [status: number, found: number, change: (entry: Loose) => object][] = [
    [Status.Mismatch, 1, (entry) => ({ ...entry, length: Number(entry.length) + 1 })],
    [Status.Mismatch, 2, (entry) => ({ ...entry, hashes: metadata.hashes(bytes("another")) })],
    [Status.Mismatch, 3, (entry) => ({ ...entry, custom: { ...entry.custom, releaseCounter: 2 } })],
    [Status.Mismatch, 4, (entry) => ({ ...entry, custom: { ...entry.custom, mustMatch: { a: 1 } } })],
  ];
  for (const [status, found, change] of rows) {
    for (const which of ["director", "image"] as const) {
      const report = await withstands(status, (world) => {
        relisted([world[which]], change);
        return world.publishNext();
      }, { about: `${which} ${found}` });
      assert.is(Number(report.found), found, which);
    }
  }
  await withstands(Status.WrongHardware, (world) => {
    relisted([world.image], (entry) => ({ ...entry, custom: { ...entry.custom, hardwareIds: ["tcu-b"] } }));
    return world.publishNext();
  });
});

test("case 34: one ECU twice in Director Targets", async () => {
  await withstands(Status.RepeatedEcu, (world) => {
    world.order("b.bin", bytes("b"), world.ecus);
    return world.publishNext();
  });
});

test("case 35: an ECU that is not in this vehicle", async () => {
  await withstands(Status.UnknownEcu, (world) => {
    world.order("b.bin", bytes("b"), [{ serial: "tcu-2", hardwareId: "tcu-a", counter: -1 }]);
    return world.publishNext();
  });
});

test("case 36: another vehicle's empty Targets, or nobody's", async () => {
  for (const custom of [{ vehicleId: "VIN0002" }, { vehicleId: "" }, {}, undefined]) {
    await withstands(Status.WrongVehicle, (world) => {
      world.director.targets.clear();
      world.director.custom = custom;
      return world.publishNext();
    }, { about: JSON.stringify(custom) });
  }
});

test("cases 37 and 82: an order for the wrong model is refused at the order, before any byte of the image; a list that is absent limits nothing", async () => {
  for (const hardwareId of ["tcu-b", "TCU-A", "tcu-a ", ""]) {
    await withstands(Status.WrongHardware, (world) => {
      relisted([world.director], (entry) => ({ ...entry, custom: { ...entry.custom, ecuIdentifiers: new Map([["tcu-1", { hardwareId }]]) } }));
      return world.publishNext();
    }, { about: hardwareId });
  }
  await withstands(Status.Ok, (world) => {
    relisted([world.image], ({ custom: { hardwareIds: _gone, ...custom }, ...entry }) => ({ ...entry, custom }));
    return world.publishNext();
  });
});

test("cases 38 and 81: an older image in newer metadata that both sides agree on, and a counter that is gone on one side or both", async () => {
  const seen = (world: World): void => void (world.ecus[0] = { serial: "tcu-1", hardwareId: "tcu-a", counter: 1 });
  const without = ({ custom: { releaseCounter: _gone, ...custom }, ...entry }: Loose): object => ({ ...entry, custom });
  await withstands(Status.ReleaseCounter, (world) => {
    relisted(both(world), (entry) => ({ ...entry, custom: { ...entry.custom, releaseCounter: 0 } }));
    return world.publishNext();
  }, { setup: seen, about: "lower" });
  await withstands(Status.ReleaseCounter, (world) => {
    relisted(both(world), without);
    return world.publishNext();
  }, { setup: seen, about: "gone on both sides" });
  for (const which of ["director", "image"] as const) {
    // The Director's entry is held against what the ECU has seen before the repositories are compared.
    await withstands(which === "director" ? Status.ReleaseCounter : Status.Mismatch, (world) => {
      relisted([world[which]], without);
      return world.publishNext();
    }, { setup: seen, about: `gone at ${which}` });
    await withstands(Status.Mismatch, (world) => {
      relisted([world[which]], without);
      return world.publishNext();
    }, { about: `never seen, gone at ${which}` });
  }
  await withstands(Status.Ok, (world) => {
    relisted(both(world), without);
    return world.publishNext();
  }, { about: "never seen, gone on both sides" });
});

test("case 39: no hash, none that we know, or one that we cannot compute beside the others", async () => {
  const sha256 = metadata.hashes(bytes("the first image")).sha256;
  for (const [hashes, status] of [
    [{}, Status.UnsupportedHash], [{ md5: "00" }, Status.UnsupportedHash], [{ "blake2b-256": sha256 }, Status.UnsupportedHash], [{ md5: "00", sha256 }, Status.UnsupportedHash],
    [{ sha256: "" }, Status.BadHex], [{ sha256: sha256.slice(2) }, Status.BadHex], [{ sha256: sha256.toUpperCase() }, Status.BadHex], [{ sha256: 1 }, Status.Malformed], [undefined, Status.UnsupportedHash],
  ] as const) {
    await withstands(status, (world) => {
      relisted(both(world), ({ hashes: _old, ...entry }) => (hashes === undefined ? entry : { ...entry, hashes }));
      return world.publishNext();
    }, { about: JSON.stringify(hashes) });
  }
});

test("case 39: hashes that disagree: the image fits one of them, which is not enough", async () => {
  const { sha256, sha512 } = metadata.hashes(bytes("the first image"));
  const other = metadata.hashes(bytes("another"));
  for (const hashes of [{ sha256, sha512: other.sha512 }, { sha256: other.sha256, sha512 }]) {
    const world = await World.make();
    relisted(both(world), (entry) => ({ ...entry, hashes }));
    await world.publish();
    const vehicle = new Vehicle(world);
    is(await vehicle.cycle(), Status.Ok);
    const before = vehicle.core.record();
    vehicle.meddle = (want, source) => (want.role === ROLE_PAYLOAD ? bytes("the first image") : source);
    is(await vehicle.fetchImage(), Status.HashMismatch);
    assert.equal(vehicle.core.record(), before);
  }
});

test("case 40: a file of another role, well signed by the key of the role it stands in for", async () => {
  const types = ["root", "timestamp", "snapshot", "targets", "time", "manifest", "Targets", ""];
  for (const which of ["director", "image"] as const) {
    for (const file of ["timestamp", "snapshot", "targets"]) {
      for (const _type of types.filter((type) => type !== file)) {
        await withstands(Status.WrongType, (world) => {
          edited(world[which], `${file}.json`, (payload) => ({ ...payload, _type }));
          return world.publishNext();
        }, { about: `${which} ${file} says ${_type}` });
      }
    }
  }
});

/** An ECU that verifies partially, and what somebody puts on the link for it. */
function small(world: World, offered: () => Uint8Array): { vehicle: Vehicle; update(): Promise<number> } {
  const vehicle = new Vehicle(world, Core.load({ partial: true }));
  vehicle.meddle = (want, source) => {
    if (want.role === ROLE_PAYLOAD) return bytes("the first image");
    return want.role === ROLE_TARGETS && want.source === SOURCE_NEW ? offered() : source;
  };
  return { vehicle, update: async () => {
    vehicle.core.identify({ vehicle: VEHICLE, serial: "tcu-1", hardwareId: "tcu-a", counter: -1, nonce: "11".repeat(32) });
    vehicle.core.open(SESSION_PARTIAL, 0, NOW);
    return (await vehicle.drive()).status;
  } };
}

test("case 78: Director Targets that a Primary refuses are taken by partial verification, a stated limit, and refused by full verification", async () => {
  const world = await World.make();
  world.image.targets.clear(); // only the Director knows the image
  await world.publish();
  const primary = new Vehicle(world);
  is(await primary.cycle(), Status.NotFound);
  const targets = world.director.files.get("1.targets.json") as Uint8Array;
  assert.is(await small(world, () => targets).update(), Status.Ok);
  world.order("b.bin", bytes("b"), [{ serial: "stranger", hardwareId: "tcu-a", counter: -1 }]);
  await world.publishNext();
  is(await primary.cycle(), Status.UnknownEcu);
  is(await primary.cycle(0), Status.NotFound, "a Secondary that verifies fully");
});

test("case 79: a file of one kind offered as another is refused by the kind it has to name, though the keys fit", async () => {
  const world = await World.make();
  const signer = world.director.targetsRole.signers[0] as ReturnType<typeof key>;
  const image = { filepath: "app.bin", length: 3, hashes: metadata.hashes(new Uint8Array(3)) };
  const report = await ecuReport({ serial: "tcu-1", image, attacks: "", time: metadata.date(NOW), previousTime: metadata.date(NOW), counter: 5 }, signer);
  const manifest = await vehicleManifest({ vin: VEHICLE, primary: "tcu-1", reports: new Map([["tcu-1", report]]) }, signer);
  const targets = world.director.files.get("1.targets.json") as Uint8Array;
  const core = Core.load();
  const judged = (session: number, file: Uint8Array): number => {
    core.forget();
    core.identify({ vehicle: VEHICLE, serial: "tcu-1", hardwareId: "tcu-a", counter: -1 });
    core.ecu({ serial: "tcu-1", hardwareId: "tcu-a", counter: 1, bytes32: Buffer.from(signer.public.keyval.public, "hex") });
    core.open(session, 0, NOW);
    const fed = core.feed(file);
    return fed.status === Status.Ok ? core.end().status : fed.status;
  };
  assert.is(judged(SESSION_MANIFEST, manifest), Status.Ok);
  assert.is(judged(SESSION_ECU_REPORT, report), Status.Ok);
  for (const [session, file] of [[SESSION_MANIFEST, report], [SESSION_MANIFEST, targets], [SESSION_ECU_REPORT, manifest], [SESSION_ECU_REPORT, targets]] as const) {
    assert.ok([Status.Malformed, Status.WrongType].includes(judged(session, file)), `${session}`);
  }
  for (const file of [report, manifest]) await withstands(Status.Malformed, (_world, vehicle) => {
    vehicle.meddle = (want, source) => (want.role === ROLE_TARGETS && want.source === SOURCE_NEW && want.repository === 0 ? file : source);
    for (const role of [vehicle.world.director.timestamp, vehicle.world.director.snapshot, vehicle.world.director.targetsRole]) role.version++;
    edited(vehicle.world.director, "snapshot.json", (payload) => ({ ...payload, meta: { "targets.json": { version: 2 } } }));
    return vehicle.world.director.publish();
  });
  const ecu = small(world, () => targets);
  ecu.vehicle.core.identify({ vehicle: VEHICLE, serial: "tcu-1", hardwareId: "tcu-a", counter: -1, nonce: "11".repeat(32) });
  ecu.vehicle.core.open(SESSION_TIME);
  ecu.vehicle.core.feed(world.director.files.get("1.root.json") as Uint8Array);
  ecu.vehicle.core.end();
  ecu.vehicle.core.feed(world.director.files.get("1.root.json") as Uint8Array);
  ecu.vehicle.core.end();
  ecu.vehicle.core.feed(targets);
  assert.ok([Status.Malformed, Status.WrongType].includes(ecu.vehicle.core.end().status), "Targets as a time message");
});

test("case 80: the same metadata, image and report again and again: the same answer, and not a byte moves", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  const [record, kept] = [vehicle.core.record(), vehicle.stored.size];
  for (let again = 0; again < 5; again++) {
    is(await vehicle.cycle(), Status.Ok);
    assert.is(vehicle.core.outcome(0), ECU_ORDERED);
    is(await vehicle.fetchImage(), Status.Ok);
    assert.equal(vehicle.core.record(), record);
    assert.is(vehicle.stored.size, kept);
  }
  Object.assign(world.ecus[0] as object, { bytes32: Buffer.from(metadata.hashes(bytes("the first image")).sha256, "hex"), counter: 1 });
  for (let again = 0; again < 3; again++) {
    is(await vehicle.cycle(), Status.Ok);
    assert.is(vehicle.core.outcome(0), ECU_INSTALLED);
    assert.equal(vehicle.core.record(), record);
  }
});

test("case 86: a new order is signed while a vehicle is half-way: it ends on one consistent set or starts again, never on a mixture", async () => {
  for (const gone of [false, true]) {
    const world = await World.make();
    const vehicle = new Vehicle(world);
    is(await vehicle.cycle(), Status.Ok);
    await world.publishNext();
    let between = false;
    vehicle.meddle = (want, source) => {
      if (want.repository !== 0 || want.role !== ROLE_TARGETS || want.source !== SOURCE_NEW || between) return source;
      between = true;
      return gone ? world.director.files.get("3.targets.json") as Uint8Array : source; // a Director that keeps no old file answers with the new one
    };
    const old = new Map(world.director.files);
    await world.director.publishNext();
    const three = world.director.files;
    const newest = three.get("timestamp.json") as Uint8Array;
    three.set("timestamp.json", old.get("timestamp.json") as Uint8Array);
    const before = vehicle.core.record();
    const report = await vehicle.cycle(OPTION_PRIMARY);
    is(report, gone ? Status.MixAndMatch : Status.Ok, "half-way");
    if (gone) assert.equal(vehicle.core.record().subarray(16 + 120, 16 + 160), before.subarray(16 + 120, 16 + 160), "Director Targets in the record");
    three.set("timestamp.json", newest);
    is(await vehicle.cycle(), Status.Ok, "the new order");
  }
});

test.run();
