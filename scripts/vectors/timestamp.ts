/** Timestamp: Uptane 2.1.0 §5.4.4.4; numbers are its steps. */
import { TIMESTAMP_LIMIT } from "../../assembly/layout.ts";
import { date } from "../../bindings/metadata.ts";
import { type Clause, badlySigned } from "./story.ts";
import { BEFORE, LATER, NOW } from "./world.ts";

export const timestamp: Clause = {
  folder: "timestamp",
  kind: "uptane-client",
  about: "Timestamp of either repository",
  stories: [
    ["newer", "Every role one version up.", async (story) => {
      story.start();
      await story.next("Ok");
    }],
    ["the-same-again", "Nothing is new: the same files pass again and change nothing.", async (story) => {
      story.start();
      story.comesTo("Ok");
    }],
    ["1-missing", "No Timestamp: without one nothing else is asked for.", async (story) => {
      story.start();
      story.world.director.files.delete("timestamp.json");
      story.comesTo("Missing");
    }],
    ["1-too-long", "More bytes than Y.", async (story) => {
      story.start();
      const { image } = story.world;
      await story.world.publishNext();
      image.files.set("timestamp.json", Buffer.concat([Buffer.alloc(TIMESTAMP_LIMIT, " "), image.files.get("timestamp.json") ?? Buffer.alloc(0)]));
      story.comesTo("EndlessData");
    }],
    ["2-bad-signature", "One bit of the signature.", async (story) => {
      story.start();
      await story.world.publishNext();
      story.world.image.files.set("timestamp.json", badlySigned(story.world.image.files.get("timestamp.json")));
      story.comesTo("BadSignature");
    }],
    ["2-key-of-another-role", "Signed by the Snapshot key of the same repository.", async (story) => {
      story.start();
      story.world.director.timestamp.signers = story.world.director.snapshot.signers;
      await story.next("BadSignature");
    }],
    ["2-key-of-the-other-repository", "Image Timestamp signed by the Director's Timestamp key.", async (story) => {
      story.start();
      story.world.image.timestamp.signers = story.world.director.timestamp.signers;
      await story.next("BadSignature");
    }],
    ["2-two-of-two-one-signed", "The Root asks for two keys; one signs.", async (story) => {
      const { director } = story.world;
      director.timestamp.signers = [...director.timestamp.signers, ...director.snapshot.signers];
      director.timestamp.threshold = 2;
      await director.publishRoot();
      await story.published("Ok");
      director.timestamp.signers = director.timestamp.signers.slice(0, 1);
      await story.next("UnmetThreshold");
    }],
    ["2-another-type", "A Snapshot, signed by the Timestamp key, served as Timestamp.", async (story) => {
      story.start();
      story.world.image.edit = (file, signed) => (file === "timestamp.json" ? { ...signed, _type: "snapshot" } : signed);
      await story.next("WrongType");
    }],
    ["3-rollback", "The Timestamp of yesterday, validly signed.", async (story) => {
      const { director } = story.world;
      const old = director.files.get("timestamp.json") ?? new Uint8Array(0);
      await story.next("Ok");
      director.files.set("timestamp.json", old);
      story.comesTo("Rollback");
    }],
    ["3-snapshot-named-lower", "A newer Timestamp names an older Snapshot than the stored one does.", async (story) => {
      await story.next("Ok");
      const { image } = story.world;
      image.snapshot.version = 1;
      image.timestamp.version = 3;
      await story.published("Rollback");
    }],
    ["3-same-version-other-bytes", "Other content under a used version: the stored file stays in force, and the cycle goes on with it.", async (story) => {
      story.start();
      const { image } = story.world;
      image.timestamp.expires = BEFORE; // taken instead of the stored one it would freeze
      await story.published("Ok");
    }],
    ["4-expired", "Expired one second ago.", async (story) => {
      story.start();
      story.world.director.timestamp.expires = BEFORE;
      await story.next("Freeze");
    }],
    ["4-expires-now", "The second of the expiry counts as expired.", async (story) => {
      story.start();
      story.world.image.timestamp.expires = date(NOW);
      await story.next("Freeze");
    }],
    ["4-expires-in-a-second", "One second before the expiry.", async (story) => {
      story.world.image.timestamp.expires = date(NOW + 1);
      await story.published("Ok");
    }],
    ["4-expired-then-fresh", "After the refusal a fresh one is taken, without a restart.", async (story) => {
      story.start();
      const { image } = story.world;
      image.timestamp.expires = BEFORE;
      await story.next("Freeze");
      image.timestamp.expires = LATER;
      await story.next("Ok");
    }],
    ["version-0", "Versions are positive.", async (story) => {
      story.world.director.timestamp.version = 0;
      await story.published("Malformed");
    }],
    ["expires-in-month-13", "A date that is none.", async (story) => {
      story.world.image.timestamp.expires = "2030-13-01T00:00:00Z";
      await story.published("BadDate");
    }],
    ["a-fraction-as-version", "1.0 is not how an integer is spelled.", async (story) => {
      const { image } = story.world;
      const text = Buffer.from(image.files.get("timestamp.json") ?? []).toString();
      image.files.set("timestamp.json", Buffer.from(text.replace(/"version":1\}\}$/, `"version":1.0}}`)));
      story.comesTo("Fraction");
    }],
  ],
};
