/** Bad requests against each server: a clear 4xx with a JSON body, nothing lost, and the next good request works. */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { denoBinary } from "../node/deno.ts";
import type { Fleet } from "../node/provision.ts";
import { type Server, VIN, ask, fleet, folderDigest, image, imageTargets, manifest, member, ordered, raw, registration, removeFolder, startServer } from "./servers.ts";

const test = suite("http");
let of: Fleet;
let servers: { director: Server; repository: Server; time: Server };
let counter = 1;

test.before(async () => {
  of = await fleet();
  const [director, repository, time] = await Promise.all((["director", "repository", "time"] as const).map((kind) => startServer(kind, join(of.folder, kind))));
  if (director === undefined || repository === undefined || time === undefined) throw new Error("a server is missing");
  servers = { director, repository, time };
  assert.is((await ask(`${director.url}/admin/vehicles`, "POST", registration(of), of.adminToken)).status, 201);
  const first = image("a.img", "tcu-a");
  assert.is((await ask(`${repository.url}/repo/uploads/images/a.img`, "PUT", first.bytes, of.uploadToken)).status, 201);
  assert.is((await ask(`${repository.url}/repo/uploads/targets`, "PUT", await imageTargets(of, 1, [first]), of.uploadToken)).status, 201);
});
test.after(async () => {
  await Promise.all(Object.values(servers ?? {}).map((server) => server.stop()));
  removeFolder(of.folder);
});

type Target = readonly [server: Server, method: string, path: string, token: string | undefined, limit: number];

/** Every path that takes a body, with the most bytes it takes. */
function takers(): Target[] {
  const { director, repository, time } = servers;
  return [
    [time, "POST", "/time", undefined, 65_536],
    [director, "PUT", `/vehicles/${VIN}/director/manifest`, undefined, 1_048_576],
    [director, "POST", "/admin/vehicles", of.adminToken, 1_048_576],
    [director, "POST", `/admin/vehicles/${VIN}/assignment`, of.adminToken, 1_048_576],
    [director, "POST", `/admin/vehicles/${VIN}/ecus/tcu/image`, of.adminToken, 1_048_576],
    [repository, "PUT", "/repo/uploads/targets", of.uploadToken, 16_777_216],
    [repository, "PUT", "/repo/uploads/roles/supplier", of.uploadToken, 16_777_216],
  ];
}

/** What the servers hold and show, refusals counted aside. */
async function state(): Promise<unknown[]> {
  const view = await ask(`${servers.director.url}/admin/vehicles/${VIN}`, "GET", undefined, of.adminToken);
  return [
    member(view.body, "ecus"),
    (await ask(`${servers.director.url}/vehicles/${VIN}/director/timestamp.json`)).bytes,
    folderDigest(join(of.folder, "repository")),
    folderDigest(join(of.folder, "time")),
    folderDigest(join(of.folder, "director"), /sqlite/),
  ];
}

/** One good request of each kind. */
async function works(): Promise<void> {
  const { director, repository, time } = servers;
  assert.is((await ask(`${time.url}/time`, "POST", { nonces: [randomBytes(32).toString("hex")] })).status, 200);
  assert.is((await ask(`${repository.url}/repo/timestamp.json`)).status, 200);
  const claims = new Map(of.ecus.map(({ serial }) => [serial, { counter }]));
  counter++;
  assert.is((await ask(`${director.url}/vehicles/${VIN}/director/manifest`, "PUT", await manifest(of, claims))).status, 200);
}

const utf8 = new TextEncoder();
const deep = (n: number) => utf8.encode("[".repeat(n) + "]".repeat(n));

test("bytes that are no good body are answered with 4xx and a reason, and change nothing", async () => {
  const before = await state();
  const bodies: [string, Uint8Array][] = [
    ["nothing", new Uint8Array(0)],
    ["one byte", utf8.encode("{")],
    ["zeros", new Uint8Array(1000)],
    ["random bytes", new Uint8Array(randomBytes(5000))],
    ["invalid UTF-8", new Uint8Array([0x22, 0xff, 0x22])],
    ["a byte order mark", utf8.encode("\ufeff{}")],
    ["null", utf8.encode("null")],
    ["a number", utf8.encode("1e400")],
    ["a string", utf8.encode('"manifest"')],
    ["an array", utf8.encode("[]")],
    ["an empty object", utf8.encode("{}")],
    ["__proto__", utf8.encode('{"__proto__":{"nonces":[]},"constructor":1}')],
    ["wrong types", utf8.encode('{"nonces":{},"signatures":1,"signed":[],"vin":1,"primary":null,"ecus":"x","images":true,"correlationId":[],"name":{}}')],
    ["deep nesting", deep(100_000)],
    ["a long string", utf8.encode(JSON.stringify({ signed: "x".repeat(60_000) }))],
    ["many members", utf8.encode(JSON.stringify(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`m${i}`, i]))))],
  ];
  for (const [server, method, path, token] of takers()) {
    for (const [what, bytes] of bodies) {
      const answer = await ask(server.url + path, method, bytes, token);
      assert.ok(answer.status >= 400 && answer.status < 500, `${method} ${path}, ${what}: ${answer.status}`);
      assert.match(answer.headers.get("content-type") ?? "", /json/);
      assert.match(String(member(answer.body, "error", "message")), /^Cannot /, `${method} ${path}, ${what}`);
      assert.match(answer.headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
    }
  }
  assert.equal(await state(), before);
  await works();
});

test("a body over the limit is refused, whether its length is stated or not", async () => {
  const before = await state();
  for (const [server, method, path, token, limit] of takers()) {
    const stated = await ask(server.url + path, method, new Uint8Array(limit + 1), token).then((x) => x.status, () => 413);
    assert.is(stated, 413, path);
    const head = `${method} ${path} HTTP/1.1\r\nhost: x\r\n${token === undefined ? "" : `authorization: Bearer ${token}\r\n`}`;
    assert.match(await raw(server.url, `${head}content-length: 99999999999\r\n\r\n`, 5), /^HTTP\/1.1 413 /, path);
  }
  assert.equal(await state(), before);
  await works();
});

test("paths and methods that are none, and files that are not there", async () => {
  const { director, repository, time } = servers;
  for (const [server, method, path] of [
    [time, "GET", "/time"], [time, "GET", "/"], [time, "PUT", "/time"], [director, "GET", "/vehicles"], [director, "GET", "/vehicles/x/director/timestamp.json"],
    [director, "GET", `/vehicles/${VIN}/director/0.root.json`], [director, "GET", `/vehicles/${VIN}/director/01.root.json`],
    [director, "GET", `/vehicles/${VIN}/director/9.root.json`], [director, "GET", `/vehicles/${VIN}/director/99999999999999999999.targets.json`],
    [director, "GET", `/vehicles/${VIN}/director/1.director.sqlite`], [director, "GET", `/vehicles/${VIN}/director/..%2f..%2fconfig.json`],
    [director, "GET", "/vehicles/%00/director/timestamp.json"], [director, "GET", "/vehicles/%zz/director/timestamp.json"],
    [director, "DELETE", `/vehicles/${VIN}/director/manifest`], [repository, "GET", "/repo/..%2fconfig.json"], [repository, "GET", "/repo/targets/"],
    [repository, "GET", "/repo/targets/..%2f..%2fconfig.json"], [repository, "GET", "/repo/%E0%A4%A.json"], [repository, "GET", `/repo/1.${"x".repeat(3000)}.json`],
    [repository, "POST", "/repo/timestamp.json"], [repository, "GET", "/config.json"], [repository, "GET", "/repo/__proto__.json"],
  ] as const) {
    const said = await raw(server.url, `${method} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`, 5);
    assert.match(said, /^HTTP\/1.1 4\d\d /, `${method} ${path}`);
    assert.match(said, /\r\n\r\n\{"error":\{"message":"Cannot /, `${method} ${path}`);
  }
});

test("what is no HTTP is answered and closed", async () => {
  const bad = () => [
    "manifest\r\n\r\n", new Uint8Array(randomBytes(500)), "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
    `GET / HTTP/1.1\r\nhost: x\r\nx: ${"a".repeat(100_000)}\r\n\r\n`, "POST /time HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
  ];
  const answers = Object.values(servers).flatMap((server) => bad().map((bytes) => raw(server.url, bytes, 20)));
  for (const said of await Promise.all(answers)) assert.match(said, /^HTTP\/1.1 4\d\d |^$/);
  await works();
});

test("a client that goes away in the middle of its body changes nothing", async () => {
  const before = await state();
  for (const [server, method, path, token] of [...takers(), [servers.repository, "PUT", "/repo/uploads/images/half.img", of.uploadToken, 0] as const]) {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () => {
        socket.write(`${method} ${path} HTTP/1.1\r\nhost: x\r\n${token === undefined ? "" : `authorization: Bearer ${token}\r\n`}content-length: 1000\r\n\r\n{"half":`, () => {
          setTimeout(() => socket.destroy(), 50);
        });
      });
      socket.on("close", () => resolve());
    });
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(await state(), before);
  await works();
});

test("slow clients lose the connection after the grace, whatever they are slow at, and others are served meanwhile", async () => {
  const before = await state();
  const slow = takers().flatMap(([server, method, path, token]) => {
    const head = `${method} ${path} HTTP/1.1\r\nhost: x\r\n`;
    const full = `${head}${token === undefined ? "" : `authorization: Bearer ${token}\r\n`}content-length: 1000\r\n\r\n{"`;
    return [raw(server.url, head, 25), raw(server.url, full, 25), raw(server.url, "", 25)];
  });
  const meanwhile = await works().then(() => true);
  assert.ok(meanwhile);
  for (const said of await Promise.all(slow)) assert.match(said, /^HTTP\/1.1 408 |^$/);
  assert.equal(await state().then((x) => x.slice(1)), before.slice(1));
  await works();
});

test("requests at the same time do not mix", async () => {
  const { director, time } = servers;
  const nonces = Array.from({ length: 40 }, () => randomBytes(32).toString("hex"));
  const answers = await Promise.all(nonces.map((nonce) => ask(`${time.url}/time`, "POST", { nonces: [nonce] })));
  assert.equal(answers.map((x) => member(x.body, "signed", "nonces", 0)), nonces);
  const orders = await Promise.all(Array.from({ length: 12 }, (_, i) => ask(`${director.url}/admin/vehicles/${VIN}/assignment`, "POST", {
    correlationId: `same-time-${i}`, images: [ordered(image(`tcu-${i}.img`, "tcu-a", 5), "tcu")],
  }, of.adminToken)));
  const versions = orders.map((x) => member(x.body, "version"));
  assert.is(new Set(versions).size, 12);
  for (const [i, version] of versions.entries()) {
    const { body } = await ask(`${director.url}/vehicles/${VIN}/director/${String(version)}.targets.json`);
    assert.is(member(body, "signed", "custom", "correlationId"), `same-time-${i}`);
  }
});

test("secrets are not logged", () => {
  for (const server of Object.values(servers)) {
    assert.not.match(server.log, new RegExp(`${of.adminToken}|${of.uploadToken}|PRIVATE`));
    for (const line of server.log.trim().split("\n")) assert.type(member(JSON.parse(line), "msg"), "string");
  }
});

test("the servers' sources pass Deno's type check", () => {
  const { status, stderr } = spawnSync(denoBinary(), ["check", "--quiet", "deno", "bindings"], { encoding: "utf8" });
  assert.is(status, 0, stderr);
});

test.run();
