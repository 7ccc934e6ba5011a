/**
 * Images encrypted for one ECU: Uptane 2.1.0 §5.2.3.1.1 (what the Director says of the ciphertext), §5.4.3.4 step 6 (ciphertext, decryption, then the plain image) and
 * §5.4.4.2 step 10 (the Primary answers for ciphertexts). docs/adr/0006.
 */
import { type Cipher, hashes } from "../../bindings/metadata.ts";
import { Encrypted, KEY, METHOD, PLAIN, ROWS, SELF, ZEROS, ciphertext, entry, flipped } from "./ciphers.ts";
import { type Offer, type Tell, partialPack } from "./partial.ts";
import type { Clause, OwnPack, StatusName, Story } from "./story.ts";

const IMAGE = "app.bin";
const BRAKE = { serial: "brake-1", hardwareId: "brake-a", counter: -1 };

/** Two ECUs get the same image, each in a ciphertext of its own. */
function forBoth(story: Story, change: (brake: Encrypted) => void = () => undefined): void {
  const { world } = story;
  world.ecus.push(BRAKE);
  world.order(IMAGE, PLAIN, world.ecus);
  new Encrypted(world).publishedIn(story);
  const brake = new Encrypted(world, BRAKE.serial, 2);
  change(brake);
  brake.publishedIn(story);
}

export const encrypted: Clause = {
  folder: "encrypted",
  kind: "uptane-client",
  about: "Images encrypted for one ECU",
  stories: [
    ...ROWS.map(([name, about, status, change]): Clause["stories"][number] => [name, about, async (story) => {
      const x = new Encrypted(story.world);
      change(x);
      x.publishedIn(story);
      await story.published(status);
    }]),
    ["ciphertext-shorter-than-the-image", "The length of one says nothing about the other's.", async (story) => {
      new Encrypted(story.world, SELF, 1, 12).publishedIn(story);
      await story.published("Ok");
    }],
    ["image-repository-lists-the-ciphertext", "§5.2.3.1.1: the Image repository describes the ciphertext, the Director the plain image.", async (story) => {
      const x = new Encrypted(story.world);
      Object.assign(entry(story.world, story.world.image.targets), { length: x.served?.length, hashes: hashes(x.served ?? PLAIN) });
      x.publishedIn(story);
      await story.published("Mismatch");
    }],
    ["director-lists-the-ciphertext", "The Director's own entry describes the ciphertext, that of the Image repository the plain image.", async (story) => {
      const x = new Encrypted(story.world);
      Object.assign(entry(story.world), { length: x.served?.length, hashes: hashes(x.served ?? PLAIN) });
      x.publishedIn(story);
      await story.published("Mismatch");
    }],
    ["both-list-the-ciphertext", "Both entries describe the ciphertext: it decrypts to something that neither describes.", async (story) => {
      const x = new Encrypted(story.world);
      for (const where of [story.world.director.targets, story.world.image.targets]) Object.assign(entry(story.world, where), { length: x.served?.length, hashes: hashes(x.served ?? PLAIN) });
      x.publishedIn(story);
      await story.published("LengthMismatch");
    }],
    ["image-hash-differs", "§5.4.4.2 step 10: the repositories disagree about the plain image; the ciphertext is as the Director says.", async (story) => {
      const one = entry(story.world);
      one.hashes = { ...one.hashes, sha256: "11".repeat(32) };
      new Encrypted(story.world).publishedIn(story);
      await story.published("Mismatch");
    }],
    ["image-repository-never-listed-it", "The Image repository does not know the image that the Director encrypted.", async (story) => {
      new Encrypted(story.world).publishedIn(story);
      story.world.image.targets.clear();
      await story.published("NotFound");
    }],
    ["form-in-the-image-repository", "The Image repository cannot know a ciphertext: what it says of one is not followed.", async (story) => {
      entry(story.world, story.world.image.targets).custom.encrypted = new Map([[SELF, { length: 1, hashes: hashes(PLAIN), method: METHOD }]]);
      await story.published("Ok");
    }],
    ["form-in-the-image-repository-differs", "Nor is it compared with what the Director says.", async (story) => {
      entry(story.world, story.world.image.targets).custom.encrypted = new Map([[SELF, { length: 1, hashes: hashes(PLAIN), method: "another-cipher" }]]);
      new Encrypted(story.world).publishedIn(story);
      await story.published("Ok");
    }],
    ["form-in-the-image-repository-without-method", "It has the same shape.", async (story) => {
      entry(story.world, story.world.image.targets).custom.encrypted = new Map([[SELF, { length: 1, hashes: hashes(PLAIN) } as Cipher]]);
      await story.published("Malformed");
    }],
    ["no-forms", "A member that names no ECU: the image comes as it is.", async (story) => {
      entry(story.world).custom.encrypted = new Map();
      await story.published("Ok");
    }],
    ["for-another-ecu", "Two ECUs get the image, encrypted for the other one: this one takes it as it is.", async (story) => {
      const { world } = story;
      world.ecus.push(BRAKE);
      world.order(IMAGE, PLAIN, world.ecus);
      const images = new Map(world.image.images);
      new Encrypted(world, BRAKE.serial).publishedIn(story);
      for (const [name, bytes] of images) world.image.images.set(name, bytes);
      await story.published("Ok");
    }],
    ["for-an-ecu-without-this-image", "A form for an ECU that the entry does not name says nothing.", async (story) => {
      const { world } = story;
      world.ecus.push(BRAKE);
      world.order("brake.bin", new TextEncoder().encode("brakes"), [BRAKE]);
      const x = new Encrypted(world, BRAKE.serial); // in the entry of the other image
      x.enter();
      await story.published("Ok");
    }],
    ["two-ecus", "One image, a ciphertext for each ECU. The Primary decrypts its own.", async (story) => {
      forBoth(story);
      await story.published("Ok");
    }],
    ["two-ecus-two-images", "One of two images is encrypted.", async (story) => {
      const { world } = story;
      new Encrypted(world).publishedIn(story);
      world.ecus.push(BRAKE);
      world.order("brake.bin", new TextEncoder().encode("brakes"), [BRAKE]);
      await story.published("Ok");
    }],
    ["others-ciphertext-one-bit", "§5.4.4.2 step 10: the Primary answers for the ciphertext of another ECU.", async (story) => {
      forBoth(story, (brake) => void (brake.served = flipped(brake.served)));
      await story.published("HashMismatch");
    }],
    ["others-ciphertext-one-byte-less", "It ends early.", async (story) => {
      forBoth(story, (brake) => void (brake.served = brake.served?.subarray(1)));
      await story.published("LengthMismatch");
    }],
    ["others-ciphertext-missing", "Nobody serves it.", async (story) => {
      forBoth(story, (brake) => void (brake.served = undefined));
      await story.published("Missing");
    }],
    ["others-ciphertext-is-ours", "Two ECUs of one image: the ciphertext of the first is served for the second.", async (story) => {
      forBoth(story, (brake) => void (brake.served = ciphertext(43, 1)));
      await story.published("HashMismatch");
    }],
    ["others-method-unknown", "What another ECU can decrypt is its own business.", async (story) => {
      forBoth(story, (brake) => brake.says({ method: "another-cipher" }));
      await story.published("Ok");
    }],
    ["then-plain", "An encrypted image, then an order without: nothing is left of the form.", async (story) => {
      new Encrypted(story.world).publishedIn(story);
      await story.published("Ok");
      delete entry(story.world).custom.encrypted;
      story.decrypted = undefined;
      story.world.director.images.clear();
      story.world.order(IMAGE, PLAIN, story.world.ecus);
      await story.next("Ok");
    }],
    ["then-it-decrypts", "Decryption fails once: the same files are good the next time.", async (story) => {
      const x = new Encrypted(story.world);
      x.decryptsTo(null);
      x.publishedIn(story);
      await story.published("DecryptFailed");
      x.decryptsTo(PLAIN);
      story.comesTo("Ok");
    }],
  ],
};

function offered(change: (x: Encrypted) => void, status: StatusName, more: (offer: Offer) => void = () => undefined): Tell {
  return async (offer) => {
    const x = new Encrypted(offer.world);
    change(x);
    x.offeredIn(offer);
    more(offer);
    await offer.published(status);
  };
}

const PARTIAL: [name: string, about: string, tell: Tell][] = [
  ...ROWS.map(([name, about, status, change]): (typeof PARTIAL)[number] => [name, about, offered(change, status)]),
  ["director-lists-the-ciphertext", "The entry itself describes the ciphertext: it decrypts to something else.", offered((x) => {
    Object.assign(entry(x.world), { length: x.served?.length, hashes: hashes(x.served ?? PLAIN) });
  }, "LengthMismatch")],
  ["sha512-alone", "SHA-512 is the only digest of the ciphertext.", offered((x) => x.says({ hashes: { sha512: hashes(x.served ?? PLAIN).sha512 } }), "Ok")],
  ["no-function", "No digest of the ciphertext at all.", offered((x) => x.says({ hashes: {} }), "UnsupportedHash")],
  ["unknown-function-alone", "Only a digest that the ECU cannot compute.", offered((x) => x.says({ hashes: { "blake2b-256": ZEROS } }), "UnsupportedHash")],
  ["for-another-ecu", "The image is encrypted for another ECU: this one takes it as it is.", async (offer) => {
    new Encrypted(offer.world, BRAKE.serial).enter();
    await offer.published("Ok");
  }],
  ["in-the-entry-of-another-ecu", "The entry of another ECU names this one among its forms.", async (offer) => {
    offer.world.order("brake.bin", PLAIN, [BRAKE]);
    const brake = offer.world.director.targets.get("brake.bin");
    if (brake !== undefined) brake.custom.encrypted = new Map([[SELF, { length: 1, hashes: hashes(PLAIN), method: METHOD }]]);
    await offer.published("Ok");
  }],
  ["installed-already", "The plain image is the one installed: nothing is asked for.", offered(() => undefined, "Ok", (offer) => {
    offer.installed = PLAIN;
    offer.target = null;
  })],
  ["installed-is-the-ciphertext", "What is installed has the digest of the ciphertext: that is not this image.", offered(() => undefined, "Ok", (offer) => {
    offer.installed = ciphertext(43, 1);
  })],
  ["then-plain", "An encrypted image, then an order without: nothing is left of the form.", async (offer) => {
    const x = new Encrypted(offer.world);
    x.wrapped(KEY);
    x.offeredIn(offer);
    await offer.published("Ok");
    delete entry(offer.world).custom.encrypted;
    [offer.image, offer.cipher, offer.decrypted] = [PLAIN, undefined, undefined];
    offer.world.director.targetsRole.version = 2;
    await offer.published("Ok");
  }],
  ["then-without-key", "A wrapped key, then the ECU's own: nothing is left of the wrapped one.", async (offer) => {
    const first = new Encrypted(offer.world);
    first.wrapped(KEY);
    first.offeredIn(offer);
    await offer.published("Ok");
    new Encrypted(offer.world, SELF, 2).offeredIn(offer);
    offer.world.director.targetsRole.version = 2;
    await offer.published("Ok");
  }],
  ["then-it-decrypts", "Decryption fails once: the same files are good the next time.", async (offer) => {
    const x = new Encrypted(offer.world);
    x.decryptsTo(null);
    x.offeredIn(offer);
    await offer.published("DecryptFailed");
    x.decryptsTo(PLAIN);
    offer.comesTo("Ok");
  }],
];

export function encryptedPartial(): Promise<OwnPack> {
  return partialPack("Images encrypted for one ECU, by partial verification", PARTIAL);
}
