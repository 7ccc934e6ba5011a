/** Attested time: nothing is installed without it, and what a rotated key of its source undoes. */
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { DIRECTOR, OPTION_FRESH_TIME, OPTION_PRIMARY, OPTION_ROOT_CHAIN, ROLE_TARGETS, ROLE_TIME, ROLE_TIMESTAMP, SESSION_PARTIAL, SESSION_TIME } from "../assembly/abi.ts";
import { ROOT_LIMIT } from "../assembly/layout.ts";
import * as Status from "../assembly/status.ts";
import { Core, type Want } from "../bindings/core.ts";
import * as metadata from "../bindings/metadata.ts";
import type { Source } from "../bindings/run.ts";
import { sign } from "../bindings/sign.ts";
import { NOW, VEHICLE, Vehicle, World, is, key } from "./world.ts";

const test = suite("time");

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

test("case 30: a jump of more than ten years forward is refused, and the right time still taken", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  const at = (seconds: number) => sign(metadata.time({ nonces: ["11".repeat(32)], seconds }), world.director.time.signers);
  let attested = await at(NOW);
  vehicle.meddle = (want, source) => (want.role === ROLE_TIME ? attested : source);
  is(await vehicle.time(), Status.Ok);
  const record = vehicle.core.record();
  attested = await at(NOW + 3_650 * 86_400 + 1);
  is(await vehicle.time(), Status.TimeJump);
  assert.equal(vehicle.core.record(), record);
  attested = await at(NOW + 3_650 * 86_400);
  is(await vehicle.time(), Status.Ok);
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
  for (const about of ["in the cycle that took the new Root", "in the next one"]) {
    is(await vehicle.cycle(OPTION_PRIMARY | OPTION_FRESH_TIME, 0), Status.Ok, about);
    is(await vehicle.fetchImage(), Status.NoFreshTime, about);
  }
  attested = await sign(metadata.time({ nonces, seconds: NOW }), world.director.time.signers);
  is(await vehicle.time(), Status.Ok);
  is(await vehicle.cycle(OPTION_PRIMARY | OPTION_FRESH_TIME, 0), Status.Ok);
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

test("what rotated keys undo waits for the end of the Root chain: a bad next Root, and calls after it, undo nothing", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  const attested = await sign(metadata.time({ nonces: ["11".repeat(32)], seconds: NOW }), world.director.time.signers);
  vehicle.meddle = (want, source) => (want.role === ROLE_TIME ? attested : source);
  is(await vehicle.time(), Status.Ok);
  is(await vehicle.cycle(), Status.Ok);
  for (const role of ["time", "targetsRole", "timestamp"] as const) await world.director.rotate(role);
  vehicle.meddle = (want, source) => (want.version === 5 ? Status.Unavailable : source);
  is(await vehicle.cycle(), Status.Unavailable, "the Roots are taken, then the power goes");
  const before = vehicle.core.record();
  const { signers } = world.director.root;
  const bad = await sign({ ...world.director.rootPayload(), roles: {}, version: 5 }, signers);
  const long = await sign({ ...world.director.rootPayload(), version: 7 }, signers);
  for (const [next, status] of [[bad, Status.Malformed], [bad.subarray(1), Status.Malformed], [bad.subarray(0, -1), Status.Truncated], [long, Status.RootVersion], [new Uint8Array(ROOT_LIMIT + 1), Status.Syntax]] as const) {
    vehicle.meddle = (want, source) => (want.version === 5 ? next : source);
    is(await vehicle.cycle(), status);
    for (const call of [() => vehicle.core.missing(Status.Missing), () => vehicle.core.end(), () => vehicle.core.feed(next), () => vehicle.core.end()]) is(call(), status, "failure sticks");
    assert.equal(vehicle.core.record(), before);
  }
  vehicle.meddle = (_want, source) => source;
  await world.director.publishNext();
  is(await vehicle.cycle(), Status.Ok);
});

test("what rotated keys undo, to a small ECU: a bad next Root, and calls after it, undo nothing", async () => {
  const world = await World.make();
  const ecu = new Vehicle(world, Core.load({ partial: true }));
  const attested = await sign(metadata.time({ nonces: ["11".repeat(32)], seconds: NOW }), world.director.time.signers);
  const honest = (want: Want, source: Source) => (want.role === ROLE_TIME ? attested : want.role === ROLE_TARGETS ? world.director.files.get(`${world.director.targetsRole.version}.targets.json`) as Uint8Array : source);
  const update = async () => {
    ecu.core.identify({ vehicle: VEHICLE, serial: "tcu-1", hardwareId: "tcu-a", counter: -1, nonce: "11".repeat(32) });
    ecu.core.open(SESSION_PARTIAL, OPTION_ROOT_CHAIN, NOW);
    return await ecu.drive();
  };
  ecu.meddle = honest;
  ecu.core.identify({ vehicle: VEHICLE, serial: "tcu-1", hardwareId: "tcu-a", counter: -1, nonce: "11".repeat(32) });
  ecu.core.open(SESSION_TIME);
  is(await ecu.drive(), Status.Ok);
  is(await update(), Status.Ok);
  for (const role of ["time", "targetsRole"] as const) await world.director.rotate(role);
  ecu.meddle = (want, source) => (want.version === 4 ? Status.Unavailable : honest(want, source));
  is(await update(), Status.Unavailable, "the Roots are taken, then the power goes");
  const before = ecu.core.record();
  for (const [next, status] of [[new TextEncoder().encode("{"), Status.Truncated], [new TextEncoder().encode("[1"), Status.Malformed]] as const) {
    ecu.meddle = (want, source) => (want.version === 4 ? next : honest(want, source));
    is(await update(), status);
    for (const call of [() => ecu.core.missing(Status.Missing), () => ecu.core.end(), () => ecu.core.feed(next), () => ecu.core.end()]) is(call(), status, "failure sticks");
    assert.equal(ecu.core.record(), before);
  }
  ecu.meddle = honest;
  world.director.targetsRole.version++;
  await world.director.publish();
  is(await update(), Status.Ok);
});

test("keys that change places between roles are rotated keys, whichever comes first", async () => {
  for (const which of ["director", "image"] as const) {
    const world = await World.make();
    const repository = world[which];
    const vehicle = new Vehicle(world);
    is(await vehicle.cycle(), Status.Ok);
    const { timestamp, targetsRole, root } = repository;
    [timestamp.signers, targetsRole.signers] = [targetsRole.signers, timestamp.signers];
    root.version++;
    await repository.publishRoot();
    vehicle.meddle = (want, source) => (want.version === 3 && want.repository === (which === "director" ? 0 : 1) ? Status.Unavailable : source);
    is(await vehicle.cycle(), Status.Unavailable, "the Root is taken, then the power goes");
    const flags = new DataView(vehicle.record.buffer, vehicle.record.byteOffset).getUint32(16 + (which === "director" ? 0 : 176) + 168, true);
    assert.is(flags, 3, which);
  }
});

test("a rotated time key takes nothing but the time back", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  const files = vehicle.core.record().subarray(16 + 40, 480);
  await world.director.rotate("time");
  vehicle.meddle = (want, source) => (want.role === ROLE_TIMESTAMP && want.repository === DIRECTOR ? Status.Unavailable : source);
  is(await vehicle.cycle(), Status.Unavailable);
  assert.equal(vehicle.core.record().subarray(16 + 40, 480), files, "every file but the Director's Root");
});

test.run();
