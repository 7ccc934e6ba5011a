/** No installation without an attestation of the same update over the own nonce: docs/POUF.md, docs/adr/0003. Kind `uptane-partial` with `time`. */
import { time as attestation, date } from "../../bindings/metadata.ts";
import { sign } from "../../bindings/sign.ts";
import { type Offer, type Tell, partialPack } from "./partial.ts";
import { type OwnPack, content } from "./story.ts";
import { NOW, key } from "./world.ts";

const OWN = "11".repeat(32);

async function attested(offer: Offer, seconds: number, nonce = OWN, signers = offer.world.director.time.signers): Promise<void> {
  offer.time = { nonce_hex: OWN, attestation: content(await sign(attestation({ nonces: [nonce], seconds }), signers)) };
}

function none(offer: Offer): void {
  offer.time = { nonce_hex: OWN, attestation: null };
}

const STORIES: [name: string, about: string, tell: Tell][] = [
  ["good", "An attestation, then the update.", async (offer) => {
    await attested(offer, NOW);
    offer.comesTo("Ok");
  }],
  ["none", "No attestation: the metadata is good, and nothing is installed.", async (offer) => {
    none(offer);
    offer.comesTo("NoFreshTime");
  }],
  ["none-later", "An attestation serves one update, not the next.", async (offer) => {
    await attested(offer, NOW);
    offer.comesTo("Ok");
    none(offer);
    offer.comesTo("NoFreshTime");
    await attested(offer, NOW + 1);
    offer.comesTo("Ok");
  }],
  ["nonce-of-others", "An attestation for another ECU.", async (offer) => {
    await attested(offer, NOW, "22".repeat(32));
    offer.comesTo("NoFreshTime");
  }],
  ["foreign-key", "An attestation by a key the Root does not name.", async (offer) => {
    await attested(offer, NOW, OWN, [key()]);
    offer.comesTo("NoFreshTime");
  }],
  ["goes-back", "An attestation of an earlier time than the last.", async (offer) => {
    await attested(offer, NOW + 60);
    offer.comesTo("Ok");
    await attested(offer, NOW + 59);
    offer.comesTo("NoFreshTime");
  }],
  ["expired-by-it", "By the attested time Targets have expired, by the ECU's own clock not yet.", async (offer) => {
    offer.world.director.targetsRole.expires = date(NOW + 60);
    await offer.world.director.publish();
    await attested(offer, NOW + 59);
    offer.comesTo("Ok");
    await attested(offer, NOW + 60);
    offer.comesTo("Freeze");
  }],
  ["nothing-to-install", "Nothing for this ECU: that needs no fresh time.", async (offer) => {
    none(offer);
    offer.target = null;
    offer.world.director.targets.clear();
    await offer.published("Ok");
  }],
];

export function freshTime(): Promise<OwnPack> {
  return partialPack("Nothing is installed without fresh time", STORIES);
}
