/** Repository mapping: a map file over real repositories, and what the core makes of it. Uptane 2.1.0 §5.2.6, TAP 4, docs/adr/0005. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FIELD_AGREEMENT, OPTION_FOR_MAP, OPTION_MAPPED, SESSION_CYCLE, SESSION_IMAGE, SESSION_MAP } from "../assembly/abi.ts";
import { AGREED, AGREED_MAX, ECUS_MAX, MAP_LIMIT, MEMORY_SIZE, RESULTS_MAX } from "../assembly/layout.ts";
import * as Status from "../assembly/status.ts";
import { Core, type Report } from "../bindings/core.ts";
import { MetadataError, UsageError, statusName } from "../bindings/errors.ts";
import { agree, mappedRepositories } from "../bindings/mapping.ts";
import * as metadata from "../bindings/metadata.ts";
import { type TargetInfo, Updater } from "../bindings/updater.ts";
import { BEFORE, type Delegated, LATER, NOW, Repository, bytes, is, key } from "./world.ts";
import { type Mapping, type Named, list, mapOf, options, repository, walks } from "./mapping.ts";

const test = suite("mapping");

async function judge(of: Named, map: Uint8Array, name = "app.bin", core = Core.load()): Promise<Report> {
  try {
    await agree(core, { map, walks: walks(core, of) }, name);
    return core.report();
  } catch (error) {
    if (error instanceof MetadataError) return error.report;
    throw error;
  }
}

async function says(of: Named, mapping: Mapping[], status: number, name = "app.bin"): Promise<Report> {
  const report = await judge(of, mapOf(of, ...mapping), name);
  is(report, status, JSON.stringify(mapping));
  return report;
}

const APP = { "app.bin": "the image" };
const OTHER = { "app.bin": "another i" }; // of the same length

test("two repositories as configuration: both list the same, or there is no image", async () => {
  const both = [{ paths: ["*.bin"], repositories: ["director", "image"], terminating: true, threshold: 2 }];
  const director = await repository(APP);
  await says({ director, image: await repository(APP) }, both, Status.Ok);
  const alone = await says({ director, image: await repository({}) }, both, Status.NoAgreement);
  assert.equal([alone.found, alone.expected], [1n, 2n]);
  await says({ director, image: await repository(OTHER) }, both, Status.NoAgreement);
  await says({ director: await repository({}), image: await repository({}) }, both, Status.NotFound);
});

test("three of three: missing on the third fails, and so does one hash or the length (MF-08)", async () => {
  const [a, b] = [await repository(APP), await repository(APP)];
  const all = [{ paths: ["*.bin"], repositories: ["a", "b", "c"], threshold: 3 }];
  await says({ a, b, c: await repository(APP) }, all, Status.Ok);
  await says({ a, b, c: await repository({}) }, all, Status.NoAgreement);
  for (const change of ["sha512", "sha256", "length", "releaseCounter", "mustMatch", "only sha256"]) {
    const c = await repository(APP);
    const entry = c.targets.get("app.bin") as metadata.Entry;
    if (change === "length") entry.length++;
    else if (change === "only sha256") delete entry.hashes.sha512;
    else if (change === "releaseCounter") entry.custom.releaseCounter = 2;
    else if (change === "mustMatch") entry.custom.mustMatch = { a: 1 };
    else entry.hashes = { ...entry.hashes, [change]: "00".repeat(change === "sha256" ? 32 : 64) };
    await c.publishNext();
    await says({ a, b, c }, all, Status.NoAgreement);
  }
});

test("a threshold of two among three: any two, and neither one alone nor one listed twice", async () => {
  const two = [{ paths: ["*"], repositories: ["a", "b", "c"], threshold: 2 }];
  const [app, other, none] = [await repository(APP), await repository(OTHER), await repository({})];
  for (const [a, b, c] of [[app, app, other], [app, other, app], [other, app, app], [app, app, none], [none, app, app]] as const) await says({ a, b, c }, two, Status.Ok);
  await says({ a: app, b: other, c: none }, two, Status.NoAgreement);
  await says({ a: app, b: none, c: none }, two, Status.NoAgreement);
  const twice = [{ paths: ["*"], repositories: ["a", "a", "b"], threshold: 2 }];
  await says({ a: app, b: none }, twice, Status.NoAgreement);
  await says({ a: app, b: app }, twice, Status.Ok);
});

test("of two groups that are large enough the one of the repository listed first is taken", async () => {
  const a = await repository(APP);
  const b = await repository(OTHER);
  for (const [names, content] of [[["a", "b"], "the image"], [["b", "a"], "another i"]] as const) {
    const { updater } = client({ a, b }, mapOf({ a, b }, { paths: ["*"], repositories: names, threshold: 1 }));
    assert.is((await updater.getTargetInfo("app.bin"))?.sha256, metadata.hashes(bytes(content)).sha256);
  }
});

test("mappings in order: the first path that fits decides; terminating or not (MF-04)", async () => {
  const [a, b, c] = [await repository(APP), await repository(OTHER), await repository(APP)];
  const of = { a, b, c };
  const strict = { paths: ["app.*"], repositories: ["a", "b"], threshold: 2 };
  const loose = { paths: ["*.bin"], repositories: ["a", "c"], threshold: 2 };
  await says(of, [strict, loose], Status.Ok);
  await says(of, [{ ...strict, terminating: false }, loose], Status.Ok);
  await says(of, [{ ...strict, terminating: true }, loose], Status.NoAgreement);
  await says(of, [{ ...strict, paths: ["x.*"], terminating: true }, loose], Status.Ok); // another's
  await says(of, [loose, { ...strict, terminating: true }], Status.Ok); // decided before
  await says(of, [strict, { ...loose, repositories: ["b", "c"] }], Status.NoAgreement);
  await says(of, [{ ...strict, terminating: true }], Status.NotFound, "other.txt");
  const nobody = await repository({});
  await says({ ...of, b: nobody, a: nobody }, [{ ...strict, terminating: true }, { ...loose, repositories: ["c"], threshold: 1 }], Status.NotFound);
  await says({ ...of, b: nobody, a: nobody }, [strict, { ...loose, repositories: ["c"], threshold: 1 }], Status.Ok);
});

test("paths are enumerated or patterns, by the rule of delegations (MF-05)", async () => {
  const names = { "app.bin": "1", "dir/app.bin": "2" };
  const of = { a: await repository(names) };
  const rows: [paths: string[], name: string, covered: boolean][] = [
    [["app.bin"], "app.bin", true], [["x", "app.bin"], "app.bin", true], [["app.bi"], "app.bin", false], [["*"], "app.bin", true], [["*"], "dir/app.bin", false],
    [["*/*"], "dir/app.bin", true], [["dir/app.bin"], "dir/app.bin", true], [["app.bi?"], "app.bin", true], [["dir?app.bin"], "dir/app.bin", false], [[""], "app.bin", false],
    [[], "app.bin", false],
  ];
  for (const [paths, name, covered] of rows) await says(of, [{ paths, repositories: ["a"], threshold: 1 }], covered ? Status.Ok : Status.NotFound, name);
});

test("a repository that cannot be verified is not passed over; where enough others agree it is not needed", async () => {
  const [a, b] = [await repository(APP), await repository(APP)];
  const expired = await repository(APP);
  expired.timestamp.expires = BEFORE;
  await expired.publishNext();
  const gone = await repository(APP);
  gone.files.delete("timestamp.json");
  const forged = await repository(APP);
  forged.targetsRole.signers = [key()];
  await forged.publishNext();
  for (const [c, why] of [[expired, Status.Freeze], [gone, Status.Missing], [forged, Status.BadSignature]] as const) {
    const of = { a, b, c };
    await says(of, [{ paths: ["*"], repositories: ["a", "b", "c"], threshold: 2 }], Status.Ok);
    const three = { paths: ["*"], repositories: ["a", "b", "c"], threshold: 3 };
    await says(of, [three], Status.Unverified);
    await says(of, [three, { paths: ["*"], repositories: ["a"], threshold: 1 }], Status.Unverified); // an attacker may not choose the mapping
    const core = Core.load();
    await agree(core, { map: mapOf(of, three), walks: walks(core, of) }, "app.bin").then(() => assert.unreachable(), (error: Error) => {
      assert.is(statusName((error.cause as MetadataError).report.status), statusName(why));
    });
  }
});

test("delegations are followed in each repository; so is their word that there is no such image", async () => {
  const delegating = async (content: string): Promise<Repository> => {
    const made = await repository({});
    const role = { signers: [key()], threshold: 1, version: 1, expires: LATER };
    const supplier: Delegated = { role, targets: new Map([["app.bin", list(made, "app.bin", content)]]) };
    made.targets.clear();
    made.delegations = [{ name: "supplier", keys: role.signers.map((x) => x.public), threshold: 1, paths: ["app.*"] }];
    made.delegated.set("supplier", supplier);
    await made.publishNext();
    return made;
  };
  const of = { a: await repository(APP), b: await delegating("the image"), c: await delegating("another i") };
  await says(of, [{ paths: ["*"], repositories: ["a", "b"], threshold: 2 }], Status.Ok);
  await says(of, [{ paths: ["*"], repositories: ["a", "c"], threshold: 2 }], Status.NoAgreement);
  await says(of, [{ paths: ["*"], repositories: ["b", "c"], threshold: 1 }], Status.NotFound, "none.bin");
});

test("a map that is not one is refused, whichever mapping is at fault", async () => {
  const a = await repository(APP);
  const good = { paths: ["*"], repositories: ["a"], threshold: 1 };
  const bad: [Record<string, unknown>, number][] = [
    [{ threshold: 0 }, Status.ZeroThreshold], [{ threshold: 2 }, Status.Malformed], [{ repositories: ["a", "a"], threshold: 2 }, Status.Malformed], [{ threshold: "1" }, Status.Malformed],
    [{ threshold: -1 }, Status.Malformed], [{ repositories: [] }, Status.Malformed], [{ repositories: ["a", "unknown"] }, Status.Malformed], [{ repositories: "a" }, Status.Malformed],
    [{ repositories: [1] }, Status.Malformed], [{ paths: "*" }, Status.Malformed], [{ paths: [1] }, Status.Malformed], [{ terminating: "yes" }, Status.Malformed], [{ terminating: null }, Status.Malformed],
    [{ paths: ["x".repeat(257)] }, Status.TextLength],
  ];
  for (const [change, status] of bad) {
    await says({ a }, [{ ...good, ...change }], status);
    await says({ a }, [good, { ...good, ...change, ...("paths" in change ? {} : { paths: ["elsewhere"] }) }], status);
  }
  const { threshold: _t, ...noThreshold } = good;
  const { paths: _p, ...noPaths } = good;
  const { repositories: _r, ...noRepositories } = good;
  for (const part of [noThreshold, noPaths, noRepositories]) await says({ a }, [part as Mapping], Status.Malformed);
  const whole = new TextDecoder().decode(mapOf({ a }, good));
  const texts: [string, number][] = [
    ["{}", Status.Malformed], ['{"mapping":[]}', Status.Malformed], ['{"repositories":{}}', Status.Malformed], ["[]", Status.Malformed], ["7", Status.NotFound], ['"map"', Status.Malformed],
    ['{"mapping":[7],"repositories":{}}', Status.Malformed], ['{"mapping":{},"repositories":{}}', Status.Malformed], [whole.slice(0, -1), Status.Truncated], ["", Status.Truncated],
    [`{"repositories":{},${whole.slice(1)}`, Status.Unsorted], [whole.replace('{"mapping"', '{"mapping":[],"mapping"'), Status.Duplicate], [`${whole}x`, Status.Syntax],
    [whole.replace('"threshold":1', '"threshold":1.0'), Status.Fraction],
  ];
  for (const [text, status] of texts) is(await judge({ a }, bytes(text)), status, text);
  is(await judge({ a }, bytes('{"mapping":[],"repositories":{}}')), Status.NotFound);
  is(await judge({ a }, bytes(whole.replace('"threshold":1', '"later":{"a":[1]},"paths":["*"],"repositories":["a"],"threshold":1').replace(/"paths":\["\*"\],"repositories":\["a"\],(?="later")/, ""))), Status.Ok, "a member unknown to us");
});

test("limits: 65,536 bytes of map, 32 repositories that list one image in one mapping, 256 in all", async () => {
  const a = await repository(APP);
  const text = new TextDecoder().decode(mapOf({ a }, { paths: ["*"], repositories: ["a"], threshold: 1 }));
  is(await judge({ a }, bytes(text.padEnd(MAP_LIMIT))), Status.Ok);
  is(await judge({ a }, bytes(text.padEnd(MAP_LIMIT + 1))), Status.EndlessData);
  const many = (count: number): Named => Object.fromEntries(Array.from({ length: count }, (_, i) => [`r${i}`, a]));
  const all = (of: Named): Mapping => ({ paths: ["*"], repositories: Object.keys(of), threshold: Object.keys(of).length });
  await says(many(RESULTS_MAX), [all(many(RESULTS_MAX))], Status.Ok);
  const report = await says(many(RESULTS_MAX + 1), [all(many(RESULTS_MAX + 1))], Status.Limit);
  assert.equal([report.found, report.expected], [BigInt(RESULTS_MAX + 1), BigInt(RESULTS_MAX)]);
  await judge(many(ECUS_MAX + 1), mapOf([])).then(() => assert.unreachable(), (error: Error) => assert.instance(error, UsageError));
  assert.ok(AGREED + AGREED_MAX * 32 <= MEMORY_SIZE);
});

test("what was said of one image does not count for another, and a walk for a map leads to no image", async () => {
  const a = await repository({ "app.bin": "1", "other.bin": "2" });
  const core = Core.load();
  const map = mapOf({ a }, { paths: ["*"], repositories: ["a"], threshold: 1 });
  const [walk] = walks(core, { a }).values();
  core.forget();
  core.ecu({ serial: "a", hardwareId: "", counter: -1 });
  core.select(0);
  core.target("app.bin");
  await walk?.walk(OPTION_FOR_MAP);
  is(core.open(SESSION_IMAGE), Status.BadOrder);
  core.target("other.bin");
  core.open(SESSION_MAP);
  core.feed(map);
  is(core.end(), Status.Unverified);
  core.target("app.bin");
  await walk?.walk(OPTION_FOR_MAP);
  const before = core.record();
  core.open(SESSION_MAP);
  for (const byte of map) core.feed(Uint8Array.of(byte)); // any cut
  is(core.end(), Status.Ok);
  is(core.open(SESSION_IMAGE), Status.BadOrder);
  assert.equal(core.record(), before, "the trusted record moved");
  await walk?.walk(OPTION_MAPPED);
  is(core.open(SESSION_IMAGE), Status.Ok);
  core.target("other.bin");
  await walk?.walk(OPTION_MAPPED).then(() => assert.unreachable(), (error: MetadataError) => {
    is(error.report, Status.Mismatch);
    assert.is(error.report.found, BigInt(FIELD_AGREEMENT));
  });
  is(core.open(SESSION_IMAGE), Status.BadOrder);
});

test("a repository that fails after it was heard is silent again", async () => {
  const a = await repository(APP);
  const core = Core.load();
  const of = walks(core, { a });
  const map = mapOf({ a }, { paths: ["*"], repositories: ["a"], threshold: 1 });
  await agree(core, { map, walks: of }, "app.bin");
  a.files.delete("timestamp.json");
  await of.get("a")?.walk(OPTION_FOR_MAP); // what was seen is seen
  of.get("a")?.look();
  await of.get("a")?.walk(OPTION_FOR_MAP).then(() => assert.unreachable(), () => undefined);
  core.open(SESSION_MAP);
  core.feed(map);
  is(core.end(), Status.Unverified);
});

/** An Updater over several repositories, and the images it keeps. */
function client(of: Named, map: Uint8Array): { updater: Updater; kept: Map<string, Uint8Array> } {
  const kept = new Map<string, Uint8Array>();
  const repositories = new Map(Object.entries(of).map(([name, one]) => [name, options(one)]));
  const store = {
    image: (target: TargetInfo) => Promise.resolve(kept.get(target.name) ?? Status.Missing),
    stage: (target: TargetInfo) => {
      const pieces: Uint8Array[] = [];
      return Promise.resolve({
        append: (piece: Uint8Array) => void pieces.push(piece),
        commit: () => void kept.set(target.name, new Uint8Array(Buffer.concat(pieces))),
        discard: () => undefined,
      });
    },
  };
  return { updater: new Updater({ map, repositories, store, now: () => NOW }), kept };
}

test("the Updater finds and fetches what is agreed, from a repository that lists it", async () => {
  const [a, b, c] = [await repository(OTHER), await repository(APP), await repository(APP)];
  const map = mapOf({ a, b, c }, { paths: ["*"], repositories: ["a", "b", "c"], threshold: 2 });
  assert.equal([...mappedRepositories(map)], [["a", ["https://a.example/"]], ["b", ["https://b.example/"]], ["c", ["https://c.example/"]]]);
  const { updater, kept } = client({ a, b, c }, map);
  const target = await updater.getTargetInfo("app.bin");
  assert.is(target?.sha256, metadata.hashes(bytes("the image")).sha256);
  assert.ok(target);
  await updater.downloadTarget(target);
  assert.equal(kept.get("app.bin"), new Uint8Array(bytes("the image")));
  assert.is(await updater.findCachedTarget(target), true);
  assert.is(await updater.getTargetInfo("none.bin"), undefined);
  list(c, "app.bin", "another i");
  await c.publishNext();
  assert.ok(await updater.getTargetInfo("app.bin"), "one refresh is one look");
  await updater.refresh();
  await updater.downloadTarget(target).then(() => assert.unreachable(), (error: Error) => assert.match(error.message, /lists another one by now/));
  list(c, "app.bin", "a third one");
  await c.publishNext();
  await updater.refresh();
  await updater.getTargetInfo("app.bin").then(() => assert.unreachable(), (error: MetadataError) => is(error.report, Status.NoAgreement));
});

test("more images than the core remembers agreements for", async () => {
  const a = await repository(Object.fromEntries(Array.from({ length: AGREED_MAX + 1 }, (_, i) => [`${i}`, `${i}`])));
  const core = Core.load();
  const of = walks(core, { a });
  const map = mapOf({ a }, { paths: ["*"], repositories: ["a"], threshold: 1 });
  for (let i = 0; i < AGREED_MAX; i++) await agree(core, { map, walks: of }, `${i}`);
  core.target("0");
  await of.get("a")?.walk(OPTION_MAPPED);
  await agree(core, { map, walks: of }, `${AGREED_MAX}`);
  await of.get("a")?.walk(OPTION_MAPPED);
  core.target("0");
  await of.get("a")?.walk(OPTION_MAPPED).then(() => assert.unreachable(), (error: MetadataError) => is(error.report, Status.Mismatch));
});

test("where the repositories are: only names with lists of URLs", () => {
  for (const text of ["", "7", "{}", '{"repositories":[]}', '{"repositories":{"a":[]}}', '{"repositories":{"a":"u"}}', '{"repositories":{"a":[1]}}']) {
    assert.throws(() => mappedRepositories(bytes(text)), (error: unknown) => error instanceof UsageError, text);
  }
});

test("calls out of order: no inventory, no map, no session", async () => {
  const core = Core.load();
  core.open(SESSION_MAP);
  core.feed(mapOf(["a"], { paths: ["*"], repositories: ["a"], threshold: 1 }));
  is(core.end(), Status.Malformed);
  core.open(SESSION_MAP);
  is(core.missing(Status.Missing), Status.Missing);
  is(core.end(), Status.Missing);
  is(core.open(SESSION_CYCLE, OPTION_FOR_MAP, NOW), Status.Ok);
});

test.run();
