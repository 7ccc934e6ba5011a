/** What a reader does not know it reads over, whatever stands in it: every word of the grammar where nobody asked for it. docs/POUF.md, TUF 1.0.31 §4.1 (unrecognized fields). */
import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { OPTION_PRIMARY, ROLE_TIME, SESSION_CYCLE, SESSION_ECU_REPORT, SESSION_MANIFEST, SESSION_TIME } from "../assembly/abi.ts";
import * as Status from "../assembly/status.ts";
import { canonical } from "../bindings/canonical.ts";
import { Core } from "../bindings/core.ts";
import { keyBytes } from "../bindings/keys.ts";
import { ecuReport, vehicleManifest } from "../bindings/manifest.ts";
import * as metadata from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { type Delegated, LATER, NOW, VEHICLE, Vehicle, World, bytes, is, key } from "./world.ts";

const test = suite("read over");

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** The members scripts/grammar.mjs knows. */
const WORDS = [...new Set([...readFileSync("scripts/grammar.mjs", "utf8").matchAll(/ ([a-zA-Z_]+)[!?]* +(?:object|list|text|long|number|literal)\b/g)].map(([, word]) => word as string))];

const each = (value: Json): Json => Object.fromEntries(WORDS.map((word) => [word, value]));
const INSIDE: Json = { keyid: "x", signatures: [1], signed: { version: -1 }, targets: null };
const POISON: [string, Json][] = [["numbers", each(-1)], ["texts and lists", [[each("x".repeat(99)), "x".repeat(257)], [[]], -2]], ["objects", [each(INSIDE)]]];

const plain = (payload: object): Json => JSON.parse(JSON.stringify(payload, (_name, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value))) as Json;

/** Each object inside, with one member more. */
function* longer(value: Json, more: Json, path = ""): Generator<[path: string, whole: Json]> {
  if (Array.isArray(value)) for (const [i, item] of value.entries()) for (const [at, whole] of longer(item, more, `${path}[${i}]`)) yield [at, value.with(i, whole)];
  else if (typeof value === "object" && value !== null) {
    yield [path, { ...value, zzz: more }];
    for (const [name, item] of Object.entries(value)) for (const [at, whole] of longer(item, more, `${path}.${name}`)) yield [at, { ...value, [name]: whole }];
  }
}

// Maps, whose names are data, and a key object, which its own id is the digest of.
const DATA = /\.(keys|roles|meta|targets|hashes|ecuIdentifiers)$|\.keys\.[0-9a-f]+(\.keyval)?$/;

test("the words are there", () => {
  for (const word of ["signatures", "signed", "keyid", "version", "delegations", "paths", "hashes", "ecuIdentifiers"]) assert.ok(WORDS.includes(word), word);
});

for (const [which, name] of [["director", "root.json"], ["director", "targets.json"], ["image", "root.json"], ["image", "timestamp.json"], ["image", "snapshot.json"], ["image", "targets.json"], ["image", "supplier.json"]] as const) {
  test(`a member more in any record of ${which}/${name} changes nothing`, async () => {
    const world = await World.make();
    const supplier = key();
    const file: Delegated = { role: { signers: [supplier], threshold: 1, version: 1, expires: LATER }, targets: new Map() };
    world.image.targets.clear();
    world.image.delegated.set("supplier", file);
    world.image.delegations = [{ name: "supplier", keys: [supplier.public], threshold: 1, paths: ["*.bin"], terminating: true, hardwareIds: ["tcu-a"] }];
    world.order("app.bin", bytes("the first image"), world.ecus, file.targets);
    await world.publish();
    const repository = world[which];
    const core = Core.load();
    let tried = 0;
    let now: Json = null;
    repository.edit = (at, payload) => {
      if (at === name) now = plain(payload);
      return payload;
    };
    await repository.publishRoot();
    await repository.publish();
    for (const [about, poison] of POISON) {
      for (const [path, whole] of longer(now, poison)) {
        if (DATA.test(path)) continue;
        repository.edit = (at, payload) => (at === name ? whole as object : payload);
        if (name === "root.json") await repository.publishRoot();
        else await repository.publish();
        const vehicle = new Vehicle(world, core);
        core.setRecord(new Uint8Array(512));
        vehicle.introduce();
        core.open(SESSION_CYCLE, OPTION_PRIMARY, NOW);
        is(await vehicle.drive(), Status.Ok, `${which} ${name} ${path}: ${about}`);
        tried++;
      }
    }
    assert.ok(tried >= POISON.length, name);
  });
}

test("beside `signatures` and `signed`, and beside key id and signature, too", async () => {
  const world = await World.make();
  const file = JSON.parse(new TextDecoder().decode(world.director.files.get("timestamp.json"))) as { signatures: { [name: string]: Json }[]; signed: Json };
  const vehicle = new Vehicle(world);
  let served = new Uint8Array(0);
  vehicle.meddle = (want, source) => (want.repository === 0 && want.role === 1 ? served : source);
  for (const [about, poison] of POISON) {
    for (const whole of [{ ...file, zzz: poison }, { aaa: poison, ...file }, { ...file, signatures: file.signatures.map((one) => ({ ...one, zzz: poison })) }, { ...file, signatures: file.signatures.map((one) => ({ ...one, lll: poison })) }]) {
      served = new Uint8Array(canonical(whole));
      vehicle.core.setRecord(new Uint8Array(512));
      is(await vehicle.cycle(), Status.Ok, about);
    }
  }
});

test("in a time attestation, a report and a manifest likewise", async () => {
  const world = await World.make();
  const ecu = new Vehicle(world, Core.load({ partial: true }));
  const signer = key();
  const image = { filepath: "app.bin", length: 3, hashes: metadata.hashes(new Uint8Array(3)) };
  const report = await ecuReport({ serial: "tcu-1", image, attacks: "", time: metadata.date(NOW), previousTime: metadata.date(NOW), counter: 5 }, signer);
  const manifest = await vehicleManifest({ vin: VEHICLE, primary: "tcu-1", reports: new Map([["tcu-1", report]]) }, signer);
  const core = Core.load();
  for (const [about, poison] of POISON) {
    const attested = await sign({ ...metadata.time({ nonces: ["11".repeat(32)], seconds: NOW }), zzz: poison }, world.director.time.signers);
    ecu.meddle = (want, source) => (want.role === ROLE_TIME ? attested : source);
    ecu.core.setRecord(new Uint8Array(512));
    ecu.core.identify({ vehicle: VEHICLE, serial: "tcu-1", hardwareId: "tcu-a", counter: -1, nonce: "11".repeat(32) });
    ecu.core.open(SESSION_TIME);
    is(await ecu.drive(), Status.Ok, about);
    for (const [session, file] of [[SESSION_ECU_REPORT, report], [SESSION_MANIFEST, manifest]] as const) {
      // Beside what is signed: the signature stays good.
      const whole = JSON.parse(new TextDecoder().decode(file)) as { signatures: { [name: string]: Json }[]; signed: Json };
      for (const changed of [{ ...whole, zzz: poison }, { ...whole, signatures: whole.signatures.map((one) => ({ ...one, zzz: poison })) }]) {
        core.forget();
        core.identify({ vehicle: VEHICLE, serial: "director", hardwareId: "", counter: -1 });
        core.ecu({ serial: "tcu-1", hardwareId: "tcu-a", counter: 4, bytes32: keyBytes(signer.public) });
        core.open(session, 0, NOW);
        core.feed(canonical(changed));
        is(core.end(), Status.Ok, `${session} ${about}`);
      }
    }
  }
});

test.run();
