/** Bytes in any pieces give the same verdict; no flipped bit and no proper prefix of a file with just enough signatures is taken. */
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { ROLE_TIMESTAMP } from "../assembly/abi.ts";
import { TIMESTAMP_LIMIT } from "../assembly/layout.ts";
import { EndlessData, Ok, Syntax } from "../assembly/status.ts";
import type { Report } from "../bindings/core.ts";
import { type Feed, cycle, delegatedWorld, flipped, mutated, random, refusedWhenChanged, whole } from "./changes.ts";
import { Vehicle } from "./world.ts";

const test = suite("pieces");

test("byte by byte, and in 200 seeded cuts, every file of a cycle gives the same reports", async () => {
  const world = await delegatedWorld();
  await world.publish();
  const vehicle = new Vehicle(world);
  const expected = cycle(vehicle, whole);
  assert.is((expected[expected.length - 1] as Report).status, Ok);
  const bytewise: Feed = (core, bytes) => {
    for (let i = 0; i < bytes.length; i++) core.feed(bytes.subarray(i, i + 1));
  };
  assert.equal(cycle(vehicle, bytewise), expected);
  const next = random(7);
  for (let round = 0; round < 200; round++) {
    const cut: Feed = (core, bytes) => {
      for (let at = 0; at < bytes.length;) {
        const size = 1 + next(next(4) === 0 ? 4 : bytes.length);
        core.feed(bytes.subarray(at, at + size));
        at += size;
      }
    };
    assert.equal(cycle(vehicle, cut), expected, `round ${round}`);
  }
});

test("a file longer than its limit: what stands within the limit is judged first, however it is cut", async () => {
  const world = await delegatedWorld();
  await world.publish();
  for (const [text, status, found] of [["{".padEnd(TIMESTAMP_LIMIT + 7), EndlessData, TIMESTAMP_LIMIT + 1], ["{".padEnd(TIMESTAMP_LIMIT - 1) + "!".padEnd(9), Syntax, 0], ["{".padEnd(TIMESTAMP_LIMIT) + "!", EndlessData, TIMESTAMP_LIMIT + 1]] as const) {
    for (const pieces of [[], [1], [61], [1000], [1023, 2]]) {
      const vehicle = new Vehicle(world);
      vehicle.pieces = pieces;
      vehicle.meddle = (want, source) => (want.role === ROLE_TIMESTAMP ? new TextEncoder().encode(text) : source);
      const report = await vehicle.cycle();
      assert.equal([report.status, Number(report.found)], [status, found], `pieces of ${pieces.join()}`);
    }
  }
});

test("a seeded sample of single flipped bits in every file is refused", async () => {
  const next = random(11);
  const tried = await refusedWhenChanged((bytes) => flipped(bytes, next(bytes.length * 8)), () => 60);
  assert.ok(tried >= 400, `${tried} tried`);
});

test("a seeded sample of proper prefixes of every file is refused", async () => {
  const next = random(13);
  const tried = await refusedWhenChanged((bytes) => bytes.subarray(0, next(bytes.length)), () => 20);
  assert.ok(tried >= 100, `${tried} tried`);
});

test("2,000 mutated files neither trap nor pass", async () => {
  const next = random(17);
  const tried = await refusedWhenChanged((bytes) => mutated(bytes, next), () => 260);
  assert.ok(tried >= 1500, `${tried} tried`);
});

test.run();
