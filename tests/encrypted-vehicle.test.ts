/** Encrypted images from the operator to the flash, through the real servers and ECUs as processes: AES and X25519, full and partial verification. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { HashMismatch } from "../assembly/status.ts";
import { freePorts, open } from "../node/demo/house.ts";
import { type Assigned, createOperator } from "../node/demo/operator.ts";
import { createSupervisor } from "../node/processes.ts";
import { type EcuPlan, type Fleet, type Image, makeImage, provision } from "../node/provision.ts";

const test = suite("a vehicle with encrypted images");
const ECUS: EcuPlan[] = [
  { serial: "tcu", hardwareId: "tcu-a", imageBytes: 9000, imageKey: "x25519" },
  { serial: "gateway", hardwareId: "gateway-b", profile: "gateway-4M", imageBytes: 9000, imageKey: "aes" },
  { serial: "brakes", hardwareId: "brakes-a", profile: "S32K144", imageBytes: 9000, imageKey: "x25519" },
  { serial: "door", hardwareId: "door-a", profile: "S32K116", imageBytes: 5000, imageKey: "aes" },
];

/** Some 32 bytes of the image in a row are in the file. */
function shows(file: Uint8Array, image: Uint8Array): boolean {
  for (let at = 0; at + 32 <= image.length; at++) if (Buffer.from(file).includes(Buffer.from(image.subarray(at, at + 32)))) return true;
  return false;
}

function filesOf(folder: string): Buffer[] {
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => readFileSync(join(folder, entry.name)));
}

test("every ECU installs what only it can open; the Primary holds no image of the others in the clear, and hands on no ciphertext that was changed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "encrypted-"));
  let log = "";
  const supervisor = createSupervisor((_, line) => (log += `${line}\n`));
  try {
    const ports = await freePorts();
    const fleet: Fleet = await provision(folder, "VIN-9", ECUS, ports);
    const house = await open(fleet, ports, supervisor, () => undefined);
    const operator = createOperator(fleet);
    await operator.register();
    const order = async (releaseCounter: number): Promise<Map<string, Image>> => {
      const images = fleet.ecus.map((ecu) => ({ serial: ecu.serial, hardwareId: ecu.hardwareId, image: makeImage(ecu, releaseCounter) }));
      await operator.publish(images);
      for (const { image } of images) await operator.handIn(image.bytes);
      await operator.assign(`order-${releaseCounter}`, images satisfies Assigned[], true);
      return new Map(images.map(({ serial, image }) => [serial, image]));
    };
    const images = await order(2);
    const first = await house.cycle(() => undefined);
    for (const { serial, verdict, sha256 } of first.ecus) {
      assert.is(verdict, "installed", `${serial}: ${first.verdict}\n${log}`);
      assert.is(sha256, images.get(serial)?.hashes.sha256, serial);
    }
    const held = filesOf(join(folder, "tcu", "images"));
    assert.ok(held.length >= 4);
    for (const serial of ["gateway", "brakes", "door"]) {
      const { bytes } = images.get(serial) as Image;
      assert.ok(held.every((file) => !shows(file, bytes)), `${serial}: its image is in the clear at the Primary`);
    }
    assert.ok(held.some((file) => shows(file, (images.get("tcu") as Image).bytes)), "the Primary's own is there");

    const known = new Set(readdirSync(join(folder, "director", "encrypted")));
    await order(3);
    for (const name of readdirSync(join(folder, "director", "encrypted")).filter((one) => !known.has(one))) {
      const path = join(folder, "director", "encrypted", name);
      writeFileSync(path, readFileSync(path).map((byte, at) => (at === 100 ? byte ^ 1 : byte)));
    }
    const second = await house.cycle(() => undefined);
    assert.is(second.status, HashMismatch, second.verdict);
    for (const { serial, sha256 } of second.ecus) assert.is(sha256, images.get(serial)?.hashes.sha256, serial);
  } finally {
    await supervisor.stopAll();
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
