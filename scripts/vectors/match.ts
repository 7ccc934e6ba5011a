/** Director against Image repository, and the bytes: Uptane 2.1.0 §5.4.4.2 step 10 and §5.4.3.3. */
import type { Entry } from "../../bindings/metadata.ts";
import { type Clause, type Story } from "./story.ts";

const IMAGE = "app.bin";

/** The entries of the first image: what the Director says and what the Image repository says. */
function entries(story: Story): { director: Entry; image: Entry } {
  const [director, image] = [story.world.director.targets.get(IMAGE), story.world.image.targets.get(IMAGE)];
  if (director === undefined || image === undefined) throw new Error(`Cannot tell this story: ${IMAGE} is not listed twice`);
  return { director, image };
}

export const match: Clause = {
  folder: "match",
  kind: "uptane-client",
  about: "What both repositories have to agree on, and image bytes",
  stories: [
    ["not-found", "The Director orders what the Image repository never listed: the mark of a compromised Director.", async (story) => {
      story.world.image.targets.clear();
      await story.published("NotFound");
    }],
    ["length", "Another length.", async (story) => {
      entries(story).director.length++;
      await story.published("Mismatch");
    }],
    ["hash", "Another SHA-256.", async (story) => {
      const { director } = entries(story);
      director.hashes = { ...director.hashes, sha256: "11".repeat(32) };
      await story.published("Mismatch");
    }],
    ["hash-of-zeros", "A digest of 32 zero bytes, which is also how a host says that nothing is installed: still an order.", async (story) => {
      const { director } = entries(story);
      director.hashes = { ...director.hashes, sha256: "00".repeat(32) };
      await story.published("Mismatch");
    }],
    ["hash-functions", "The Director lists one function less; what is left out is not compared.", async (story) => {
      const { director } = entries(story);
      director.hashes = { sha256: director.hashes.sha256 };
      await story.published("Mismatch");
    }],
    ["one-function-on-both-sides", "SHA-256 alone, on both sides.", async (story) => {
      const { director, image } = entries(story);
      director.hashes = image.hashes = { sha256: director.hashes.sha256 };
      await story.published("Ok");
    }],
    ["unknown-function", "A function that the ECU cannot compute stands beside SHA-256.", async (story) => {
      const { director, image } = entries(story);
      director.hashes = image.hashes = { ...director.hashes, ...{ "blake2b-256": "00".repeat(32) } };
      await story.published("UnsupportedHash");
    }],
    ["release-counter", "Another release counter.", async (story) => {
      entries(story).director.custom.releaseCounter = 2;
      await story.published("Mismatch");
    }],
    ["release-counter-on-one-side", "The Image repository states a release counter, the Director none.", async (story) => {
      delete entries(story).director.custom.releaseCounter;
      await story.published("Mismatch");
    }],
    ["release-counter-lower-than-installed", "Both agree on an image that is older than the one installed.", async (story) => {
      story.counters = { "tcu-1": 2 };
      await story.published("ReleaseCounter");
    }],
    ["release-counter-gone", "Neither side states a counter, although this ECU has seen one.", async (story) => {
      story.counters = { "tcu-1": 1 };
      delete entries(story).director.custom.releaseCounter;
      delete entries(story).image.custom.releaseCounter;
      await story.published("ReleaseCounter");
    }],
    ["release-counter-equal", "The counter of the installed image: a repair of the same release.", async (story) => {
      story.counters = { "tcu-1": 1 };
      await story.published("Ok");
    }],
    ["release-counter-never-seen", "Neither side states a counter, and this ECU never saw one.", async (story) => {
      delete entries(story).director.custom.releaseCounter;
      delete entries(story).image.custom.releaseCounter;
      await story.published("Ok");
    }],
    ["release-counter-of-another-ecu", "Two ECUs: what one of them has installed is no floor for the other.", async (story) => {
      const { world } = story;
      world.ecus.push({ serial: "brake-1", hardwareId: "brake-a", counter: -1 });
      world.order("brake.bin", new TextEncoder().encode("brakes"), world.ecus.slice(1), world.image.targets, 7);
      story.counters = { "brake-1": 7 };
      await story.published("Ok");
    }],
    ["must-match-equal", "The same must-match data, in another order of members.", async (story) => {
      entries(story).director.custom.mustMatch = { a: 1, b: ["x"] };
      entries(story).image.custom.mustMatch = { b: ["x"], a: 1 };
      await story.published("Ok");
    }],
    ["must-match-differs", "One value differs.", async (story) => {
      entries(story).director.custom.mustMatch = { a: 1 };
      entries(story).image.custom.mustMatch = { a: 2 };
      await story.published("Mismatch");
    }],
    ["must-match-on-one-side", "The Director leaves it out.", async (story) => {
      entries(story).image.custom.mustMatch = { a: 1 };
      await story.published("Mismatch");
    }],
    ["must-match-nested", "A value deep inside differs.", async (story) => {
      entries(story).director.custom.mustMatch = { a: { b: [1, { c: "x" }] } };
      entries(story).image.custom.mustMatch = { a: { b: [1, { c: "y" }] } };
      await story.published("Mismatch");
    }],
    ["must-match-order-of-a-list", "A list in another order is another list.", async (story) => {
      entries(story).director.custom.mustMatch = { a: [1, 2] };
      entries(story).image.custom.mustMatch = { a: [2, 1] };
      await story.published("Mismatch");
    }],
    ["must-match-empty-and-absent", "No data is not the same as data that says nothing.", async (story) => {
      entries(story).director.custom.mustMatch = {};
      await story.published("Mismatch");
    }],
    ["hardware-not-listed", "The Image repository lists the image for other hardware.", async (story) => {
      entries(story).image.custom.hardwareIds = ["brake-a"];
      await story.published("WrongHardware");
    }],
    ["hardware-not-limited", "The Image repository does not limit the hardware.", async (story) => {
      delete entries(story).image.custom.hardwareIds;
      await story.published("Ok");
    }],
    ["image-missing", "Nobody serves the image.", async (story) => {
      story.world.image.images.clear();
      story.comesTo("Missing");
    }],
    ["image-one-bit", "The image has the right length and one wrong bit.", async (story) => {
      story.world.image.images.forEach((bytes, name, all) => all.set(name, bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte))));
      story.comesTo("HashMismatch");
    }],
    ["image-one-byte-less", "The image ends one byte early.", async (story) => {
      story.world.image.images.forEach((bytes, name, all) => all.set(name, bytes.subarray(1)));
      story.comesTo("LengthMismatch");
    }],
    ["image-one-byte-more", "The image goes on after its length.", async (story) => {
      story.world.image.images.forEach((bytes, name, all) => all.set(name, Buffer.concat([bytes, Buffer.from("x")])));
      story.comesTo("EndlessData");
    }],
  ],
};
