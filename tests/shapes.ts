/**
 * Every member of every kind of file, left out or given another shape, and signed all the same: what the core says to each. The list stands in
 * tests/shapes.txt; `node build/js/tests/shapes.js --write` writes it anew, and a change of it is reviewed like a change of the core.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { OPTION_PRIMARY, ROLE_PAYLOAD, ROLE_TARGETS, ROLE_TIME, SESSION_CYCLE, SESSION_ECU_REPORT, SESSION_MANIFEST, SESSION_PARTIAL, SESSION_TIME } from "../assembly/abi.ts";
import { Malformed, Missing } from "../assembly/status.ts";
import { Core, type Report } from "../bindings/core.ts";
import { statusName } from "../bindings/errors.ts";
import { type Signer, keyBytes } from "../bindings/keys.ts";
import { ecuReport, vehicleManifest } from "../bindings/manifest.ts";
import * as metadata from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { type Delegated, LATER, NOW, VEHICLE, Vehicle, World, key } from "./world.ts";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const SHAPES: [string, Json][] = [["null", null], ["true", true], ["0", 0], ["-1", -1], ["7", 7], ["long text", "x".repeat(400)], ["[0]", [0]], ["{a:0}", { a: 0 }]];
const NONCE = "11".repeat(32);
const KNOWN = /^[a-zA-Z_.0-9]+$/;

/** Each change of one value inside: the path, what became of it, the whole. */
function* changes(value: Json, path = ""): Generator<[path: string, shape: string, whole: Json]> {
  if (path !== "") for (const [shape, other] of SHAPES) yield [path, shape, other];
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) for (const [at, shape, other] of changes(item, `${path}[${i}]`)) yield [at, shape, value.with(i, other)];
    if (value[0] !== undefined) yield [path, "first twice", [value[0], ...value]];
  } else if (typeof value === "object" && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      const shown = `${path}.${KNOWN.test(name) && name.length < 32 ? name : "*"}`;
      const { [name]: _gone, ...rest } = value;
      yield [shown, "left out", rest];
      for (const [at, shape, other] of changes(item, shown)) yield [at, shape, { ...value, [name]: other }];
    }
    yield [path, "one member more", { ...value, zzz: { a: [1] } }];
  }
}

const plain = (payload: object): Json => JSON.parse(JSON.stringify(payload, (_name, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value))) as Json;

/** Numbers of assembly/names.ts, back to the words. */
function words(): Map<number, string> {
  return new Map([...readFileSync("assembly/names.ts", "utf8").matchAll(/export const ([A-Z0-9_]+) = (\d+);/g)].map(([, name, number]) => [Number(number), name as string]));
}

const NAMES = words();

function said(report: Report): string {
  const { status, found, expected } = report;
  const about = status === Malformed ? ` ${NAMES.get(Number(found)) ?? Number(found)}` : status === 0 || status === 35 || found + expected > 1_000_000_000_000n ? "" : ` ${found} ${expected}`;
  return `${statusName(status)}${about}`;
}

const SERVED: [which: "director" | "image", file: string][] = [
  ["director", "root.json"], ["director", "targets.json"], ["image", "root.json"], ["image", "timestamp.json"], ["image", "snapshot.json"], ["image", "targets.json"], ["image", "supplier.json"],
];

/** The kinds of files, and what is said of each change, one a line: file, path, shape, verdict. */
export const groups: Map<string, () => Promise<string[]>> = new Map([
  ...SERVED.map(([which, name]) => [`${which} ${name}`, () => cycleShapes(which, name)] as const),
  ["time", async () => await timeShapes(await World.make())] as const,
  ["partial", async () => await partialShapes(await World.make())] as const,
  ["reports and manifests", () => reportShapes(Core.load())] as const,
]);

async function cycleShapes(which: "director" | "image", name: string): Promise<string[]> {
  const world = await World.make();
  const supplier = key();
  const file: Delegated = { role: { signers: [supplier], threshold: 1, version: 1, expires: LATER }, targets: new Map() };
  world.image.targets.clear();
  world.director.targets.clear();
  world.image.delegated.set("supplier", file);
  world.image.delegations = [{ name: "supplier", keys: [supplier.public], threshold: 1, paths: ["*.bin"], terminating: true, hardwareIds: ["tcu-a"] }];
  world.order("app.bin", new TextEncoder().encode("the first image"), world.ecus, file.targets);
  for (const list of [file.targets, world.director.targets]) list.set("app.bin", { ...(list.get("app.bin") as metadata.Entry), custom: { ...(list.get("app.bin") as metadata.Entry).custom, mustMatch: { a: 1 } } });
  await world.publish();
  const lines: string[] = [];
  const core = Core.load();
  const cycle = async () => {
    const vehicle = new Vehicle(world, core);
    core.setRecord(new Uint8Array(512));
    vehicle.record = core.record();
    vehicle.introduce();
    core.open(SESSION_CYCLE, OPTION_PRIMARY, NOW);
    return said(await vehicle.drive());
  };
  const repository = world[which];
  let whole: Json = null;
  repository.edit = (at, payload) => {
    if (at === name) whole = plain(payload);
    return payload;
  };
  const publish = async () => {
    if (name === "root.json") await repository.publishRoot();
    await repository.publish();
  };
  await publish();
  for (const [path, shape, changed] of changes(whole)) {
    repository.edit = (at, payload) => (at === name ? changed as object : payload);
    await publish();
    lines.push(`${which} ${name} ${path || "."} ${shape}: ${await cycle()}`);
  }
  return lines;
}

async function timeShapes(world: World): Promise<string[]> {
  const lines: string[] = [];
  const ecu = new Vehicle(world, Core.load({ partial: true }));
  for (const [path, shape, changed] of changes(plain(metadata.time({ nonces: [NONCE, "22".repeat(32)], seconds: NOW })))) {
    const bytes = await sign(changed as object, world.director.time.signers);
    ecu.meddle = (want, source) => (want.role === ROLE_TIME ? bytes : source);
    ecu.core.setRecord(new Uint8Array(512));
    ecu.core.identify({ vehicle: VEHICLE, serial: "tcu-1", hardwareId: "tcu-a", counter: -1, nonce: NONCE });
    ecu.core.open(SESSION_TIME);
    lines.push(`time . ${path || "."} ${shape}: ${said(await ecu.drive())}`);
  }
  return lines;
}

async function partialShapes(world: World): Promise<string[]> {
  const lines: string[] = [];
  const ecu = new Vehicle(world, Core.load({ partial: true }));
  const good = JSON.parse(new TextDecoder().decode(world.director.files.get("1.targets.json"))) as { signed: Json };
  for (const [path, shape, changed] of changes(good.signed)) {
    const bytes = await sign(changed as object, world.director.targetsRole.signers);
    ecu.meddle = (want, source) => (want.role === ROLE_TARGETS ? bytes : want.role === ROLE_PAYLOAD ? Missing : source);
    ecu.core.setRecord(new Uint8Array(512));
    ecu.core.identify({ vehicle: VEHICLE, serial: "tcu-1", hardwareId: "tcu-a", counter: -1, nonce: NONCE });
    ecu.core.open(SESSION_PARTIAL, 0, NOW);
    lines.push(`partial targets.json ${path || "."} ${shape}: ${said(await ecu.drive())}`);
  }
  return lines;
}

/** Reports and manifests: `signed` is changed and signed again; then the envelope is changed as it stands. */
async function reportShapes(core: Core): Promise<string[]> {
  const lines: string[] = [];
  const [first, second] = [key(), key()] as [Signer, Signer];
  const image = { filepath: "app.bin", length: 3, hashes: metadata.hashes(new Uint8Array(3)) };
  const report = (serial: string, signer: Signer) => ecuReport({ serial, image, attacks: "none", time: metadata.date(NOW), previousTime: metadata.date(NOW - 60), counter: 5 }, signer);
  const judge = (session: number, bytes: Uint8Array) => {
    core.forget();
    for (const [i, signer] of [first, second].entries()) core.ecu({ serial: `ecu-${i}`, hardwareId: "hw", counter: 4, bytes32: keyBytes(signer.public) });
    core.identify({ vehicle: VEHICLE, serial: "director", hardwareId: "", counter: -1 });
    core.open(session, 0, NOW);
    core.feed(bytes);
    return said(core.end());
  };
  const reports = new Map([["ecu-0", await report("ecu-0", first)], ["ecu-1", await report("ecu-1", second)]]);
  const text = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as { signatures: Json; signed: Json };
  const bytes = (value: Json) => new TextEncoder().encode(JSON.stringify(sorted(value)));
  const one = text(reports.get("ecu-1") as Uint8Array);
  for (const [path, shape, changed] of changes(one as unknown as Json)) lines.push(`report as signed ${path || "."} ${shape}: ${judge(SESSION_ECU_REPORT, bytes(changed))}`);
  const manifest = await vehicleManifest({ vin: VEHICLE, primary: "ecu-0", reports }, first);
  for (const [path, shape, changed] of changes(text(manifest) as unknown as Json)) {
    if (!path.startsWith(".signed.ecu_version_manifests.ecu-0")) lines.push(`manifest as signed ${path || "."} ${shape}: ${judge(SESSION_MANIFEST, bytes(changed))}`);
  }
  for (const [path, shape, changed] of changes(one.signed)) {
    // The writer signs what it is given: a report whose payload was changed before it was signed.
    const resigned = await resign(changed, second, one.signatures);
    lines.push(`report signed anew ${path || "."} ${shape}: ${judge(SESSION_ECU_REPORT, resigned)}`);
  }
  const good = text(manifest);
  for (const [path, shape, changed] of changes(good.signed)) lines.push(`manifest signed anew ${path || "."} ${shape}: ${judge(SESSION_MANIFEST, await resign(changed, first, good.signatures))}`);
  return lines;
}

async function resign(signed: Json, signer: Signer, signatures: Json): Promise<Uint8Array> {
  const payload = new TextEncoder().encode(JSON.stringify(sorted(signed)));
  const digest = metadata.hashes(payload).sha256;
  const [entry] = signatures as { [name: string]: Json }[];
  const sig = Buffer.from(await signer.sign(Buffer.from(digest, "hex"))).toString("hex");
  return new TextEncoder().encode(JSON.stringify(sorted({ signatures: [{ ...entry, hash: { sha256: digest }, sig }], signed })));
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, item]) => [name, sorted(item)]));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href && process.argv.includes("--write")) {
  const all: string[] = [];
  for (const [group, lines] of groups) all.push(`# ${group}`, ...await lines());
  writeFileSync("tests/shapes.txt", `${all.join("\n")}\n`);
}

