/** The bindings: the one cast, the edges where callers err, writers, keys, names. The platform's cryptography is the second opinion on ours. */
import { createHash, createPrivateKey, createPublicKey, verify } from "node:crypto";
import { instantiateSync } from "@assemblyscript/loader";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ROLE_DELEGATED, ROLE_ROOT, ROLE_TARGETS, ROLE_TIME, ROLE_TIMESTAMP, SESSION_CYCLE, SESSION_IMAGE, SESSION_JSON, SESSION_SHA256 } from "../assembly/abi.ts";
import { MEMORY_SIZE, PARTIAL_END, RECORD_SIZE, WINDOW_SIZE } from "../assembly/layout.ts";
import * as Status from "../assembly/status.ts";
import { CORE_BASE64, CORE_SHA256 } from "../build/core.bytes.ts";
import { canonical, served } from "../bindings/canonical.ts";
import { Core, type Want } from "../bindings/core.ts";
import { MetadataError, TransferError, UsageError, attackName, describe, statusName } from "../bindings/errors.ts";
import { fromHex, toHex } from "../bindings/hex.ts";
import { generateSigner, keyBytes, keyId, readSigner, signerFromSeed, writeSigner } from "../bindings/keys.ts";
import { ecuReport, vehicleManifest } from "../bindings/manifest.ts";
import { date, hashes } from "../bindings/metadata.ts";
import { type Source, run } from "../bindings/run.ts";
import { sign } from "../bindings/sign.ts";
import { encodeName, imageFile, imageName, metadataName } from "../bindings/urls.ts";

const usage = (error: unknown): boolean => error instanceof UsageError && error.message.startsWith("Cannot ");
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (words: string): Uint8Array => new TextEncoder().encode(words);

const core = suite("core");

core("exports what bindings/core.ts says, and nothing else", () => {
  const module = Uint8Array.from(atob(CORE_BASE64), (letter) => letter.charCodeAt(0));
  assert.is(createHash("sha256").update(module).digest("hex"), CORE_SHA256);
  const exports: Record<string, unknown> = instantiateSync(module, {}).instance.exports;
  const parameters = Object.entries(exports).map(([name, one]) => [name, typeof one === "function" ? one.length : "memory"]);
  assert.equal(Object.fromEntries(parameters.sort()), {
    ecu: 3, end: 0, feed: 1, forget: 0, identify: 4, memory: "memory", missing: 1, open: 3, outcome: 1, partialEnd: 0, partialFeed: 1, partialMissing: 1,
    partialOpen: 3, select: 1, target: 1, verify: 1,
  });
});

core("digests what it is fed, in pieces of any length", () => {
  const one = Core.load();
  const input = new Uint8Array(3 * WINDOW_SIZE + 5).map((_, at) => at);
  one.open(SESSION_SHA256);
  one.feed(input.subarray(0, 1));
  one.feed(input.subarray(1));
  one.feed(new Uint8Array(0));
  assert.is(one.end().status, Status.Ok);
  assert.is(one.digest().sha256, createHash("sha256").update(input).digest("hex"));
});

core("a call out of order is BadOrder, and the next open works", () => {
  const one = Core.load();
  assert.is(one.end().status, Status.BadOrder);
  assert.is(one.open(SESSION_IMAGE).status, Status.BadOrder);
  one.open(SESSION_JSON);
  one.feed(bytes("{}"));
  assert.is(one.end().status, Status.Ok);
});

core("arguments are checked at the edge", () => {
  const one = Core.load();
  assert.throws(() => one.setRecord(new Uint8Array(RECORD_SIZE - 1)), usage);
  assert.throws(() => one.identify({ vehicle: "x".repeat(WINDOW_SIZE), serial: "", hardwareId: "", counter: -1 }), usage);
  assert.throws(() => one.identify({ vehicle: "V", serial: "s", hardwareId: "h", counter: -1, nonce: "11" }), usage);
  assert.throws(() => one.ecu({ serial: "s", hardwareId: "h", counter: -1, bytes32: new Uint8Array(31) }), usage);
  assert.throws(() => one.select(3), usage);
  assert.throws(() => one.verify(new Uint8Array(64), new Uint8Array(32), new Uint8Array(WINDOW_SIZE - 95)), usage);
  assert.not(one.verify(new Uint8Array(63), new Uint8Array(32), new Uint8Array(0)));
});

core("a torn record is refused, and zeros are not", () => {
  const one = Core.load();
  one.setRecord(new Uint8Array(RECORD_SIZE).fill(1));
  assert.is(one.open(SESSION_CYCLE).status, Status.Record);
  one.setRecord(new Uint8Array(RECORD_SIZE));
  assert.is(one.open(SESSION_CYCLE).status, Status.Ok);
});

core("knows how much memory was used", () => {
  const one = Core.load({ partial: true });
  assert.ok(one.memoryUsed() <= PARTIAL_END + 1024, `${one.memoryUsed()}`);
  assert.ok(one.memoryUsed() < MEMORY_SIZE);
});
core.run();

const loop = suite("run");
const nothing = { keep: () => Promise.resolve(), save: () => Promise.resolve() };
const brings = (source: Source) => ({ ...nothing, file: () => Promise.resolve(source) });
const opened = (): Core => {
  const one = Core.load();
  one.open(SESSION_JSON);
  return one;
};
const status = async (source: Source): Promise<string> => {
  try {
    return statusName((await run(opened(), brings(source))).status);
  } catch (error) {
    if (error instanceof MetadataError) return statusName(error.report.status);
    throw error;
  }
};
async function* pieces(...all: string[]): AsyncGenerator<Uint8Array> {
  for (const piece of all) yield bytes(piece);
}

loop("takes bytes, streams, and reasons why there are none", async () => {
  assert.is(await status(bytes("[1]")), "Ok");
  assert.is(await status(pieces("[", "1", "]")), "Ok");
  assert.is(await status(bytes("[1")), "Truncated");
});

loop("a transfer that breaks off is a refusal with its own status, and another error is the host's own", async () => {
  async function* broken(error: Error): AsyncGenerator<Uint8Array> {
    yield bytes("[1");
    throw error;
  }
  assert.is(await status(broken(new TransferError(Status.SlowRetrieval, "a file"))), "SlowRetrieval");
  try {
    await status(broken(new RangeError("of the host")));
    assert.unreachable();
  } catch (error) {
    assert.instance(error, RangeError);
  }
});
loop.run();

const writing = suite("canonical");
writing("sorts, escapes two characters, and writes nothing else", () => {
  assert.is(text(canonical({ b: [1, -2, true, null], a: 'q"\\', "": {} })), '{"":{},"a":"q\\"\\\\","b":[1,-2,true,null]}');
  assert.is(text(canonical(new Map([["__proto__", 1], ["a", 2]]))), '{"__proto__":1,"a":2}');
});
writing("signs a line feed raw and serves it escaped", () => {
  assert.is(text(canonical("a\nb")), '"a\nb"');
  assert.is(text(served("a\nb")), '"a\\nb"');
});
for (const [what, value] of Object.entries({
  "a fraction": 1.5, "minus zero": -0, "beyond 2^53": 2 ** 53, NaN, undefined, "a date": new Date(0), "a function": () => 1, "non-ASCII": "é", "a control character": "\u0001",
  "a lone surrogate": "\ud800", "a member without value": { a: undefined }, "a map with other names": new Map([[1, 1]]), "a bigint": 1n,
})) {
  writing(`refuses ${what}`, () => assert.throws(() => canonical(value), usage));
}
writing("refuses depth", () => {
  let deep: unknown = 0;
  for (let i = 0; i < 1000; i++) deep = [deep];
  assert.throws(() => canonical(deep), usage);
});
writing.run();

const keys = suite("keys");
const seed = Uint8Array.from({ length: 32 }, (_, at) => at);
keys("the key id is the one of TUF", () => {
  assert.is(keyId(signerFromSeed(seed).public), "63d00ee3cf4f5c61ad94efa696c68f13b608fe56ecea13fb144a6fd18e9235b9"); // computed by python-tuf's rule
});
keys("the platform reads our PKCS#8, and takes our signatures", async () => {
  const signer = generateSigner();
  const pem = writeSigner(signer);
  const message = bytes("message");
  const platform = createPublicKey(createPrivateKey(pem));
  assert.ok(verify(null, message, platform, await signer.sign(message)));
  assert.is(platform.export({ format: "jwk" }).x, Buffer.from(keyBytes(signer.public)).toString("base64url"));
  assert.is(readSigner(pem).keyid, signer.keyid);
  assert.is(writeSigner(readSigner(pem)), pem);
});
keys("anything but one unencrypted Ed25519 key is refused", () => {
  const pem = writeSigner(signerFromSeed(seed));
  for (const bad of ["", "key", pem.replace("PRIVATE", "PUBLIC"), pem.replace("MC4C", "MC4D"), `x${pem}`, `${pem}x`, pem.replace("=", "")]) {
    if (bad !== pem) assert.throws(() => readSigner(bad), usage, bad);
  }
  assert.throws(() => signerFromSeed(new Uint8Array(31)), usage);
  const foreign = { ...signerFromSeed(seed) };
  assert.throws(() => writeSigner(foreign), usage);
});
keys("hexadecimal is read strictly", () => {
  assert.is(toHex(fromHex("00fFa0")), "00ffa0");
  for (const bad of ["0", "0g", "0x", " 00", "é0"]) assert.throws(() => fromHex(bad), usage, bad);
  assert.throws(() => fromHex("00", 2), usage);
});
keys.run();

const files = suite("files");
files("signatures stand before what they sign, and one key signs once", async () => {
  const signer = signerFromSeed(seed);
  const envelope: { signatures: { keyid: string; sig: string }[]; signed: object } = JSON.parse(text(await sign({ b: 1, a: 2 }, [signer])));
  assert.equal(Object.keys(envelope), ["signatures", "signed"]);
  const key = createPublicKey(createPrivateKey(writeSigner(signer)));
  assert.ok(verify(null, canonical(envelope.signed), key, Buffer.from(envelope.signatures[0]?.sig ?? "", "hex")));
  try {
    await sign({}, [signer, signer]);
    assert.unreachable();
  } catch (error) {
    assert.ok(usage(error));
  }
});
files("reports go into the manifest byte for byte", async () => {
  const signer = signerFromSeed(seed);
  const image = { filepath: "a", length: 0, hashes: hashes(new Uint8Array(0)) };
  const report = await ecuReport({ serial: "s", image, attacks: "", time: date(1), previousTime: date(0), counter: 1 }, signer);
  const manifest = await vehicleManifest({ vin: "V", primary: "s", reports: new Map([["s", report]]) }, signer);
  assert.ok(text(manifest).includes(`"s":${text(report)}`));
});
files("dates are what the core reads", () => {
  assert.is(date(0), "1970-01-01T00:00:00Z");
  assert.is(date(1_893_456_000), "2030-01-01T00:00:00Z");
  for (const bad of [-1, 0.5, 253402300800, Number.NaN]) assert.throws(() => date(bad), usage);
});
files("names are encoded once and for all", () => {
  const want = (role: number, version: number, name = ""): Want => ({ repository: 0, role, source: 0, version, limit: 1, name });
  assert.is(metadataName(want(ROLE_ROOT, 2)), "2.root.json");
  assert.is(metadataName(want(ROLE_TIMESTAMP, 0)), "timestamp.json");
  assert.is(metadataName(want(ROLE_TARGETS, 5)), "5.targets.json");
  assert.is(metadataName(want(ROLE_DELEGATED, 3, "../x?#%")), "3...%2Fx%3F%23%25.json");
  assert.throws(() => metadataName(want(ROLE_TIME, 1)), usage);
  assert.is(encodeName("A%2Fb!'()*"), "A%252Fb%21%27%28%29%2A");
  assert.is(imageName({ name: "dir/a b", sha256: "ab" }), "dir/ab.a%20b");
  for (const bad of ["", "../x", "/x", "a//b", "a/./b"]) assert.throws(() => imageFile({ name: bad, sha256: "ab" }), usage, bad);
  assert.throws(() => imageName({ name: "x" }), usage);
});
files.run();

const words = suite("words");
words("every verdict has a name, and every refusal is one sentence", () => {
  for (const [name, code] of Object.entries(Status)) {
    assert.is(statusName(code), name);
    const file: Want = { repository: 1, role: ROLE_TARGETS, source: 0, version: 0, limit: 0, name: "" };
    const sentence = describe({ status: code, want: 0, file, keep: false, keptVersion: 0, found: 1n, expected: 2n, evidence: 0, notes: 0, ecu: 0 });
    assert.match(sentence, new RegExp(`^Cannot trust Image repository Targets: ${name}`));
    assert.not.match(sentence, /\.$/);
  }
});
words("the attacks of §4.3 are named", () => {
  assert.is(attackName(Status.Rollback), "rollback");
  assert.is(attackName(Status.Freeze), "freeze");
  assert.is(attackName(Status.NotFound), "arbitrary software");
  assert.is(attackName(Status.Ok), "");
  assert.is(attackName(Status.Storage), "");
});
words.run();
