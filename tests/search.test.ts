/** The search through delegations, rule by rule: whose search it is, what a delegation fits, and what roles in agreement agree on. §5.4.4.7, §5.4.4.8, TUF 1.0.31 §4.5. */
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { ECU_ORDERED, OPTION_IMAGE_ONLY, OPTION_LABELS, OPTION_PRIMARY, ROLE_DELEGATED, SESSION_CYCLE } from "../assembly/abi.ts";
import { WINDOW_SIZE } from "../assembly/layout.ts";
import * as Status from "../assembly/status.ts";
import type { Report } from "../bindings/core.ts";
import * as metadata from "../bindings/metadata.ts";
import { type Delegated, LATER, NOW, Vehicle, World, bytes, is, key } from "./world.ts";

const test = suite("search");

function role(): Delegated {
  return { role: { signers: [key()], threshold: 1, version: 1, expires: LATER }, targets: new Map() };
}

function to(name: string, file: Delegated, more: object = {}): metadata.Delegation {
  return { name, keys: file.role.signers.map((signer) => signer.public), threshold: 1, paths: ["*"], ...more };
}

async function empty(...names: string[]): Promise<{ world: World; files: Delegated[] }> {
  const world = await World.make();
  world.image.targets.clear();
  world.director.targets.clear();
  const files = names.map(role);
  for (const [i, name] of names.entries()) world.image.delegated.set(name, files[i] as Delegated);
  return { world, files };
}

const visited = (vehicle: Vehicle) => vehicle.asked.filter((want) => want.role === ROLE_DELEGATED && want.source === 0).map((want) => want.name).join(" ");

test("ECUs of the same hardware with the same image share a search, others have their own", async () => {
  const { world, files: [a, b] } = await empty("a", "b") as { world: World; files: [Delegated, Delegated] };
  const [one, same, other] = [["e1", "tcu-a"], ["e2", "tcu-a"], ["e3", "tcu-b"]].map(([serial, hardwareId]) => ({ serial: serial as string, hardwareId: hardwareId as string, counter: -1 })) as World["ecus"] & [World["ecus"][0], World["ecus"][0], World["ecus"][0]];
  world.ecus.splice(0, 1, one as never, same as never, other as never);
  world.image.delegations = [to("a", a, { hardwareIds: ["tcu-a"] }), to("b", b, { hardwareIds: ["tcu-b"] })];
  const run = async (status: number, roles: string, about: string) => {
    await world.publishNext();
    const vehicle = new Vehicle(world);
    is(await vehicle.cycle(), status, about);
    assert.is(visited(vehicle), roles, about);
    if (status === Status.Ok) for (let i = 0; i < 3; i++) assert.is(vehicle.core.outcome(i), ECU_ORDERED, about);
  };
  world.order("x.bin", bytes("x"), world.ecus, a.targets);
  b.targets.set("x.bin", a.targets.get("x.bin") as metadata.Entry);
  await run(Status.Ok, "a b", "one image for all: the second ECU shares the first one's search, the third is of other hardware");
  b.targets.clear();
  await run(Status.NotFound, "a b", "and does not find it where its own hardware leads");
  world.director.targets.clear();
  a.targets.clear();
  world.order("x.bin", bytes("x"), [one as never], a.targets);
  world.order("y.bin", bytes("y"), [same as never], a.targets);
  world.order("z.bin", bytes("z"), [other as never], b.targets);
  await run(Status.Ok, "a a b", "three images: three searches");
  a.targets.delete("y.bin");
  await run(Status.NotFound, "a a", "the second image is not there");
});

test("hardware: a list that is empty fits no ECU, null fits all, and without an ECU lists do not limit", async () => {
  const { world, files: [a] } = await empty("a") as { world: World; files: [Delegated] };
  world.order("x.bin", bytes("x"), world.ecus, a.targets);
  for (const [hardwareIds, status] of [[[], Status.NotFound], [["tcu-b"], Status.NotFound], [["tcu-b", "tcu-a"], Status.Ok], [["tcu-a", "tcu-b"], Status.Ok], [null, Status.Ok]] as const) {
    world.image.delegations = [to("a", a, hardwareIds === null ? {} : { hardwareIds: [...hardwareIds] })];
    if (hardwareIds === null) world.image.edit = (file, payload) => (file === "targets.json" ? { ...payload, delegations: withNull((payload as { delegations: object }).delegations) } : payload);
    await world.publishNext();
    is(await new Vehicle(world).cycle(), status, JSON.stringify(hardwareIds));
    is(await alone(world, "x.bin"), Status.Ok, `no ECU: ${JSON.stringify(hardwareIds)}`);
  }
});

function withNull(delegations: object): object {
  const { roles, ...rest } = delegations as { roles: object[] };
  return { ...rest, roles: roles.map((one) => ({ ...one, hardwareIds: null })) };
}

/** A client of the Image repository alone. */
async function alone(world: World, name: string, options = OPTION_IMAGE_ONLY): Promise<Report> {
  const vehicle = new Vehicle(world);
  vehicle.core.target(name);
  vehicle.core.open(SESSION_CYCLE, options, NOW);
  return await vehicle.drive();
}

test("path hash prefixes: the leading hex digits of the name's SHA-256, 1 to 64 of them", async () => {
  const { world, files: [a] } = await empty("a") as { world: World; files: [Delegated] };
  const digest = metadata.hashes(bytes("x.bin")).sha256;
  world.order("x.bin", bytes("x"), world.ecus, a.targets);
  const run = async (prefixes: unknown, status: number) => {
    world.image.delegations = [to("a", a)];
    world.image.edit = (file, payload) => (file === "targets.json" ? { ...payload, delegations: withPrefixes((payload as { delegations: object }).delegations, prefixes) } : payload);
    await world.publishNext();
    is(await new Vehicle(world).cycle(), status, JSON.stringify(prefixes));
  };
  for (const size of [1, 2, 3, 31, 63, 64]) {
    await run([digest.slice(0, size)], Status.Ok);
    const last = digest[size - 1] as string;
    await run([digest.slice(0, size - 1) + (last === "0" ? "1" : "0")], Status.NotFound);
  }
  const first = digest[0] as string;
  await run([[..."0123456789abcdef"].find((digit) => digit !== first), first], Status.Ok);
  await run([..."0123456789abcdef"].filter((digit) => digit !== first), Status.NotFound);
  for (const none of [[], [""], [`${digest}0`], [digest.toUpperCase()], [`${digest}${digest}`]]) await run(none, Status.NotFound);
  for (const bad of [[1], [["a"]]]) await run(bad, Status.Malformed);
  await run(["x".repeat(257)], Status.TextLength);
});

function withPrefixes(delegations: object, prefixes: unknown): object {
  const { roles, ...rest } = delegations as { roles: object[] };
  return { ...rest, roles: roles.map(({ ...one }) => ({ ...Object.fromEntries(Object.entries(one).filter(([name]) => name !== "paths")), path_hash_prefixes: prefixes })) };
}

test("a path of several patterns fits by any of them, in any place of the list", async () => {
  const { world, files: [a] } = await empty("a") as { world: World; files: [Delegated] };
  world.order("x.bin", bytes("x"), world.ecus, a.targets);
  for (const [paths, status] of [[["x.bin", "y"], Status.Ok], [["y", "x.bin"], Status.Ok], [["y", "z"], Status.NotFound], [[], Status.NotFound], [["x.bi"], Status.NotFound], [["x.binn"], Status.NotFound], [["?.bin"], Status.Ok]] as const) {
    world.image.delegations = [to("a", a, { paths: [...paths] })];
    await world.publishNext();
    is(await new Vehicle(world).cycle(), status, paths.join());
  }
});

test("roles agree on length, every hash, release counter and must-match data; on nothing less and nothing more", async () => {
  const { world, files: [a, b] } = await empty("a", "b") as { world: World; files: [Delegated, Delegated] };
  const one = (name: string, file: Delegated) => ({ name, keys: file.role.signers.map((signer) => signer.public), threshold: 1 });
  world.order("x.bin", bytes("x"), world.ecus, a.targets);
  const good = a.targets.get("x.bin") as metadata.Entry;
  world.director.targets.set("x.bin", { ...world.director.targets.get("x.bin") as metadata.Entry, custom: { ...(world.director.targets.get("x.bin") as metadata.Entry).custom, mustMatch: { a: 1 } } });
  a.targets.set("x.bin", { ...good, custom: { ...good.custom, mustMatch: { a: 1 } } });
  const entry = a.targets.get("x.bin") as metadata.Entry;
  const { sha256, sha512 } = entry.hashes as Required<metadata.Hashes>;
  const differ = (hex: string, at: number) => hex.slice(0, at) + (hex[at] === "0" ? "1" : "0") + hex.slice(at + 1);
  const changes: [string, metadata.Entry, number][] = [
    ["nothing", entry, Status.Ok],
    ["hardware alone", { ...entry, custom: { ...entry.custom, hardwareIds: ["tcu-a", "tcu-z"] } }, Status.Ok],
    ["length", { ...entry, length: 2 ** 40 + entry.length }, Status.NotFound],
    ["first of SHA-256", { ...entry, hashes: { sha256: differ(sha256, 0), sha512 } }, Status.NotFound],
    ["last of SHA-256", { ...entry, hashes: { sha256: differ(sha256, 63), sha512 } }, Status.NotFound],
    ["first of SHA-512", { ...entry, hashes: { sha256, sha512: differ(sha512, 0) } }, Status.NotFound],
    ["last of SHA-512", { ...entry, hashes: { sha256, sha512: differ(sha512, 127) } }, Status.NotFound],
    ["no SHA-512", { ...entry, hashes: { sha256 } }, Status.NotFound],
    ["counter", { ...entry, custom: { ...entry.custom, releaseCounter: 2 ** 40 } }, Status.NotFound],
    ["must-match", { ...entry, custom: { ...entry.custom, mustMatch: { a: 2 } } }, Status.NotFound],
    ["no must-match", { ...entry, custom: good.custom }, Status.NotFound],
  ];
  for (const [about, other, status] of changes) {
    b.targets.set("x.bin", other);
    world.image.delegations = [{ roles: [one("a", a), one("b", b)], paths: ["*"] }];
    await world.publishNext();
    is(await new Vehicle(world).cycle(), status, about);
  }
  a.targets.set("x.bin", { ...entry, hashes: { sha256, sha512: "00".repeat(64) } });
  b.targets.set("x.bin", { ...entry, hashes: { sha256 } });
  await world.publishNext();
  is(await new Vehicle(world).cycle(), Status.NotFound, "a digest of zeros is not an absent one");
});

test("32 roles in agreement, nested or not, are held at a time; 33 are too many", async () => {
  for (const [count, nested] of [[32, 0], [33, 0], [30, 2], [30, 3]] as const) {
    const names = Array.from({ length: count + nested }, (_, i) => `r${String(i).padStart(2, "0")}`);
    const { world, files } = await empty(...names);
    const one = (i: number) => ({ name: names[i] as string, keys: [(files[0] as Delegated).role.signers[0]?.public as metadata.RoleKeys["keys"][0]], threshold: 1 });
    for (const [i, file] of files.entries()) {
      if (i > 0) file.role.signers = (files[0] as Delegated).role.signers; // few keys, many roles
      if (nested === 0 || i !== count - 1) world.order("x.bin", bytes("x"), world.ecus, file.targets);
    }
    if (nested > 0) (files[count - 1] as Delegated).delegations = [{ roles: Array.from({ length: nested }, (_, i) => one(count + i)), paths: ["*"] }];
    world.image.delegations = [{ roles: Array.from({ length: count }, (_, i) => one(i)), paths: ["*"] }];
    await world.publish();
    const report = await new Vehicle(world).cycle();
    // Of a nested delegation's roles, one result stands for all once it is decided: 29 before it, and its own.
    const most = nested === 0 ? count : count - 1 + nested;
    if (most <= 32) is(report, Status.Ok, `${count} and ${nested}`);
    else {
      is(report, Status.Limit, `${count} and ${nested}`);
      assert.equal([report.found, report.expected], [33n, 32n]);
    }
  }
});

test("a role in agreement whose file is not there, or is bad, contributes nothing; one that cannot be had just now ends the search", async () => {
  const { world, files: [a, b, c] } = await empty("a", "b", "c") as { world: World; files: [Delegated, Delegated, Delegated] };
  const one = (name: string, file: Delegated) => ({ name, keys: file.role.signers.map((signer) => signer.public), threshold: 1 });
  for (const file of [a, b, c]) world.order("x.bin", bytes("x"), world.ecus, file.targets);
  world.image.delegations = [{ roles: [one("a", a), one("b", b), one("c", c)], paths: ["*"], minRolesInAgreement: 2 }];
  await world.publish();
  const run = async (bad: string[], what: Uint8Array | number) => {
    const vehicle = new Vehicle(world);
    vehicle.meddle = (want, source) => (want.role === ROLE_DELEGATED && want.source === 0 && bad.includes(want.name) ? what : source);
    return await vehicle.cycle();
  };
  const file = world.image.files.get("1.a.json") as Uint8Array;
  const many = Array.from({ length: 17 }, (_, i) => ({ keyid: `${i}`, sig: "" }));
  // What spoils it ends the first window; in the next one stand more signatures than are read.
  const badAndLong = bytes(`${'{"a":'.padEnd(WINDOW_SIZE - 2)}1.5,"signatures":${JSON.stringify(many)},"signed":{}}`);
  const bads = [badAndLong, Status.Missing, bytes("{}"), bytes("nonsense"), file.subarray(0, 200), Uint8Array.from([...file, 0x20]), new Uint8Array(2000).fill(0x5b)];
  for (const what of bads) {
    for (const names of [["a"], ["b"], ["c"]]) is(await run(names, what), Status.Ok, `${names.join()} ${String(what).slice(0, 9)}`);
    for (const names of [["a", "b"], ["b", "c"], ["a", "c"], ["a", "b", "c"]]) is(await run(names, what), Status.NotFound, `${names.join()} ${String(what).slice(0, 9)}`);
  }
  const report = await run(["a"], Status.Unavailable);
  is(report, Status.Unavailable);
  assert.is(report.file.name, "a");
  world.image.delegations = [to("a", a)];
  await world.publishNext();
  for (const [what, found] of [[Status.Missing, Status.Missing], [bytes("nonsense"), Status.Syntax], [bytes("{}"), Status.Malformed], [bytes('{"signatures":[],"signed":{'), Status.Truncated]] as const) {
    const alone = await run(["a"], what);
    is(alone, Status.RoleInvalid);
    assert.equal([alone.found, alone.expected, alone.file.name], [BigInt(found), 0n, "a"]);
  }
});

test("an image whose name begins like the one that is wanted is another image", async () => {
  for (const [listed, status] of [["x.bin", Status.Ok], ["x.binn", Status.NotFound], ["x.bi", Status.NotFound], ["y.bin", Status.NotFound]] as const) {
    const { world, files: [a] } = await empty("a") as { world: World; files: [Delegated] };
    world.order("x.bin", bytes("x"), world.ecus, a.targets);
    const entry = a.targets.get("x.bin") as metadata.Entry;
    a.targets.clear();
    a.targets.set(listed, entry);
    world.image.delegations = [to("a", a)];
    await world.publish();
    is(await new Vehicle(world).cycle(), status, listed);
    is(await alone(world, "x.bin"), status, `no Director: ${listed}`);
  }
});

test("a role has a name", async () => {
  const { world, files: [a] } = await empty("") as { world: World; files: [Delegated] };
  world.order("x.bin", bytes("x"), world.ecus, a.targets);
  world.image.delegations = [to("", a)];
  await world.publish();
  is(await new Vehicle(world).cycle(), Status.Malformed);
});

test("a role whose name begins like that of its delegator is another role", async () => {
  for (const [first, second] of [["ab", "a"], ["a", "ab"], ["ab", "ac"], ["abc", "ab"]] as const) {
    const { world, files: [a, b] } = await empty(first, second) as { world: World; files: [Delegated, Delegated] };
    world.order("x.bin", bytes("x"), world.ecus, b.targets);
    a.delegations = [to(second, b)];
    world.image.delegations = [to(first, a)];
    await world.publish();
    const vehicle = new Vehicle(world);
    is(await vehicle.cycle(), Status.Ok, `${first} ${second}`);
    assert.is(visited(vehicle), `${first} ${second}`);
  }
});

test("a bound that a role's file meets is said as it is, in agreement or alone: the core gives up, the role is not bad", async () => {
  for (const many of [false, true]) {
    const { world, files: [a, b] } = await empty("a", "b") as { world: World; files: [Delegated, Delegated] };
    const one = (name: string, file: Delegated) => ({ name, keys: file.role.signers.slice(0, 1).map((signer) => signer.public), threshold: 1 });
    for (const file of [a, b]) world.order("x.bin", bytes("x"), world.ecus, file.targets);
    a.role.signers.push(...Array.from({ length: 16 }, () => key()));
    world.image.delegations = many ? [{ roles: [one("a", a), one("b", b)], minRolesInAgreement: 1, paths: ["*"] }] : [to("b", b, { paths: ["other"] }), { ...one("a", a), paths: ["*"] }];
    await world.publish();
    const report = await new Vehicle(world).cycle();
    is(report, Status.Limit);
    assert.equal([report.found, report.expected, report.file.role], [17n, 16n, ROLE_DELEGATED]);
  }
});

test("a cycle of delegations is left where it closes, one role long or several", async () => {
  const { world, files: [a, b, c] } = await empty("a", "b", "c") as { world: World; files: [Delegated, Delegated, Delegated] };
  world.order("x.bin", bytes("x"), world.ecus, c.targets);
  a.delegations = [to("a", a), to("b", b)];
  b.delegations = [to("a", a), to("b", b), to("c", c)];
  world.image.delegations = [to("a", a)];
  await world.publish();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  assert.is(visited(vehicle), "a b c");
  b.delegations = [to("a", a), to("b", b)];
  world.image.delegations = [to("a", a), to("b", b)];
  await world.publishNext();
  const other = new Vehicle(world);
  is(await other.cycle(), Status.NotFound);
  assert.is(visited(other), "a b b a");
});

test("among roles in agreement one that closes a cycle contributes nothing, in any place", async () => {
  for (const order of [["c", "a"], ["a", "c"], ["c", "a", "d"], ["d", "c", "a"]]) {
    const { world, files } = await empty("a", "c", "d");
    const [a, c, d] = files as [Delegated, Delegated, Delegated];
    const file = new Map([["a", a], ["c", c], ["d", d]]);
    const one = (name: string) => ({ name, keys: (file.get(name) as Delegated).role.signers.map((signer) => signer.public), threshold: 1 });
    for (const where of [c, d]) world.order("x.bin", bytes("x"), world.ecus, where.targets);
    a.delegations = [{ roles: order.map(one), paths: ["*"], minRolesInAgreement: 2 }];
    world.image.delegations = [to("a", a)];
    await world.publish();
    is(await new Vehicle(world).cycle(), order.includes("d") ? Status.Ok : Status.NotFound, order.join());
  }
});

test("a terminating delegation below a role in agreement ends that role's search alone", async () => {
  const { world, files: [a, b, d] } = await empty("a", "b", "d") as { world: World; files: [Delegated, Delegated, Delegated] };
  const one = (name: string, file: Delegated) => ({ name, keys: file.role.signers.map((signer) => signer.public), threshold: 1 });
  world.order("x.bin", bytes("x"), world.ecus, b.targets);
  a.delegations = [to("d", d, { terminating: true })];
  world.image.delegations = [{ roles: [one("a", a), one("b", b)], paths: ["*"], minRolesInAgreement: 1 }];
  await world.publish();
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  assert.is(visited(vehicle), "a d b b");
});

test("a pattern ends where its text ends, whatever longer text stood there before", async () => {
  const { world, files: [a] } = await empty("a") as { world: World; files: [Delegated] };
  world.order("abc", bytes("x"), world.ecus, a.targets);
  for (const [paths, status] of [[["xyz*", "abc"], Status.Ok], [["xyz**", "ab"], Status.NotFound], [["xyz?", "ab"], Status.NotFound], [["xyc", "ab"], Status.NotFound], [["xyz*", "abc*"], Status.Ok], [["xyz", ""], Status.NotFound], [["*******"], Status.Ok], [["a*b*c*"], Status.Ok], [["*c*b"], Status.NotFound]] as const) {
    world.image.delegations = [to("a", a, { paths: [...paths] })];
    await world.publishNext();
    is(await new Vehicle(world).cycle(), status, paths.join());
  }
});

test("a client of the Image repository alone finds a name at the top, below a delegation, or not at all", async () => {
  const { world, files: [a] } = await empty("a") as { world: World; files: [Delegated] };
  world.order("x.bin", bytes("x"), [], a.targets);
  world.order("y.bin", bytes("y"), []);
  world.director.targets.clear();
  world.image.delegations = [to("a", a, { paths: ["x.*"] })];
  await world.publishNext();
  for (const [name, status] of [["x.bin", Status.Ok], ["y.bin", Status.Ok], ["z.bin", Status.NotFound], ["x.txt", Status.NotFound], ["", Status.Ok]] as const) {
    is(await alone(world, name), status, name);
    is(await alone(world, name, OPTION_IMAGE_ONLY | OPTION_LABELS), status, `${name}, TUF's dialect`);
  }
  assert.is((await new Vehicle(world).cycle(OPTION_PRIMARY)).status, Status.Ok, "the Director orders nothing");
});

test.run();
