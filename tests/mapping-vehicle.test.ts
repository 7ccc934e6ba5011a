/** A vehicle with a map: what the map decides, for which cycle, and what it does not decide. Uptane 2.1.0 §5.2.6, TAP 4, docs/adr/0005. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FIELD_AGREEMENT, OPTION_MAPPED, OPTION_PRIMARY, SESSION_MANIFEST } from "../assembly/abi.ts";
import * as Status from "../assembly/status.ts";
import type { Report } from "../bindings/core.ts";
import type { MetadataError } from "../bindings/errors.ts";
import { agree } from "../bindings/mapping.ts";
import type * as metadata from "../bindings/metadata.ts";
import { mapOf, repository, walks } from "./mapping.ts";
import { type Ecu, NOW, type Repository, VEHICLE, Vehicle, World, bytes, is } from "./world.ts";

const test = suite("mapping-vehicle");

/** A vehicle whose map asks a third repository too. */
async function mapped(third: Repository): Promise<{ vehicle: Vehicle; decide: () => Promise<void>; cycle: () => Promise<Report> }> {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  const of = { director: world.director, image: world.image, third };
  const map = mapOf(of, { paths: ["*"], repositories: ["director", "image", "third"], terminating: true, threshold: 3 });
  const asks = walks(vehicle.core, of);
  const decide = async (): Promise<void> => {
    try {
      await agree(vehicle.core, { map, walks: asks, identity: { vehicle: VEHICLE, ...world.ecus[0] as Ecu } }, "app.bin");
    } finally {
      vehicle.core.setRecord(vehicle.record);
    }
  };
  return { vehicle, decide, cycle: () => vehicle.cycle(OPTION_PRIMARY | OPTION_MAPPED) };
}

async function matching(change: (entry: metadata.Entry) => void = () => undefined): Promise<Repository> {
  const third = await repository({ "app.bin": "the first image" });
  const entry = third.targets.get("app.bin") as metadata.Entry;
  entry.custom.releaseCounter = 1;
  change(entry);
  await third.publishNext();
  return third;
}

test("a vehicle with a map: no cycle without its decision, which serves one cycle", async () => {
  const { vehicle, decide, cycle } = await mapped(await matching());
  const before = await cycle();
  is(before, Status.Mismatch);
  assert.is(before.found, BigInt(FIELD_AGREEMENT));
  await decide();
  is(await cycle(), Status.Ok);
  is(await vehicle.fetchImage(), Status.Ok);
  is(await cycle(), Status.Mismatch);
  await decide();
  vehicle.core.open(SESSION_MANIFEST, 0, NOW);
  is(await cycle(), Status.Mismatch); // a manifest takes its place
  await decide();
  is(await vehicle.cycle(), Status.Ok);
  is(await cycle(), Status.Mismatch); // a cycle without a map takes it along
});

test("a vehicle with a map: what the third repository says otherwise is not installed", async () => {
  for (const change of [(x: metadata.Entry) => void (x.length += 1), (x: metadata.Entry) => void (x.hashes.sha256 = "00".repeat(32)), (x: metadata.Entry) => void (x.custom.releaseCounter = 2)]) {
    const { decide, cycle } = await mapped(await matching(change));
    await decide().then(() => assert.unreachable(), (error: MetadataError) => is(error.report, Status.NoAgreement));
    is(await cycle(), Status.Mismatch);
  }
});

test("a vehicle with a map: an order that changed after the decision is another image", async () => {
  const { vehicle, decide, cycle } = await mapped(await matching());
  await decide();
  vehicle.world.order("app.bin", bytes("the second image"), vehicle.world.ecus);
  await vehicle.world.publishNext();
  const report = await cycle();
  is(report, Status.Mismatch);
  assert.is(report.found, BigInt(FIELD_AGREEMENT));
});

test.run();
