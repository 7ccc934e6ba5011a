/**
 * Kind `uptane-client`: a vehicle with an empty memory runs one cycle a step against what two repositories serve, and fetches what was
 * ordered. Provisioned is 1.root.json of the first step, as the packs ask. State is kept from step to step.
 */
import { UsageError } from "../../bindings/errors.ts";
import { sizesOf } from "./cut.ts";
import type { Decryption } from "./decrypted.ts";
import { dialectOptions, unsupported } from "./dialect.ts";
import { type Case, type Content, type Expectation, type Pack, clockOf, filesOf } from "./pack.ts";
import { type Client, type Served, Vehicle } from "./vehicle.ts";
import type { Circumstances, Skip, Step, Verdict } from "./verdict.ts";

interface Files {
  files: Record<string, Content>;
}

interface ClientExpectation extends Expectation {
  director?: { targets?: Record<string, unknown> }; // images that have to be verified
  action?: string; // install, nothing-to-do or reject; then what was verified is installed at the end of a step
  also_allowed?: string[];
  installed?: Record<string, string | null>; // ECU -> image, at the end of the step
}

interface ClientStep {
  director: Files;
  image_repo: Files;
  decrypted?: Record<string, Decryption>; // our own packs: by ECU serial
  expect: ClientExpectation;
}

export interface ClientCase extends Case, Partial<Omit<ClientStep, "expect">> {
  steps?: ClientStep[];
  cuts?: number[]; // our own packs: bytes of the pieces of every file
  client?: Client;
  upstream?: { any_of_errors?: { err: string }[] }; // advisory, where the case is its only step
}

/** Where nobody says who the vehicle is, it has one ECU, and no order can name it. */
const NAMELESS: Client = { primary_ecu_serial: "", primary_hardware_id: "", secondaries: [] };

export async function clientCase(pack: Pack & { client?: Client }, one: ClientCase, circumstances: Circumstances): Promise<Step[] | Skip> {
  const steps = one.steps ?? [one as ClientStep];
  const client = one.client ?? pack.client ?? NAMELESS;
  const world = steps.map((step): Served => [filesOf(step.director.files), filesOf(step.image_repo.files)]);
  const first = world[0];
  if (first === undefined) throw new UsageError(`Cannot run ${one.name}: it has no step`);
  const cannot = unsupported(pack, world.flat());
  if (cannot !== undefined) return { skip: cannot };
  const options = dialectOptions(pack, world.flat(), world.map(([director]) => director), client.vin);
  const vehicle = new Vehicle(client, first, clockOf(pack), options, sizesOf(circumstances.piece, one.cuts ?? []), circumstances.trace);
  const installs = steps.some(({ expect }) => expect.action !== undefined);
  const answers: Step[] = [];
  let asExpected = true; // another action that is allowed makes another vehicle of it
  for (const [at, step] of steps.entries()) {
    const expect = one.upstream === undefined ? step.expect : { overall: one.upstream, ...step.expect };
    const verdict = await vehicle.cycle(world[at] ?? first, Object.keys(expect.director?.targets ?? {}), step.decrypted ?? {});
    if (installs) {
      const action = verdict.got === "accept" ? (vehicle.install() ? "install" : "nothing-to-do") : verdict.got;
      asExpected &&= action === expect.action;
      const open = action !== expect.action && expect.also_allowed?.includes(action) === true ? { ...expect, contested: true } : expect;
      answers.push({ verdict: acted(verdict, action, asExpected ? vehicle.runs : undefined, expect), expect: open });
    } else answers.push({ verdict, expect });
  }
  return answers;
}

/**
 * The verdict, with what the vehicle did.
 *
 * @param runs  image each ECU runs now; undefined: not compared
 */
function acted(verdict: Verdict, action: string, runs: ReadonlyMap<string, string> | undefined, expect: ClientExpectation): Verdict {
  if (action !== expect.action) return expect.also_allowed?.includes(action) === true ? verdict : { ...verdict, got: verdict.got === action ? `unexpected ${action}` : action };
  const wrong = Object.entries(expect.installed ?? {}).find(([serial, image]) => (runs === undefined ? undefined : runs.get(serial) ?? null) !== image);
  return runs === undefined || wrong === undefined ? verdict : { ...verdict, got: `${wrong[0]} runs ${runs.get(wrong[0]) ?? "nothing"}` };
}
