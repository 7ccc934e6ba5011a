/** Bounds and forms at their edges, rule by rule: texts of TOKEN_SIZE bytes, ends of digests and nonces, members left out. docs/POUF.md, assembly/layout.ts. */
import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { OPTION_PRIMARY, OPTION_ROOT_CHAIN, ROLE_TARGETS, ROLE_TIME, SESSION_JSON, SESSION_PARTIAL, SESSION_TIME } from "../assembly/abi.ts";
import * as Status from "../assembly/status.ts";
import { Core, type Report, type Want } from "../bindings/core.ts";
import * as metadata from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { BEFORE, type Delegated, LATER, NOW, VEHICLE, Vehicle, World, bytes, is, key } from "./world.ts";

const test = suite("edges");
const SIGNED = BigInt(/SIGNED = (\d+);/.exec(readFileSync("assembly/names.ts", "utf8"))?.[1] ?? 0);
const NONCE = "0123456789abcdef".repeat(4);

test("texts of 256 bytes count to their last byte, 257 are too many", async () => {
  const long = (last: string) => "h".repeat(255) + last;
  for (const [of, listed, status] of [[long("x"), long("x"), Status.Ok], [long("x"), long("y"), Status.WrongHardware], [`${long("x")}x`, `${long("x")}x`, Status.TextLength]] as const) {
    for (const where of ["the Director's order", "the Image repository's list"]) {
      const world = await World.make();
      const ecu = world.ecus[0] as World["ecus"][0];
      ecu.hardwareId = of;
      world.order("app.bin", bytes("x"), world.ecus);
      const lists = where.startsWith("the Image") ? world.image.targets : world.director.targets;
      const entry = lists.get("app.bin") as metadata.Entry;
      const custom = lists === world.image.targets ? { ...entry.custom, hardwareIds: [listed] } : { ...entry.custom, ecuIdentifiers: new Map([[ecu.serial, { hardwareId: listed }]]) };
      lists.set("app.bin", { ...entry, custom });
      await world.publish();
      is(await new Vehicle(world).cycle(), status, where);
    }
  }
  for (const [vehicleId, status] of [[long("x"), Status.Ok], [long("y"), Status.WrongVehicle], [`${long("x")}x`, Status.TextLength]] as const) {
    const world = await World.make();
    world.director.custom = { vehicleId };
    await world.director.publish();
    const vehicle = new Vehicle(world);
    vehicle.core.identify({ vehicle: long("x"), serial: "tcu-1", hardwareId: "tcu-a", counter: -1 });
    vehicle.core.ecu({ serial: "tcu-1", hardwareId: "tcu-a", counter: -1 });
    vehicle.core.open(1, OPTION_PRIMARY, NOW);
    is(await vehicle.drive(), status, "vehicle");
  }
});

async function attested(nonces: unknown, more: object = {}): Promise<Report> {
  const world = await World.make();
  const ecu = new Vehicle(world, Core.load({ partial: true }));
  const file = await sign({ ...metadata.time({ nonces: [], seconds: NOW }), nonces, ...more }, world.director.time.signers);
  ecu.meddle = (want, source) => (want.role === ROLE_TIME ? file : source);
  ecu.core.identify({ vehicle: VEHICLE, serial: "tcu-1", hardwareId: "tcu-a", counter: -1, nonce: NONCE });
  ecu.core.open(SESSION_TIME);
  return await ecu.drive();
}

test("a nonce is ours by all of its 64 digits, wherever it stands in the list", async () => {
  const other = (at: number) => NONCE.slice(0, at) + (NONCE[at] === "0" ? "1" : "0") + NONCE.slice(at + 1);
  is(await attested([NONCE]), Status.Ok);
  is(await attested([other(0), NONCE, other(63)]), Status.Ok);
  for (let at = 0; at < 64; at++) is(await attested([other(at)]), Status.Nonce, `digit ${at}`);
  for (const none of [[], [NONCE.slice(0, 62)], [`${NONCE}00`], [NONCE.toUpperCase()], ["x".repeat(256)]]) is(await attested(none), Status.Nonce, none.join());
  is(await attested(["x".repeat(257)]), Status.TextLength);
  // Digits that break off leave nothing behind, whatever another nonce left there.
  for (const bad of [`${NONCE.slice(0, 62)}zz`, `${NONCE.slice(0, 63)}g`, `${NONCE.slice(0, 2)}zz`]) is(await attested([other(0), bad, other(0), bad]), Status.Nonce, bad);
  for (const bad of [[7], [[NONCE]], [{ a: NONCE }]]) is(await attested(bad), Status.Malformed, JSON.stringify(bad));
});

test("a time of another spelling is no date, and what is no text is no time", async () => {
  for (const bad of ["", "2027-01-15T08:00:00", "2027-01-15 08:00:00Z"]) is(await attested([NONCE], { time: bad }), Status.BadDate, bad);
  for (const bad of [7, null, ["2027-01-15T08:00:00Z"], { a: 1 }]) is(await attested([NONCE], { time: bad }), Status.Malformed, JSON.stringify(bad));
});

/** One file of the first cycle replaced, with what points to it made anew. */
async function replaced(which: "director" | "image", name: string, bytes: Uint8Array): Promise<Report> {
  const world = await World.make();
  const repository = world[which];
  const is = (want: Want) => want.repository === (which === "director" ? 0 : 1) && ["root.json", "timestamp.json", "snapshot.json", "targets.json"][want.role] === name;
  repository.edit = (_file, payload) => payload;
  const vehicle = new Vehicle(world);
  vehicle.meddle = (want, source) => (is(want) ? bytes : source);
  return await vehicle.cycle();
}

test("a file without `signed` is no signed file, whoever reads it", async () => {
  for (const text of ['{"signatures":[]}', '{"signatures":[],"zzz":1}', "{}", '{"a":{"signed":{}}}']) {
    for (const [which, name] of [["director", "root.json"], ["director", "timestamp.json"], ["image", "root.json"], ["image", "timestamp.json"]] as const) {
      const report = await replaced(which, name, bytes(text));
      is(report, Status.Malformed, `${which} ${name} ${text}`);
      assert.equal([report.found, report.expected], [SIGNED, 0n], `${which} ${name} ${text}`);
    }
  }
  for (const text of ["[]", "1 ", '"x"', "null"]) is(await replaced("director", "root.json", bytes(text)), Status.Malformed, text);
});

test("UTF-8: each byte behind the first is a continuation, to the last one", () => {
  const core = Core.load();
  const judge = (...inside: number[]) => {
    core.open(SESSION_JSON);
    core.feed(Uint8Array.from([0x22, ...inside, 0x22]));
    return core.end();
  };
  for (const [first, length] of [[0xc2, 2], [0xe1, 3], [0xec, 3], [0xf1, 4], [0xf3, 4]] as const) {
    const good = [first, ...Array.from({ length: length - 1 }, () => 0x80)];
    is(judge(...good), Status.Ok);
    for (let at = 1; at < length; at++) for (const no of [0x00, 0x22, 0x7f, 0xc0, 0xff]) is(judge(...good.with(at, no)), Status.Utf8, `${good.with(at, no).join()}`);
    for (let at = 1; at < length; at++) is(judge(...good.with(at, 0xbf)), Status.Ok);
  }
  // A narrow second byte narrows no third one, nor what follows.
  for (const [first, second] of [[0xe0, 0xa0], [0xe0, 0xbf], [0xed, 0x80], [0xed, 0x9f]] as const) for (const third of [0x80, 0xbf]) is(judge(first, second, third, 0xc2, 0x80, 0xc2, 0xbf), Status.Ok);
  for (const [first, second] of [[0xf0, 0x90], [0xf4, 0x8f]] as const) for (const third of [0x80, 0xbf]) is(judge(first, second, third, 0xbf, 0xe1, 0x80, 0x80), Status.Ok);
});

test("behind a backslash stand nine letters, and nothing else", () => {
  const core = Core.load();
  for (let letter = 0; letter < 256; letter++) {
    core.open(SESSION_JSON);
    core.feed(Uint8Array.from([0x22, 0x5c, letter, ...(letter === 0x75 ? [0x30, 0x30, 0x34, 0x31] : []), 0x22]));
    is(core.end(), "\"\\/bfnrtu".includes(String.fromCharCode(letter)) ? Status.Ok : Status.Syntax, `${letter}`);
  }
});

const specVersion = BigInt(/SPEC_VERSION = (\d+);/.exec(readFileSync("assembly/names.ts", "utf8"))?.[1] ?? -1);

test("spec_version starts with 1 and a point, where it is stated", async () => {
  for (const [spec_version, status] of [["1.0.31", Status.Ok], ["1.", Status.Ok], [undefined, Status.Ok], ["1", Status.Malformed], ["", Status.Malformed], ["2.0.0", Status.Malformed], ["11.0", Status.Malformed], [".1", Status.Malformed]] as const) {
    const world = await World.make();
    world.image.edit = (_file, payload) => {
      const { spec_version: _gone, ...rest } = payload as { spec_version: string };
      return { ...rest, sa: "1.x", ...(spec_version === undefined ? {} : { spec_version }) };
    };
    await world.image.publishRoot();
    await world.image.publish();
    const report = await new Vehicle(world).cycle();
    is(report, status, String(spec_version));
    if (status === Status.Malformed) assert.is(report.found, specVersion);
  }
});

test("succinct roles have 1 to 32 bits, and stand alone", async () => {
  const signer = key();
  const run = async (member: object, name = "none", image = "x.bin") => {
    const world = await World.make();
    world.image.targets.clear();
    world.director.targets.clear();
    world.order(image, bytes("x"), world.ecus, new Map());
    const succinct_roles = { bit_length: 5, keyids: [signer.keyid], name_prefix: "bin", threshold: 1, ...member };
    world.image.edit = (file, payload) => {
      if (file === "targets.json") return { ...payload, delegations: { keys: { [signer.keyid]: signer.public }, succinct_roles } };
      return file === "snapshot.json" ? { ...payload, meta: new Map([...listed(payload), [`${name}.json`, { version: 1 }]]) } : payload;
    };
    await world.publish();
    return await new Vehicle(world).cycle();
  };
  const digest = Buffer.from(metadata.hashes(bytes("x.bin")).sha256, "hex").readUInt32BE(0);
  for (let i = 0; i < 12; i++) {
    const bins = metadata.hashes(bytes(`image-${i}`)).sha256.slice(0, 8);
    assert.is((await run({ bit_length: 32 }, `bin-${bins}`, `image-${i}`)).found, BigInt(Status.Missing), bins);
  }
  const bin = (bits: number) => (digest >>> (32 - bits)).toString(16).padStart(Math.ceil(bits / 4), "0");
  for (const bits of [1, 3, 4, 5, 8, 9, 16, 31, 32]) assert.is((await run({ bit_length: bits }, `bin-${bin(bits)}`)).found, BigInt(Status.Missing), `${bits} bits: asked for, and not there`);
  assert.is((await run({ bit_length: 5 }, `bin-${bin(6)}`)).found, BigInt(Status.MixAndMatch), "another name is not asked for");
  is(await run({ bit_length: 0 }), Status.ZeroThreshold);
  for (const bad of [33, 64, 2 ** 32 + 5]) is(await run({ bit_length: bad }), Status.Malformed, `${bad} bits`);
  for (const [bit_length, size, status] of [[4, 253, Status.RoleInvalid], [5, 252, Status.RoleInvalid], [5, 253, Status.Limit], [4, 254, Status.Limit]] as const) {
    const report = await run({ bit_length, name_prefix: "p".repeat(size) });
    is(report, status, `a prefix of ${size} and ${bit_length} bits`);
    if (status === Status.Limit) assert.equal([report.found, report.expected], [256n, 255n]);
  }
});

test("a role of a delegation has no top-level role's name, and a name it has", async () => {
  for (const [name, status] of [["root", Status.Malformed], ["timestamp", Status.Malformed], ["snapshot", Status.Malformed], ["targets", Status.Malformed], ["", Status.Malformed], ["Targets", Status.NotFound], ["time", Status.NotFound], ["targetss", Status.NotFound], ["n".repeat(255), Status.NotFound], ["n".repeat(256), Status.Malformed]] as const) {
    for (const many of [false, true]) {
      const world = await World.make();
      world.image.targets.clear();
      const one = { name, keys: [key().public], threshold: 1 };
      world.image.delegations = [many ? { roles: [one], paths: ["other"] } : { ...one, paths: ["other"] }];
      await world.image.publish();
      is(await new Vehicle(world).cycle(), status, name);
    }
  }
});

test("succinct roles end the search: what they do not list, nobody lists", async () => {
  const world = await World.make();
  const [top, bin, other] = [key(), key(), key()];
  const file = (signer: typeof top): Delegated => ({ role: { signers: [signer], threshold: 1, version: 1, expires: LATER }, targets: new Map() });
  const digest = Buffer.from(metadata.hashes(bytes("x.bin")).sha256, "hex");
  const [a, leaf, b] = [file(top), file(bin), file(other)];
  world.image.targets.clear();
  world.director.targets.clear();
  for (const [name, one] of [["a", a], [`bin-${((digest[0] ?? 0) >> 7).toString(16)}`, leaf], ["b", b]] as const) world.image.delegated.set(name, one);
  world.order("x.bin", bytes("x"), world.ecus, b.targets);
  world.image.delegations = [{ name: "a", keys: [top.public], threshold: 1, paths: ["*"] }, { name: "b", keys: [other.public], threshold: 1, paths: ["*"] }];
  await world.publish();
  is(await new Vehicle(world).cycle(), Status.Ok, "a does not list it, b does");
  world.image.edit = (name, payload) => (name === "a.json" ? { ...payload, delegations: { keys: { [bin.keyid]: bin.public }, succinct_roles: { bit_length: 1, keyids: [bin.keyid], name_prefix: "bin", threshold: 1 } } } : payload);
  await world.image.publishNext();
  is(await new Vehicle(world).cycle(), Status.NotFound, "the bin ends it");
});

test("a delegation that does not say so is not terminating, whatever the one before it says", async () => {
  const world = await World.make();
  const files = ["a", "b"].map((): Delegated => ({ role: { signers: [key()], threshold: 1, version: 1, expires: LATER }, targets: new Map() })) as [Delegated, Delegated];
  for (const [i, name] of ["a", "b"].entries()) world.image.delegated.set(name, files[i] as Delegated);
  world.image.targets.clear();
  world.director.targets.clear();
  world.order("x.bin", bytes("x"), world.ecus, files[1].targets);
  const to = (name: string, file: Delegated, paths: string[], terminating: boolean) => ({ name, keys: file.role.signers.map((signer) => signer.public), threshold: 1, paths, terminating });
  world.image.delegations = [to("a", files[0], ["other"], true), to("a", files[0], ["*"], false), to("b", files[1], ["*"], false)];
  world.image.edit = (file, payload) => {
    if (file !== "targets.json") return payload;
    const { delegations } = payload as { delegations: { roles: { terminating: boolean }[] } };
    return { ...payload, delegations: { ...delegations, roles: delegations.roles.map(({ terminating, ...one }) => (terminating ? { ...one, terminating } : one)) } };
  };
  await world.publish();
  is(await new Vehicle(world).cycle(), Status.Ok);
});

test("a threshold of 1000 can be written, 1001 cannot; none is met by fewer keys", async () => {
  for (const [threshold, status, operands] of [[1000, Status.UnmetThreshold, [1, 1000]], [1001, Status.Limit, [1001, 1000]]] as const) {
    const world = await World.make();
    world.image.targetsRole.threshold = threshold;
    await world.image.publishRoot();
    await world.image.publish();
    const report = await new Vehicle(world).cycle();
    is(report, status);
    assert.equal([Number(report.found), Number(report.expected)], [...operands]);
  }
});

test("partial verification: Targets without an image name the vehicle, those with one need not; another's are refused", async () => {
  for (const [images, custom, status] of [[0, undefined, Status.WrongVehicle], [0, {}, Status.WrongVehicle], [0, { vehicleId: VEHICLE }, Status.Ok], [0, { vehicleId: "VIN0002" }, Status.WrongVehicle], [1, undefined, Status.Ok], [1, { vehicleId: "VIN0002" }, Status.WrongVehicle], [1, { vehicleId: VEHICLE }, Status.Ok]] as const) {
    for (const partial of [true, false]) {
      const world = await World.make();
      if (images === 0) world.director.targets.clear();
      world.director.custom = custom;
      await world.director.publish();
      const ecu = new Vehicle(world, Core.load({ partial }));
      ecu.meddle = (want, source) => (partial && want.role === ROLE_TARGETS ? world.director.files.get("1.targets.json") as Uint8Array : want.role === 8 ? bytes("the first image") : source);
      if (partial) {
        ecu.core.identify({ vehicle: VEHICLE, serial: "tcu-1", hardwareId: "tcu-a", counter: -1 });
        ecu.core.open(SESSION_PARTIAL, 0, NOW);
        is(await ecu.drive(), status);
      } else is(await ecu.cycle(), status);
    }
  }
});

test("partial verification with a chain: an expired Root freezes it, to the second; without the chain its expiry is not looked at", async () => {
  for (const [expires, options, status] of [[BEFORE, OPTION_ROOT_CHAIN, Status.Freeze], [metadata.date(NOW), OPTION_ROOT_CHAIN, Status.Freeze], [metadata.date(NOW + 1), OPTION_ROOT_CHAIN, Status.Ok], [BEFORE, 0, Status.Ok]] as const) {
    const world = await World.make();
    world.director.root.expires = expires;
    await world.director.publishRoot();
    const ecu = new Vehicle(world, Core.load({ partial: true }));
    ecu.meddle = (want, source) => (want.role === ROLE_TARGETS ? world.director.files.get("1.targets.json") as Uint8Array : want.role === 8 ? bytes("the first image") : source);
    ecu.core.identify({ vehicle: VEHICLE, serial: "tcu-1", hardwareId: "tcu-a", counter: -1 });
    ecu.core.open(SESSION_PARTIAL, options, NOW);
    const report = await ecu.drive();
    is(report, status, `${expires} ${options}`);
    if (status === Status.Freeze) assert.equal([Number(report.found), Number(report.expected)], [Date.parse(expires) / 1000, NOW]);
  }
});

test("a name that Snapshot listed may not vanish, except that of a Root; each spelling", async () => {
  const free = ["root.json", "1.root.json", "12.root.json", "0.root.json", "9876543210.root.json"];
  const bound = ["toot.json", "rot.json", "x.root.json", "1x.root.json", "1root.json", "/.root.json", ":.root.json", "1/root.json", "1.roo.json", "1.root.jsom", "1.root,json", "1.root.kson", "1.root.jton", "1.root.jspn", "root.jso", "rooz.json", "riot.json", "1..root.json", "root", "a"];
  for (const name of [...free, ...bound]) {
    const world = await World.make();
    const vehicle = new Vehicle(world);
    world.image.edit = (file, payload) => (file === "snapshot.json" ? { ...payload, meta: new Map([...listed(payload), [name, { version: 3 }]]) } : payload);
    await world.image.publish();
    is(await vehicle.cycle(), Status.Ok, name);
    world.image.edit = (_file, payload) => payload;
    await world.image.publishNext();
    is(await vehicle.cycle(), free.includes(name) ? Status.Ok : Status.Vanished, name);
  }
});

function listed(payload: object): [string, { version: number }][] {
  const { meta } = payload as { meta: Map<string, { version: number }> | Record<string, { version: number }> };
  return meta instanceof Map ? [...meta] : Object.entries(meta);
}

test("a delegated role is listed under its name and .json, to the last letter", async () => {
  for (const name of ["a.jsom", "a.jspn", "a.json.", "b.json", "aa.json", ".json", "a,json", "a.kson", "a.jton", "a", "A.json"]) {
    const world = await World.make();
    const file: Delegated = { role: { signers: [key()], threshold: 1, version: 1, expires: LATER }, targets: new Map() };
    world.image.targets.clear();
    world.director.targets.clear();
    world.order("x.bin", bytes("x"), world.ecus, file.targets);
    world.image.delegated.set("a", file);
    world.image.delegations = [{ name: "a", keys: file.role.signers.map((signer) => signer.public), threshold: 1, paths: ["*"] }];
    world.image.edit = (of, payload) => (of === "snapshot.json" ? { ...payload, meta: new Map(listed(payload).map(([one, what]) => [one === "a.json" ? name : one, what])) } : payload);
    await world.image.publish();
    await world.director.publish();
    const report = await new Vehicle(world).cycle();
    is(report, Status.RoleInvalid, name);
    assert.is(report.found, BigInt(Status.MixAndMatch), name);
  }
});

/** Each digest with its first or last digit changed. */
function ends({ sha256, sha512 }: Required<metadata.Hashes>): [object, number][] {
  const differ = (hex: string, at: number) => hex.slice(0, at) + (hex[at] === "0" ? "1" : "0") + hex.slice(at + 1);
  return [{ sha256: differ(sha256, 0) }, { sha256: differ(sha256, 63) }, { sha512: differ(sha512, 0) }, { sha512: differ(sha512, 127) }, { sha256, sha512: differ(sha512, 127) }].map((hashes) => [hashes, Status.HashMismatch]);
}

test("an image has to have every hash that is listed for it, in both kinds of session", async () => {
  const good = metadata.hashes(bytes("the first image"));
  const other = metadata.hashes(bytes("another image"));
  for (const [hashes, status] of [[good, Status.Ok], [{ sha256: good.sha256 }, Status.Ok], [{ sha512: good.sha512 }, Status.Ok], [{ sha256: good.sha256, sha512: other.sha512 }, Status.HashMismatch], [{ sha256: other.sha256, sha512: good.sha512 }, Status.HashMismatch], [{ sha512: other.sha512 }, Status.HashMismatch], [{ sha256: other.sha256 }, Status.HashMismatch], ...ends(good)] as const) {
    for (const partial of [true, false]) {
      const world = await World.make();
      for (const targets of [world.director.targets, world.image.targets]) targets.set("app.bin", { ...targets.get("app.bin") as metadata.Entry, hashes: hashes as metadata.Hashes });
      await world.publish();
      const ecu = new Vehicle(world, Core.load({ partial }));
      ecu.meddle = (want, source) => (want.role === 8 ? bytes("the first image") : partial && want.role === ROLE_TARGETS ? world.director.files.get("1.targets.json") as Uint8Array : source);
      if (partial) {
        ecu.core.identify({ vehicle: VEHICLE, serial: "tcu-1", hardwareId: "tcu-a", counter: -1 });
        ecu.core.open(SESSION_PARTIAL, 0, NOW);
        is(await ecu.drive(), status);
      } else {
        is(await ecu.cycle(), Status.Ok);
        is(await ecu.fetchImage(), status);
      }
    }
  }
});

test("hashes: both ends of each digest count, and a digest of zeros is not an absent one", async () => {
  const world = await World.make();
  const good = world.image.targets.get("app.bin") as metadata.Entry;
  const { sha256, sha512 } = good.hashes as Required<metadata.Hashes>;
  const differ = (hex: string, at: number) => hex.slice(0, at) + (hex[at] === "0" ? "1" : "0") + hex.slice(at + 1);
  const both = async (ours: object, theirs: object) => {
    world.image.targets.set("app.bin", { ...good, hashes: ours as metadata.Hashes });
    const entry = world.director.targets.get("app.bin") as metadata.Entry;
    world.director.targets.set("app.bin", { ...entry, hashes: theirs as metadata.Hashes });
    await world.publishNext();
    return await new Vehicle(world).cycle();
  };
  is(await both({ sha256 }, { sha256 }), Status.Ok);
  is(await both({ sha512 }, { sha512 }), Status.Ok);
  is(await both({ sha256, sha512: "00".repeat(64) }, { sha256 }), Status.Mismatch);
  is(await both({ sha256 }, { sha256, sha512: "00".repeat(64) }), Status.Mismatch);
  is(await both({ sha256: "00".repeat(32), sha512 }, { sha512 }), Status.Mismatch);
  for (const at of [0, 1, 62, 63]) is(await both({ sha256: differ(sha256, at), sha512 }, { sha256, sha512 }), Status.Mismatch, `SHA-256, digit ${at}`);
  for (const at of [0, 1, 126, 127]) is(await both({ sha256, sha512: differ(sha512, at) }, { sha256, sha512 }), Status.Mismatch, `SHA-512, digit ${at}`);
});

test.run();
