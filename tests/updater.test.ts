/** The Updater over real HTTP on loopback, with a store that is a directory. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OPTION_AKTUALIZR, ROLE_ROOT } from "../assembly/abi.ts";
import { EndlessData, Freeze, HashMismatch, LengthMismatch, Missing, Rollback, RoleInvalid, Unavailable } from "../assembly/status.ts";
import { MetadataError } from "../bindings/errors.ts";
import { type TargetInfo, Updater, type UpdaterStore } from "../bindings/updater.ts";
import { date } from "../bindings/metadata.ts";
import { encodeName, metadataName } from "../bindings/urls.ts";
import { download } from "../node/fetch.ts";
import { openStore } from "../node/store.ts";
import * as aktualizr from "./aktualizr.ts";
import { envelope, signer } from "./aktualizr.ts";
import { type Delegated, NOW, World, key } from "./world.ts";

interface Scene {
  world: World;
  base: string;
  folder: string;
  asked: string[];
  answer: Map<string, Uint8Array | number>; // what the server says instead
}

const test = suite<Scene>("updater");
const servers: Server[] = [];
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test.before.each(async (scene) => {
  scene.world = await World.make();
  scene.asked = [];
  scene.answer = new Map();
  scene.folder = mkdtempSync(join(tmpdir(), "updater-"));
  const server = createServer((request, response) => {
    const path = (request.url ?? "").slice(1);
    scene.asked.push(path);
    const { files, images } = scene.world.image;
    const image = path.startsWith("images/") ? images.get(decodeURIComponent(path.slice(7))) : undefined;
    const body = scene.answer.get(path) ?? files.get(path.replace(/^metadata\//, "")) ?? image ?? 404;
    response.writeHead(typeof body === "number" ? body : 200);
    response.end(typeof body === "number" ? undefined : body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(server);
  scene.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

test.after.each(async (scene) => {
  rmSync(scene.folder, { recursive: true, force: true });
  const server = servers.pop();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

function directory(folder: string): UpdaterStore {
  const metadata = openStore(join(folder, "metadata"));
  const images = openStore(join(folder, "images"));
  const file = (target: TargetInfo): string => `${target.sha256}`;
  return {
    read: (name) => Promise.resolve(metadata.read(name, 1 << 24)),
    write: (name, data) => Promise.resolve(metadata.write(name, data)),
    image: (target) => Promise.resolve(images.read(file(target), target.length + 1) ?? Missing),
    stage: (target) => Promise.resolve(images.stage(file(target))),
  };
}

/** A client as it starts: what it knows lies in the folder. */
function client(scene: Scene, now = NOW): Updater {
  return new Updater({
    root: scene.world.image.files.get("1.root.json") ?? new Uint8Array(0),
    fetcher: { metadata: (path, limit) => download(`${scene.base}/metadata/${path}`, limit), image: (path, limit) => download(`${scene.base}/images/${path}`, limit) },
    store: directory(scene.folder),
    now: () => now,
  });
}

async function refused(task: Promise<unknown>): Promise<number> {
  try {
    await task;
  } catch (error) {
    if (error instanceof MetadataError) return error.report.status;
    throw error;
  }
  throw new Error("Cannot go on: this was to be refused");
}

test("an image is found, fetched, and found in the store", async (scene) => {
  const updater = client(scene);
  const target = await updater.getTargetInfo("app.bin");
  assert.is(target?.length, "the first image".length);
  assert.ok(target?.sha256 !== undefined && target.sha512 !== undefined);
  assert.is(await updater.findCachedTarget(target), false);
  await updater.downloadTarget(target);
  assert.is(await updater.findCachedTarget(target), true);
  assert.is(await updater.getTargetInfo("other.bin"), undefined);
  writeFileSync(join(scene.folder, "images", target.sha256), "the first imagE");
  assert.is(await updater.findCachedTarget(target), false);
});

test("one refresh is one look at the repository; a restart asks for what can have changed", async (scene) => {
  const updater = client(scene);
  await updater.refresh();
  const first = scene.asked.length;
  await updater.getTargetInfo("app.bin");
  await updater.getTargetInfo("app.bin");
  assert.is(scene.asked.length, first);
  scene.asked.length = 0;
  await client(scene).refresh();
  assert.equal(scene.asked, ["metadata/2.root.json", "metadata/timestamp.json"]);
});

test("new metadata is taken, older is refused, and what was trusted stays", async (scene) => {
  const updater = client(scene);
  const old = new Map(scene.world.image.files);
  scene.world.order("new.bin", bytes("another image"), scene.world.ecus);
  await scene.world.publishNext();
  await updater.refresh();
  assert.is((await updater.getTargetInfo("new.bin"))?.length, 13);
  scene.answer.set("metadata/timestamp.json", old.get("timestamp.json") ?? 404);
  assert.is(await refused(updater.refresh()), Rollback);
  assert.is(await refused(client(scene).getTargetInfo("new.bin")), Rollback);
  scene.answer.clear();
  assert.is((await updater.getTargetInfo("new.bin"))?.length, 13);
});

test("Root is followed along its chain", async (scene) => {
  const updater = client(scene);
  await updater.refresh();
  await scene.world.image.rotate("targetsRole");
  await scene.world.image.publishNext();
  await scene.world.image.rotate("root");
  await updater.refresh();
  assert.ok(await updater.getTargetInfo("app.bin"));
  scene.asked.length = 0;
  await client(scene).refresh();
  assert.ok(scene.asked.includes("metadata/4.root.json"));
});

test("delegated roles are searched, and a bad one is named", async (scene) => {
  const role = { signers: [key()], threshold: 1, version: 1, expires: date(NOW + 1000) };
  const supplier: Delegated = { role, targets: new Map() };
  scene.world.image.delegations = [{ name: "sup plier", keys: role.signers.map((x) => x.public), threshold: 1, paths: ["sup/*"] }];
  scene.world.image.delegated.set("sup plier", supplier);
  scene.world.order("sup/brakes 1.bin", bytes("brakes"), scene.world.ecus, supplier.targets);
  await scene.world.publishNext();
  const updater = client(scene);
  const target = await updater.getTargetInfo("sup/brakes 1.bin");
  assert.ok(target);
  await updater.downloadTarget(target);
  assert.is(await updater.findCachedTarget(target), true);
  const other = client({ ...scene, folder: join(scene.folder, "other") });
  scene.answer.set("metadata/2.sup%20plier.json", 404);
  assert.is(await refused(other.getTargetInfo("sup/brakes 1.bin")), RoleInvalid);
  scene.answer.clear();
  assert.ok(await other.getTargetInfo("sup/brakes 1.bin"));
});

test("other bytes of an image leave nothing behind, and the next try works", async (scene) => {
  const updater = client(scene);
  const target = await updater.getTargetInfo("app.bin");
  assert.ok(target);
  const path = `images/${target.sha256}.app.bin`;
  const bad: [Uint8Array | number, number][] = [
    [bytes("the first imagE"), HashMismatch], [bytes("the first"), LengthMismatch], [bytes("the first image."), EndlessData], [404, Missing], [500, Unavailable],
  ];
  for (const [body, status] of bad) {
    scene.answer.set(path, body);
    assert.is(await refused(updater.downloadTarget(target)), status);
    assert.equal(readdirSync(join(scene.folder, "images")), []);
  }
  scene.answer.clear();
  await updater.downloadTarget(target);
  assert.equal(readdirSync(join(scene.folder, "images")), [target.sha256]);
});

test("an image that is listed differently by now is not fetched", async (scene) => {
  const updater = client(scene);
  const target = await updater.getTargetInfo("app.bin");
  assert.ok(target);
  scene.world.order("app.bin", bytes("a second image"), scene.world.ecus);
  await scene.world.publishNext();
  await updater.refresh();
  await updater.downloadTarget(target).then(() => assert.unreachable(), (error: Error) => assert.match(error.message, /lists another one by now/));
});

test("expiry is judged by the time given", async (scene) => {
  assert.is(await refused(client(scene, NOW + 200_000).refresh()), Freeze);
});

test("a server that fails ends the refresh, and only a clear answer ends the chain of Roots", async (scene) => {
  scene.answer.set("metadata/2.root.json", 500);
  assert.is(await refused(client(scene).refresh()), Unavailable);
  scene.answer.clear();
  await client(scene).refresh();
});

test("calls that overlap take turns", async (scene) => {
  const updater = client(scene);
  scene.world.order("b.bin", bytes("b"), scene.world.ecus);
  await scene.world.publishNext();
  const [a, b, none] = await Promise.all([updater.getTargetInfo("app.bin"), updater.getTargetInfo("b.bin"), updater.getTargetInfo("c.bin")]);
  assert.is(a?.name, "app.bin");
  assert.is(b?.name, "b.bin");
  assert.is(none, undefined);
  assert.ok(a && b);
  await Promise.all([updater.downloadTarget(b), updater.downloadTarget(a)]);
  assert.is(readdirSync(join(scene.folder, "images")).length, 2);
});

test("a torn record, a lost file and a power cut between file and record cost nothing but requests", async (scene) => {
  await client(scene).refresh();
  const metadata = join(scene.folder, "metadata");
  const record = openStore(metadata).read("record", 1000) ?? new Uint8Array(0);
  scene.world.order("new.bin", bytes("new"), scene.world.ecus);
  await scene.world.publishNext();
  await client(scene).refresh();
  writeFileSync(join(metadata, "record"), record); // the files are newer than the record
  assert.ok(await client(scene).getTargetInfo("new.bin"));
  rmSync(join(metadata, "root.json"));
  assert.ok(await client(scene).getTargetInfo("new.bin"));
  writeFileSync(join(metadata, "record"), record.map((byte, at) => (at === 20 ? byte ^ 1 : byte)));
  assert.ok(await client(scene).getTargetInfo("new.bin"));
  writeFileSync(join(metadata, "record"), "short");
  assert.ok(await client(scene).getTargetInfo("new.bin"));
});

test("a repository of aktualizr's, with plain names", async (scene) => {
  const [rootKey, online] = [signer(1), signer(2)];
  const text = async (signed: object): Promise<string> => await envelope(signed, online);
  const root = Buffer.from(await envelope(aktualizr.root({ root: rootKey, timestamp: online, snapshot: online, targets: online }), rootKey));
  const targets = await text(aktualizr.targets({ "dir/a.bin": aktualizr.entry("image a", undefined, ["hw-1"]) }));
  const snapshot = await text(aktualizr.snapshot({ "targets.json": targets }));
  const timestamp = await text(aktualizr.timestamp(snapshot));
  for (const [name, file] of Object.entries({ targets, snapshot, timestamp })) scene.answer.set(`repo/${name}.json`, Buffer.from(file));
  scene.answer.set("repo/targets/dir/a.bin", bytes("image a"));
  const updater = new Updater({
    root,
    fetcher: { metadata: (path, limit) => download(`${scene.base}/repo/${path}`, limit), image: (path, limit) => download(`${scene.base}/repo/targets/${path}`, limit) },
    store: directory(scene.folder),
    dialect: OPTION_AKTUALIZR,
    metadataPath: (want) => metadataName(want.role === ROLE_ROOT ? want : { ...want, version: 0 }),
    imagePath: (want) => want.name.split("/").map(encodeName).join("/"),
    now: () => NOW,
  });
  const target = await updater.getTargetInfo("dir/a.bin");
  assert.ok(target);
  await updater.downloadTarget(target);
  assert.is(await updater.findCachedTarget(target), true);
  assert.is(await updater.getTargetInfo("dir/b.bin"), undefined);
});

test("a name the core cannot hold is the caller's fault", async (scene) => {
  const updater = client(scene);
  for (const name of ["", "x".repeat(300)]) await updater.getTargetInfo(name).then(() => assert.unreachable(), (error: Error) => assert.is(error.name, "UsageError"));
  assert.ok(await updater.getTargetInfo("app.bin"));
});

test.run();
