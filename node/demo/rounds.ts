/** The three rounds of the demo: what is done, what has to come of it, and what was seen. */
import { NotFound, Ok, Unavailable } from "../../assembly/status.ts";
import { statusName } from "../../bindings/errors.ts";
import { profileOf } from "../emulator/profile.ts";
import type { CycleResult } from "../primary/cycle.ts";
import { type Fleet, makeImage } from "../provision.ts";
import type { House } from "./house.ts";
import type { Assigned, Inventory, Operator } from "./operator.ts";

export interface EcuRow {
  serial: string;
  profile: string;
  verification: string;
  before: string;
  after: string;
  sha256: string; // of what runs; of the bytes in flash for an emulated part
  verdict: string;
  attack: string;
  erased: number; // flash blocks
  ram: number; // bytes: highest one of linear memory written, and mutable globals
  inventory: string; // what the Director holds it to run
  state: string;
  reported: string; // newest attack note in the Director's inventory, "" for none
}

export interface Round {
  name: string;
  expected: string;
  seen: string;
  ecus: EcuRow[];
}

export interface Stage {
  fleet: Fleet;
  house: House;
  operator: Operator;
  step(what: string): void;
}

/** New images for every ECU, published, ordered, installed, confirmed. */
export async function goodRound(stage: Stage, name: string, releaseCounter: number): Promise<Round> {
  const { fleet, house, operator, step } = stage;
  const made = fleet.ecus.map((plan) => ({ serial: plan.serial, hardwareId: plan.hardwareId, image: makeImage(plan, releaseCounter) }));
  step("images published: uploaded, then listed by Targets signed offline");
  await operator.publish(made);
  step("images ordered at the Director");
  await operator.assign(`urn:uptane-wasm:demo:${releaseCounter}`, made);
  const result = await house.cycle(step);
  const inventory = await operator.inventory();
  const missing = made.filter((x) => !runs(x, result, inventory)).map(({ serial }) => `${serial}: ${verdict(result, serial)}`);
  const expected = "every ECU runs the image ordered, and the Director's inventory shows it";
  const answers = result.manifests.filter((answer) => answer !== "taken");
  return {
    name,
    expected,
    seen: missing.length === 0 && result.status === Ok && answers.length === 0 ? expected : [result.verdict, ...missing, ...answers].join("; "),
    ecus: rows(fleet, result, inventory),
  };
}

/** The Director's own keys sign an order for an image that the Image repository never listed. */
export async function compromisedRound(stage: Stage, name: string, releaseCounter: number): Promise<Round> {
  const { fleet, house, operator, step } = stage;
  const before = await operator.inventory();
  const victim = fleet.ecus.find(({ serial }) => serial === "brakes") ?? fleet.ecus[0];
  if (victim === undefined) throw new Error("Cannot attack a vehicle without ECUs");
  const evil = { ...makeImage(victim, releaseCounter), name: `${victim.serial}-evil.img` };
  step(`the Director is compromised: its keys sign an order of ${evil.name}`);
  await operator.assign("urn:uptane-wasm:demo:attack", [{ serial: victim.serial, hardwareId: victim.hardwareId, image: evil }]);
  const result = await house.cycle(step);
  const inventory = await operator.inventory();
  step(`the Primary says: ${result.verdict}`);
  const expected = `the Primary refuses (${statusName(NotFound)}), names the attack, nothing is installed, and the next manifest reports it`;
  const wrong: string[] = [];
  if (result.status !== NotFound || result.attack === "") wrong.push(`the Primary said: ${result.verdict}`);
  if (result.ecus.some(({ image, before: was, erased }) => image !== was || erased !== 0)) wrong.push("something was installed");
  if (same(before) !== same(inventory)) wrong.push("the inventory holds other images");
  if (result.manifests.some((answer) => answer !== "taken")) wrong.push(`manifests: ${result.manifests.join(", ")}`);
  const note = inventory.ecus.find(({ serial }) => serial === fleet.ecus[0]?.serial)?.attack?.note ?? "";
  step(`the Director's inventory shows, as reported: ${note}`);
  if (note !== result.verdict) wrong.push(`the inventory's attack note is ${JSON.stringify(note)}`);
  return { name, expected, seen: wrong.length === 0 ? expected : wrong.join("; "), ecus: rows(fleet, result, inventory) };
}

function runs({ serial, image }: Assigned, result: CycleResult, inventory: Inventory): boolean {
  const ecu = result.ecus.find((x) => x.serial === serial);
  const known = inventory.ecus.find((x) => x.serial === serial);
  return ecu?.sha256 === image.hashes.sha256 && ecu.image === image.name && known?.sha256 === image.hashes.sha256 && known.state === "installed";
}

function verdict(result: CycleResult, serial: string): string {
  return result.ecus.find((x) => x.serial === serial)?.verdict ?? statusName(Unavailable);
}

function same({ ecus }: Inventory): string {
  return JSON.stringify(ecus.map(({ serial, sha256 }) => [serial, sha256]));
}

function rows(fleet: Fleet, result: CycleResult, inventory: Inventory): EcuRow[] {
  return fleet.ecus.map(({ serial, profile }) => {
    const ecu = result.ecus.find((x) => x.serial === serial);
    const known = inventory.ecus.find((x) => x.serial === serial);
    return {
      serial,
      profile: profile ?? "Primary",
      verification: profile === undefined ? "full" : profileOf(profile).verification,
      before: ecu?.before ?? "",
      after: ecu?.image ?? "",
      sha256: ecu?.sha256 ?? "",
      verdict: ecu?.verdict ?? "",
      attack: ecu?.attack ?? "",
      erased: ecu?.erased ?? 0,
      ram: ecu?.ram ?? 0,
      inventory: known?.installed?.name ?? "",
      state: known?.state ?? "",
      reported: known?.attack?.note ?? "",
    };
  });
}
