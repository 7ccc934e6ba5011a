/** Step by step: what is asked for, by which limit and digest, and the evidence each file leaves. Uptane 2.1.0 §5.4.4.1 and §5.4.4.2, docs/adr/0001. */
import * as assert from "uvu/assert";
import { suite } from "uvu";
import * as abi from "../assembly/abi.ts";
import { Unavailable } from "../assembly/status.ts";
import { Core, type Report } from "../bindings/core.ts";
import { statusName } from "../bindings/errors.ts";
import { keyBytes } from "../bindings/keys.ts";
import { ecuReport, vehicleManifest } from "../bindings/manifest.ts";
import * as metadata from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { metadataName } from "../bindings/urls.ts";
import { LATER, NOW, VEHICLE, Vehicle, World, bytes, key, place } from "./world.ts";

const test = suite("steps");
const NONCE = "11".repeat(32);
const ROLES = ["root", "timestamp", "snapshot", "targets", "time", "delegated", "manifest", "report", "payload", "map"];
const SOURCES = ["new", "stored", "provisioned", "again"];
const EVIDENCE = ["complete", "type", "threshold", "own", "version", "unexpired", "pointer", "listed", "record", "ecus", "vehicle", "nonce", "length", "hashes"];

/** One line: the file that was asked for, and what came of it. Digests that were stated are those of the file brought. */
function step(before: Report, after: Report, brought: Uint8Array | number): string {
  const { repository, role, source, version, limit, name, sha256, sha512 } = before.file;
  const is = brought instanceof Uint8Array ? metadata.hashes(brought) : undefined;
  const asked = [
    before.want === abi.WANT_IMAGE ? "image" : "", `${repository === 0 ? "director" : "image"}/${ROLES[role]}`, SOURCES[source], version > 0 ? `v${version}` : "", `<=${limit}`, name,
    sha256 === undefined ? "" : sha256 === is?.sha256 ? "256" : sha256, sha512 === undefined ? "" : sha512 === is?.sha512 ? "512" : sha512,
  ];
  const held = EVIDENCE.filter((_, i) => (after.evidence >> i) & 1);
  const said = [after.status === 0 ? "" : `${statusName(after.status)} ${after.found} ${after.expected}`, after.keep ? `keep ${after.keptVersion}` : "", after.notes === 0 ? "" : `notes ${after.notes}`, after.ecu === 0 ? "" : `ecu ${after.ecu}`];
  const shown = (words: (string | undefined)[]) => words.filter((word) => word !== "").join(" ");
  return `${shown(asked)}: ${held.join(" ")}${shown(said) === "" ? "" : `; ${shown(said)}`}`;
}

/** Lengths of signed files differ by nothing, since keys and digests have one length: limits may stand in the list. */
function walk(vehicle: Vehicle, session: number, options: number, bring = (report: Report) => vehicle.fetch(report.file)): string[] {
  const core = vehicle.core;
  let report = core.open(session, options, NOW);
  const lines: string[] = [];
  let last: Uint8Array = new Uint8Array(0);
  while (report.want !== abi.WANT_NOTHING && lines.length < 100) {
    const before = report;
    const source = before.file.source === abi.SOURCE_AGAIN ? last : bring(before);
    if (source instanceof Uint8Array) {
      last = source;
      core.feed(source);
      report = core.end();
    } else report = core.missing(source as number);
    if (report.keep) vehicle.stored.set(place(before.file, report.keptVersion), last);
    lines.push(step(before, report, source as Uint8Array | number));
  }
  return lines;
}

async function delegated(): Promise<{ world: World; vehicle: Vehicle }> {
  const world = await World.make();
  const signer = key();
  const file = { role: { signers: [signer], threshold: 1, version: 3, expires: LATER }, targets: new Map() };
  world.image.delegated.set("supplier", file);
  world.image.targets.clear();
  world.order("app.bin", bytes("the first image"), world.ecus, file.targets);
  world.image.delegations = [{ name: "supplier", keys: [signer.public], threshold: 1, paths: ["*.bin"] }];
  await world.publish();
  const vehicle = new Vehicle(world);
  vehicle.introduce();
  return { world, vehicle };
}

test("the first cycle: both Roots twice, then Timestamp, Snapshot, Targets; the delegated role by what Snapshot says of it", async () => {
  const { vehicle } = await delegated();
  assert.equal(walk(vehicle, abi.SESSION_CYCLE, abi.OPTION_PRIMARY), [
    "director/root provisioned <=65536: ",
    "director/root again v1 <=65536 256: ; keep 1",
    "director/root new v2 <=65536: ",
    "director/timestamp new <=16384: ; keep 1",
    "director/snapshot new v1 <=467 256: ; keep 1",
    "director/targets new v1 <=704 256: ; keep 1",
    "image/root provisioned <=65536: ",
    "image/root again v1 <=65536 256: ; keep 1",
    "image/root new v2 <=65536: ",
    "image/timestamp new <=16384: ; keep 1",
    "image/snapshot new v1 <=597 256: ; keep 1",
    "image/targets new v1 <=721 256: ; keep 1",
    "director/targets stored v1 <=16777216 256: ",
    "image/targets stored v1 <=16777216 256: ",
    "image/snapshot stored v1 <=8388608 256: ",
    "image/delegated new v3 <=645 supplier 256: complete type threshold version unexpired pointer; keep 3",
  ]);
  vehicle.core.select(0);
  assert.equal(walk(vehicle, abi.SESSION_IMAGE, 0, (report) => (report.want === abi.WANT_IMAGE ? bytes("the first image") : vehicle.fetch(report.file))), [
    "director/targets stored v1 <=16777216 256: ",
    "image director/payload new v2 <=15 app.bin 256 512: length hashes",
  ]);
});

test("the next cycle: newer files, a new Root, and the stored Snapshots beside the new ones", async () => {
  const { world, vehicle } = await delegated();
  walk(vehicle, abi.SESSION_CYCLE, abi.OPTION_PRIMARY);
  await world.publishNext();
  await world.director.rotate("root");
  assert.equal(walk(vehicle, abi.SESSION_CYCLE, abi.OPTION_PRIMARY), [
    "director/root stored v1 <=65536 256: ",
    "director/root new v2 <=65536: ",
    "director/root again v2 <=65536 256: ; keep 2",
    "director/root new v3 <=65536: ",
    "director/timestamp new <=16384: ; keep 2",
    "director/snapshot stored v1 <=8388608 256: ",
    "director/snapshot new v2 <=467 256: ; keep 2",
    "director/targets new v2 <=704 256: ; keep 2",
    "image/root stored v1 <=65536 256: ",
    "image/root new v2 <=65536: ",
    "image/timestamp new <=16384: ; keep 2",
    "image/snapshot stored v1 <=8388608 256: ",
    "image/snapshot new v2 <=597 256: ; keep 2",
    "image/targets new v2 <=721 256: ; keep 2",
    "director/targets stored v2 <=16777216 256: ",
    "image/targets stored v2 <=16777216 256: ",
    "image/snapshot stored v2 <=8388608 256: ",
    "image/delegated new v4 <=645 supplier 256: complete type threshold version unexpired pointer; keep 4",
  ]);
});

/** Timestamp and Snapshot state versions alone: with a digest, other bytes are not what was pointed to. */
function versionsAlone(world: World): void {
  for (const repository of [world.director, world.image]) {
    repository.edit = (_name, payload) => {
      if (!("meta" in payload)) return payload;
      const meta = payload.meta instanceof Map ? payload.meta as Map<string, { version: number }> : new Map(Object.entries(payload.meta as Record<string, { version: number }>));
      return { ...payload, meta: new Map([...meta].map(([name, { version }]) => [name, { version }])) };
    };
  }
}

test("other bytes under a version that is stored: the stored file is read in their place, role by role", async () => {
  const { world, vehicle } = await delegated();
  versionsAlone(world);
  await world.publish();
  walk(vehicle, abi.SESSION_CYCLE, abi.OPTION_PRIMARY);
  for (const { timestamp, snapshot, targetsRole } of [world.director, world.image]) for (const role of [timestamp, snapshot, targetsRole]) role.expires = metadata.date(NOW + 99);
  await world.publish();
  assert.equal(walk(vehicle, abi.SESSION_CYCLE, abi.OPTION_PRIMARY), [
    "director/root stored v1 <=65536 256: ",
    "director/root new v2 <=65536: ",
    "director/timestamp new <=16384: ; notes 1",
    "director/timestamp stored v1 <=16384 256: ; notes 1",
    "director/snapshot stored v1 <=8388608 256: ; notes 1",
    "director/snapshot new v1 <=8388608: ; notes 1",
    "director/snapshot stored v1 <=8388608 256: ; notes 1",
    "director/targets new v1 <=1048576: ; notes 1",
    "director/targets stored v1 <=1048576 256: ; notes 1",
    "image/root stored v1 <=65536 256: ; notes 1",
    "image/root new v2 <=65536: ; notes 1",
    "image/timestamp new <=16384: ; notes 1",
    "image/timestamp stored v1 <=16384 256: ; notes 1",
    "image/snapshot stored v1 <=8388608 256: ; notes 1",
    "image/snapshot new v1 <=8388608: ; notes 1",
    "image/snapshot stored v1 <=8388608 256: ; notes 1",
    "image/targets new v1 <=16777216: ; notes 1",
    "image/targets stored v1 <=16777216 256: ; notes 1",
    "director/targets stored v1 <=16777216 256: ; notes 1",
    "image/targets stored v1 <=16777216 256: ; notes 1",
    "image/snapshot stored v1 <=8388608 256: ; notes 1",
    "image/delegated new v3 <=16777216 supplier: complete type threshold version unexpired pointer; keep 3 notes 1",
  ]);
});

test("partial verification: the Director's Root, its Targets, the image; a new key of the time source on the way", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world, Core.load({ partial: true }));
  const bring = ({ file, want }: Report) => {
    if (want === abi.WANT_IMAGE) return bytes("the first image");
    return file.role === abi.ROLE_TARGETS && file.source === abi.SOURCE_NEW ? world.director.files.get(`${world.director.targetsRole.version}.targets.json`) as Uint8Array : vehicle.fetch(file);
  };
  const identify = () => vehicle.core.identify({ vehicle: VEHICLE, serial: "tcu-1", hardwareId: "tcu-a", counter: 1, nonce: NONCE });
  identify();
  assert.equal(walk(vehicle, abi.SESSION_PARTIAL, abi.OPTION_ROOT_CHAIN, bring), [
    "director/root provisioned <=65536: ",
    "director/root again v1 <=65536 256: ; keep 1",
    "director/root new v2 <=65536: ",
    "director/targets new <=1048576: ; keep 1",
    "image director/payload new v2 <=15 app.bin 256 512: length hashes",
  ]);
  await world.director.rotate("time");
  world.director.targetsRole.version++;
  await world.director.publish();
  identify();
  assert.equal(walk(vehicle, abi.SESSION_PARTIAL, abi.OPTION_ROOT_CHAIN, bring), [
    "director/root stored v1 <=65536 256: ",
    "director/root new v2 <=65536: ",
    "director/root again v2 <=65536 256: ; keep 2 notes 4",
    "director/root new v3 <=65536: ; notes 4",
    "director/targets new <=1048576: ; keep 2 notes 4",
    "image director/payload new v2 <=15 app.bin 256 512: length hashes; notes 4",
  ]);
  world.director.targetsRole.expires = metadata.date(NOW + 99);
  await world.director.publish();
  identify();
  assert.equal(walk(vehicle, abi.SESSION_PARTIAL, 0, bring), [
    "director/root stored v2 <=65536 256: ",
    "director/targets new <=1048576: ; notes 1",
    "director/targets stored v2 <=1048576 256: ; notes 1",
    "image director/payload new v2 <=15 app.bin 256 512: length hashes; notes 1",
  ]);
});

test("each stored file is asked for by its own version", async () => {
  const { world, vehicle } = await delegated();
  for (const [repository, base] of [[world.director, 10], [world.image, 20]] as const) {
    for (const [i, role] of [repository.timestamp, repository.snapshot, repository.targetsRole].entries()) role.version = base + i;
  }
  await world.publish();
  const stored = (lines: string[]) => lines.filter((line) => line.includes(" stored ")).map((line) => line.split(" ").slice(0, 3).join(" "));
  assert.equal(stored(walk(vehicle, abi.SESSION_CYCLE, abi.OPTION_PRIMARY)), ["director/targets stored v12", "image/targets stored v22", "image/snapshot stored v21"]);
  for (const repository of [world.director, world.image]) for (const role of [repository.timestamp, repository.snapshot, repository.targetsRole]) role.version += 10;
  await world.publish();
  assert.equal(stored(walk(vehicle, abi.SESSION_CYCLE, abi.OPTION_PRIMARY)), [
    "director/root stored v1", "director/snapshot stored v11", "image/root stored v1", "image/snapshot stored v21", "director/targets stored v22", "image/targets stored v32",
    "image/snapshot stored v31",
  ]);
  vehicle.core.select(0);
  assert.equal(stored(walk(vehicle, abi.SESSION_IMAGE, 0, (report) => (report.want === abi.WANT_IMAGE ? bytes("the first image") : vehicle.fetch(report.file)))), ["director/targets stored v22"]);
});

test("a Snapshot that Timestamp names again, by its digest, is not compared with itself", async () => {
  const { world, vehicle } = await delegated();
  walk(vehicle, abi.SESSION_CYCLE, abi.OPTION_PRIMARY);
  for (const repository of [world.director, world.image]) repository.timestamp.version++;
  await world.publish();
  const lines = walk(vehicle, abi.SESSION_CYCLE, abi.OPTION_PRIMARY).filter((line) => line.includes("/snapshot"));
  assert.equal(lines.map((line) => line.split(":")[0]), ["director/snapshot new v1 <=467 256", "image/snapshot new v1 <=597 256", "image/snapshot stored v1 <=8388608 256"]);
});

test("a repository map is asked for once, of the provisioning", async () => {
  const vehicle = new Vehicle(await World.make());
  vehicle.core.target("app.bin");
  const map = bytes('{"mapping":[],"repositories":{}}');
  assert.equal(walk(vehicle, abi.SESSION_MAP, 0, () => map), ["director/map provisioned <=65536: complete; NotFound 0 0"]);
});

test("a time attestation: the Root that is stored, then the attestation", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world, Core.load({ partial: true }));
  const attested = await sign(metadata.time({ nonces: [NONCE], seconds: NOW }), world.director.time.signers);
  const bring = (report: Report) => (report.file.role === abi.ROLE_TIME ? attested : vehicle.fetch(report.file));
  vehicle.core.identify({ vehicle: VEHICLE, serial: "tcu-1", hardwareId: "tcu-a", counter: 1, nonce: NONCE });
  assert.equal(walk(vehicle, abi.SESSION_TIME, 0, bring), [
    "director/root provisioned <=65536: ",
    "director/root again v1 <=65536 256: ; keep 1",
    "director/time new <=65536: complete type threshold version nonce",
  ]);
  assert.equal(walk(vehicle, abi.SESSION_TIME, 0, bring), [
    "director/root stored v1 <=65536 256: ",
    "director/time new <=65536: complete type threshold version nonce",
  ]);
});

test("a client of the Image repository alone, at the top and below a delegation, and the image", async () => {
  const { vehicle } = await delegated();
  vehicle.core.target("app.bin");
  assert.equal(walk(vehicle, abi.SESSION_CYCLE, abi.OPTION_IMAGE_ONLY), [
    "image/root provisioned <=65536: ",
    "image/root again v1 <=65536 256: ; keep 1",
    "image/root new v2 <=65536: ",
    "image/timestamp new <=16384: ; keep 1",
    "image/snapshot new v1 <=597 256: ; keep 1",
    "image/targets new v1 <=721 256: ; keep 1",
    "image/targets stored v1 <=16777216 256: ",
    "image/snapshot stored v1 <=8388608 256: ",
    "image/delegated new v3 <=645 supplier 256: complete type threshold version unexpired pointer; keep 3",
  ]);
  assert.equal(walk(vehicle, abi.SESSION_IMAGE, 0, () => bytes("the first image")), [
    "image image/payload new <=15 app.bin 256 512: length hashes",
  ]);
});

test("a report, a manifest, and sessions without metadata", async () => {
  const signer = key();
  const image = { filepath: "app.bin", length: 3, hashes: metadata.hashes(new Uint8Array(3)) };
  const report = await ecuReport({ serial: "tcu-1", image, attacks: "", time: metadata.date(NOW), previousTime: metadata.date(NOW), counter: 5 }, signer);
  const manifest = await vehicleManifest({ vin: VEHICLE, primary: "tcu-1", reports: new Map([["tcu-1", report]]) }, signer);
  const vehicle = new Vehicle(await World.make());
  vehicle.core.identify({ vehicle: VEHICLE, serial: "director", hardwareId: "", counter: -1 });
  vehicle.core.ecu({ serial: "tcu-1", hardwareId: "tcu-a", counter: 4, bytes32: keyBytes(signer.public) });
  const lines = ([[abi.SESSION_MANIFEST, manifest], [abi.SESSION_ECU_REPORT, report], [abi.SESSION_JSON, report], [abi.SESSION_SHA256, image.filepath], [abi.SESSION_SHA512, image.filepath], [abi.SESSION_SIGNATURE, report], [abi.SESSION_ENVELOPE, report]] as const).flatMap(([session, what]) =>
    walk(vehicle, session, 0, () => (typeof what === "string" ? bytes(what) : what)));
  const good = Core.load();
  good.signature(await signer.sign(bytes("a message")), keyBytes(signer.public));
  const opened = good.open(abi.SESSION_SIGNATURE);
  good.feed(bytes("a message"));
  assert.is(step(opened, good.end(), bytes("a message")), "director/payload new <=18446744073709552000: threshold");
  assert.equal(lines, [
    "director/manifest new <=1048576: complete threshold ecus vehicle",
    "director/report new <=1048576: complete threshold",
    "director/payload new <=18446744073709552000: complete",
    "director/payload new <=18446744073709552000: ",
    "director/payload new <=18446744073709552000: ",
    "director/payload new <=18446744073709552000: ; BadSignature 0 0",
    "director/payload new <=16777216: complete; BadSignature 0 1800000000",
  ]);
});

test("what cannot be brought: the reason is said, and nothing is asked any more", async () => {
  const { vehicle } = await delegated();
  for (let missing = 0; missing < 16; missing++) {
    let files = 0;
    vehicle.core.setRecord(new Uint8Array(512));
    const lines = walk(vehicle, abi.SESSION_CYCLE, abi.OPTION_PRIMARY, (report) => (files++ === missing ? Unavailable : vehicle.fetch(report.file)));
    assert.ok(files <= missing || lines.at(-1)?.endsWith("Unavailable 0 0") || (/ (?:stored|provisioned) /.test(lines.at(-1) ?? "") && lines.at(-1)?.endsWith("Storage 0 0")), lines.at(-1));
  }
});

test.run();
