/** Images found through delegations. Uptane 2.1.0 §5.4.4.7 and §5.4.4.8. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as Status from "../assembly/status.ts";
import * as metadata from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { BEFORE, type Delegated, NOW, Vehicle, World, bytes, is, key } from "./world.ts";

const test = suite("delegations");

test("delegations: order, terminating, threshold, keys of the delegating file, hardware identifiers, cycles", async () => {
  const world = await World.make();
  const image = world.image;
  const ecu = world.ecus[0] as World["ecus"][0];
  const first = bytes("delegated image");
  image.targets.clear();
  world.director.targets.clear();
  const makers = { a: key(), b: key(), stranger: key() };
  const file = (signer: typeof makers.a): Delegated => ({ role: { signers: [signer], threshold: 1, version: 1, expires: metadata.date(NOW + 9) }, targets: new Map<string, metadata.Entry>() });
  const a = file(makers.a);
  const b = file(makers.b);
  image.delegated.set("a", a);
  image.delegated.set("b", b);
  world.order("fw/x.bin", first, [ecu], b.targets);
  const to = (name: string, signer: typeof makers.a, more: object = {}) => ({ name, keys: [signer.public], threshold: 1, paths: ["fw/*"], ...more });
  const cycle = async (delegations: metadata.Delegation[], status: number, about: string) => {
    image.delegations = delegations;
    await world.publishNext();
    const vehicle = new Vehicle(world);
    is(await vehicle.cycle(), status, about);
    if (status === Status.Ok) is(await vehicle.fetchImage(), Status.Ok, about);
  };
  await cycle([to("a", makers.a), to("b", makers.b)], Status.Ok, "the first does not have it, the second does");
  await cycle([to("a", makers.a, { terminating: true }), to("b", makers.b)], Status.NotFound, "terminating");
  await cycle([to("b", makers.a)], Status.RoleInvalid, "keys of the delegating file, not of the role");
  await cycle([{ ...to("b", makers.b), keys: [makers.b.public, makers.stranger.public], threshold: 2 }], Status.RoleInvalid, "threshold");
  await cycle([to("b", makers.b, { paths: ["other/*"] })], Status.NotFound, "path outside");
  await cycle([to("b", makers.b, { paths: ["*"] })], Status.NotFound, "* does not cross /");
  await cycle([to("b", makers.b, { hardwareIds: ["tcu-b"] })], Status.NotFound, "other hardware");
  await cycle([to("b", makers.b, { hardwareIds: ["tcu-b", "tcu-a"] })], Status.Ok, "this hardware");
  await cycle([to("missing", makers.a), to("b", makers.b)], Status.RoleInvalid, "a missing delegated file ends the search");
  a.delegations = [to("a", makers.a), to("b", makers.b)];
  await cycle([to("a", makers.a)], Status.Ok, "one level further down, past a cycle");
  a.delegations = [to("b", makers.stranger)];
  await cycle([to("b", makers.b), to("a", makers.a)], Status.Ok, "found before the delegator with other keys");
  await cycle([to("a", makers.a), to("b", makers.b)], Status.RoleInvalid, "case 9: the same role under other keys is judged by those");
});

test("multi-role delegations: groups, the agreement threshold, the earliest role, roles that fail, nesting, terminating (case 18, §5.4.4.8)", async () => {
  const world = await World.make();
  const image = world.image;
  const ecu = world.ecus[0] as World["ecus"][0];
  image.targets.clear();
  world.director.targets.clear();
  const file = (): Delegated => ({ role: { signers: [key()], threshold: 1, version: 1, expires: metadata.date(NOW + 9) }, targets: new Map() });
  const files = new Map(["a", "b", "c", "d"].map((name) => [name, file()]));
  for (const [name, role] of files) image.delegated.set(name, role);
  const role = (name: string) => files.get(name) as Delegated;
  const one = (name: string) => ({ name, keys: role(name).role.signers.map((signer) => signer.public), threshold: 1 });
  const many = (names: string, more: object = {}) => ({ roles: [...names].map(one), paths: ["*"], ...more });
  const says = (names: string, text: string) => {
    for (const name of names) world.order("x.bin", bytes(text), [ecu], role(name).targets);
  };
  const cycle = async (delegations: metadata.Delegation[], ordered: string, status: number, about: string) => {
    world.order("x.bin", bytes(ordered), [ecu], new Map());
    image.delegations = delegations;
    await world.publishNext();
    const vehicle = new Vehicle(world);
    is(await vehicle.cycle(), status, about);
    if (status === Status.Ok) is(await vehicle.fetchImage(), Status.Ok, about);
  };
  says("abc", "one");
  await cycle([many("abc")], "one", Status.Ok, "all agree");
  await cycle([many("abc")], "two", Status.Mismatch, "all agree, and the Director orders something else");
  says("c", "two");
  await cycle([many("abc")], "one", Status.NotFound, "all have to agree by default, and one does not");
  await cycle([many("abc", { minRolesInAgreement: 2 })], "one", Status.Ok, "two of three");
  await cycle([many("abc", { minRolesInAgreement: 1 })], "one", Status.Ok, "two groups are large enough: that of the earliest role");
  await cycle([many("cab", { minRolesInAgreement: 1 })], "one", Status.Mismatch, "the earliest role says otherwise");
  await cycle([many("cab", { minRolesInAgreement: 1 })], "two", Status.Ok, "and is what counts");
  await cycle([many("cd", { minRolesInAgreement: 2 })], "two", Status.NotFound, "one says nothing");
  await cycle([many("cd", { minRolesInAgreement: 2 }), many("ab")], "one", Status.Ok, "no group: the next delegation");
  await cycle([many("cd", { minRolesInAgreement: 2, terminating: true }), many("ab")], "one", Status.NotFound, "no group, terminating");
  await cycle([many("abc", { minRolesInAgreement: 4 })], "one", Status.Malformed, "more than there are");
  role("a").role.expires = BEFORE;
  await cycle([many("abc", { minRolesInAgreement: 1 })], "two", Status.Mismatch, "an expired role contributes nothing: b is earliest");
  await cycle([many("abc", { minRolesInAgreement: 1 })], "one", Status.Ok, "b speaks");
  await cycle([{ roles: [{ name: "missing", keys: [], threshold: 1 }, one("b"), one("c")], minRolesInAgreement: 1, paths: ["*"] }], "one", Status.Ok, "a missing role contributes nothing");
  role("a").role.expires = metadata.date(NOW + 9);
  for (const name of "abcd") role(name).targets.clear();
  says("bc", "one");
  role("a").delegations = [many("bc")];
  await cycle([many("ad", { minRolesInAgreement: 1 })], "one", Status.Ok, "one role finds it through roles in agreement of its own");
  role("d").delegations = [{ ...one("c"), paths: ["*"] }];
  await cycle([many("ad")], "one", Status.Ok, "both find it further down");
  says("c", "two");
  await cycle([many("ad")], "one", Status.NotFound, "and no longer agree");
});

test("succinct roles: the name's SHA-256 chooses the role (TAP 15)", async () => {
  const world = await World.make();
  const image = world.image;
  const signer = key();
  image.targets.clear();
  world.director.targets.clear();
  const bin = Number.parseInt(metadata.hashes(bytes("x.bin")).sha256.slice(0, 2), 16) >> 3;
  const name = `bin-${bin.toString(16).padStart(2, "0")}`;
  const file: Delegated = { role: { signers: [signer], threshold: 1, version: 1, expires: metadata.date(NOW + 9) }, targets: new Map() };
  image.delegated.set(name, file);
  world.order("x.bin", bytes("in a bin"), world.ecus, file.targets);
  await world.publish();
  const payload = metadata.targets({ version: 2, expires: metadata.date(NOW + 9), targets: image.targets });
  const delegations = { keys: { [signer.keyid]: signer.public }, succinct_roles: { bit_length: 5, keyids: [signer.keyid], name_prefix: "bin", threshold: 1 } };
  const signed = await sign({ ...payload, delegations }, image.targetsRole.signers);
  image.files.set("2.targets.json", signed);
  const listed = new Map([["targets.json", { version: 2, bytes: signed }], [`${name}.json`, { version: 1, bytes: image.files.get(`1.${name}.json`) as Uint8Array }]]);
  const snapshot = await sign(metadata.snapshot({ version: 2, expires: metadata.date(NOW + 9), files: listed }), image.snapshot.signers);
  image.files.set("2.snapshot.json", snapshot);
  image.files.set("timestamp.json", await sign(metadata.timestamp({ version: 2, expires: metadata.date(NOW + 9), snapshot: { version: 2, bytes: snapshot } }), image.timestamp.signers));
  const vehicle = new Vehicle(world);
  is(await vehicle.cycle(), Status.Ok);
  is(await vehicle.fetchImage(), Status.Ok);
});

test("a delegated file that Snapshot does not list: the report says RoleInvalid for MixAndMatch, once", async () => {
  const world = await World.make();
  const image = world.image;
  const signer = key();
  image.targets.clear();
  image.delegations = [{ name: "gone", keys: [signer.public], threshold: 1, paths: ["*"] }];
  await world.publishNext();
  const vehicle = new Vehicle(world);
  const report = await vehicle.cycle();
  is(report, Status.RoleInvalid);
  assert.is(report.found, BigInt(Status.MixAndMatch));
});

test.run();
