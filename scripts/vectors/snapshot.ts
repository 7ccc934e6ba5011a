/** Snapshot: Uptane 2.1.0 §5.4.4.5; numbers are its steps. */
import { date } from "../../bindings/metadata.ts";
import { type Clause, badlySigned } from "./story.ts";
import { BEFORE, NOW, type Repository, key } from "./world.ts";

/** A delegated role that lists nothing and matters to nobody, so that Snapshot has a second file. */
function withSupplier(repository: Repository): void {
  repository.delegated.set("supplier", { role: { signers: [key()], threshold: 1, version: 1, expires: repository.snapshot.expires }, targets: new Map() });
}

export const snapshot: Clause = {
  folder: "snapshot",
  kind: "uptane-client",
  about: "Snapshot of either repository",
  stories: [
    ["1-missing", "Timestamp names a Snapshot that is not there.", async (story) => {
      story.start();
      await story.world.publishNext();
      story.world.image.files.delete("2.snapshot.json");
      story.comesTo("Missing");
    }],
    ["1-longer-than-stated", "One byte more than Timestamp says.", async (story) => {
      story.start();
      await story.world.publishNext();
      const { files } = story.world.director;
      files.set("2.snapshot.json", Buffer.concat([files.get("2.snapshot.json") ?? Buffer.alloc(0), Buffer.from(" ")]));
      story.comesTo("EndlessData");
    }],
    ["2-not-the-one-listed", "A Snapshot of the right version, validly signed, with another digest than Timestamp states.", async (story) => {
      story.start();
      await story.world.publishNext();
      const { image } = story.world;
      const length = image.files.get("2.snapshot.json")?.length;
      image.edit = (file, signed) => (file === "snapshot.json" ? { ...signed, expires: "2029-01-01T00:00:00Z" } : signed);
      const timestamp = image.files.get("timestamp.json") ?? new Uint8Array(0);
      await image.publish();
      if (image.files.get("2.snapshot.json")?.length !== length) throw new Error("Cannot tell this story: the length changed too");
      image.files.set("timestamp.json", timestamp);
      story.comesTo("MixAndMatch");
    }],
    ["2-another-version-inside", "Served as version 2, listed with its digest, but it states version 3.", async (story) => {
      story.start();
      story.world.director.edit = (file, signed) => (file === "snapshot.json" ? { ...signed, version: 3 } : signed);
      await story.next("MixAndMatch");
    }],
    ["3-foreign-key", "Signed by a key that Root does not know, and Timestamp lists it so.", async (story) => {
      story.start();
      story.world.image.snapshot.signers = [key()];
      await story.next("BadSignature");
    }],
    ["3-bit-flipped", "One bit of the signature of the file listed.", async (story) => {
      story.start();
      await story.world.publishNext();
      const { files } = story.world.director;
      files.set("2.snapshot.json", badlySigned(files.get("2.snapshot.json")));
      story.comesTo("MixAndMatch");
    }],
    ["3-unsigned", "Nobody signed it, and Timestamp lists it so.", async (story) => {
      story.start();
      story.world.director.snapshot.signers = [];
      await story.next("BadSignature");
    }],
    ["5-lists-an-older-targets", "Both Timestamp and Snapshot are newer; Targets goes back by one.", async (story) => {
      await story.next("Ok");
      const { image } = story.world;
      for (const role of [image.timestamp, image.snapshot]) role.version++;
      image.targetsRole.version = 1;
      await story.published("Rollback");
    }],
    ["5-lists-an-older-delegated-file", "A delegated file goes back, which no check of its own would notice.", async (story) => {
      const { image } = story.world;
      withSupplier(image);
      await story.next("Ok");
      for (const role of [image.timestamp, image.snapshot, image.targetsRole]) role.version++;
      const supplier = image.delegated.get("supplier");
      if (supplier !== undefined) supplier.role.version = 1;
      await story.published("Rollback");
    }],
    ["6-a-file-vanishes", "A delegated file that was listed is gone.", async (story) => {
      const { image } = story.world;
      withSupplier(image);
      await story.next("Ok");
      image.delegated.clear();
      await story.next("Vanished");
    }],
    ["6-vanishes-after-rotation", "After the Snapshot key was replaced the new list starts anew.", async (story) => {
      const { image } = story.world;
      withSupplier(image);
      await story.next("Ok");
      image.delegated.clear();
      await image.rotate("snapshot");
      await story.next("Ok");
    }],
    ["7-expires-now", "The second of the expiry counts as expired.", async (story) => {
      story.world.image.snapshot.expires = date(NOW);
      await story.published("Freeze");
    }],
    ["7-expired", "Expired one second ago.", async (story) => {
      story.start();
      story.world.director.snapshot.expires = BEFORE;
      await story.next("Freeze");
    }],
    ["8-stored-one-judged-again", "Timestamp goes on naming the stored Snapshot, whose key the new Root has dropped.", async (story) => {
      story.start();
      const { image } = story.world;
      await image.rotate("snapshot"); // and serves the files of before
      story.comesTo("BadSignature");
    }],
  ],
};
