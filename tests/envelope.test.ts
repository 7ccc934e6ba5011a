/** SESSION_ENVELOPE: who signed one file. docs/adr/0004. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OPTION_AKTUALIZR, SESSION_CYCLE, SESSION_ENVELOPE } from "../assembly/abi.ts";
import { BadSignature, DuplicateKey, DuplicateSignature, Limit, Ok, Truncated, UnmetThreshold, Unsorted, ZeroThreshold } from "../assembly/status.ts";
import { canonical } from "../bindings/canonical.ts";
import { Core } from "../bindings/core.ts";
import { signedBy } from "../bindings/envelope.ts";
import { type Signer, keyBytes, signerFromSeed } from "../bindings/keys.ts";
import { sign } from "../bindings/sign.ts";

const signers = [1, 2, 3].map((i) => signerFromSeed(new Uint8Array(32).fill(i)));
const [a, b, c] = signers as [Signer, Signer, Signer];
const keys = (...some: Signer[]): Map<string, Uint8Array> => new Map(some.map((x) => [x.keyid, keyBytes(x.public)]));
const payload = { note: "anything", version: 7 };

const test = suite("envelope");

test("each key that signed is told, whether or not they are enough", async () => {
  const core = Core.load();
  const file = await sign(payload, [a, c]);
  const before = core.record();
  assert.equal(signedBy(core, file, keys(a, b, c), 2).keyids, [a.keyid, c.keyid]);
  const few = signedBy(core, file, keys(a, b, c), 3);
  assert.is(few.report.status, UnmetThreshold);
  assert.is(few.report.found, 2n);
  assert.equal(few.keyids, [a.keyid, c.keyid]);
  assert.is(signedBy(core, file, keys(b), 1).report.status, BadSignature);
  assert.equal(core.record(), before);
});

test("a changed byte of the payload verifies under nobody", async () => {
  const file = await sign(payload, [a]);
  const at = Buffer.from(file).indexOf("anything");
  file[at] = 0x41;
  const { report, keyids } = signedBy(Core.load(), file, keys(a), 1);
  assert.is(report.status, BadSignature);
  assert.equal(keyids, []);
});

test("any cut of the file gives the same", async () => {
  const file = await sign(payload, [a, b]);
  for (const size of [1, 7, 128]) {
    const core = Core.load();
    core.forget();
    for (const [serial, bytes32] of keys(a, b)) core.ecu({ serial, hardwareId: "", counter: -1, bytes32 });
    core.open(SESSION_ENVELOPE, 0, 2);
    for (let at = 0; at < file.length; at += size) core.feed(file.subarray(at, at + size));
    assert.is(core.end().status, Ok);
  }
});

test("what is not a threshold, not a set of keys or not a file is refused", async () => {
  const file = await sign(payload, [a]);
  const core = Core.load();
  assert.is(signedBy(core, file, keys(a), 0).report.status, ZeroThreshold);
  assert.is(signedBy(core, file, new Map([["x", keyBytes(a.public)], ["y", keyBytes(a.public)]]), 1).report.status, DuplicateKey);
  const many = Array.from({ length: 33 }, (_, i) => signerFromSeed(new Uint8Array(32).fill(i + 10)));
  const { report } = signedBy(core, file, keys(...many), 1);
  assert.equal([report.status, report.found, report.expected], [Limit, 33n, 32n]);
  assert.equal(signedBy(core, file, keys(...many.slice(0, 31), a), 1).keyids, [a.keyid]);
  assert.is(signedBy(core, file.subarray(0, -1), keys(a), 1).report.status, Truncated);
  assert.is(signedBy(core, Buffer.from('{"signed":{},"signatures":[]}'), keys(a), 1).report.status, Unsorted);
  assert.is(signedBy(core, file, new Map(), 1).report.status, BadSignature);
});

test("one key id twice refuses the file, as everywhere", async () => {
  const file = Buffer.from(await sign(payload, [a])).toString();
  const signature = /\{"keyid".*?\}/.exec(file)?.[0] ?? "";
  assert.is(signedBy(Core.load(), Buffer.from(file.replace(signature, `${signature},${signature}`)), keys(a), 1).report.status, DuplicateSignature);
});

test("aktualizr's dialect: base64, and escapes hashed as they stand", async () => {
  const body = String.raw`{"text":"\u00e9\n"}`;
  const sig = Buffer.from(await a.sign(Buffer.from(body))).toString("base64");
  const file = Buffer.from(`{"signatures":[{"keyid":"${a.keyid}","method":"ed25519","sig":"${sig}"}],"signed":${body}}`);
  assert.is(signedBy(Core.load(), file, keys(a), 1, OPTION_AKTUALIZR).report.status, Ok);
  assert.is(signedBy(Core.load(), file, keys(a), 1).report.status, BadSignature);
});

test("what was said of a file does not outlive it", async () => {
  const core = Core.load();
  const file = await sign(payload, [a]);
  assert.equal(signedBy(core, file, keys(a), 1).keyids, [a.keyid]);
  core.open(SESSION_CYCLE);
  assert.is(core.outcome(0), 0);
  core.open(SESSION_ENVELOPE, 0, 1);
  assert.is(core.outcome(0), 0);
  core.feed(Buffer.from(canonical(payload)));
  assert.is.not(core.end().status, Ok);
  assert.is(core.outcome(0), 0);
});

test.run();
