/** The exports as a host in any language meets them: out of order, out of range, and the one-shot verification. docs/adr/0001. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ECU_NOT_NAMED, OPTION_PRIMARY, SESSION_CYCLE, SESSION_ENVELOPE, SESSION_IMAGE, SESSION_JSON, SESSION_MANIFEST, SESSION_PARTIAL, SESSION_SHA256, SESSION_SHA512, SESSION_SIGNATURE, SESSION_TIME } from "../assembly/abi.ts";
import { NAME_MAX, WINDOW, WINDOW_SIZE } from "../assembly/layout.ts";
import * as Status from "../assembly/status.ts";
import { CORE_BASE64 } from "../build/core.bytes.ts";
import { Core } from "../bindings/core.ts";
import { statusName } from "../bindings/errors.ts";
import * as metadata from "../bindings/metadata.ts";
import { compile, instantiate } from "../scripts/mutants/engine.ts";
import { NOW, Vehicle, World, key } from "./world.ts";

const test = suite("calls");

interface Raw {
  memory: { buffer: ArrayBuffer };
  open(session: number, options: number, now: bigint): number;
  feed(length: number): number;
  end(): number;
  missing(status: number): number;
  identify(vehicle: number, serial: number, hardware: number, counter: bigint): number;
  ecu(serial: number, hardware: number, counter: bigint): number;
  outcome(index: number): number;
  select(index: number): number;
  target(length: number): number;
  verify(length: number): number;
  partialOpen(session: number, options: number, now: bigint): number;
  partialFeed(length: number): number;
  partialEnd(): number;
  partialMissing(status: number): number;
}

function raw(): Raw {
  return instantiate(compile(Uint8Array.from(Buffer.from(CORE_BASE64, "base64")))).exports as Raw;
}

function is(status: number, wanted: number, about = ""): void {
  assert.is(statusName(status), statusName(wanted), about);
}

test("verify: good, and each of signature, key and message changed; lengths up to the window", async () => {
  const signer = key();
  const core = Core.load();
  const publicKey = Buffer.from(signer.public.keyval.public, "hex");
  for (const length of [0, 1, 63, 64, 65, 500, WINDOW_SIZE - 96]) {
    const message = new Uint8Array(length).fill(length);
    const signature = await signer.sign(message);
    assert.ok(core.verify(signature, publicKey, message), `${length}`);
    assert.not(core.verify(signature, publicKey, Uint8Array.from([...message, 0]).subarray(0, WINDOW_SIZE - 96).map((byte) => byte ^ 1)), `${length}`);
    for (const at of [0, 31, 32, 63]) assert.not(core.verify(signature.map((byte, i) => (i === at ? byte ^ 1 : byte)), publicKey, message));
    for (const at of [0, 31]) assert.not(core.verify(signature, publicKey.map((byte, i) => (i === at ? byte ^ 1 : byte)), message));
  }
  assert.is(raw().verify(WINDOW_SIZE - 95), 0);
});

test("a session that does not exist, in both sets of exports", () => {
  const core = raw();
  for (const session of [0, 99, 0xffffffff]) is(core.open(session, 0, 0n), Status.BadArgument, `${session}`);
  for (const session of [0, SESSION_CYCLE, SESSION_IMAGE, SESSION_MANIFEST, SESSION_JSON, SESSION_ENVELOPE, 99]) is(core.partialOpen(session, 0, 0n), Status.BadArgument, `${session}`);
});

test("calls before a session, and after its end", () => {
  const calls: ((core: Raw) => number)[] = [
    (core) => core.feed(1), (core) => core.end(), (core) => core.missing(Status.Missing),
    (core) => core.partialFeed(1), (core) => core.partialEnd(), (core) => core.partialMissing(Status.Missing),
  ];
  for (const call of calls) {
    const fresh = raw();
    is(call(fresh), Status.BadOrder);
    fresh.open(99, 0, 0n);
    is(call(fresh), Status.BadArgument, "failure sticks");
    fresh.open(SESSION_SHA256, 0, 0n);
    is(fresh.end(), Status.Ok);
    is(call(fresh), Status.BadOrder);
  }
});

const REASONS: number[] = [Status.EndlessData, Status.SlowRetrieval, Status.Unavailable, Status.Missing, Status.DecryptFailed, Status.Storage];

test("more than the window at once, and reasons that are none", () => {
  for (const session of [SESSION_CYCLE, SESSION_TIME, SESSION_MANIFEST, SESSION_JSON, SESSION_SHA256, SESSION_SHA512]) {
    const core = raw();
    is(core.open(session, 0, 0n), Status.Ok);
    is(core.feed(WINDOW_SIZE + 1), Status.BadArgument);
    is(core.open(session, 0, 0n), Status.Ok);
    for (let reason = 0; reason < 256; reason++) {
      is(core.open(session, 0, 0n), Status.Ok);
      const status = core.missing(reason);
      if (!REASONS.includes(reason)) is(status, Status.BadArgument, `${reason}`);
      else assert.ok(status === reason || status === Status.Storage, `${reason}`);
    }
  }
  const timed = raw();
  is(timed.open(SESSION_TIME, 0, 0n), Status.Ok);
  is(timed.missing(Status.Missing), Status.Storage, "the provisioned Root");
  for (const session of [SESSION_PARTIAL, SESSION_TIME]) {
    const core = raw();
    is(core.partialOpen(session, 0, 0n), Status.Ok);
    is(core.partialFeed(WINDOW_SIZE + 1), Status.BadArgument);
    is(core.partialOpen(session, 0, 0n), Status.Ok);
    is(core.partialMissing(Status.BadSignature), Status.BadArgument);
    is(core.partialOpen(session, 0, 0n), Status.Ok);
    is(core.partialMissing(Status.Missing), Status.Storage, "the provisioned Root");
  }
});

test("identity and inventory: texts that do not fit the window", () => {
  const core = raw();
  is(core.identify(300, 300, WINDOW_SIZE - 664, 0n), Status.Ok);
  is(core.identify(300, 300, WINDOW_SIZE - 663, 0n), Status.BadArgument);
  is(core.identify(0xffffffff, 1, 0, 0n), Status.BadArgument);
  is(core.ecu(300, WINDOW_SIZE - 332, 0n), Status.Ok);
  is(core.ecu(300, WINDOW_SIZE - 331, 0n), Status.BadArgument);
  is(core.ecu(0xffffffff, 0xffffffff, 0n), Status.BadArgument);
  is(core.target(NAME_MAX), Status.Ok);
  is(core.target(NAME_MAX + 1), Status.BadArgument);
  is(core.select(0), Status.Ok);
  is(core.select(1), Status.BadArgument);
  assert.is(core.outcome(0), ECU_NOT_NAMED);
  assert.is(core.outcome(1), ECU_NOT_NAMED);
  is(core.open(SESSION_IMAGE, 0, 0n), Status.BadOrder);
});

test("one signature at once: a message that fits the window, and no byte more", async () => {
  const core = raw();
  const signer = key();
  for (const [size, verdict] of [[0, 1], [WINDOW_SIZE - 96, 1], [WINDOW_SIZE - 95, 0], [0xffffffff, 0]] as const) {
    const message = new Uint8Array(Math.min(size, WINDOW_SIZE));
    const memory = new Uint8Array(core.memory.buffer);
    memory.set(await signer.sign(message), WINDOW);
    memory.set(Buffer.from(signer.public.keyval.public, "hex"), WINDOW + 64);
    memory.set(message, WINDOW + 96);
    assert.is(core.verify(size), verdict, `${size}`);
  }
});

test("bare digests and a bare signature, fed in pieces", async () => {
  const core = Core.load();
  const message = Uint8Array.from({ length: 3000 }, (_, i) => i & 255);
  const wanted = metadata.hashes(message);
  core.open(SESSION_SHA256);
  core.feed(message);
  is(core.end().status, Status.Ok);
  assert.is(core.digest().sha256, wanted.sha256);
  core.open(SESSION_SHA512);
  core.feed(message);
  const digested = core.end();
  is(digested.status, Status.Ok);
  assert.is(core.digest().sha512, wanted.sha512);
  assert.is(digested.file.encrypted, undefined);
  const signer = key();
  const signature = await signer.sign(message);
  for (const [bytes, status] of [[message, Status.Ok], [message.subarray(1), Status.BadSignature]] as const) {
    core.signature(signature, Buffer.from(signer.public.keyval.public, "hex"));
    core.open(SESSION_SIGNATURE);
    core.feed(bytes);
    is(core.end().status, status);
  }
});

test("nothing is said of ECUs before a cycle is over, nor after another session began", async () => {
  const vehicle = new Vehicle(await World.make());
  const { core } = vehicle;
  vehicle.introduce();
  core.open(SESSION_CYCLE, OPTION_PRIMARY, NOW);
  assert.is(core.outcome(0), ECU_NOT_NAMED);
  is((await vehicle.drive()).status, Status.Ok);
  assert.is.not(core.outcome(0), ECU_NOT_NAMED);
  core.open(SESSION_JSON);
  assert.is(core.outcome(0), ECU_NOT_NAMED);
  is(core.open(SESSION_IMAGE).status, Status.BadOrder);
  assert.ok(WINDOW > 0);
});

test.run();
