/** Parsing and resources: attack cases 43 to 53, as far as the core decides them. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { IMAGE, OPTION_PRIMARY, ROLE_PAYLOAD, ROLE_TIMESTAMP, SESSION_CYCLE, SESSION_JSON } from "../assembly/abi.ts";
import { FULL_END, TARGETS_LIMIT } from "../assembly/layout.ts";
import * as Status from "../assembly/status.ts";
import { Core } from "../bindings/core.ts";
import { MetadataError, statusName } from "../bindings/errors.ts";
import * as metadata from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { CORE_GLOBALS } from "../build/core.bytes.ts";
import { edited, respelled, withstands } from "./attacks.ts";
import { NOW, Vehicle, World, bytes, is } from "./world.ts";

const test = suite("attacks: parsing");

/** Timestamp of the Image repository, changed as text after it was signed. */
function timestamp(status: number, change: (text: string) => string, about: string): Promise<unknown> {
  return withstands(status, async ({ image }) => {
    await image.publishNext();
    respelled(image, "timestamp.json", change);
  }, { about });
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const isObject = (value: Json): value is { [name: string]: Json } => typeof value === "object" && value !== null && !Array.isArray(value);

/** How many members all objects in a text have. */
function count(value: Json): number {
  const inner = typeof value === "object" && value !== null ? Object.values(value) : [];
  return inner.reduce((sum: number, one) => sum + count(one), isObject(value) ? inner.length : 0);
}

/** The text with the member that `place` counts down to written twice. */
function twice(value: Json, place: { left: number }): string {
  if (Array.isArray(value)) return `[${value.map((one) => twice(one, place)).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  return `{${Object.entries(value).flatMap(([name, one]) => {
    const here = place.left-- === 0;
    const text = `${JSON.stringify(name)}:${twice(one, place)}`;
    return here ? [text, text] : [text];
  }).join()}}`;
}

test("case 43: a member twice, in each object of a file, and `signed` twice", async () => {
  const members = count(JSON.parse(Buffer.from((await World.make()).image.files.get("timestamp.json") ?? []).toString()) as Json);
  assert.ok(members >= 12, `${members}`);
  for (let i = 0; i < members; i++) await timestamp(Status.Duplicate, (text) => twice(JSON.parse(text) as Json, { left: i }), `member ${i}`);
  await timestamp(Status.Duplicate, (text) => `${text.slice(0, -1)},"signed":{}}`, "signed twice, and the second is another");
});

test("case 44: the same bytes in pieces of any size: the same verdict and the same error", async () => {
  const changes: [number, (text: string) => string][] = [
    [Status.Ok, (text) => ` ${text}`], [Status.Duplicate, (text) => text.replace('"version":', '"version":1,"version":')], [Status.Utf8, (text) => text.replace('"expires":"2', '"expires":"\\ud800')],
    [Status.BadSignature, (text) => text.replace('"version":2}}', '"version":3}}')],
  ];
  for (const [status, change] of changes) {
    const reports: string[] = [];
    for (const size of [1, 2, 3, 7, 64, 127, 1000]) {
      const { status: got, found, expected, evidence } = await withstands(status, async ({ image }, vehicle) => {
        await image.publishNext();
        respelled(image, "timestamp.json", change);
        vehicle.pieces = [size];
      }, { about: `pieces of ${size}` });
      reports.push(`${statusName(got)} ${found} ${expected} ${evidence}`);
    }
    assert.is(new Set(reports).size, 1, reports.join());
  }
});

test("case 45: nesting, strings and numbers without end are refused at a limit or read over, on a constant stack", async () => {
  const core = Core.load();
  const read = (text: string): string => {
    core.open(SESSION_JSON);
    const report = core.feed(Buffer.from(text));
    return statusName(report.status === Status.Ok ? core.end().status : report.status);
  };
  const used = core.memoryUsed();
  for (const [text, wanted] of [
    ["[".repeat(1_000_000), "Depth"], ['{"a":'.repeat(1_000_000), "Depth"], [`"${"x".repeat(10_000_000)}"`, "Ok"], [`{"${"n".repeat(10_000_000)}":1}`, "NameLength"], ["1".repeat(10_000_000), "NumberRange"],
    ["0".repeat(10_000_000), "Syntax"], ["1e400", "Fraction"], ["[-0]", "NumberRange"], ["1.5", "Fraction"], [`"${"\\u0061".repeat(100_000)}"`, "Ok"], [" ".repeat(1_000_000), "Truncated"],
  ] as const) assert.is(read(text), wanted, text.slice(0, 20));
  assert.ok(core.memoryUsed() - used < 16_384, "memory is that of any file");
  for (const [spelled, status] of [["1e400", Status.Fraction], ["-0", Status.NumberRange], ["1.5", Status.Fraction], [`2,"x":${"[".repeat(10_000)}`, Status.Depth], ["9".repeat(9_000), Status.NumberRange]] as const) {
    await timestamp(status, (text) => text.replace(/"version":2\}\}$/, `"version":${spelled}}}`), spelled.slice(0, 9));
  }
});

/** Every place in a payload, as a path. */
function places(value: Json, path: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, inner]) => places(inner, [...path, name]))];
}

function changed(value: Json, [name, ...rest]: string[], to: Json | undefined): Json {
  if (name === undefined) return to ?? null;
  const copy = structuredClone(value) as { [name: string]: Json };
  if (rest.length > 0) copy[name] = changed(copy[name] as Json, rest, to);
  else if (to !== undefined) copy[name] = to;
  else if (Array.isArray(copy)) copy.splice(Number(name), 1);
  else delete copy[name];
  return copy;
}

const plain = (payload: object): Json => JSON.parse(JSON.stringify(payload, (_name, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value))) as Json;

/** What a file may say of these without anybody caring: an Image repository's hints, and what says nothing at all. */
const FREE = /spec_version|consistent_snapshot|releaseCounter|mustMatch|hardwareIds|custom|delegations|hashes|length|signatures|keys|roles|targets|nonces/;

test("case 46: null, the wrong type and nothing at all in every place of every signed payload: no trap, and no member that is needed is missed", async () => {
  const core = Core.load();
  const met = new Map<string, number>();
  for (const file of ["root.json", "timestamp.json", "snapshot.json", "targets.json"]) {
    const world = await World.make();
    let payload: Json = null;
    edited(world.director, file, (good) => ((payload = plain(good)), good));
    await (file === "root.json" ? world.director.publishRoot() : world.director.publish());
    for (const path of places(payload).slice(1)) {
      for (const to of path.length > 3 ? [null, undefined] : [null, {}, undefined]) {
        core.setRecord(new Uint8Array(core.record().length));
        const wrong = changed(payload, path, to);
        edited(world.director, file, () => wrong as object);
        await (file === "root.json" ? world.director.publishRoot() : world.director.publish());
        const { status } = await new Vehicle(world, core).cycle();
        met.set(statusName(status), (met.get(statusName(status)) ?? 0) + 1);
        const about = `${file} ${path.join(".")} = ${JSON.stringify(to)}: ${statusName(status)}`;
        if (/version$|_type$|expires$|threshold$|keyid$/.test(path.join(".")) && !path.join(".").includes("spec_version")) assert.is.not(status, Status.Ok, about);
        if (status === Status.Ok) assert.ok(FREE.test(path.join(".")), about);
      }
    }
    world.director.edit = (_file, good) => good;
    if (file === "root.json") await world.director.publishRoot();
    await world.director.publish();
    core.setRecord(new Uint8Array(core.record().length));
    is(await new Vehicle(world, core).cycle(), Status.Ok, "the honest file again");
  }
  assert.ok(met.size >= 6 && [...met.values()].reduce((sum, n) => sum + n, 0) > 200, JSON.stringify([...met]));
});

test("case 47: invalid UTF-8, lone surrogates, a byte order mark, NUL and control characters", async () => {
  const raw = (status: number, put: number[], about: string): Promise<unknown> => withstands(status, async ({ image }) => {
    await image.publishNext();
    const file = Buffer.from(image.files.get("timestamp.json") ?? []);
    const at = file.indexOf('"_type":"') + 9;
    image.files.set("timestamp.json", Buffer.concat([file.subarray(0, at), Buffer.from(put), file.subarray(at)]));
  }, { about });
  for (const [put, about] of [
    [[0xc0, 0xaf], "overlong, two bytes"], [[0xe0, 0x80, 0xaf], "overlong, three"], [[0xf0, 0x80, 0x80, 0xaf], "overlong, four"], [[0xed, 0xa0, 0x80], "a surrogate"], [[0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80], "a pair of them"],
    [[0xf4, 0x90, 0x80, 0x80], "beyond U+10FFFF"], [[0xff], "no byte of UTF-8"], [[0x80], "a byte that continues nothing"], [[0xc3], "a start without its rest"],
  ] as [number[], string][]) await raw(Status.Utf8, put, about);
  for (const byte of [0x00, 0x01, 0x0a, 0x0d, 0x1f]) await raw(Status.Syntax, [byte], `control ${byte}`);
  await timestamp(Status.Utf8, (text) => text.replace('"_type":"', '"_type":"\\ud800'), "an escaped lone surrogate");
  await timestamp(Status.Syntax, (text) => `\ufeff${text}`, "byte order mark");
});

test("case 47: two Unicode forms of one name are two names", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  for (const [image, status] of [["\u00e9.bin", Status.Ok], ["e\u0301.bin", Status.NotFound]] as const) {
    const names = { director: "\u00e9.bin", image };
    const files = new Map<string, Uint8Array>();
    for (const which of ["director", "image"] as const) {
      const entry = world[which].targets.get("app.bin");
      const payload = metadata.targets({ version: 1, expires: world[which].targetsRole.expires, targets: new Map([["NAME", entry as metadata.Entry]]), ...(world[which].custom === undefined ? {} : { custom: world[which].custom }) });
      files.set(which, await signedAs(world[which].targetsRole.signers[0] as Parameters<typeof signedAs>[0], payload, names[which]));
    }
    vehicle.core.setRecord(new Uint8Array(512));
    await serve(world, files);
    is(await vehicle.cycle(), status);
  }
});

/** Our writers sign ASCII alone: the name is put in before the signature is made. */
async function signedAs(signer: { keyid: string; sign(message: Uint8Array): Promise<Uint8Array> }, payload: object, name: string): Promise<Uint8Array> {
  const [, ascii = ""] = /"signed":(.*)\}$/.exec(Buffer.from(await sign(payload, [])).toString()) ?? [];
  const text = ascii.replace("NAME", name);
  return Buffer.from(`{"signatures":[{"keyid":"${signer.keyid}","sig":"${Buffer.from(await signer.sign(Buffer.from(text))).toString("hex")}"}],"signed":${text}}`);
}

/** Snapshot and Timestamp for Targets that somebody else has written. */
async function serve(world: World, targets: Map<string, Uint8Array>): Promise<void> {
  for (const which of ["director", "image"] as const) {
    const repository = world[which];
    const file = targets.get(which) as Uint8Array;
    repository.files.set("1.targets.json", file);
    const expires = repository.snapshot.expires;
    const snapshot = await sign(metadata.snapshot({ version: 1, expires, files: new Map([["targets.json", { version: 1, bytes: file }]]) }), repository.snapshot.signers);
    repository.files.set("1.snapshot.json", snapshot);
    repository.files.set("timestamp.json", await sign(metadata.timestamp({ version: 1, expires, snapshot: { version: 1, bytes: snapshot } }), repository.timestamp.signers));
  }
}

test("case 48: 10,000 images in memory that does not grow; 100,000 are refused at the published limit", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  const entry = world.image.targets.get("app.bin") as metadata.Entry;
  for (let i = 0; i < 10_000; i++) world.image.targets.set(`image-${i}.bin`, entry);
  await world.image.publishNext();
  is(await vehicle.cycle(), Status.Ok);
  world.image.targets = new Map([["app.bin", entry]]);
  edited(world.image, "snapshot.json", (payload) => ({ ...payload, meta: { "targets.json": { version: 3 } } }));
  await world.image.publishNext();
  const more = Array.from({ length: 100_000 }, (_, i) => `"aaa-${String(i).padStart(6, "0")}":{"custom":{},"hashes":{"sha256":"${entry.hashes.sha256}","sha512":"${entry.hashes.sha512}"},"length":${entry.length}}`);
  const honest = world.image.files.get("3.targets.json") as Uint8Array;
  respelled(world.image, "3.targets.json", (text) => text.replace('"targets":{"app.bin":', `"targets":{${more.join()},"app.bin":`));
  const record = vehicle.core.record();
  const report = await vehicle.cycle();
  is(report, Status.EndlessData);
  assert.is(report.file.limit, TARGETS_LIMIT);
  assert.equal(vehicle.core.record().subarray(0, 192), record.subarray(0, 192), "all of the Director's");
  assert.ok(vehicle.core.memoryUsed() - CORE_GLOBALS <= FULL_END, `${vehicle.core.memoryUsed()}`);
  world.image.files.set("3.targets.json", honest);
  is(await vehicle.cycle(), Status.Ok, "the next honest cycle");
});

test("case 49: lengths of 2^31, 2^32 + 15, 2^53 + 1 and below zero: refused or handled in 64 bits, never cut", async () => {
  const image = bytes("the first image");
  assert.is(image.length, 15);
  for (const length of [2 ** 31, 2 ** 32 + 15, 2 ** 53 - 1]) {
    const world = await World.make();
    for (const { targets } of [world.director, world.image]) for (const entry of targets.values()) entry.length = length;
    await world.publish();
    const vehicle = new Vehicle(world);
    is(await vehicle.cycle(), Status.Ok, `${length}`);
    is(await vehicle.fetchImage(), Status.LengthMismatch, `${length}`);
  }
  const stated = (status: number, length: unknown, spelled?: string): Promise<unknown> => withstands(status, async (world) => {
    edited(world.image, "timestamp.json", (payload) => ({ ...payload, meta: { "snapshot.json": { version: world.image.snapshot.version, length } } }));
    await world.image.publishNext();
    if (spelled !== undefined) respelled(world.image, "timestamp.json", (text) => text.replace(/"length":\d+/, `"length":${spelled}`));
  }, { about: spelled ?? `${length}` });
  const snapshot = ((await World.make()).image.files.get("1.snapshot.json") as Uint8Array).length;
  for (const length of [2 ** 31, 2 ** 32 + snapshot, 2 ** 53 - 1]) await stated(Status.MixAndMatch, length);
  await stated(Status.Malformed, -1);
  await stated(Status.NumberRange, 1, `${2n ** 53n + 1n}`);
  await stated(Status.NumberRange, 1, `${2n ** 64n + 15n}`);
});

test("case 50: a server that sends more than the length it stated, less, or for ever", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  const record = vehicle.core.record();
  const good = bytes("the first image");
  let sent = 0;
  async function* forEver(): AsyncGenerator<Uint8Array> {
    for (;; sent += 15) yield new Uint8Array(15).fill(0x20);
  }
  for (const [source, status] of [[bytes("the first image!"), Status.EndlessData], [good.subarray(1), Status.LengthMismatch], [forEver(), Status.EndlessData], [new Uint8Array(0), Status.LengthMismatch]] as const) {
    vehicle.meddle = (want, stored) => (want.role === ROLE_PAYLOAD ? source : stored);
    is(await vehicle.fetchImage(), status);
    assert.equal(vehicle.core.record(), record);
  }
  assert.ok(sent <= 30, `${sent} bytes taken`);
  vehicle.meddle = (_want, source) => source;
  is(await vehicle.fetchImage(), Status.Ok);
  await withstands(Status.EndlessData, (_world, one) => {
    one.meddle = (want, source) => (want.role === ROLE_TIMESTAMP && want.repository === IMAGE ? forEver() : source);
  }, { about: "Timestamp for ever" });
});

test("case 51: a transfer that the host ended for its slowness is a refusal of its own", async () => {
  for (const status of [Status.SlowRetrieval, Status.Unavailable]) {
    await withstands(status, (_world, vehicle) => {
      vehicle.meddle = (want, source) => (want.role === ROLE_TIMESTAMP && want.repository === IMAGE ? status : source);
    });
  }
});

test("case 52: names of images are data to the core, whatever they spell, and too long ones are refused", async () => {
  for (const name of ["../../etc/x", "/etc/x", "C:", "%2e%2e", "con", "a\\b", "a b", ".", "constructor", "__proto__"]) {
    await withstands(Status.Ok, (world) => {
      for (const { targets } of [world.director, world.image]) {
        const entry = targets.get("app.bin") as metadata.Entry;
        targets.clear();
        targets.set(name, entry);
      }
      return world.publishNext();
    }, { about: name });
  }
  await withstands(Status.NameLength, (world) => {
    world.image.targets.set("n".repeat(5_000), world.image.targets.get("app.bin") as metadata.Entry);
    return world.publishNext();
  });
});

test("case 53: after an error whatever is fed stays refused with that error, until the next session", async () => {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  const record = vehicle.core.record();
  const root = world.director.files.get("1.root.json") as Uint8Array;
  vehicle.introduce();
  vehicle.core.open(SESSION_CYCLE, OPTION_PRIMARY, NOW);
  is(vehicle.core.feed(bytes("{]")), Status.Storage);
  for (let again = 0; again < 20; again++) {
    is(vehicle.core.feed(root), Status.Storage);
    is(vehicle.core.end(), Status.Storage);
    is(vehicle.core.missing(Status.Missing), Status.Storage);
  }
  assert.equal(vehicle.core.record(), record);
  assert.instance(new MetadataError(vehicle.core.report()), Error);
  is(await vehicle.cycle(), Status.Ok);
});

test.run();
