/** What a Director has to remember of earlier manifests, and what it does when its own memory was restored. Uptane 2.1.0 §5.3.2.1, attack cases 57, 73 to 75. */
import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Fleet } from "../node/provision.ts";
import { type Answer, type Claim, type Server, VIN, ask, fleet, image, manifest, member, now, ordered, registration, removeFolder, startServer } from "./servers.ts";

const DAY = 86400;

const test = suite("director memory");
let of: Fleet;
let server: Server;
let counter = 1; // of the next manifest's reports

test.before(async () => {
  of = await fleet();
  server = await startServer("director", join(of.folder, "director"));
  await admin("", "POST", registration(of));
});
test.after(async () => {
  await server?.stop();
  removeFolder(of.folder);
});

const admin = (path: string, method = "GET", body?: unknown) => ask(`${server.url}/admin/vehicles${path}`, method, body, of.adminToken);
const file = (name: string) => ask(`${server.url}/vehicles/${VIN}/director/${name}`);
const version = async () => Number(member((await file("timestamp.json")).body, "signed", "version"));
const order = (name: string) => admin(`/${VIN}/assignment`, "POST", { correlationId: name, images: [ordered(image(`${name}.img`, "tcu-a", 3), "tcu")] });
const status = (answer: Answer) => member(answer.body, "error", "status");
const alerts = async () => (member((await admin(`/${VIN}`)).body, "alerts") as unknown[]).map((x) => member(x, "kind"));

async function send(claims: Record<string, Partial<Claim>> = {}, as: Parameters<typeof manifest>[2] = {}): Promise<Answer> {
  const next = counter++;
  const bytes = await manifest(of, new Map(of.ecus.map(({ serial }) => [serial, { counter: next, ...claims[serial] }])), as);
  return await ask(`${server.url}/vehicles/${VIN}/director/manifest`, "PUT", bytes);
}

async function ecu(serial: string): Promise<unknown> {
  return (member((await admin(`/${VIN}`)).body, "ecus") as unknown[]).find((x) => member(x, "serial") === serial);
}

test("case 57: a nonce counts once, though the counter rose; also after a restart", async () => {
  assert.is((await send({ tcu: { nonce: "aa" }, brakes: { nonce: "bb" } })).status, 200);
  const before = await ecu("brakes");
  for (const restart of [false, true]) {
    if (restart) {
      await server.stop();
      server = await startServer("director", join(of.folder, "director"));
    }
    assert.is(status(await send({ tcu: { nonce: "aa" } })), "Replayed", "the Primary's own: the manifest is dropped");
    assert.is((await send({ tcu: { nonce: `a${restart}` }, brakes: { nonce: "bb" } })).status, 200);
    assert.equal(await ecu("brakes"), { ...(before as object), state: "unknown" }, "a Secondary's: its report is");
  }
  assert.is((await send({ tcu: { nonce: "bb" }, brakes: { nonce: "aa" } })).status, 200, "of another ECU it says nothing");
  assert.is(member(await ecu("brakes"), "state"), "installed");
});

test("case 75: a time that nobody can have attested yet drops the manifest", async () => {
  const before = await ecu("brakes");
  assert.is(status(await send({ brakes: { time: now() + 2 * DAY } })), "TimeJump");
  assert.equal(await ecu("brakes"), before);
  assert.is((await send({ brakes: { time: now() + DAY - 60 } })).status, 200);
});

test("case 73: a reported time that stands still for a month is an alert", async () => {
  const still = { time: now() - 40 * DAY };
  await send({ tcu: still, brakes: { time: now() } });
  assert.not((await alerts()).includes("time stands still"));
  await send({ tcu: still });
  assert.is((await alerts()).filter((kind) => kind === "time stands still").length, 1);
  await send({ tcu: { time: still.time + 60 } });
  assert.is((await alerts()).filter((kind) => kind === "time stands still").length, 1);
});

test("case 74: a restored database goes on above what the vehicle holds, and never far above on a Primary's word", async () => {
  const folder = join(of.folder, "director");
  const data = ["director.sqlite", "director.sqlite-wal", "director.sqlite-shm"].filter((name) => existsSync(join(folder, name)));
  assert.ok(data.length > 0, "the database has another name");
  await server.stop();
  for (const name of data) if (existsSync(join(folder, name))) cpSync(join(folder, name), join(folder, `${name}.backup`));
  server = await startServer("director", folder);
  for (let i = 0; i < 3; i++) assert.is((await order(`lost-${i}`)).status, 201);
  const held = await version();
  await server.stop();
  for (const name of data) {
    rmSync(join(folder, name), { force: true });
    if (existsSync(join(folder, `${name}.backup`))) cpSync(join(folder, `${name}.backup`), join(folder, name));
  }
  server = await startServer("director", folder);
  assert.is(await version(), held - 3, "the backup knows nothing of them");
  assert.is((await send({}, { targetsVersion: held })).status, 200);
  assert.is(await version(), held + 1, "a set at once that this vehicle may take");
  assert.is((await file(`${held}.targets.json`)).status, 404, "no other content under the lost number");
  assert.is((await alerts())[0], "newer set");
  assert.is((await order("next")).status, 201);
  assert.is(await version(), held + 2);
  assert.is((await send({}, { targetsVersion: held + 2 })).status, 200);
  assert.is(await version(), held + 2, "what is published here is no news");
  assert.is((await send({}, { targetsVersion: 2 ** 53 - 1 })).status, 200);
  assert.is(await version(), held + 2, "a Primary that lies does not use up the numbers");
  assert.is((await alerts())[0], "newer set");
});

test.run();
