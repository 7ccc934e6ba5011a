/** What one file states of the next: length, either digest, version; each right, wrong and left out. Uptane 2.1.0 §5.4.4.5 step 2, §5.4.4.6 step 2. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as Status from "../assembly/status.ts";
import { statusName } from "../bindings/errors.ts";
import * as metadata from "../bindings/metadata.ts";
import { Vehicle, World } from "./world.ts";

const test = suite("pointers");

interface Stated {
  hashes?: Partial<metadata.Hashes>;
  length?: number;
  version: number;
}

const ZEROS = { sha256: "00".repeat(32), sha512: "00".repeat(64) };

/** A cycle in which `from` of the Image repository states `stated` of the file it points to. */
async function pointing(from: "timestamp.json" | "snapshot.json", stated: (good: Required<metadata.Hashes>, length: number) => Stated): Promise<string> {
  const world = await World.make();
  const to = from === "timestamp.json" ? "snapshot.json" : "targets.json";
  const bytes = world.image.files.get(`1.${to}`) as Uint8Array;
  world.image.edit = (file, payload) => (file === from ? { ...payload, meta: { [to]: stated(metadata.hashes(bytes), bytes.length) } } : payload);
  await world.image.publish();
  return statusName((await new Vehicle(world).cycle()).status);
}

for (const from of ["timestamp.json", "snapshot.json"] as const) {
  const is = async (wanted: number, stated: (good: Required<metadata.Hashes>, length: number) => Stated) => assert.is(await pointing(from, stated), statusName(wanted));

  test(`${from}: what is right is taken, all of it or any part`, async () => {
    await is(Status.Ok, (hashes, length) => ({ hashes, length, version: 1 }));
    await is(Status.Ok, ({ sha512 }, length) => ({ hashes: { sha512 }, length, version: 1 }));
    await is(Status.Ok, ({ sha256 }) => ({ hashes: { sha256 }, version: 1 }));
    await is(Status.Ok, (_good, length) => ({ length, version: 1 }));
    await is(Status.Ok, () => ({ version: 1 }));
  });

  test(`${from}: a digest that is not the file's, whichever of the two`, async () => {
    await is(Status.MixAndMatch, ({ sha256 }, length) => ({ hashes: { sha256, sha512: ZEROS.sha512 }, length, version: 1 }));
    await is(Status.MixAndMatch, ({ sha512 }, length) => ({ hashes: { sha256: ZEROS.sha256, sha512 }, length, version: 1 }));
    await is(Status.MixAndMatch, ({ sha512 }) => ({ hashes: { sha512: `${sha512.slice(0, -1)}${sha512.endsWith("0") ? "1" : "0"}` }, version: 1 }));
    await is(Status.MixAndMatch, ({ sha256 }) => ({ hashes: { sha256: `${sha256.slice(0, -1)}${sha256.endsWith("0") ? "1" : "0"}` }, version: 1 }));
  });

  test(`${from}: a longer file than stated is endless, a shorter one another`, async () => {
    await is(Status.EndlessData, (hashes, length) => ({ hashes, length: length - 1, version: 1 }));
    await is(Status.MixAndMatch, (hashes, length) => ({ hashes, length: length + 1, version: 1 }));
    await is(Status.MixAndMatch, (_good, length) => ({ length: length + 1, version: 1 }));
  });

  test(`${from}: a version that is not the file's, though its digest is`, async () => {
    const world = await World.make();
    const to = from === "timestamp.json" ? "snapshot.json" : "targets.json";
    const bytes = world.image.files.get(`1.${to}`) as Uint8Array;
    world.image.files.set(`2.${to}`, bytes);
    world.image.edit = (file, payload) => (file === from ? { ...payload, meta: { [to]: { hashes: metadata.hashes(bytes), length: bytes.length, version: 2 } } } : payload);
    await world.image.publish();
    const report = await new Vehicle(world).cycle();
    assert.is(statusName(report.status), "MixAndMatch");
    assert.equal([report.found, report.expected], [1n, 2n]);
  });
}

test.run();
