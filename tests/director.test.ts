/** The Director: inventory, manifests, orders, published sets. Uptane 2.1.0 §5.3.2 and §5.2.3; formal findings W2 to W4. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { generateSigner } from "../bindings/keys.ts";
import { hashes } from "../bindings/metadata.ts";
import type { Fleet } from "../node/provision.ts";
import { type Answer, type Claim, type Server, VIN, ask, fleet, image, manifest, member, now, ordered, reconfigure, registration, removeFolder, startServer } from "./servers.ts";

const test = suite("director");
let of: Fleet;
let server: Server;
let counter = 1; // of the next manifest's reports

test.before(async () => {
  of = await fleet();
  server = await startServer("director", join(of.folder, "director"));
});
test.after(async () => {
  await server?.stop();
  removeFolder(of.folder);
});

const admin = (path: string, method = "GET", body?: unknown) => ask(`${server.url}/admin/vehicles${path}`, method, body, of.adminToken);
const file = (name: string) => ask(`${server.url}/vehicles/${VIN}/director/${name}`);
const order = (images: object[], correlationId = "c-1") => admin(`/${VIN}/assignment`, "POST", { correlationId, images });
const send = async (claims: Record<string, Partial<Claim>> = {}, as: Parameters<typeof manifest>[2] = {}) => put(await made(claims, as));
const put = (bytes: Uint8Array) => ask(`${server.url}/vehicles/${VIN}/director/manifest`, "PUT", bytes);

/** A manifest with a report of every ECU, by the next counter. */
function made(claims: Record<string, Partial<Claim>> = {}, as: Parameters<typeof manifest>[2] = {}): Promise<Uint8Array> {
  const next = counter++;
  return manifest(of, new Map(of.ecus.map(({ serial }) => [serial, { counter: next, ...claims[serial] }])), as);
}

async function ecu(serial: string): Promise<unknown> {
  const ecus = member((await admin(`/${VIN}`)).body, "ecus") as unknown[];
  return ecus.find((x) => member(x, "serial") === serial);
}

const version = async () => Number(member((await file("timestamp.json")).body, "signed", "version"));
const status = (answer: Answer) => member(answer.body, "error", "status");

test("the operator's paths take the operator's token alone", async () => {
  for (const token of [undefined, "", of.uploadToken, `${of.adminToken}x`, of.adminToken.slice(1)]) {
    assert.is((await ask(`${server.url}/admin/vehicles`, "POST", registration(of), token)).status, 401);
    assert.is((await ask(`${server.url}/admin/vehicles/${VIN}`, "GET", undefined, token)).status, 401);
  }
  assert.is((await admin(`/${VIN}`)).status, 404);
});

test("a registered vehicle has a set at once: empty, but named for the vehicle (§5.2.3.1)", async () => {
  assert.is((await admin("", "POST", registration(of))).status, 201);
  const { body } = await file("1.targets.json");
  assert.equal(member(body, "signed", "targets"), {});
  assert.is(member(body, "signed", "custom", "vehicleId"), VIN);
  assert.is(await version(), 1);
  assert.is(member(await ecu("brakes"), "state"), "unreported");
  assert.is(member(await ecu("brakes"), "sha256"), of.ecus[1]?.factory.hashes.sha256);
});

test("registering again is the same vehicle or refused (attack case 62)", async () => {
  assert.is((await admin("", "POST", registration(of))).status, 200);
  const other = registration(of) as { ecus: { key: unknown }[] };
  (other.ecus[1] as { key: unknown }).key = generateSigner().public;
  assert.is((await admin("", "POST", other)).status, 409);
  assert.is(await version(), 1);
});

test("an order gives Targets, Snapshot and Timestamp, each of a higher version, with all that is to be stated", async () => {
  const brakes = image("brakes-2.img", "brakes-a");
  const mustMatch = { bus: "can-1" };
  assert.is((await order([{ ...ordered(brakes, "brakes"), mustMatch }], "c-7")).status, 201);
  const n = await version();
  assert.is(n, 2);
  const targets = await file(`${n}.targets.json`);
  const entry = member(targets.body, "signed", "targets", brakes.name);
  assert.equal(entry, { custom: { ecuIdentifiers: { brakes: { hardwareId: "brakes-a" } }, mustMatch, releaseCounter: 2 }, hashes: hashes(brakes.bytes), length: brakes.bytes.length });
  assert.equal(member(targets.body, "signed", "custom"), { correlationId: "c-7", vehicleId: VIN });
  const snapshot = await file(`${n}.snapshot.json`);
  assert.equal(member(snapshot.body, "signed", "meta", "targets.json"), { hashes: { sha256: hashes(targets.bytes).sha256 }, length: targets.bytes.length, version: n });
  const timestamp = await file("timestamp.json");
  assert.equal(member(timestamp.body, "signed", "meta", "snapshot.json"), { hashes: { sha256: hashes(snapshot.bytes).sha256 }, length: snapshot.bytes.length, version: n });
  assert.is((await file("1.targets.json")).status, 200, "old files stay served (attack case 86)");
});

test("an image is encrypted only once it was handed in, by the operator, for an ECU with an image key; else nothing changes", async () => {
  const brakes = image("brakes-9.img", "brakes-a", 9);
  const before = await version();
  const encrypted = [{ ...ordered(brakes, "brakes"), encrypted: true }];
  assert.is((await order(encrypted, "c-9")).status, 409);
  assert.is((await ask(`${server.url}/admin/images`, "PUT", brakes.bytes, of.uploadToken)).status, 401);
  assert.is((await ask(`${server.url}/admin/images`, "PUT", brakes.bytes, of.adminToken)).status, 201);
  const refused = await order(encrypted, "c-9");
  assert.is(refused.status, 422);
  assert.match(String(member(refused.body, "error", "message")), /no image key/);
  assert.is(await version(), before);
  for (const name of [hashes(brakes.bytes).sha256, "..%2Fdirector.sqlite", "0".repeat(64)]) {
    assert.is((await ask(`${server.url}/vehicles/${VIN}/director/encrypted/${name}`)).status, 404); // what was handed in is not served
  }
});

test("an order that does not fit the vehicle is refused and changes nothing (DR-34)", async () => {
  const before = await file("timestamp.json");
  const good = image("x.img", "tcu-a");
  for (const [images, code, name] of [
    [[ordered(good, "nobody")], 422, "UnknownEcu"],
    [[ordered(good, "tcu", "tcu")], 422, "RepeatedEcu"],
    [[ordered(good, "tcu"), ordered(image("y.img", "tcu-a"), "tcu")], 422, "RepeatedEcu"],
    [[{ ...ordered(good, "tcu"), hardwareIds: ["brakes-a"] }], 422, "WrongHardware"],
    [[ordered(image("x.img", "tcu-a", 0), "tcu")], 409, "ReleaseCounter"],
    [[ordered(good, "tcu"), ordered(image("x.img", "brakes-a", 3), "brakes")], 409, undefined],
    [[ordered(good)], 400, undefined],
    [[], 400, undefined],
    [[ordered(image("a//b", "tcu-a"), "tcu")], 400, undefined],
    [[ordered(image("../b", "tcu-a"), "tcu")], 400, undefined],
    [[ordered(image("é", "tcu-a"), "tcu")], 400, undefined],
    [[{ ...ordered(good, "tcu"), length: -1 }], 400, undefined],
    [[{ ...ordered(good, "tcu"), hashes: { md5: "00" } }], 400, undefined],
    [[{ ...ordered(good, "tcu"), surprise: 1 }], 400, undefined],
    [[{ ...ordered(good, "tcu"), mustMatch: { a: 0.5 } }], 400, undefined],
  ] as const) {
    const answer = await order([...images]);
    assert.is(answer.status, code, JSON.stringify(images).slice(0, 120));
    assert.is(status(answer), name);
    assert.match(String(member(answer.body, "error", "message")), /^Cannot /);
  }
  assert.equal((await file("timestamp.json")).bytes, before.bytes);
});

test("a manifest that holds is stored; what each ECU runs is read from it", async () => {
  assert.is((await send({ tcu: { attacks: "freeze seen" } })).status, 200);
  const tcu = await ecu("tcu");
  assert.is(member(tcu, "attack", "note"), "freeze seen");
  assert.is(member(tcu, "reportCounter"), counter - 1);
  assert.is(member(tcu, "state"), "installed");
  assert.is(member(await ecu("brakes"), "state"), "pending");
  const { body } = await admin(`/${VIN}`);
  assert.is(member(body, "alerts", 0, "kind"), "attack");
  assert.type(member(body, "lastManifest"), "string");
});

test("an old report of a Secondary is dropped by itself, and its state is called unknown (W4, attack cases 57 and 76)", async () => {
  const before = await ecu("brakes");
  const answer = await put(await made({ brakes: { counter: 1 } }));
  assert.ok(answer.status === 200 || answer.status === 204, String(answer.status));
  assert.equal(await ecu("brakes"), { ...(before as object), state: "unknown" });
  assert.is(member((await admin(`/${VIN}`)).body, "alerts", 0, "kind"), "old report");
  await send();
  assert.is(member(await ecu("brakes"), "state"), "pending", "until it reports again");
});

test("every check of a manifest is made, and a refusal leaves the inventory as it was (W3, §5.3.2.1)", async () => {
  const before = member((await admin(`/${VIN}`)).body, "ecus");
  const n = await version();
  const stranger = generateSigner();
  const good = await made();
  const text = new TextDecoder().decode(good);
  const bytes = (changed: string) => new TextEncoder().encode(changed);
  const brakesKey = of.ecus[1]?.key ?? stranger;
  for (const [what, attempt, name] of [
    ["signed by a stranger", await made({}, { signer: stranger }), "BadSignature"],
    ["signed by another ECU of the vehicle", await made({}, { signer: brakesKey }), ["BadSignature", "WrongPrimary"]],
    ["names another ECU as Primary", await made({}, { primary: "brakes" }), "WrongPrimary"],
    ["of another vehicle", await made({}, { vin: "VIN-2" }), "WrongVehicle"],
    ["a report by a stranger's key", await made({ brakes: { signer: stranger } }), "BadSignature"],
    ["a report by the Primary's key", await made({ brakes: { signer: of.ecus[0]?.key ?? stranger } }), "BadSignature"],
    ["a report less", await manifest(of, new Map([["tcu", { counter: counter++ }]])), "ReportMissing"],
    ["a report of an unknown ECU", await manifest(of, new Map(["tcu", "brakes", "zzz"].map((serial) => [serial, { counter: counter++ }]))), "UnknownEcu"],
    ["the Primary's counter of before", await made({ tcu: { counter: 1 } }), "Replayed"],
    ["a bit changed", bytes(text.replace(/"vin":"VIN-1"/, '"vin":"VIN-3"')), ["PayloadHash", "WrongVehicle"]],
    ["cut", good.subarray(0, -2), "Truncated"],
    ["nothing", new Uint8Array(0), "Truncated"],
    ["no JSON", bytes("manifest"), "Syntax"],
    ["another shape", bytes('{"signatures":[],"signed":{}}'), ["Malformed", "BadSignature"]],
    ["a member twice", bytes(text.replace(',"vin":"VIN-1"', ',"vin":"VIN-1","vin":"VIN-1"')), "Duplicate"],
  ] as const) {
    const answer = await put(attempt);
    assert.is(answer.status, 422, what);
    assert.ok(Array.isArray(name) ? name.includes(status(answer)) : status(answer) === name, `${what}: ${String(status(answer))}`);
    assert.equal(member((await admin(`/${VIN}`)).body, "ecus"), before, what);
  }
  assert.is(await version(), n);
  const refusals = member((await admin(`/${VIN}`)).body, "refusedManifests");
  assert.is(member(refusals, "count"), 15);
  assert.is((await put(good)).status, 200, "the good one still counts");
  assert.is(status(await put(good)), "Replayed", "but once (attack case 57)");
});

test("a report made before the order is no answer to it: the state is unknown (W4, attack case 75)", async () => {
  const held = { time: now() - 100 };
  const brakes = image("brakes-2.img", "brakes-a");
  assert.is((await send({ brakes: { ...held, image: brakes }, tcu: held })).status, 200);
  assert.is(member(await ecu("brakes"), "state"), "unknown");
  assert.is(member(await ecu("brakes"), "assignment", "correlationId"), "c-7");
  assert.is(member((await admin(`/${VIN}`)).body, "alerts", 0, "kind"), "time went back");
});

test("an assignment stays until a manifest confirms it, then Targets no longer list it", async () => {
  const n = await version();
  assert.is((await send()).status, 200);
  assert.is(await version(), n, "nothing new to sign");
  assert.is(member(await ecu("brakes"), "state"), "pending");
  assert.is((await send({ brakes: { image: image("brakes-2.img", "brakes-a") } })).status, 200);
  const brakes = await ecu("brakes");
  assert.is(member(brakes, "state"), "installed");
  assert.is(member(brakes, "assignment"), null);
  assert.is(member(brakes, "releaseCounter"), 2);
  assert.is(await version(), n + 1);
  assert.equal(member((await file(`${n + 1}.targets.json`)).body, "signed", "targets"), {});
  const older = await order([ordered(image("brakes-1.img", "brakes-a", 1), "brakes")]);
  assert.is(older.status, 409, "not below the release counter that was confirmed");
  assert.is(status(older), "ReleaseCounter");
});

test("a newer order replaces the one before for the ECUs it names; the operator can withdraw what is open", async () => {
  const running = { brakes: { image: image("brakes-2.img", "brakes-a") } };
  assert.is((await order([ordered(image("tcu-5.img", "tcu-a", 5), "tcu"), ordered(image("brakes-5.img", "brakes-a", 5), "brakes")], "c-8")).status, 201);
  assert.is((await order([ordered(image("tcu-6.img", "tcu-a", 6), "tcu")], "c-9")).status, 201);
  const { body } = await file(`${await version()}.targets.json`);
  assert.equal(Object.keys(member(body, "signed", "targets") as object), ["brakes-5.img", "tcu-6.img"]);
  assert.is(member(body, "signed", "custom", "correlationId"), "c-9");
  assert.is((await admin(`/${VIN}/assignment`, "DELETE")).status, 200);
  assert.equal(member((await file(`${await version()}.targets.json`)).body, "signed", "targets"), {});
  await send(running);
  assert.is(member(await ecu("brakes"), "state"), "installed");
});

test("an image that nobody ordered raises an alert, and no order is planned on it until the operator acknowledges it (KM-20, attack case 83)", async () => {
  const stray = image("stray.img", "brakes-a", 9);
  assert.is((await send({ brakes: { image: stray } })).status, 200);
  assert.is(member(await ecu("brakes"), "state"), "unexpected");
  assert.is(member((await admin(`/${VIN}`)).body, "alerts", 0, "kind"), "unexpected image");
  assert.is((await order([ordered(image("brakes-10.img", "brakes-a", 10), "brakes")])).status, 409);
  assert.is((await admin(`/${VIN}/ecus/nobody/image`, "POST", { name: "s", length: 1, hashes: hashes(stray.bytes) })).status, 422);
  assert.is((await admin(`/${VIN}/ecus/brakes/image`, "POST", { name: stray.name, length: stray.bytes.length, hashes: hashes(stray.bytes), releaseCounter: 9 })).status, 200);
  assert.is((await order([ordered(image("brakes-10.img", "brakes-a", 10), "brakes")])).status, 201);
});

test("no version is ever used for two contents: not after a kill, nor with a second Director on one database (W2, attack case 74)", async () => {
  const seen = new Map<string, Uint8Array>();
  const look = async () => {
    for (let n = await version(); n > 0; n--) {
      for (const role of ["targets", "snapshot"]) {
        const { status: code, bytes } = await file(`${n}.${role}.json`);
        assert.is(code, 200);
        const before = seen.get(`${n}.${role}`);
        if (before !== undefined) assert.equal(bytes, before, `${n}.${role}`);
        seen.set(`${n}.${role}`, bytes);
      }
    }
  };
  await look();
  for (let round = 0; round < 2; round++) {
    const running = Array.from({ length: 5 }, (_, i) => order([ordered(image(`tcu-${i}.img`, "tcu-a", 20 + i), "tcu")], `r-${round}-${i}`).catch(() => undefined));
    await running[0];
    await server.stop("SIGKILL");
    await Promise.all(running);
    server = await startServer("director", join(of.folder, "director"));
    await look();
  }
  const second = await startServer("director", join(of.folder, "director"));
  try {
    const answers = await Promise.all([server, second, server, second, server, second].map((at, i) => ask(`${at.url}/admin/vehicles/${VIN}/assignment`, "POST",
      { correlationId: `two-${i}`, images: [ordered(image(`tcu-two-${i}.img`, "tcu-a", 40), "tcu")] }, of.adminToken)));
    const versions = answers.filter((x) => x.status === 201).map((x) => member(x.body, "version"));
    assert.ok(versions.length > 0);
    assert.is(new Set(versions).size, versions.length);
    for (const x of answers) assert.ok(x.status === 201 || x.status === 409, `${x.status} ${JSON.stringify(x.body)}`);
    await look();
  } finally {
    await second.stop();
  }
});

test("a stopped Director comes back with all it had", async () => {
  const before = member((await admin(`/${VIN}`)).body, "ecus");
  const timestamp = (await file("timestamp.json")).bytes;
  await server.stop();
  server = await startServer("director", join(of.folder, "director"));
  assert.equal(member((await admin(`/${VIN}`)).body, "ecus"), before);
  assert.equal((await file("timestamp.json")).bytes, timestamp);
});

test("a set is signed again when half its life is over, and says the same", async () => {
  await server.stop();
  reconfigure(join(of.folder, "director"), { lifetime: { timestamp: 4, snapshot: 86400, targets: 86400 } });
  server = await startServer("director", join(of.folder, "director"));
  assert.is((await order([ordered(image("tcu-60.img", "tcu-a", 60), "tcu")], "c-60")).status, 201);
  const n = await version();
  await new Promise((resolve) => setTimeout(resolve, 3100));
  assert.is(await version(), n + 1);
  const [before, after] = [await file(`${n}.targets.json`), await file(`${n + 1}.targets.json`)];
  assert.equal(member(after.body, "signed", "targets"), member(before.body, "signed", "targets"));
});

test("a vehicle of 256 ECUs is registered, ordered for and reports", async () => {
  const ecus = Array.from({ length: 256 }, (_, i) => ({ serial: `ecu-${i}`, hardwareId: `hw-${i % 7}`, key: generateSigner() }));
  const big = { ...of, vin: "VIN-256", ecus: ecus.map((x) => ({ ...x, imageBytes: 0, folder: "", factory: of.ecus[0]?.factory })) } as unknown as Fleet;
  const body = { vin: big.vin, primary: "ecu-0", ecus: ecus.map(({ serial, hardwareId, key }) => ({ serial, hardwareId, key: key.public })) };
  assert.is((await admin("", "POST", body)).status, 201);
  const images = ecus.map(({ serial, hardwareId }) => ordered(image(`${serial}.img`, hardwareId), serial));
  const answer = await admin("/VIN-256/assignment", "POST", { correlationId: "all", images });
  assert.is(answer.status, 201, JSON.stringify(answer.body));
  const claims = new Map(ecus.map(({ serial, hardwareId }) => [serial, { counter: 1, image: image(`${serial}.img`, hardwareId) }]));
  const taken = await ask(`${server.url}/vehicles/VIN-256/director/manifest`, "PUT", await manifest(big, claims));
  assert.is(taken.status, 200, JSON.stringify(taken.body));
  const states = (member((await admin("/VIN-256")).body, "ecus") as unknown[]).map((x) => member(x, "state"));
  assert.equal(new Set(states), new Set(["installed"]));
  assert.is((await admin("", "POST", { ...body, vin: "VIN-257", ecus: [...body.ecus, { serial: "more", hardwareId: "hw-0", key: generateSigner().public }] })).status, 400);
});

test("says who it is and which core it loaded", () => {
  const { name, core } = server.running.hello;
  assert.is(name, "director");
  assert.is(core, readFileSync("build/core.sha256", "utf8").trim());
});

test.run();
