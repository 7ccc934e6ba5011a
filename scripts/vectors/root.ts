/** Root: Uptane 2.1.0 §5.4.4.3, how to check Root metadata; numbers are its steps. */
import { ROOT_LIMIT, VERSION_MAX } from "../../assembly/layout.ts";
import { canonical } from "../../bindings/canonical.ts";
import { date, hashes } from "../../bindings/metadata.ts";
import { sign } from "../../bindings/sign.ts";
import { type Clause, badlySigned, plain, replaced } from "./story.ts";
import { BEFORE, LATER, NOW, key } from "./world.ts";

export const root: Clause = {
  folder: "root",
  kind: "uptane-client",
  about: "Root of either repository: first load, rotation, what rotation resets",
  stories: [
  ["first-load", "A provisioned Root signed by two of two keys, and good files of every role.", async (story) => story.start()],
  ["first-load-unsigned", "A client that takes the provisioned Root unseen does not notice that nobody signed it.", async (story) => {
    const { director } = story.world;
    director.files.set("1.root.json", await sign(director.rootPayload(), []));
    story.comesTo("BadSignature");
  }],
  ["first-load-one-of-two", "One good signature where the Root asks for two.", async (story) => {
    const { image } = story.world;
    image.files.set("1.root.json", await sign(image.rootPayload(), image.root.signers.slice(1)));
    story.comesTo("UnmetThreshold");
  }],
  ["same-key-signs-twice", "A client that counts signatures and not keys reaches the threshold of two with one key.", async (story) => {
    const { image } = story.world;
    const one = await sign(image.rootPayload(), image.root.signers.slice(1));
    const entry = /\{"keyid":"[0-9a-f]*","sig":"[0-9a-f]*"\}/.exec(Buffer.from(one).toString())?.[0] ?? "";
    image.files.set("1.root.json", replaced(one, entry, `${entry},${entry}`));
    story.comesTo("DuplicateSignature");
  }],
  ["one-key-under-two-ids", "A member nobody knows gives one key a second id; a client that counts ids reaches the threshold of two with one key.", async (story) => {
    const { image } = story.world;
    const [first, second] = image.root.signers;
    const other: object = { ...first?.public, note: "again" };
    image.edit = (file, signed) => (file === "root.json" ? JSON.parse(plain(signed)
      .replace(`"${second?.keyid}":${JSON.stringify(second?.public)}`, `"${hashes(canonical(other)).sha256}":${JSON.stringify(other)}`)
      .replaceAll(second?.keyid ?? "", hashes(canonical(other)).sha256)) : signed);
    await image.publishRoot();
    story.comesTo("DuplicateKey");
  }],
  ["zero-threshold", "A threshold of 0 makes every file of that role good.", async (story) => {
    story.world.director.timestamp.threshold = 0;
    await story.world.director.publishRoot();
    story.comesTo("ZeroThreshold");
  }],
  ["another-type", "A file of another role, signed by the Root keys, offered as Root.", async (story) => {
    story.world.director.edit = (file, signed) => (file === "root.json" ? { ...signed, _type: "targets" } : signed);
    await story.world.director.publishRoot();
    story.comesTo("WrongType");
  }],
  ["key-id-not-the-hash", "The map of keys names a key by something else than its hash.", async (story) => {
    const { director } = story.world;
    const id = director.timestamp.signers[0]?.keyid ?? "";
    director.edit = (_file, signed) => JSON.parse(plain(signed).replaceAll(id, `${id.slice(0, -1)}${id.endsWith("0") ? "1" : "0"}`));
    await director.publishRoot();
    story.comesTo("KeyId");
  }],
  ["rotated-by-both", "Step 2: version 2, signed by the keys of version 1 and by its own.", async (story) => {
    story.start();
    await story.world.director.rotate("root");
    await story.world.image.rotate("root");
    await story.next("Ok");
  }],
  ["rotated-without-the-old-keys", "Step 2.1: signed by the new keys alone: who holds the network makes such a Root.", async (story) => {
    story.start();
    const { director } = story.world;
    await director.rotate("root");
    director.files.set("2.root.json", await sign(director.rootPayload(), director.root.signers));
    await story.next("BadSignature");
  }],
  ["rotated-without-the-new-keys", "Step 2.2: signed by the old keys alone: the next Root could not follow.", async (story) => {
    story.start();
    const { image } = story.world;
    const old = image.root.signers;
    await image.rotate("root");
    image.files.set("2.root.json", await sign(image.rootPayload(), old));
    await story.next("BadSignature");
  }],
  ["skips-a-version", "Step 2.3: the file asked for as version 2 states 3; a client that only wants more takes a chain with a hole.", async (story) => {
    story.start();
    const { director } = story.world;
    director.root.version = 3;
    await director.publishRoot();
    director.files.set("2.root.json", director.files.get("3.root.json") ?? new Uint8Array(0));
    director.files.delete("3.root.json");
    await story.next("RootVersion");
  }],
  ["same-version-again", "Step 2.3: version 1 served as version 2.", async (story) => {
    story.start();
    const { director } = story.world;
    director.files.set("2.root.json", director.files.get("1.root.json") ?? new Uint8Array(0));
    await story.next("Rollback");
  }],
  ["three-at-once", "A vehicle that was away walks versions 2, 3 and 4 in one cycle.", async (story) => {
    story.start();
    for (let i = 0; i < 3; i++) await story.world.image.rotate("root");
    await story.next("Ok");
  }],
  ["expired-on-the-way", "Step 3: only the last Root is checked for expiry.", async (story) => {
    story.start();
    const { director } = story.world;
    director.root.expires = BEFORE;
    await director.rotate("timestamp");
    director.root.expires = LATER;
    await director.rotate("timestamp");
    await story.next("Ok");
  }],
  ["expired", "Step 3: the last Root has expired.", async (story) => {
    story.start();
    story.world.director.root.expires = BEFORE;
    await story.world.director.rotate("timestamp");
    await story.next("Freeze");
  }],
  ["expires-now", "Step 3: the second of the expiry counts as expired.", async (story) => {
    story.start();
    story.world.director.root.expires = date(NOW);
    await story.world.director.rotate("timestamp");
    await story.next("Freeze");
  }],
  ["expired-then-renewed", "After a refusal a fresh Root is taken, without a restart.", async (story) => {
    const { image } = story.world;
    story.start();
    image.root.expires = BEFORE;
    await image.rotate("snapshot");
    await story.next("Freeze");
    image.root.expires = LATER;
    await image.rotate("snapshot");
    await story.next("Ok");
  }],
  ["fast-forward-heals", "Step 5: a stolen key signed the highest version there is; new Timestamp and Snapshot keys end that.", async (story) => {
    const { director } = story.world;
    director.timestamp.version = VERSION_MAX;
    director.snapshot.version = VERSION_MAX;
    await story.published("Ok");
    director.timestamp.version = 2;
    director.snapshot.version = 2;
    await story.published("Rollback");
    await director.rotate("timestamp");
    await director.rotate("snapshot");
    await story.published("Ok");
  }],
  ["old-keys-after-rotation", "Timestamp signed by the key that the newest Root has just dropped.", async (story) => {
    story.start();
    const { image } = story.world;
    const dropped = image.timestamp.signers;
    await image.rotate("timestamp");
    image.timestamp.signers = dropped;
    await story.next("BadSignature");
  }],
  ["too-long", "More bytes than X: the transfer ends at the limit, whatever the file would have said.", async (story) => {
    story.start();
    const { director } = story.world;
    await director.rotate("root");
    const padding = Buffer.alloc(ROOT_LIMIT, " ");
    director.files.set("2.root.json", Buffer.concat([padding, director.files.get("2.root.json") ?? padding]));
    await story.next("EndlessData");
  }],
  ["member-twice", "Two members `signed`: which one is signed and which one is read?", async (story) => {
    const { director } = story.world;
    const other = await sign(director.rootPayload(), [key()]);
    const text = Buffer.from(other).toString().replace(/^.*?"signed":/, "").slice(0, -1);
    director.files.set("1.root.json", replaced(director.files.get("1.root.json"), `"signed":`, `"signed":${text},"signed":`));
    story.comesTo("Duplicate");
  }],
  ["members-unsorted", "`signed` before `signatures`, and nothing else wrong.", async (story) => {
    const { image } = story.world;
    const text = Buffer.from(image.files.get("1.root.json") ?? []).toString();
    const [, signatures, signed] = /^\{("signatures":.*),("signed":.*)\}$/.exec(text) ?? [];
    image.files.set("1.root.json", Buffer.from(`{${signed},${signatures}}`));
    story.comesTo("Unsorted");
  }],
  ["cut-short", "The last byte is missing.", async (story) => {
    const { image } = story.world;
    image.files.set("1.root.json", image.files.get("1.root.json")?.subarray(0, -1) ?? new Uint8Array(0));
    story.comesTo("Truncated");
  }],
  ["bit-flipped", "One bit of one of two signatures.", async (story) => {
    const { image } = story.world;
    image.files.set("1.root.json", badlySigned(image.files.get("1.root.json")));
    story.comesTo("UnmetThreshold");
  }],
  ],
};
