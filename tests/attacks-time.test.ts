/** Attested time under attack: cases 30, 31, 73 and 87. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OPTION_FRESH_TIME, OPTION_PRIMARY, ROLE_TIME } from "../assembly/abi.ts";
import { TIME_JUMP_MAX } from "../assembly/layout.ts";
import * as Status from "../assembly/status.ts";
import * as metadata from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { LATER, NOW, Vehicle, World, is, key } from "./world.ts";

const test = suite("attacks: time");
const OWN = "11".repeat(32); // world.ts introduces every ECU with it
const FRESH = OPTION_PRIMARY | OPTION_FRESH_TIME;

/** A vehicle with a time source that says what it is told. */
class Clocked extends Vehicle {
  said: Uint8Array | number = Status.Missing;

  constructor(world: World) {
    super(world);
    this.meddle = (want, source) => (want.role === ROLE_TIME ? this.said : source);
  }

  async says(seconds: number, nonces = [OWN], signers = this.world.director.time.signers): Promise<void> {
    this.said = await sign(metadata.time({ nonces, seconds }), signers);
  }

  /** Refused, and neither the record nor the next true time are touched. */
  async refuses(status: number, about: string): Promise<void> {
    const before = this.core.record();
    is(await this.time(), status, about);
    assert.equal(this.core.record(), before, about);
    await this.says(NOW);
    is(await this.time(), Status.Ok, `${about}, and the true time after it`);
  }
}

async function clocked(): Promise<Clocked> {
  const vehicle = new Clocked(await World.make());
  await vehicle.says(NOW);
  is(await vehicle.time(), Status.Ok);
  return vehicle;
}

test("case 30: no time source, a clock set back ten years, a clock in 2099: time never goes back, jumps are bounded, and the ECU lives on", async () => {
  const vehicle = await clocked();
  vehicle.said = Status.Missing;
  await vehicle.refuses(Status.Missing, "no source");
  await vehicle.says(NOW - TIME_JUMP_MAX);
  await vehicle.refuses(Status.TimeBack, "ten years back");
  await vehicle.says(NOW - 1);
  await vehicle.refuses(Status.TimeBack, "a second back");
  await vehicle.says(Date.parse("2099-01-01T00:00:00Z") / 1000);
  await vehicle.refuses(Status.TimeJump, "2099");
  await vehicle.says(NOW + TIME_JUMP_MAX + 1);
  await vehicle.refuses(Status.TimeJump, "a second too far");
  is(await vehicle.cycle(FRESH, NOW - 86_400), Status.Ok, "a host's clock that runs behind the attested time is overruled");
  vehicle.world.director.timestamp.expires = metadata.date(NOW - 1);
  await vehicle.world.publishNext();
  is(await vehicle.cycle(FRESH, 0), Status.Freeze, "judged by the attested time");
  vehicle.world.director.timestamp.expires = LATER;
  await vehicle.world.publishNext();
  is(await vehicle.cycle(FRESH, 0), Status.Ok);
});

test("case 31: an attestation replayed, made for another nonce or for none, or by another key, is refused", async () => {
  const vehicle = await clocked();
  for (const [nonces, about] of [[["22".repeat(32)], "another's"], [[], "nobody's"], [[OWN.slice(2)], "shorter"], [["1".repeat(63)], "odd"], [["A".repeat(64)], "upper case"]] as const) {
    await vehicle.says(NOW + 1, [...nonces]);
    await vehicle.refuses(Status.Nonce, about);
  }
  for (const signers of [[key()], vehicle.world.director.timestamp.signers, vehicle.world.image.timestamp.signers]) {
    await vehicle.says(NOW + 1, [OWN], signers);
    await vehicle.refuses(Status.BadSignature, "another key");
  }
});

test("case 73: every time message is dropped and Targets that expired since are replayed: whatever is verified, nothing is installed", async () => {
  const vehicle = await clocked();
  is(await vehicle.cycle(FRESH, 0), Status.Ok);
  is(await vehicle.fetchImage(), Status.Ok);
  vehicle.said = Status.Unavailable;
  vehicle.world.director.targetsRole.expires = metadata.date(NOW + 60); // long past on the street, not for a clock that stands still
  await vehicle.world.publishNext();
  for (let cycle = 0; cycle < 5; cycle++) {
    is(await vehicle.time(), Status.Unavailable);
    is(await vehicle.cycle(FRESH, 0), Status.Ok);
    is(await vehicle.fetchImage(), Status.NoFreshTime);
  }
  await vehicle.says(NOW + 3_600);
  is(await vehicle.time(), Status.Ok);
  is(await vehicle.cycle(FRESH, 0), Status.Freeze);
  vehicle.world.director.targetsRole.expires = LATER;
  await vehicle.world.publishNext();
  await vehicle.says(NOW + 3_601);
  is(await vehicle.time(), Status.Ok);
  is(await vehicle.cycle(FRESH, 0), Status.Ok);
  is(await vehicle.fetchImage(), Status.Ok);
});

test("case 87: the time key rotates, the clock goes to its minimum, expired Targets come in the same cycle: nothing is installed before the new key gave a time", async () => {
  const vehicle = await clocked();
  const { director } = vehicle.world;
  await director.rotate("time");
  director.targetsRole.expires = metadata.date(NOW - 86_400);
  await vehicle.world.publishNext();
  is(await vehicle.cycle(FRESH, 0), Status.Ok, "by the clock at its minimum");
  is(await vehicle.fetchImage(), Status.NoFreshTime);
  await vehicle.says(NOW, [OWN], [key()]);
  is(await vehicle.time(), Status.BadSignature, "another key than the new one");
  await vehicle.says(NOW);
  is(await vehicle.time(), Status.Ok);
  is(await vehicle.cycle(FRESH, 0), Status.Freeze);
  director.targetsRole.expires = LATER;
  await vehicle.world.publishNext();
  is(await vehicle.time(), Status.Ok);
  is(await vehicle.cycle(FRESH, 0), Status.Ok);
  is(await vehicle.fetchImage(), Status.Ok);
});

test.run();
