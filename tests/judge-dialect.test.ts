/** Packs in aktualizr's dialect, made here: partial verification as the packs' README describes it, actions, and the two policies. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OPTION_AKTUALIZR, OPTION_EMPTY_FOR_ANY_VEHICLE, OPTION_NO_DIRECTOR_SNAPSHOT } from "../assembly/abi.ts";
import { dialectOptions } from "../scripts/judge/dialect.ts";
import { describeLine, judgePack } from "../scripts/judge/judge.ts";
import type { Case, Content, Pack } from "../scripts/judge/pack.ts";
import { entry, envelope, root, signer, snapshot, targets, timestamp } from "./aktualizr.ts";

const [rootKey, targetsKey, imageKey, onlineKey] = [signer(1), signer(2), signer(3), signer(4)] as const;
const text = (utf8: string): Content => ({ utf8 });
const pack = (kind: string, ...cases: object[]): Pack => ({ format: "vectors/1", kind, clock: "2026-01-01T00:00:00Z", cases: cases as Case[] });

async function passes(tested: Pack): Promise<void> {
  for (const piece of [0, 1]) {
    const summary = await judgePack(tested, piece === 0 ? {} : { piece });
    assert.equal(summary.lines.filter(({ outcome }) => outcome !== "passed").flatMap((line) => describeLine(line, true)), []);
    assert.is(summary.passed, tested.cases.length);
  }
}

async function outcomes(tested: Pack): Promise<string[]> {
  return (await judgePack(tested)).lines.map((line) => `${line.outcome} ${line.got}`);
}

const partial = suite("partial verification in aktualizr's dialect");
const ECU = { serial: "sec-1", hardware_id: "hw-1" };
const trusted_root = text(await envelope(root({ root: rootKey, targets: targetsKey }), rootKey));
const mine = await envelope(targets({ "a.bin": entry("image a", { "sec-1": "hw-1" }), "b.bin": entry("image b", { "sec-2": "hw-2" }) }, 3), targetsKey);
const offer = (name: string, result: string, more: object): object => ({
  name, trusted_root, ecu: ECU, stored_targets_version: null, targets: text(mine), image: text("image a"), expect: { result, ...(result === "accept" ? { target: "a.bin" } : {}) }, ...more,
});

partial("metadata and image together", async () => {
  const others = await envelope(targets({ "b.bin": entry("image b", { "sec-2": "hw-2" }) }), targetsKey);
  const nothing = { image: null, expect: { result: "accept", target: null } };
  await passes(pack("uptane-partial",
    offer("good", "accept", {}),
    offer("in pieces", "accept", { chunk_size: 7 }),
    offer("for others", "accept", { targets: text(others), ...nothing }),
    offer("empty", "accept", { targets: text(await envelope(targets({}), targetsKey)), ...nothing }),
    offer("image changed", "reject", { image: text("image b") }),
    offer("image missing", "reject", { image: null }),
    offer("other hardware", "reject", { ecu: { ...ECU, hardware_id: "hw-2" } }),
    offer("wrong key", "reject", { targets: text(await envelope(targets({}), rootKey)) }),
    offer("older than stored", "reject", { stored_targets_version: 4 }),
    offer("as old as stored", "accept", { stored_targets_version: 3 }),
    offer("newer than stored", "accept", { stored_targets_version: 2 }),
    offer("expired", "reject", { targets: text(await envelope({ ...targets({}), expires: "2025-12-31T00:00:00Z" }, targetsKey)) }),
  ));
});

partial("unknown members of the envelope are read over, unsorted ones are sorted", async () => {
  const { signatures, signed } = JSON.parse(mine) as { signatures: object; signed: object };
  const more = JSON.stringify({ before: [{ signed: {} }], signatures, signed, zzz: { sig: "x" } });
  const turned = JSON.stringify({ signed: Object.fromEntries(Object.entries(signed).reverse()), signatures }, null, 1);
  await passes(pack("uptane-partial", offer("more", "accept", { targets: text(more) }), offer("turned", "accept", { targets: text(turned) })));
});

partial("one ECU in two entries", async () => {
  const twice = await envelope(targets({ "a.bin": entry("image a", { "sec-1": "hw-1" }), "c.bin": entry("image c", { "sec-1": "hw-1" }) }), targetsKey);
  await passes(pack("uptane-partial", offer("twice", "reject", { targets: text(twice) })));
});

partial("a wrong claim of a pack fails", async () => {
  const tested = pack("uptane-partial", offer("a", "reject", {}), offer("b", "accept", { expect: { result: "accept", target: null } }));
  assert.equal(await outcomes(tested), ["failed accept", "failed accept of a.bin"]);
});
partial.run();

const full = suite("full verification in aktualizr's dialect");
const four = { root: rootKey, timestamp: onlineKey, snapshot: onlineKey, targets: targetsKey };

/** Both repositories with these images, for these ECUs; the same name, so that the version tells what is new. */
async function step(version: number, images: Record<string, string>, ecus: Record<string, string> | undefined, expect: object, directorHasFour = true): Promise<object> {
  const list = (of: (image: string) => object): Record<string, object> => Object.fromEntries(Object.entries(images).map(([name, image]) => [name, of(image)]));
  const repository = async (first: object, listed: object, signers: typeof imageKey, all: boolean): Promise<Record<string, Content>> => {
    const files: Record<string, string> = { "1.root.json": await envelope(first, rootKey), "targets.json": await envelope(listed, signers) };
    if (all) {
      files["snapshot.json"] = await envelope(snapshot({ "targets.json": files["targets.json"] ?? "" }, version), onlineKey);
      files["timestamp.json"] = await envelope(timestamp(files["snapshot.json"] ?? "", version), onlineKey);
    }
    return Object.fromEntries(Object.entries(files).map(([path, file]) => [path, text(file)]));
  };
  const director = await repository(root(directorHasFour ? four : { root: rootKey, targets: targetsKey }), targets(list((image) => entry(image, ecus)), version), targetsKey, directorHasFour);
  const image = await repository(root({ ...four, targets: imageKey }), targets(list((x) => entry(x, undefined, ["hw-1"])), version), imageKey, true);
  const bytes = Object.fromEntries(Object.entries(images).map(([name, file]) => [`targets/${name}`, text(file)]));
  return { director: { files: director }, image_repo: { files: { ...image, ...bytes } }, expect };
}

const client = { primary_ecu_serial: "prim", primary_hardware_id: "hw-1", secondaries: [] };
const installs = (action: string, image: string | null, more: object = {}): object => ({ action, installed: { prim: image }, uptane_2_1_0: { result: "accept" }, ...more });

full("what is installed in one step is not new in the next", async () => {
  const steps = [
    await step(1, { "a.bin": "image a" }, { prim: "hw-1" }, installs("install", "a.bin")),
    await step(1, { "a.bin": "image a" }, { prim: "hw-1" }, installs("nothing-to-do", "a.bin")),
    await step(2, { "b.bin": "image b" }, { prim: "hw-1" }, installs("install", "b.bin")),
  ];
  await passes(pack("uptane-client", { name: "three", client, steps }));
});

full("another action than the one named fails, unless it is allowed too", async () => {
  const one = async (expect: object): Promise<object> => ({ name: "x", client, steps: [await step(1, { "a.bin": "image a" }, { prim: "hw-1" }, expect)] });
  assert.equal(await outcomes(pack("uptane-client",
    await one(installs("nothing-to-do", null)),
    await one(installs("nothing-to-do", null, { also_allowed: ["reject", "install"] })),
    await one(installs("nothing-to-do", null, { also_allowed: ["install"], uptane_2_1_0: { result: "reject" } })),
    await one(installs("install", "b.bin")),
  )), ["failed install", "passed accept", "passed accept", "failed prim runs a.bin"]);
});

full("an image of the Director that names nobody is matched, and its bytes are checked", async () => {
  const good = await step(1, { "a.bin": "image a" }, undefined, { result: "accept" });
  const bad = await step(1, { "a.bin": "image a" }, undefined, { result: "reject" }) as { image_repo: { files: Record<string, Content> } };
  bad.image_repo.files["targets/a.bin"] = text("image b");
  const unlisted = await step(1, { "a.bin": "image a" }, undefined, { result: "reject" }) as { image_repo: object };
  unlisted.image_repo = (await step(1, { "b.bin": "image b" }, undefined, {}) as { image_repo: object }).image_repo;
  await passes(pack("uptane-client", { name: "good", ...good }, { name: "bad", ...bad }, { name: "unlisted", ...unlisted }));
});

full("where ECUs have names, an image that names nobody is matched, and nobody fetches it", async () => {
  const one = await step(1, { "a.bin": "image a" }, undefined, installs("nothing-to-do", null)) as { image_repo: { files: Record<string, Content> } };
  delete one.image_repo.files["targets/a.bin"];
  await passes(pack("uptane-client", { name: "x", client, steps: [one] }));
});

full("a Director that never serves a Timestamp has Root and Targets only; one that serves it once always has to", async () => {
  const without = await step(1, { "a.bin": "image a" }, { prim: "hw-1" }, installs("install", "a.bin"), false);
  const missing = await step(1, { "a.bin": "image a" }, { prim: "hw-1" }, { action: "reject", installed: { prim: "a.bin" }, uptane_2_1_0: { result: "reject" } }) as { director: { files: Record<string, Content> } };
  delete missing.director.files["timestamp.json"];
  const first = await step(1, { "a.bin": "image a" }, { prim: "hw-1" }, installs("install", "a.bin"));
  await passes(pack("uptane-client", { name: "two roles", client, steps: [without] }, { name: "gone", client, steps: [first, missing] }));
});

full("policies come from what is served and who the vehicle is, and only in this dialect", async () => {
  const { director } = await step(1, {}, undefined, {}) as { director: { files: Record<string, { utf8: string }> } };
  const files = new Map(Object.entries(director.files).map(([path, { utf8 }]) => [path, Buffer.from(utf8)]));
  const tested = pack("uptane-client");
  assert.is(dialectOptions(tested, [files], [files], "VIN"), OPTION_AKTUALIZR);
  assert.is(dialectOptions(tested, [files], [files], undefined), OPTION_AKTUALIZR | OPTION_EMPTY_FOR_ANY_VEHICLE);
  assert.is(dialectOptions(tested, [files], [new Map()], "VIN"), OPTION_AKTUALIZR | OPTION_NO_DIRECTOR_SNAPSHOT);
  assert.is(dialectOptions(tested, [new Map()], [new Map()], undefined) & (OPTION_AKTUALIZR | OPTION_NO_DIRECTOR_SNAPSHOT), 0);
});
full.run();
