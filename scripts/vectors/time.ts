/** Time attestations: docs/POUF.md, and the attested time of Uptane 2.1.0 §5.3.3. Kind `time`: one attestation a step. */
import { TIME_JUMP_MAX } from "../../assembly/layout.ts";
import { time as attestation } from "../../bindings/metadata.ts";
import { sign } from "../../bindings/sign.ts";
import { type OwnPack, type StatusName, badlySigned, content, expectation, head } from "./story.ts";
import { NOW, VEHICLE, World, key, restartKeys } from "./world.ts";

const OWN = "11".repeat(32);
const OTHERS = "22".repeat(32);

type Step = [status: StatusName, bytes: Uint8Array];
type Tell = (world: World) => Promise<Step[]>;

function attest(world: World, seconds: number, nonces = [OWN]): Promise<Uint8Array> {
  return sign(attestation({ nonces, seconds }), world.director.time.signers);
}

const STORIES: [name: string, about: string, tell: Tell][] = [
  ["good", "The own nonce, the key of the time source.", async (world) => [["Ok", await attest(world, NOW + 60)]]],
  ["nonce-of-several", "The own nonce among those of other ECUs.", async (world) => [["Ok", await attest(world, NOW + 60, [OTHERS, OWN])]]],
  ["nonce-of-others", "An attestation made for another ECU, or an old one: the own nonce is not in it.", async (world) => [["Nonce", await attest(world, NOW + 60, [OTHERS])]]],
  ["no-nonce", "An attestation for nobody fits everybody.", async (world) => [["Nonce", await attest(world, NOW + 60, [])]]],
  ["foreign-key", "Signed by a key that the Director's Root does not name for time.", async () => [["BadSignature", await sign(attestation({ nonces: [OWN], seconds: NOW + 60 }), [key()])]]],
  ["timestamp-key", "Signed by the Director's Timestamp key.", async (world) => [["BadSignature", await sign(attestation({ nonces: [OWN], seconds: NOW + 60 }), world.director.timestamp.signers)]]],
  ["bit-flipped", "One bit of the signature.", async (world) => [["BadSignature", badlySigned(await attest(world, NOW + 60))]]],
  ["rises", "Time goes on.", async (world) => [["Ok", await attest(world, NOW + 60)], ["Ok", await attest(world, NOW + 120)]]],
  ["goes-back", "A time before one already attested.", async (world) => [["Ok", await attest(world, NOW + 60)], ["TimeBack", await attest(world, NOW + 59)]]],
  ["the-same-again", "The second that was attested last, over a new nonce or the old one.", async (world) => [["Ok", await attest(world, NOW + 60)], ["Ok", await attest(world, NOW + 60)]]],
  ["jump-at-the-bound", "Ten years of 365 days after the last attested time.", async (world) => [["Ok", await attest(world, NOW)], ["Ok", await attest(world, NOW + TIME_JUMP_MAX)]]],
  ["jump-too-far", "A second more, and the true time is still taken afterwards.", async (world) => [
    ["Ok", await attest(world, NOW)], ["TimeJump", await attest(world, NOW + TIME_JUMP_MAX + 1)], ["Ok", await attest(world, NOW + 1)],
  ]],
  ["nonce-in-capitals", "Hexadecimal has one spelling.", async (world) => [["Nonce", await attest(world, NOW, ["AB".repeat(32)])]]],
  ["nonce-cut-short", "The start of the own nonce.", async (world) => [["Nonce", await attest(world, NOW, [OWN.slice(2)])]]],
  ["another-type", "A Timestamp signed by the time key.", async (world) => [
    ["WrongType", await sign({ ...attestation({ nonces: [OWN], seconds: NOW + 60 }), _type: "timestamp" }, world.director.time.signers)],
  ]],
  ["no-time", "The member `time` is missing.", async (world) => [["Malformed", await sign({ _type: "time", nonces: [OWN] }, world.director.time.signers)]]],
  ["date-that-is-none", "30 February.", async (world) => [["BadDate", await sign({ _type: "time", nonces: [OWN], time: "2030-02-30T00:00:00Z" }, world.director.time.signers)]]],
];

export async function time(): Promise<OwnPack> {
  const cases: object[] = [];
  for (const [name, about, tell] of STORIES) {
    restartKeys();
    const world = await World.make();
    const steps = (await tell(world)).map(([status, bytes]) => ({ nonce_hex: OWN, attestation: content(bytes), expect: expectation(status) }));
    const [ecu] = world.ecus;
    const root = content(world.director.files.get("1.root.json") ?? new Uint8Array(0));
    cases.push({ name, about, trusted_root: root, ecu: { serial: ecu?.serial, hardware_id: ecu?.hardwareId, vin: VEHICLE }, steps });
  }
  return { about: "Time attestations over nonces", ...head("time"), cases };
}
