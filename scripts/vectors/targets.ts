/** Targets of both repositories: Uptane 2.1.0 §5.4.4.6; numbers are its steps. */
import { type Entry, date } from "../../bindings/metadata.ts";
import { type Clause } from "./story.ts";
import { BEFORE, NOW, VEHICLE, key } from "./world.ts";

const other = new TextEncoder().encode("another image");

export const targets: Clause = {
  folder: "targets",
  kind: "uptane-client",
  about: "Targets of the Director and top-level Targets of the Image repository",
  stories: [
    ["two-ecus", "Two ECUs, two images.", async (story) => {
      const { world } = story;
      world.ecus.push({ serial: "brake-1", hardwareId: "brake-a", counter: -1 });
      world.order("brake.bin", other, world.ecus.slice(1));
      await story.published("Ok");
    }],
    ["2-not-the-one-listed", "A file of the listed version and length with another digest: two contents under one version.", async (story) => {
      story.start();
      await story.world.publishNext();
      const { director } = story.world;
      const [timestamp, snapshot] = ["timestamp.json", "2.snapshot.json"].map((path) => director.files.get(path) ?? new Uint8Array(0));
      director.targetsRole.expires = "2029-01-01T00:00:00Z";
      await director.publish();
      director.files.set("timestamp.json", timestamp ?? new Uint8Array(0)).set("2.snapshot.json", snapshot ?? new Uint8Array(0));
      story.comesTo("MixAndMatch");
    }],
    ["2-another-version-inside", "Listed as version 2 with its digest, but it states version 3.", async (story) => {
      story.start();
      story.world.image.edit = (file, signed) => (file === "targets.json" ? { ...signed, version: 3 } : signed);
      await story.next("MixAndMatch");
    }],
    ["3-director-foreign-key", "Director Targets signed by the Targets key of the Image repository.", async (story) => {
      story.start();
      story.world.director.targetsRole.signers = story.world.image.targetsRole.signers;
      await story.next("BadSignature");
    }],
    ["3-two-of-two-one-signed", "The Image Root asks for two Targets keys; one signs.", async (story) => {
      const { image } = story.world;
      image.targetsRole.signers = [...image.targetsRole.signers, key()];
      image.targetsRole.threshold = 2;
      await image.publishRoot();
      await story.published("Ok");
      image.targetsRole.signers = image.targetsRole.signers.slice(1);
      await story.next("UnmetThreshold");
    }],
    ["3-extra-unknown-signature", "A signature by a key nobody knows stands next to the good one: ignored.", async (story) => {
      story.world.director.targetsRole.signers = [key(), ...story.world.director.targetsRole.signers];
      await story.published("Ok");
    }],
    ["3-another-type", "A Snapshot signed by the Targets key.", async (story) => {
      story.start();
      story.world.director.edit = (file, signed) => (file === "targets.json" ? { ...signed, _type: "snapshot" } : signed);
      await story.next("WrongType");
    }],
    ["5-director-expired", "Director Targets expired one second ago.", async (story) => {
      story.start();
      story.world.director.targetsRole.expires = BEFORE;
      await story.next("Freeze");
    }],
    ["5-image-expired", "Image Targets expired one second ago.", async (story) => {
      story.start();
      story.world.image.targetsRole.expires = BEFORE;
      await story.next("Freeze");
    }],
    ["without-length", "The Image repository lists the image without its length.", async (story) => {
      const { targets: listed } = story.world.image;
      for (const [name, { hashes, custom }] of listed) listed.set(name, { hashes, custom } as Entry);
      await story.published("Malformed");
    }],
    ["another-without-length", "The Image repository lists another image, which nobody wants, without its length.", async (story) => {
      story.world.image.targets.set("other.bin", { hashes: { sha256: "00".repeat(32) }, custom: {} } as Entry);
      await story.published("Ok");
    }],
    ["5-director-expires-now", "The second of the expiry counts as expired, in Director Targets.", async (story) => {
      story.world.director.targetsRole.expires = date(NOW);
      await story.published("Freeze");
    }],
    ["5-image-expires-now", "The same in Image Targets.", async (story) => {
      story.world.image.targetsRole.expires = date(NOW);
      await story.published("Freeze");
    }],
    ["6-director-delegates", "The Director must not delegate.", async (story) => {
      story.start();
      story.world.director.delegations = [{ name: "supplier", keys: [key().public], threshold: 1, paths: ["*"] }];
      await story.next("DirectorDelegates");
    }],
    ["7-one-ecu-twice", "Two images for one ECU: which one?", async (story) => {
      story.world.order("other.bin", other, story.world.ecus);
      await story.published("RepeatedEcu");
    }],
    ["8-unknown-ecu", "An image for an ECU that this vehicle does not have.", async (story) => {
      story.world.order("other.bin", other, [{ serial: "stranger", hardwareId: "tcu-a", counter: -1 }]);
      await story.published("UnknownEcu");
    }],
    ["9-empty-with-our-vehicle", "Nothing is ordered, and the file says that this is for us.", async (story) => {
      story.world.director.targets.clear();
      await story.published("Ok");
    }],
    ["9-empty-of-another-vehicle", "Another vehicle's empty Targets, replayed to keep ours from updates.", async (story) => {
      story.world.director.targets.clear();
      story.world.director.custom = { vehicleId: "VIN0002" };
      await story.published("WrongVehicle");
    }],
    ["9-empty-without-a-vehicle", "Empty Targets that fit every vehicle.", async (story) => {
      story.world.director.targets.clear();
      story.world.director.custom = undefined;
      await story.published("WrongVehicle");
    }],
    ["9-images-for-another-vehicle", "The vehicle identifier is checked wherever it stands.", async (story) => {
      story.world.director.custom = { vehicleId: `${VEHICLE}-B` };
      await story.published("WrongVehicle");
    }],
    ["hardware-of-another-ecu", "The Director names a wrong hardware identifier for the ECU.", async (story) => {
      story.world.order("app.bin", other, [{ serial: "tcu-1", hardwareId: "brake-a", counter: -1 }]);
      await story.published("WrongHardware");
    }],
  ],
};
