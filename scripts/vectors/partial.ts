/** Partial verification: Uptane 2.1.0 §5.4.4.1, Director Root and Targets, and the image. Kind `uptane-partial`. */
import { date, hashes } from "../../bindings/metadata.ts";
import { sign } from "../../bindings/sign.ts";
import type { Decryption } from "../judge/decrypted.ts";
import type { Content } from "../judge/pack.ts";
import { type OwnPack, type StatusName, badlySigned, content, expectation, head, replaced } from "./story.ts";
import { BEFORE, NOW, VEHICLE, World, key, restartKeys } from "./world.ts";

/** What is offered to one small ECU; a story changes it. */
export class Offer {
  readonly world: World;
  image: Uint8Array | null;
  stored: number | null = null;
  target: string | null = "app.bin";
  releaseCounter = -1;
  installed: Uint8Array | undefined;
  time: { nonce_hex: string; attestation: Content | null } | undefined;
  cipher: Uint8Array | null | undefined;
  decrypted: Record<string, Decryption> | undefined; // by ECU serial
  steps: object[] = [];
  readonly roots: Record<string, Content> = {};

  constructor(world: World) {
    this.world = world;
    this.image = [...world.image.images.values()][0] ?? null;
  }

  targets(): Uint8Array | undefined {
    const { files, targetsRole } = this.world.director;
    return files.get(`${targetsRole.version}.targets.json`);
  }

  comesTo(status: StatusName, targets = this.targets()): void {
    const target = status === "Ok" ? { target: this.target } : {};
    this.steps.push({
      ...(Object.keys(this.roots).length === 0 ? {} : { roots: { ...this.roots } }),
      ...(this.time === undefined ? {} : { time: this.time }),
      targets: content(targets ?? new Uint8Array(0)),
      image: this.image === null ? null : content(this.image),
      ...(this.cipher === undefined ? {} : { cipher: this.cipher === null ? null : content(this.cipher) }),
      ...(this.decrypted === undefined ? {} : { decrypted: structuredClone(this.decrypted) }),
      expect: { ...expectation(status), ...target },
    });
  }

  async published(status: StatusName): Promise<void> {
    await this.world.director.publish();
    this.comesTo(status);
  }
}

export type Tell = (offer: Offer) => Promise<void>;

const STORIES: [name: string, about: string, tell: Tell][] = [
  ["good", "Root, Targets and image are good.", async (offer) => offer.comesTo("Ok")],
  ["again", "The same files again: the same verdict.", async (offer) => {
    offer.comesTo("Ok");
    offer.comesTo("Ok");
  }],
  ["nothing-for-this-ecu", "Targets orders something for another ECU only.", async (offer) => {
    offer.world.director.targets.clear();
    offer.world.order("other.bin", new Uint8Array(3), [{ serial: "brake-1", hardwareId: "brake-a", counter: -1 }]);
    offer.target = null;
    await offer.published("Ok");
  }],
  ["wrong-hardware", "The entry for this ECU names other hardware.", async (offer) => {
    offer.world.order("app.bin", offer.image ?? new Uint8Array(0), [{ serial: "tcu-1", hardwareId: "brake-a", counter: -1 }]);
    await offer.published("WrongHardware");
  }],
  ["foreign-key", "Targets signed by a key that the pinned Root does not name.", async (offer) => {
    offer.world.director.targetsRole.signers = [key()];
    await offer.published("BadSignature");
  }],
  ["bit-flipped", "One bit of the signature.", async (offer) => offer.comesTo("BadSignature", badlySigned(offer.targets()))],
  ["changed-after-signing", "The version was raised after signing.", async (offer) => {
    offer.comesTo("BadSignature", replaced(offer.targets(), `"version":1}}`, `"version":2}}`));
  }],
  ["two-of-two-one-signed", "Root asks for two Targets keys; one signs.", async (offer) => {
    const { director } = offer.world;
    director.targetsRole.signers = [...director.targetsRole.signers, key()];
    director.targetsRole.threshold = 2;
    await director.publishRoot();
    await offer.published("Ok");
    director.targetsRole.signers = director.targetsRole.signers.slice(1);
    director.targetsRole.version = 2;
    await offer.published("UnmetThreshold");
  }],
  ["expired", "Expired one second ago.", async (offer) => {
    offer.world.director.targetsRole.expires = BEFORE;
    await offer.published("Freeze");
  }],
  ["expires-now", "The second of the expiry counts as expired.", async (offer) => {
    offer.world.director.targetsRole.expires = date(NOW);
    await offer.published("Freeze");
  }],
  ["expires-in-a-second", "One second before the expiry.", async (offer) => {
    offer.world.director.targetsRole.expires = date(NOW + 1);
    await offer.published("Ok");
  }],
  ["older-than-stored", "A version below the one this ECU has stored.", async (offer) => {
    offer.stored = 2;
    offer.comesTo("Rollback");
  }],
  ["newer-than-stored", "A version above the one this ECU has stored.", async (offer) => {
    offer.stored = 2;
    offer.world.director.targetsRole.version = 3;
    await offer.published("Ok");
  }],
  ["rollback", "First version 2, then version 1, both validly signed.", async (offer) => {
    const old = offer.targets();
    offer.world.director.targetsRole.version = 2;
    await offer.published("Ok");
    offer.comesTo("Rollback", old);
  }],
  ["delegations", "The Director must not delegate.", async (offer) => {
    offer.world.director.delegations = [{ name: "supplier", keys: [key().public], threshold: 1, paths: ["*"] }];
    await offer.published("DirectorDelegates");
  }],
  ["one-ecu-twice", "Two images for this ECU.", async (offer) => {
    offer.world.order("other.bin", new Uint8Array(3), offer.world.ecus);
    await offer.published("RepeatedEcu");
  }],
  ["another-vehicle", "Targets of another vehicle with an ECU of the same serial.", async (offer) => {
    offer.world.director.custom = { vehicleId: `${VEHICLE}-B` };
    await offer.published("WrongVehicle");
  }],
  ["another-type", "A Timestamp, signed by the Targets key.", async (offer) => {
    offer.world.director.edit = (file, signed) => (file === "targets.json" ? { ...signed, _type: "timestamp" } : signed);
    await offer.published("WrongType");
  }],
  ["release-counter-lower", "An image older than the one installed, in newer metadata.", async (offer) => {
    offer.releaseCounter = 2;
    offer.comesTo("ReleaseCounter");
  }],
  ["release-counter-equal", "The counter of the installed image: a repair of the same release.", async (offer) => {
    offer.releaseCounter = 1;
    offer.comesTo("Ok");
  }],
  ["release-counter-gone", "No counter, although this ECU has seen one.", async (offer) => {
    offer.releaseCounter = 1;
    for (const { custom } of offer.world.director.targets.values()) delete custom.releaseCounter;
    await offer.published("ReleaseCounter");
  }],
  ["release-counter-never-seen", "No counter, and none was ever seen.", async (offer) => {
    for (const { custom } of offer.world.director.targets.values()) delete custom.releaseCounter;
    await offer.published("Ok");
  }],
  ["installed-already", "The image of the order is the one installed: nothing to do.", async (offer) => {
    offer.installed = offer.image ?? new Uint8Array(0);
    offer.target = null;
    offer.comesTo("Ok");
  }],
  ["vehicle-in-other-case", "A vehicle identifier is compared byte for byte.", async (offer) => {
    offer.world.director.custom = { vehicleId: VEHICLE.toLowerCase() };
    await offer.published("WrongVehicle");
  }],
  ["vehicle-cut-short", "The start of the vehicle identifier.", async (offer) => {
    offer.world.director.custom = { vehicleId: VEHICLE.slice(0, -1) };
    await offer.published("WrongVehicle");
  }],
  ["image-one-bit", "The image has the right length and one wrong bit.", async (offer) => {
    offer.image = offer.image?.map((byte, at) => (at === 3 ? byte ^ 1 : byte)) ?? null;
    offer.comesTo("HashMismatch");
  }],
  ["image-one-byte-less", "The image ends early.", async (offer) => {
    offer.image = offer.image?.subarray(1) ?? null;
    offer.comesTo("LengthMismatch");
  }],
  ["image-one-byte-more", "The image goes on after its length.", async (offer) => {
    offer.image = Buffer.concat([offer.image ?? Buffer.alloc(0), Buffer.from("x")]);
    offer.comesTo("EndlessData");
  }],
  ["image-missing", "There is no image.", async (offer) => {
    offer.image = null;
    offer.comesTo("Missing");
  }],
  ["root-chain", "The Targets key was replaced; the newer Root says so.", async (offer) => {
    const { director } = offer.world;
    offer.comesTo("Ok");
    await director.rotate("targetsRole");
    offer.roots["2.root.json"] = content(director.files.get("2.root.json") ?? new Uint8Array(0));
    director.targetsRole.version = 2;
    await offer.published("Ok");
  }],
  ["root-chain-old-key", "Targets signed by the key that the newer Root has dropped.", async (offer) => {
    const { director } = offer.world;
    offer.comesTo("Ok");
    await director.rotate("targetsRole");
    offer.roots["2.root.json"] = content(director.files.get("2.root.json") ?? new Uint8Array(0));
    offer.comesTo("BadSignature");
  }],
  ["root-chain-not-by-the-old", "A newer Root that the old Root keys did not sign.", async (offer) => {
    const { director } = offer.world;
    offer.comesTo("Ok");
    await director.rotate("root");
    offer.roots["2.root.json"] = content(await sign(director.rootPayload(), director.root.signers));
    offer.comesTo("BadSignature");
  }],
];

export function partial(): Promise<OwnPack> {
  return partialPack("Partial verification, image included", STORIES);
}

export async function partialPack(about: string, stories: typeof STORIES): Promise<OwnPack> {
  const cases: object[] = [];
  for (const [name, why, tell] of stories) {
    restartKeys();
    const offer = new Offer(await World.make());
    await tell(offer);
    const [first] = offer.world.ecus;
    const trusted = content(offer.world.director.files.get("1.root.json") ?? new Uint8Array(0));
    const ecu = { serial: first?.serial, hardware_id: first?.hardwareId, vin: VEHICLE, release_counter: offer.releaseCounter, ...(offer.installed === undefined ? {} : { installed_sha256: hashes(offer.installed).sha256 }) };
    const only = offer.steps.length === 1 ? offer.steps[0] : { steps: offer.steps };
    cases.push({ name, about: why, trusted_root: trusted, ecu, stored_targets_version: offer.stored, ...only });
  }
  return { about, ...head("uptane-partial"), cases };
}
