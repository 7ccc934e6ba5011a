/** The link inside the vehicle: frames, messages, and both ends over real sockets, with every kind of bad input. */
import { randomBytes } from "node:crypto";
import { type Socket, connect } from "node:net";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Missing, Ok } from "../assembly/status.ts";
import { type Link, openLink } from "../node/link/client.ts";
import { Channel } from "../node/link/channel.ts";
import { type BackupPiece, type FileRequest, decodeBackup, decodePiece, decodeRequest, encodeBackup, encodePiece, encodeRequest } from "../node/link/file.ts";
import { Deframer, FRAME_MAX, LinkError, frame } from "../node/link/frame.ts";
import {
  DONE, ERROR, FILE, HELLO, type Message, NEXT, NONCE_SIZE, ORDER, ORDER_REPORT, ORDER_UPDATE, REPORT, TAKEN, TO_PRIMARY, TO_SECONDARY, WELCOME,
  decodeMessage, encodeMessage, sessionKey,
} from "../node/link/message.ts";
import { decodeOutcome, encodeOutcome } from "../node/link/outcome.ts";
import { type LinkServer, serveLink } from "../node/link/server.ts";
import { createLog } from "../node/log.ts";

const linkError = (code: string) => (error: unknown): boolean => error instanceof LinkError && error.code === code;

const frames = suite("link frames");

frames("come out as they went in, however the stream is cut", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 6 }), fc.integer({ min: 1, max: 40 }), (list, step) => {
    const stream = Buffer.concat(list.map(frame));
    const deframer = new Deframer();
    const out: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += step) out.push(...deframer.push(stream.subarray(at, at + step)));
    assert.equal(out, list.map((bytes) => new Uint8Array(bytes)));
    assert.is(deframer.left, 0);
  }));
});

frames("of no bytes or too many end the stream", () => {
  for (const length of [0, FRAME_MAX + 1, 0xffffffff]) {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(length);
    assert.throws(() => new Deframer().push(head), (error: unknown) => error instanceof LinkError && error.fatal);
  }
  assert.throws(() => frame(new Uint8Array(0)), linkError("size"));
  assert.throws(() => frame(new Uint8Array(FRAME_MAX + 1)), linkError("size"));
});

frames.run();

const messages = suite("link messages");

const KEY = new Uint8Array(32).fill(7);
const NAMES = { vehicle: "VIN1", self: "primary", peer: "brakes", hop: TO_SECONDARY };
const PEER = { vehicle: "VIN1", self: "brakes", peer: "primary", hop: TO_PRIMARY };

messages("any bytes are a message or a LinkError, never another error", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    for (const read of [decodeMessage, decodeRequest, decodePiece, decodeBackup, decodeOutcome]) {
      try {
        read(bytes);
      } catch (error) {
        assert.ok(error instanceof LinkError, String(error));
      }
    }
  }), { numRuns: 2000 });
});

messages("come out as they went in", () => {
  const request: FileRequest = { want: { repository: 1, role: 5, version: 2 ** 53 - 1, name: "a/ü" }, offset: 123456789012, size: 256 };
  assert.equal(decodeRequest(encodeRequest(request)), request);
  assert.equal(decodePiece(encodePiece({ status: Missing, last: true, bytes: Uint8Array.of(1) })), { status: Missing, last: true, bytes: Uint8Array.of(1) });
  const backup = { offset: 123456789012, last: true, bytes: Uint8Array.of(1, 2) };
  assert.equal(decodeBackup(encodeBackup(backup)), backup);
  const outcome = { verdict: "installed", status: Ok, attack: "", image: "x", sha256: "00", erased: 3, ram: 4, profile: "p", verification: "full" };
  assert.equal(decodeOutcome(encodeOutcome(outcome)), outcome);
  const message: Message = { kind: FILE, hop: TO_PRIMARY, counter: 2n ** 60n, answers: 3n, vehicle: "V", sender: "s", receiver: "r", payload: Uint8Array.of(5, 6) };
  assert.equal(decodeMessage(encodeMessage(message, KEY)), message);
});

messages("for another vehicle, receiver, sender or hop, replayed, or changed by one bit are refused", () => {
  const good = (change: Partial<Message> = {}): Uint8Array =>
    encodeMessage({ kind: NEXT, hop: TO_PRIMARY, counter: 5n, answers: 0n, vehicle: "VIN1", sender: "brakes", receiver: "primary", payload: Uint8Array.of(1), ...change }, KEY);
  const primary = new Channel(NAMES, KEY);
  assert.throws(() => primary.open(good({ vehicle: "VIN2" })), linkError("vehicle"));
  assert.throws(() => primary.open(good({ receiver: "door" })), linkError("receiver"));
  assert.throws(() => primary.open(good({ sender: "door" })), linkError("sender"));
  assert.throws(() => primary.open(good({ hop: TO_SECONDARY })), linkError("hop"));
  const bytes = good();
  for (let at = 0; at < bytes.length; at++) {
    const flipped = bytes.slice();
    flipped[at] = (flipped[at] ?? 0) ^ (1 << at % 8);
    assert.throws(() => primary.open(flipped), (error: unknown) => error instanceof LinkError, `byte ${at}`);
  }
  assert.is(primary.open(bytes).kind, NEXT);
  assert.throws(() => primary.open(bytes), linkError("replay"));
  assert.throws(() => primary.open(good({ counter: 4n })), linkError("replay"));
  assert.is(primary.open(good({ counter: 6n })).counter, 6n);
});

messages("of an earlier connection are worth nothing on the next one", () => {
  const session = (): [Channel, Channel] => {
    const key = sessionKey(KEY, randomBytes(NONCE_SIZE), randomBytes(NONCE_SIZE));
    return [new Channel(NAMES, key), new Channel(PEER, key)];
  };
  const [, before] = session();
  const [now] = session();
  assert.throws(() => now.open(before.seal(REPORT, Uint8Array.of(1)).bytes), linkError("mac"));
});

messages.run();

const ends = suite("link ends");

interface Bench {
  server: LinkServer;
  reports: [string, string][];
  backups: [string, BackupPiece][];
  dial(self?: string, key?: Uint8Array): Promise<Link>;
}

async function bench(): Promise<Bench> {
  const reports: [string, string][] = [];
  const backups: [string, BackupPiece][] = [];
  const keys = new Map([["brakes", KEY], ["door", new Uint8Array(32).fill(8)]]);
  const server = await serveLink({
    vehicle: "VIN1", self: "primary", keys, port: 0, log: createLog("test", () => undefined),
    handlers: {
      report: (serial, bytes) => {
        if (bytes.length > 100) throw new LinkError("payload", "Cannot take so long a report");
        reports.push([serial, Buffer.from(bytes).toString()]);
      },
      backup: (serial, piece) => void backups.push([serial, piece]),
      piece: (_serial, { want, offset, size }) => want.name === "there"
        ? { status: Ok, last: offset + size >= 10, bytes: new Uint8Array(10).fill(3).slice(offset, offset + size) }
        : { status: Missing, last: true, bytes: new Uint8Array(0) },
    },
  });
  const dial = (self = "brakes", key = keys.get(self) ?? KEY): Promise<Link> => openLink({ vehicle: "VIN1", self, primary: "primary", key, port: server.port });
  return { server, reports, backups, dial };
}

/** The bare socket of an attacker: sends anything, collects what comes back until the connection ends or a moment has passed. */
function raw(port: number, bytes: Uint8Array, ms = 200): Promise<{ frames: Uint8Array[]; closed: boolean }> {
  return new Promise((resolve) => {
    const deframer = new Deframer();
    const frames: Uint8Array[] = [];
    const socket: Socket = connect({ host: "127.0.0.1", port });
    const done = (closed: boolean) => (): void => {
      socket.destroy();
      resolve({ frames, closed });
    };
    socket.on("data", (piece: Buffer) => frames.push(...deframer.push(piece)));
    socket.once("close", done(true));
    socket.once("error", done(true));
    socket.write(bytes);
    setTimeout(done(false), ms);
  });
}

ends("orders go out, reports, outcomes and backups come in, files go in pieces", async () => {
  const { server, reports, backups, dial } = await bench();
  const link = await dial();
  const work = (async () => {
    assert.is(await link.next(), ORDER_REPORT);
    await link.report(Buffer.from("first"));
    await link.done(Uint8Array.of(1));
    assert.is(await link.next(), ORDER_UPDATE);
    const want = { repository: 0, role: 1, version: 0, name: "there" };
    const [one, two] = [await link.piece({ want, offset: 0, size: 6 }), await link.piece({ want, offset: 6, size: 6 })];
    assert.equal([one.bytes.length, one.last, two.bytes.length, two.last], [6, false, 4, true]);
    assert.is((await link.piece({ want: { ...want, name: "not there" }, offset: 0, size: 6 })).status, Missing);
    await link.backup({ offset: 4096, last: true, bytes: Uint8Array.of(7) });
    await link.done(Uint8Array.of(2));
  })();
  assert.equal([...(await server.order("brakes", ORDER_REPORT, 5)) ?? []], [1]);
  assert.equal([...(await server.order("brakes", ORDER_UPDATE, 5)) ?? []], [2]);
  await work;
  assert.equal(reports, [["brakes", "first"]]);
  assert.equal(backups, [["brakes", { offset: 4096, last: true, bytes: Uint8Array.of(7) }]]);
  link.close();
  await server.close();
});

ends("an order for a Secondary that is not there, or goes away, ends without an outcome", async () => {
  const { server, dial } = await bench();
  assert.is(await server.order("door", ORDER_REPORT, 0.05), undefined);
  const link = await dial();
  const ordered = server.order("brakes", ORDER_REPORT, 5);
  await link.next();
  link.close();
  assert.is(await ordered, undefined);
  await server.close();
});

ends("a refused request is answered with an error, and the next one works", async () => {
  const { server, reports, dial } = await bench();
  const link = await dial();
  let code = "";
  await link.report(new Uint8Array(101)).catch((error: unknown) => {
    if (!(error instanceof LinkError)) throw error;
    code = error.code;
  });
  assert.is(code, "payload");
  await link.report(Buffer.from("short"));
  assert.equal(reports, [["brakes", "short"]]);
  link.close();
  await server.close();
});

ends("another key, another vehicle, an unknown serial: no connection", async () => {
  const { server, dial } = await bench();
  for (const attempt of [dial("brakes", new Uint8Array(32)), dial("stranger"), openLink({ vehicle: "VIN2", self: "brakes", primary: "primary", key: KEY, port: server.port })]) {
    assert.ok(await attempt.then(() => false, (error: unknown) => error instanceof LinkError));
  }
  await server.close();
});

ends("garbage, oversized, truncated and out of place: an error or an end, and everybody else goes on", async () => {
  const { server, reports, dial } = await bench();
  const link = await dial();
  await link.report(Buffer.from("before"));
  const hello = new Channel(PEER, KEY);
  const oversized = Buffer.alloc(5000, 0x41);
  const attacks = [
    randomBytes(3000),
    oversized,
    frame(randomBytes(40)),
    frame(Uint8Array.of(1)),
    frame(hello.seal(REPORT, Buffer.from("not greeted")).bytes),
    frame(hello.seal(HELLO, new Uint8Array(3)).bytes),
    frame(new Channel({ ...PEER, self: "nobody" }, KEY).seal(HELLO, new Uint8Array(NONCE_SIZE)).bytes),
    frame(hello.seal(HELLO, new Uint8Array(NONCE_SIZE)).bytes).subarray(0, 30),
  ];
  for (const attack of attacks) {
    const { frames: answers } = await raw(server.port, attack, 100);
    for (const answer of answers) assert.is(decodeMessage(answer).kind, ERROR);
  }
  assert.ok(server.connected("brakes"));
  await link.report(Buffer.from("after"));
  assert.equal(reports.map(([, text]) => text), ["before", "after"]);
  link.close();
  await server.close();
});

ends("a replayed Hello neither takes the place of the connection that is there, nor can its sender say anything", async () => {
  const { server, reports, dial } = await bench();
  const link = await dial();
  await link.report(Buffer.from("one"));
  const recorded = new Channel(PEER, KEY).seal(HELLO, randomBytes(NONCE_SIZE)).bytes;
  const { frames: answers } = await raw(server.port, Buffer.concat([frame(recorded), frame(new Channel(PEER, KEY).seal(REPORT, Buffer.from("forged")).bytes)]));
  assert.equal(answers.map((answer) => decodeMessage(answer).kind), [WELCOME, ERROR]);
  await link.report(Buffer.from("two"));
  assert.equal(reports.map(([, text]) => text), ["one", "two"]);
  link.close();
  await server.close();
});

ends("inside a connection: a replayed message, a wrong kind and a flood are answered, and lose nothing", async () => {
  const { server, reports } = await bench();
  const socket = connect({ host: "127.0.0.1", port: server.port });
  const deframer = new Deframer();
  const waiting: ((bytes: Uint8Array) => void)[] = [];
  socket.on("data", (piece: Buffer) => deframer.push(piece).forEach((bytes) => waiting.shift()?.(bytes)));
  const ask = (bytes: Uint8Array): Promise<Uint8Array> => new Promise((resolve) => {
    waiting.push(resolve);
    socket.write(frame(bytes));
  });
  const channel = new Channel(PEER, KEY);
  const own = randomBytes(NONCE_SIZE);
  const welcome = channel.open(await ask(channel.seal(HELLO, own).bytes));
  channel.rekey(sessionKey(KEY, own, welcome.payload.subarray(0, NONCE_SIZE)));
  const report = channel.seal(REPORT, Buffer.from("once")).bytes;
  const kind = async (bytes: Uint8Array): Promise<[number, string]> => {
    const { kind, payload } = channel.open(await ask(bytes));
    return [kind, Buffer.from(payload).toString()];
  };
  assert.equal(await kind(report), [TAKEN, ""]);
  assert.equal(await kind(report), [ERROR, "replay"]);
  assert.equal(await kind(channel.seal(WELCOME, new Uint8Array(32)).bytes), [ERROR, "kind"]);
  assert.equal(await kind(channel.seal(ORDER, Uint8Array.of(1)).bytes), [ERROR, "kind"]);
  assert.equal(await kind(channel.seal(FILE, new Uint8Array(4)).bytes), [ERROR, "payload"]);
  assert.equal(await kind(channel.seal(DONE, new Uint8Array(9)).bytes), [TAKEN, ""]);
  assert.equal(await kind(channel.seal(REPORT, Buffer.from("twice")).bytes), [TAKEN, ""]);
  assert.equal(reports.map(([, text]) => text), ["once", "twice"]);
  socket.destroy();
  await server.close();
});

ends.run();
