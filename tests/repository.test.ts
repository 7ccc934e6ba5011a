/** The Image repository: what it publishes, what it refuses, and that a refusal changes nothing. Uptane 2.1.0 §5.2.3.1, §5.3.1. */
import { readFileSync, readdirSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Signer, generateSigner } from "../bindings/keys.ts";
import { type Delegation, date, hashes, targets } from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import type { Fleet } from "../node/provision.ts";
import { type Answer, type Image, type Server, ask, endless, fleet, folderDigest, image, imageTargets, listed, member, now, reconfigure, removeFolder, startServer } from "./servers.ts";

const test = suite("image repository");
let of: Fleet;
let server: Server;

test.before(async () => {
  of = await fleet();
  server = await startServer("repository", join(of.folder, "repository"));
});
test.after(async () => {
  await server?.stop();
  removeFolder(of.folder);
});

const folder = () => join(of.folder, "repository");
const get = (path: string) => ask(`${server.url}/repo/${path}`);
const upload = (path: string, bytes: Uint8Array, token: string | undefined = of.uploadToken) => ask(`${server.url}/repo/uploads/${path}`, "PUT", bytes, token);
const put = (x: Image) => upload(`images/${x.name.split("/").map(encodeURIComponent).join("/")}`, x.bytes);
const publish = async (version: number, images: Image[]) => upload("targets", await imageTargets(of, version, images));
const status = (answer: Answer) => member(answer.body, "error", "status");
const quarantined = () => readdirSync(join(folder(), "quarantine")).length;

const first = image("brakes/v2 (a).img", "brakes-a");
const path = (x: Image, digest = hashes(x.bytes).sha256) => {
  const segments = x.name.split("/");
  return ["targets", ...segments.slice(0, -1), `${digest}.${segments.at(-1)}`].map(encodeURIComponent).join("/");
};

/** Everything that a client could see or the folder holds is as it was. */
async function unchanged(work: () => Promise<void>): Promise<void> {
  const before = [folderDigest(folder()), (await get("timestamp.json")).bytes] as const;
  await work();
  assert.equal((await get("timestamp.json")).bytes, before[1]);
  assert.is(folderDigest(folder()), before[0]);
}

test("uploads take the operator's token alone", async () => {
  for (const token of ["", of.adminToken, `${of.uploadToken}x`]) {
    assert.is((await upload("images/a", first.bytes, token)).status, 401);
    assert.is((await upload("targets", first.bytes, token)).status, 401);
    assert.is((await upload("roles/a", first.bytes, token)).status, 401);
  }
  assert.is(quarantined(), 0);
});

test("serves its Roots, and nothing else before Targets were uploaded", async () => {
  assert.equal((await get("1.root.json")).bytes, new Uint8Array(readFileSync(join(folder(), "roots/1.root.json"))));
  for (const name of ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json", "targets.json", "config.json", "keys/timestamp.pem", "../config.json"]) {
    assert.is((await get(name)).status, 404, name);
  }
});

test("an uploaded image that no Targets lists is kept, and never served", async () => {
  const answer = await put(first);
  assert.is(answer.status, 201);
  assert.equal(answer.body, { name: first.name, length: first.bytes.length, hashes: hashes(first.bytes) });
  assert.is(quarantined(), 1);
  assert.is((await get(path(first))).status, 404);
  assert.is((await get("targets/brakes/v2%20(a).img")).status, 404);
});

test("signed Targets are published: Snapshot and Timestamp with versions, lengths and digests; the image under every listed hash", async () => {
  const bytes = await imageTargets(of, 1, [first]);
  const answer = await upload("targets", bytes);
  assert.is(answer.status, 201, JSON.stringify(answer.body));
  assert.equal(answer.body, { version: 1, snapshot: 1 });
  assert.equal((await get("1.targets.json")).bytes, bytes);
  assert.equal((await get("targets.json")).bytes, bytes);
  const snapshot = await get("1.snapshot.json");
  assert.equal(member(snapshot.body, "signed", "meta"), { "targets.json": { hashes: { sha256: hashes(bytes).sha256 }, length: bytes.length, version: 1 } });
  const timestamp = await get("timestamp.json");
  assert.equal(member(timestamp.body, "signed", "meta", "snapshot.json"), { hashes: { sha256: hashes(snapshot.bytes).sha256 }, length: snapshot.bytes.length, version: 1 });
  const { sha256, sha512 } = hashes(first.bytes);
  for (const at of [path(first, sha256), path(first, sha512), "targets/brakes/v2%20(a).img"]) assert.equal((await get(at)).bytes, first.bytes, at);
  assert.is(quarantined(), 0);
});

test("the same Targets again are the same Targets", async () => {
  const other = await imageTargets(of, 1, [first], of.imageTargets, 5000);
  assert.is((await upload("targets", other)).status, 409, "other expiry, other bytes: never two contents under one version (W2)");
  const bytes = (await get("1.targets.json")).bytes;
  assert.is((await upload("targets", bytes)).status, 201);
  assert.equal((await get("1.targets.json")).bytes, bytes);
});

test("a listed image whose bytes are missing or differ is refused with the core's status, and nothing changes", async () => {
  const missing = image("missing.img", "tcu-a");
  await unchanged(async () => assert.is(status(await publish(2, [first, missing])), "Missing"));
  for (const [given, verdict] of [[missing.bytes.map((x) => x ^ 1), "HashMismatch"], [missing.bytes.subarray(1), "LengthMismatch"], [new Uint8Array(missing.bytes.length + 1), "EndlessData"]] as const) {
    await put({ ...missing, bytes: given });
    await unchanged(async () => {
      const answer = await publish(2, [first, missing]);
      assert.is(answer.status, 422);
      assert.is(status(answer), verdict);
    });
  }
  await put(missing);
  assert.is((await publish(2, [first, missing])).status, 201);
});

test("Targets that a client would refuse are refused here, and nothing changes", async () => {
  const text = (changed: string) => new TextEncoder().encode(changed);
  const good = new TextDecoder().decode(await imageTargets(of, 3, [first]));
  const [one] = of.imageTargets as [Signer, Signer];
  for (const [what, bytes, verdict] of [
    ["a signature less than the threshold", await imageTargets(of, 3, [first], [one]), "UnmetThreshold"],
    ["strangers' signatures", await imageTargets(of, 3, [first], [generateSigner(), generateSigner()]), "BadSignature"],
    ["an older version", await imageTargets(of, 1, [first], of.imageTargets, 7777), "MixAndMatch"],
    ["expired", await imageTargets(of, 3, [first], of.imageTargets, -1), "Freeze"],
    ["changed after signing", text(good.replace('"releaseCounter":2', '"releaseCounter":3')), "BadSignature"],
    ["another role's type", text(good.replace('"_type":"targets"', '"_type":"snapshot"')), ["WrongType", "BadSignature"]],
    ["a member twice", text(good.replace(',"version":3', ',"version":3,"version":3')), "Duplicate"],
    ["cut", text(good.slice(0, -1)), undefined],
    ["nothing", new Uint8Array(0), undefined],
    ["no JSON", new Uint8Array(1000).fill(0xff), undefined],
    ["no version", text("{}"), undefined],
    ["a version that is none", text('{"signatures":[],"signed":{"version":"../1"}}'), undefined],
  ] as const) {
    await unchanged(async () => {
      const answer = await upload("targets", bytes);
      assert.ok(answer.status >= 400 && answer.status < 500, `${what}: ${answer.status}`);
      assert.ok(Array.isArray(verdict) ? verdict.includes(status(answer)) : status(answer) === verdict, `${what}: ${String(status(answer))}`);
    });
  }
});

test("Targets never go back to an older version (rollback)", async () => {
  await server.stop();
  server = await startServer("repository", folder());
  assert.is((await publish(4, [first])).status, 201);
  await unchanged(async () => assert.is(status(await publish(3, [first])), "Rollback"));
});

test("names are data: whatever an upload is called, nothing is written outside the folder", async () => {
  const outside = folderDigest(of.folder, /^repository\//);
  for (const [name, code] of [
    ["a%2Fb", 400], ["..%2F..%2Fetc", 400], ["%2e%2e", 404], [".%2e/x", 404], ["a//b", 400], ["a/./b", 400], ["%00", 400], ["%ff", 400], ["%", 400], ["%zz", 400],
    ["x".repeat(256), 400], ["%C3%A9", 400], ["x".repeat(255), 201], ["C:%5Cx", 201], ["con", 201], ["a%20b%23c%3Fd%25", 201], ["constructor", 201], ["__proto__", 201],
  ] as const) {
    const url = new URL(server.url);
    const answer = await rawPut(url, `/repo/uploads/images/${name}`);
    assert.is(answer, code, name);
  }
  assert.is(folderDigest(of.folder, /^repository\//), outside);
});

/** A request whose path is not touched by a client's URL rules. */
function rawPut({ port }: URL, target: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, method: "PUT", path: target, headers: { authorization: `Bearer ${of.uploadToken}`, "content-length": 3 } }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode ?? 0));
    });
    sent.on("error", reject);
    sent.end("abc");
  });
}

test("an upload is bounded; one over the limit leaves nothing behind", async () => {
  await server.stop();
  reconfigure(folder(), { limits: { image: 5000, quarantineFiles: quarantined() + 2, quarantineBytes: 100_000 } });
  server = await startServer("repository", folder());
  await unchanged(async () => assert.is((await upload("images/big", new Uint8Array(5001))).status, 413));
  await unchanged(async () => {
    assert.match(await endless(server.url, "/repo/uploads/images/endless", of.uploadToken), /^HTTP\/1.1 413 /);
  });
  assert.is((await upload("images/q1", new Uint8Array(5000))).status, 201);
  assert.is((await upload("images/q1", new Uint8Array(4000))).status, 201, "replaces its own earlier upload");
  assert.is((await upload("images/q2", new Uint8Array(1))).status, 201);
  assert.is((await upload("images/q3", new Uint8Array(1))).status, 409);
});

test("a delegated role publishes what the chain of delegations lets it, decided by the core", async () => {
  await server.stop();
  reconfigure(folder(), { limits: { image: 5e7, quarantineFiles: 100, quarantineBytes: 1e8 } });
  server = await startServer("repository", folder());
  const supplier = generateSigner();
  const delegation: Delegation = { name: "supplier/one", keys: [supplier.public], threshold: 1, paths: ["supplier-*"] };
  const top = await sign(targets({ version: 5, expires: date(now() + 9999), targets: new Map([listed(first)]), delegations: [delegation] }), of.imageTargets);
  assert.is((await upload("targets", top)).status, 201);
  const mine = image("supplier-1.img", "brakes-a");
  const role = (version: number, images: Image[], key = supplier) => sign(targets({ version, expires: date(now() + 9999), targets: new Map(images.map(listed)) }), [key]);
  const named = "roles/supplier%2Fone";
  await unchanged(async () => assert.is(status(await upload(named, await role(1, [mine]))), "Missing"));
  await put(mine);
  const foreign = image("foreign.img", "brakes-a");
  await put(foreign);
  for (const [what, bytes, verdict] of [
    ["by a stranger", await role(1, [mine], generateSigner()), "RoleInvalid"],
    ["a path that was not delegated (attack case 14)", await role(1, [mine, foreign]), "NotFound"],
    ["nothing", await role(1, []), "NotFound"],
    ["what the top level lists itself", await role(1, [first]), "NotFound"],
  ] as const) {
    await unchanged(async () => assert.is(status(await upload(named, bytes)), verdict, what));
  }
  await unchanged(async () => assert.is((await upload("roles/timestamp", await role(1, [mine]))).status, 400));
  const published = await role(2, [mine]);
  assert.is((await upload(named, published)).status, 201);
  assert.equal((await get("2.supplier%2Fone.json")).bytes, published);
  assert.equal((await get(path(mine))).bytes, mine.bytes);
  await unchanged(async () => assert.is((await upload(named, await role(1, [mine, image("supplier-2.img", "brakes-a")]))).status, 422));
});

test("a stopped repository comes back with all it had, also after a kill", async () => {
  const before = await Promise.all(["timestamp.json", "targets.json", "snapshot.json", path(first)].map(get));
  await server.stop("SIGKILL");
  server = await startServer("repository", folder());
  const after = await Promise.all(["timestamp.json", "targets.json", "snapshot.json", path(first)].map(get));
  assert.equal(after.map((x) => x.bytes), before.map((x) => x.bytes));
  assert.is(server.running.hello.core, readFileSync("build/core.sha256", "utf8").trim());
});

test("an entry without release counter or hardware identifiers is not published (W7, W8, attack cases 81, 82)", async () => {
  const bare = image("bare.img", "tcu-a");
  await put(bare);
  const [name, entry] = listed(bare);
  for (const custom of [{ releaseCounter: 2 }, { hardwareIds: ["tcu-a"] }, { releaseCounter: 2, hardwareIds: [] }, {}]) {
    const bytes = await sign(targets({ version: 6, expires: date(now() + 9999), targets: new Map([listed(first), [name, { ...entry, custom }]]) }), of.imageTargets);
    await unchanged(async () => assert.is((await upload("targets", bytes)).status, 422, JSON.stringify(custom)));
  }
});

test("killed at any moment of a publication, it comes back with the old set or the new one, and no version has two contents (W2)", async () => {
  const seen = new Map<string, Uint8Array>();
  const look = async () => {
    const timestamp = await get("timestamp.json");
    const snapshot = await get(`${String(member(timestamp.body, "signed", "meta", "snapshot.json", "version"))}.snapshot.json`);
    assert.is(hashes(snapshot.bytes).sha256, member(timestamp.body, "signed", "meta", "snapshot.json", "hashes", "sha256"));
    const top = await get(`${String(member(snapshot.body, "signed", "meta", "targets.json", "version"))}.targets.json`);
    assert.is(hashes(top.bytes).sha256, member(snapshot.body, "signed", "meta", "targets.json", "hashes", "sha256"));
    for (const name of readdirSync(join(folder(), "metadata")).filter((x) => /^[0-9]/.test(x))) {
      const bytes = new Uint8Array(readFileSync(join(folder(), "metadata", name)));
      assert.equal(bytes, seen.get(name) ?? bytes, name);
      seen.set(name, bytes);
    }
    return Number(member(top.body, "signed", "version"));
  };
  let version = await look();
  for (let round = 0; round < 6; round++) {
    const next = image(`round-${round}.img`, "tcu-a");
    await put(next);
    const running = publish(version + 1 + round, [first, next]).then((x) => x.status, () => 0);
    await new Promise((resolve) => setTimeout(resolve, 4 * round));
    await server.stop("SIGKILL");
    const answered = await running;
    server = await startServer("repository", folder());
    const found = await look();
    assert.ok(found >= version);
    if (answered === 201) assert.is(found, version + 1 + round);
    version = found;
  }
  assert.is((await publish(version + 10, [first])).status, 201, "nothing is stuck");
});

test("Snapshot and Timestamp are signed again when half their life is over", async () => {
  await server.stop();
  reconfigure(folder(), { lifetime: { timestamp: 4, snapshot: 86400 } });
  server = await startServer("repository", folder());
  assert.is((await publish(50, [first])).status, 201);
  const before = await get("timestamp.json");
  await new Promise((resolve) => setTimeout(resolve, 3100));
  const after = await get("timestamp.json");
  assert.ok(Number(member(after.body, "signed", "version")) > Number(member(before.body, "signed", "version")));
  assert.ok(String(member(after.body, "signed", "expires")) > String(member(before.body, "signed", "expires")));
});

test("who takes an image too slowly loses the connection, and others are served meanwhile", async () => {
  const large = image("large.img", "tcu-a", 2, 16_000_000);
  await put(large);
  assert.is((await publish(51, [first, large])).status, 201);
  // A client that stops reading does not see the end either: the server's log says when it gave up.
  const sent = request({ host: "127.0.0.1", port: new URL(server.url).port, path: "/repo/targets/large.img" }, (answer) => answer.pause());
  sent.on("error", () => sent.destroy());
  sent.end();
  assert.is((await get("targets/large.img")).bytes.length, large.bytes.length);
  for (let waited = 0; !/too slowly/.test(server.log); waited++) {
    assert.ok(waited < 30, "the connection is still open after 30 s");
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  sent.destroy();
  assert.is((await get("timestamp.json")).status, 200);
});

test.run();
