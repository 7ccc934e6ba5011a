/** Partial verification, Uptane 2.1.0 §5.4.4.1, through the exports a small ECU has. */
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { NOTE_INSTALLED, NOTE_SAME_VERSION, OPTION_FRESH_TIME, OPTION_ROOT_CHAIN, ROLE_PAYLOAD, ROLE_TARGETS, ROLE_TIME, SESSION_CYCLE, SESSION_PARTIAL, SESSION_TIME, SOURCE_STORED, WANT_IMAGE, WANT_NOTHING } from "../assembly/abi.ts";
import { PARTIAL_END } from "../assembly/layout.ts";
import * as Status from "../assembly/status.ts";
import { CORE_GLOBALS } from "../build/core.bytes.ts";
import { Core, type Report } from "../bindings/core.ts";
import { statusName } from "../bindings/errors.ts";
import * as metadata from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { BEFORE, NOW, VEHICLE, Vehicle, World, key } from "./world.ts";

const test = suite("partial");
const NONCE = "11".repeat(32);

class SmallEcu extends Vehicle {
  installed = "";
  counter = -1;
  image = new TextEncoder().encode("the first image");

  constructor(world: World) {
    super(world, Core.load({ partial: true }));
    this.meddle = (want, bytes) => {
      if (want.role === ROLE_TARGETS && want.source === 0) return world.director.files.get(`${world.director.targetsRole.version}.targets.json`) as Uint8Array;
      return want.role === ROLE_PAYLOAD ? this.image : bytes;
    };
  }

  async update(options = 0, now = NOW): Promise<Report> {
    const { serial, hardwareId } = this.world.ecus[0] as World["ecus"][0];
    this.core.identify({ vehicle: VEHICLE, serial, hardwareId, counter: this.counter, nonce: NONCE, ...(this.installed === "" ? {} : { installed: this.installed }) });
    this.core.open(SESSION_PARTIAL, options, now);
    return await this.drive();
  }
}

function is(report: Report, status: number, about = ""): void {
  assert.is(statusName(report.status), statusName(status), about);
}

test("Root, Targets, image: a good update verifies, and touches no byte above the published mark", async () => {
  const ecu = new SmallEcu(await World.make());
  is(await ecu.update(), Status.Ok);
  assert.ok(ecu.asked.every((want) => want.repository === 0), "only the Director is asked");
  const linear = ecu.core.memoryUsed() - CORE_GLOBALS;
  assert.ok(linear <= PARTIAL_END, `${linear} bytes`);
});

test("an image that differs is refused, and the next try with the right one passes", async () => {
  const world = await World.make();
  const ecu = new SmallEcu(world);
  const good = ecu.image;
  ecu.image = new TextEncoder().encode("the worse image");
  is(await ecu.update(), Status.HashMismatch);
  ecu.image = new TextEncoder().encode("the first image, longer");
  is(await ecu.update(), Status.EndlessData);
  ecu.image = good.subarray(1);
  is(await ecu.update(), Status.LengthMismatch);
  ecu.image = good;
  is(await ecu.update(), Status.Ok);
});

test("a file that is not there: what was new is missing, what was stored is a loss of the store", async () => {
  const world = await World.make();
  const ecu = new SmallEcu(world);
  const honest = ecu.meddle;
  ecu.meddle = (want, source) => (want.role === ROLE_TARGETS && want.source === 0 ? Status.Missing : honest(want, source));
  is(await ecu.update(), Status.Missing);
  ecu.meddle = honest;
  is(await ecu.update(), Status.Ok);
  world.director.targetsRole.expires = metadata.date(NOW + 99); // other bytes of the same version: the stored file is asked for
  await world.director.publish();
  ecu.meddle = (want, source) => (want.role === ROLE_TARGETS && want.source === SOURCE_STORED ? Status.Missing : honest(want, source));
  is(await ecu.update(), Status.Storage);
  ecu.meddle = (want, source) => (want.role === ROLE_PAYLOAD ? Status.Missing : honest(want, source));
  is(await ecu.update(), Status.Missing);
  ecu.meddle = honest;
  is(await ecu.update(), Status.Ok);
});

test("no entry for this ECU is no error, and an entry it runs already is not installed again", async () => {
  const world = await World.make();
  const ecu = new SmallEcu(world);
  ecu.installed = metadata.hashes(ecu.image).sha256;
  const report = await ecu.update();
  is(report, Status.Ok);
  assert.is(report.notes & NOTE_INSTALLED, NOTE_INSTALLED);
  world.director.targets.clear();
  await world.director.publishNext();
  const none = await ecu.update();
  is(none, Status.Ok);
  assert.is(none.notes & NOTE_INSTALLED, 0);
  assert.is(none.want, WANT_NOTHING);
});

test("rollback, expiry, signature, hardware, vehicle, repeated ECU, release counter: each refused, the record as before", async () => {
  const cases: [number, (world: World, ecu: SmallEcu) => Promise<void> | void][] = [
    [Status.Rollback, (world) => void (world.director.targetsRole.version = 1)],
    [Status.Freeze, (world) => void (world.director.targetsRole.expires = BEFORE)],
    [Status.BadSignature, (world) => void (world.director.targetsRole.signers = [key()])],
    [Status.WrongHardware, (world) => world.order("app.bin", new Uint8Array(1), [{ serial: "tcu-1", hardwareId: "tcu-b", counter: -1 }])],
    [Status.WrongVehicle, (world) => void (world.director.custom = { vehicleId: "VIN0002" })],
    [Status.RepeatedEcu, (world) => world.order("b.bin", new Uint8Array(1), [...world.ecus])],
    [Status.ReleaseCounter, (_world, ecu) => void (ecu.counter = 5)],
    [Status.DirectorDelegates, (world) => void (world.director.delegations = [])],
  ];
  for (const [status, change] of cases) {
    const world = await World.make();
    const ecu = new SmallEcu(world);
    await world.director.publishNext();
    is(await ecu.update(), Status.Ok);
    const record = ecu.core.record();
    world.director.targetsRole.version = 3;
    await change(world, ecu);
    await world.director.publish();
    is(await ecu.update(), status);
    assert.equal(ecu.core.record(), record, statusName(status));
  }
});

test("other bytes under the stored version are not taken", async () => {
  const world = await World.make();
  const ecu = new SmallEcu(world);
  is(await ecu.update(), Status.Ok);
  const record = ecu.core.record();
  world.order("app.bin", new TextEncoder().encode("something else"), world.ecus);
  await world.director.publish();
  const report = await ecu.update();
  is(report, Status.Ok);
  assert.is(report.notes & NOTE_SAME_VERSION, NOTE_SAME_VERSION);
  assert.equal(ecu.core.record(), record);
});

test("a rotated Targets key is only followed where the Root chain is", async () => {
  const world = await World.make();
  const ecu = new SmallEcu(world);
  is(await ecu.update(), Status.Ok);
  await world.director.rotate("targetsRole");
  await world.director.publishNext();
  is(await ecu.update(), Status.BadSignature);
  is(await ecu.update(OPTION_ROOT_CHAIN), Status.Ok);
  is(await ecu.update(), Status.Ok, "the Root taken stays");
});

test("W1: no fresh time, no image", async () => {
  const world = await World.make();
  const ecu = new SmallEcu(world);
  const attested = await sign(metadata.time({ nonces: [NONCE], seconds: NOW }), world.director.time.signers);
  is(await ecu.update(OPTION_FRESH_TIME), Status.NoFreshTime);
  const before = ecu.meddle;
  ecu.meddle = (want, bytes) => (want.role === ROLE_TIME ? attested : before(want, bytes));
  ecu.core.identify({ vehicle: VEHICLE, ...(world.ecus[0] as World["ecus"][0]), nonce: NONCE });
  ecu.core.open(SESSION_TIME);
  is(await ecu.drive(), Status.Ok);
  is(await ecu.update(OPTION_FRESH_TIME, 0), Status.Ok);
});

test("TM-22: with the Root chain, a rotated time key takes the clock back, and nothing is installed before the new key gave a time", async () => {
  const world = await World.make();
  const ecu = new SmallEcu(world);
  let attested = await sign(metadata.time({ nonces: [NONCE], seconds: NOW + 10 * 365 * 86_400 }), world.director.time.signers);
  const before = ecu.meddle;
  ecu.meddle = (want, bytes) => (want.role === ROLE_TIME ? attested : before(want, bytes));
  const time = (): Promise<Report> => {
    ecu.core.identify({ vehicle: VEHICLE, ...(world.ecus[0] as World["ecus"][0]), nonce: NONCE });
    ecu.core.open(SESSION_TIME);
    return ecu.drive();
  };
  is(await time(), Status.Ok);
  is(await ecu.update(OPTION_FRESH_TIME | OPTION_ROOT_CHAIN, 0), Status.Freeze);
  await world.director.rotate("time");
  is(await ecu.update(OPTION_FRESH_TIME | OPTION_ROOT_CHAIN, 0), Status.NoFreshTime);
  attested = await sign(metadata.time({ nonces: [NONCE], seconds: NOW }), world.director.time.signers);
  is(await time(), Status.Ok);
  is(await ecu.update(OPTION_FRESH_TIME | OPTION_ROOT_CHAIN, 0), Status.Ok);
});

test("the small exports know no other session", async () => {
  const ecu = new SmallEcu(await World.make());
  is(ecu.core.open(SESSION_CYCLE), Status.BadArgument);
});

test("an interrupted image leaves the order standing: the next update asks for the image again", async () => {
  const world = await World.make();
  const ecu = new SmallEcu(world);
  const before = ecu.meddle;
  ecu.meddle = (want, bytes) => (want.role === ROLE_PAYLOAD ? Status.SlowRetrieval : before(want, bytes));
  is(await ecu.update(), Status.SlowRetrieval);
  ecu.meddle = before;
  is(await ecu.update(), Status.Ok);
});

test("after the metadata the image is wanted by name, digest and length", async () => {
  const world = await World.make();
  const ecu = new SmallEcu(world);
  let seen = "";
  const before = ecu.meddle;
  ecu.meddle = (want, bytes) => {
    if (want.role === ROLE_PAYLOAD) seen = `${ecu.core.report().want === WANT_IMAGE} ${want.name} ${want.limit} ${want.sha256 === metadata.hashes(ecu.image).sha256}`;
    return before(want, bytes);
  };
  is(await ecu.update(), Status.Ok);
  assert.is(seen, "true app.bin 15 true");
});

test.run();
