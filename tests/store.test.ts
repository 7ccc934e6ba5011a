/** The Primary's folder of small files, what it keeps in it, and its HTTP client. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from "node:fs";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ROLE_ROOT, ROLE_TARGETS } from "../assembly/abi.ts";
import { EndlessData, Missing, SlowRetrieval, Unavailable } from "../assembly/status.ts";
import { TransferError } from "../bindings/errors.ts";
import { HttpError, PACE, download, send } from "../node/fetch.ts";
import { openKept } from "../node/kept.ts";
import { storeValues } from "../node/primary/state.ts";
import { openStore } from "../node/store.ts";

const store = suite("store");
let folder = "";
store.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "store-"));
});
store.after.each(() => rmSync(folder, { recursive: true, force: true }));

store("writes, replaces, lists and removes; nobody else may read", () => {
  const of = openStore(join(folder, "in"));
  of.write("a", Uint8Array.of(1));
  of.write("a", Uint8Array.of(2, 3));
  of.write("b.json", Uint8Array.of(4));
  assert.equal([...(of.read("a", 10) ?? [])], [2, 3]);
  assert.equal(of.list(), ["a", "b.json"]);
  of.remove("a");
  assert.is(of.read("a", 10), undefined);
  if (process.platform !== "win32") {
    assert.is(statSync(join(folder, "in")).mode & 0o777, 0o700);
    assert.is(statSync(join(folder, "in", "b.json")).mode & 0o777, 0o600);
  }
});

store("names that lead elsewhere, and files over the limit, are refused", () => {
  const of = openStore(folder);
  for (const name of ["", ".", "..", "../x", "a/b", ".hidden", "a\0b", "x".repeat(201)]) assert.throws(() => of.write(name, Uint8Array.of(1)), /Cannot use/);
  of.write("big", new Uint8Array(100));
  assert.throws(() => of.read("big", 99), /at most 99/);
});

store("what an interrupted write left behind is not seen and goes at the next start", () => {
  const of = openStore(folder);
  of.write("a", Uint8Array.of(1));
  const staged = of.stage("a");
  staged.append(Uint8Array.of(9, 9, 9));
  assert.equal([...(of.read("a", 10) ?? [])], [1]);
  assert.equal(of.list(), ["a"]);
  const again = openStore(folder); // as after a kill
  assert.equal(readdirSync(folder), ["a"]);
  assert.equal([...(again.read("a", 10) ?? [])], [1]);
});

store("a kill at any moment leaves a whole old file or a whole new one", async () => {
  const module = fileURLToPath(new URL("../node/store.js", import.meta.url));
  const script = `
    const { openStore } = await import(${JSON.stringify(`file://${module}`)});
    const store = openStore(${JSON.stringify(folder)});
    for (let n = 0; ; n = (n + 1) % 256) store.write("file", new Uint8Array(50000).fill(n));`;
  for (let round = 0; round < 6; round++) {
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "ignore" });
    for (let waited = 0; !existsSync(join(folder, "file")) && waited < 5000; waited += 20) await sleep(20);
    await sleep(20 + round * 17);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    const bytes = openStore(folder).read("file", 50000);
    assert.is(bytes?.length, 50000);
    assert.ok(bytes?.every((byte) => byte === bytes[0]), "a mixture");
  }
});

store("two generations are kept, and the digest a record names finds the older one too; Roots are kept by version", () => {
  const kept = openKept(storeValues(openStore(folder), "meta."));
  const targets = { repository: 0, role: ROLE_TARGETS, name: "", version: 0 };
  const bytes = (n: number): Uint8Array => new Uint8Array(10).fill(n);
  const sha256 = (n: number): string => createHash("sha256").update(bytes(n)).digest("hex");
  for (const n of [1, 2, 3]) kept.keep(targets, n, bytes(n));
  assert.equal(kept.find(targets), bytes(3));
  assert.equal(kept.find({ ...targets, sha256: sha256(2) }), bytes(2));
  assert.is(kept.find({ ...targets, sha256: sha256(1) }), undefined);
  assert.is(kept.find({ ...targets, version: 1 }), undefined);
  kept.keep(targets, 1, bytes(1)); // a version may fall after keys changed: the newest kept is the newest
  assert.equal(kept.find(targets), bytes(1));
  for (const n of [1, 2, 3]) kept.keep({ ...targets, role: ROLE_ROOT }, n, bytes(10 + n));
  assert.equal([1, 2, 3].map((version) => kept.find({ ...targets, role: ROLE_ROOT, version })?.[0]), [11, 12, 13]);
  assert.is(kept.find({ ...targets, repository: 1 }), undefined);
  assert.is(kept.find({ ...targets, name: "0" }), undefined);
});

store("a truncated file is found by its digest, not believed", () => {
  const kept = openKept(storeValues(openStore(folder), "meta."));
  const file = { repository: 0, role: ROLE_TARGETS, name: "", version: 0 };
  kept.keep(file, 1, new Uint8Array(10));
  const [name = ""] = readdirSync(folder);
  truncateSync(join(folder, name), 4);
  assert.is(kept.find({ ...file, sha256: createHash("sha256").update(new Uint8Array(10)).digest("hex") }), undefined);
});

store.run();

const http = suite("transfers");
let server: Server;
let base = "";
let answer: (request: IncomingMessage, response: ServerResponse) => void;
http.before(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  base = `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`;
});
http.after(() => {
  server.closeAllConnections();
  server.close();
});

async function read(limit: number, pace = PACE): Promise<number> {
  const source = await download(`${base}/x`, limit, pace);
  if (typeof source === "number") return -source;
  let size = 0;
  for await (const piece of source) size += piece.length;
  return size;
}

const broken = (status: number) => (error: unknown): boolean => error instanceof TransferError && error.status === status;

async function fails(status: number, call: Promise<unknown>): Promise<void> {
  assert.ok(await call.then(() => false, broken(status)));
}

http("bytes, a clear no, and no clear answer are three different things", async () => {
  answer = (_, response) => response.end("hello");
  assert.is(await read(100), 5);
  answer = (_, response) => response.writeHead(404).end();
  assert.is(await read(100), -Missing);
  answer = (_, response) => response.writeHead(500).end();
  assert.is(await read(100), -Unavailable);
  assert.is(await download("http://127.0.0.1:1/x", 10), Unavailable);
});

http("one byte over the limit comes through, so that who counts sees it; no more does", async () => {
  answer = (_, response) => response.end(Buffer.alloc(100000));
  assert.is(await read(1000), 1001);
  await fails(EndlessData, send("PUT", `${base}/x`, Buffer.alloc(1), 1000));
});

http("an answer that breaks off is Unavailable", async () => {
  answer = (_, response) => {
    response.writeHead(200, { "content-length": "1000" }).write("abc");
    setTimeout(() => response.destroy(), 20);
  };
  await fails(Unavailable, read(2000));
});

http("trickling bytes, and no bytes at all, are SlowRetrieval", async () => {
  const pace = { connectSeconds: 0.3, floor: 1000, windowSeconds: 0.4, deadlineSeconds: 60 };
  answer = (_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write("x"), 20);
    response.on("close", () => clearInterval(timer));
  };
  await fails(SlowRetrieval, read(100000, pace));
  answer = () => undefined;
  assert.is(await read(100, pace), -SlowRetrieval);
});

http("a refusal carries its code and its body", async () => {
  answer = (request, response) => {
    request.resume();
    response.writeHead(422).end('{"error":{"message":"no"}}');
  };
  const error = await send("PUT", `${base}/x`, Buffer.from("{}"), 1000).then(() => undefined, (e: unknown) => e);
  assert.ok(error instanceof HttpError);
  assert.is(error.code, 422);
  assert.match(error.body, /"no"/);
});

http.run();
