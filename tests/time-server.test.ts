/** The time server: what it attests, and what it refuses (docs/POUF.md, time). The core is the judge of the attestation. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DIRECTOR, ROLE_ROOT, SESSION_TIME } from "../assembly/abi.ts";
import { BadSignature, Missing, Nonce, TimeBack } from "../assembly/status.ts";
import { Core } from "../bindings/core.ts";
import { MetadataError } from "../bindings/errors.ts";
import { run } from "../bindings/run.ts";
import type { Fleet } from "../node/provision.ts";
import { type Server, VIN, ask, fleet, member, now, removeFolder, startServer } from "./servers.ts";

const test = suite("time server");
let of: Fleet;
let server: Server;

test.before(async () => {
  of = await fleet();
  server = await startServer("time", join(of.folder, "time"));
});
test.after(async () => {
  await server?.stop();
  removeFolder(of.folder);
});

/** An ECU that asked with this nonce judges an attestation. */
async function judged(attestation: Uint8Array, nonce: string, core = Core.load()): Promise<Core> {
  const root = readFileSync(join(of.folder, "director/roots/1.root.json"));
  core.forget();
  core.identify({ vehicle: VIN, serial: "tcu", hardwareId: "tcu-a", counter: -1, nonce });
  core.open(SESSION_TIME);
  await run(core, {
    file: (want) => Promise.resolve(want.role === ROLE_ROOT ? (want.repository === DIRECTOR ? root : Missing) : attestation),
    keep: () => Promise.resolve(),
    save: () => Promise.resolve(),
  });
  return core;
}

async function refused(work: Promise<unknown>, status: number): Promise<void> {
  const error = await work.then(() => undefined, (e: unknown) => e);
  assert.instance(error, MetadataError);
  assert.is((error as MetadataError).report.status, status);
}

const nonce = (bytes = 32) => randomBytes(bytes).toString("hex");

test("attests the second it is over the nonces of the request, by the key of role time", async () => {
  const [mine, other] = [nonce(), nonce()];
  const { status, bytes, body } = await ask(`${server.url}/time`, "POST", { nonces: [other, mine] });
  assert.is(status, 200);
  assert.is(member(body, "signed", "_type"), "time");
  assert.equal(member(body, "signed", "nonces"), [other, mine]);
  assert.ok(Math.abs(Date.parse(String(member(body, "signed", "time"))) / 1000 - now()) <= 5);
  await judged(bytes, mine);
});

test("an ECU refuses an attestation over another nonce, a changed one, and an earlier one", async () => {
  const mine = nonce();
  const first = (await ask(`${server.url}/time`, "POST", { nonces: [mine] })).bytes;
  await refused(judged(first, nonce()), Nonce);
  const text = new TextDecoder().decode(first);
  const changed = text.replace(/"time":"(\d{4})/, (_, year: string) => `"time":"${Number(year) + 1}`);
  await refused(judged(new TextEncoder().encode(changed), mine), BadSignature);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const later = nonce();
  const core = await judged((await ask(`${server.url}/time`, "POST", { nonces: [later] })).bytes, later);
  await refused(judged(first, mine, core), TimeBack);
});

test("takes nonces of 16 to 64 bytes and as many as its configuration says", async () => {
  for (const [nonces, status] of [
    [[nonce(16)], 200], [[nonce(64)], 200], [Array.from({ length: 256 }, () => nonce(16)), 200],
    [[nonce(15)], 400], [[nonce(65)], 400], [[], 400], [Array.from({ length: 257 }, () => nonce(16)), 400],
    [[nonce(16).toUpperCase()], 400], [[`${nonce(16)}a`], 400], [[7], 400], [[null], 400], ["00", 400], [{}, 400],
  ] as const) {
    const answer = await ask(`${server.url}/time`, "POST", { nonces });
    assert.is(answer.status, status, JSON.stringify(nonces).slice(0, 80));
    if (status !== 200) assert.match(String(member(answer.body, "error", "message")), /^Cannot /);
  }
});

test("says who it is, and claims no core: it loads none", () => {
  assert.equal(Object.keys(server.running.hello).sort(), ["name", "pid", "port"]);
  assert.is(server.running.hello.name, "time-server");
});

test.run();
