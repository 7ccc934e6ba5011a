/**
 * Kind `uptane-client`: a vehicle with an empty memory runs one cycle a step against what two repositories serve, and fetches what was
 * ordered. Provisioned is 1.root.json of the first step, as the packs ask. State is kept from step to step, nothing is installed.
 */
import { DIRECTOR, ECU_ORDERED, OPTION_LABELS, OPTION_PRIMARY, SESSION_CYCLE, SESSION_IMAGE } from "../../assembly/abi.ts";
import { Core, type Want } from "../../bindings/core.ts";
import { UsageError } from "../../bindings/errors.ts";
import { imageFile, metadataFile } from "../../bindings/urls.ts";
import { unsupported, usesLabels } from "./dialect.ts";
import { Memory } from "./memory.ts";
import { type Case, type Content, type Expectation, type Pack, clockOf, filesOf } from "./pack.ts";
import type { Circumstances, Skip, Step, Verdict } from "./verdict.ts";

interface Client {
  vin?: string;
  primary_ecu_serial: string;
  primary_hardware_id: string;
  secondaries: { ecu_serial: string; hardware_id: string }[];
  release_counters?: Record<string, number>; // our own packs: serial -> highest one installed
}

interface Files {
  files: Record<string, Content>;
}

interface ClientStep {
  director: Files;
  image_repo: Files;
  expect: Expectation & { director?: { targets?: Record<string, unknown> } };
}

export interface ClientCase extends Case, Partial<Omit<ClientStep, "expect">> {
  steps?: ClientStep[];
  client?: Client;
}

type Served = readonly [director: Map<string, Uint8Array>, image: Map<string, Uint8Array>];

export async function clientCase(pack: Pack & { client?: Client }, one: ClientCase, circumstances: Circumstances): Promise<Step[] | Skip> {
  const steps = one.steps ?? [one as ClientStep];
  const client = one.client ?? pack.client;
  if (client === undefined) return { skip: "form without identities of the client" };
  const world = steps.map((step): Served => [filesOf(step.director.files), filesOf(step.image_repo.files)]);
  const first = world[0];
  if (first === undefined) throw new UsageError(`Cannot run ${one.name}: it has no step`);
  const cannot = unsupported(pack, world.flat());
  if (cannot !== undefined) return { skip: cannot };
  const options = OPTION_PRIMARY | (usesLabels(pack) ? OPTION_LABELS : 0);
  const vehicle = new Vehicle(client, first, clockOf(pack), options, circumstances.piece ?? 0);
  const answers: Step[] = [];
  for (const [at, step] of steps.entries()) {
    answers.push({ verdict: await vehicle.cycle(world[at] ?? first, Object.keys(step.expect.director?.targets ?? {})), expect: step.expect });
  }
  return answers;
}

/** A Primary with its memory: the core with its record, and the files it was told to keep. */
class Vehicle {
  readonly #core: Core = Core.load();
  readonly #memory: Memory;
  readonly #client: Client;
  readonly #provisioned: Served;
  readonly #now: number;
  readonly #options: number;

  constructor(client: Client, provisioned: Served, now: number, options: number, piece: number) {
    this.#memory = new Memory(this.#core, piece);
    this.#client = client;
    this.#provisioned = provisioned;
    this.#now = now;
    this.#options = options;
  }

  /** One cycle and the images it orders. `wanted`: images that have to be verified for `accept`. */
  cycle(served: Served, wanted: string[]): Promise<Verdict> {
    const images = new Set<string>();
    const offer = {
      provisioned: (want: Want) => this.#provisioned[side(want)].get("1.root.json"),
      served: (want: Want) => served[side(want)].get(metadataFile(want)),
      image: (want: Want) => {
        images.add(want.name);
        const files = served[1];
        const places = [want.sha256, want.sha512].flatMap((digest) => imagePath(want, digest) ?? []);
        return [...places, `targets/${want.name}`, want.name].map((path) => files.get(path)).find((bytes) => bytes !== undefined);
      },
    };
    return this.#memory.judge(offer, async (session) => {
      this.#introduce();
      this.#core.open(SESSION_CYCLE, this.#options, this.#now);
      await session();
      const ecus = 1 + this.#client.secondaries.length;
      const ordered = Array.from({ length: ecus }, (_, at) => at).filter((at) => this.#core.outcome(at) === ECU_ORDERED);
      for (const at of ordered) {
        this.#core.select(at);
        this.#core.open(SESSION_IMAGE, this.#options, this.#now);
        await session();
      }
      const absent = wanted.filter((name) => !images.has(name));
      return absent.length === 0 ? { got: "accept" } : { got: "reject", detail: `not ordered: ${absent.join(", ")}` };
    });
  }

  #introduce(): void {
    const { vin, primary_ecu_serial: primary, primary_hardware_id: hardwareId, secondaries, release_counters } = this.#client;
    const counters = new Map(Object.entries(release_counters ?? {}));
    const counter = (serial: string): number => counters.get(serial) ?? -1;
    this.#core.forget();
    this.#core.identify({ vehicle: vin ?? "", serial: primary, hardwareId, counter: counter(primary) });
    this.#core.ecu({ serial: primary, hardwareId, counter: counter(primary) });
    for (const ecu of secondaries) this.#core.ecu({ serial: ecu.ecu_serial, hardwareId: ecu.hardware_id, counter: counter(ecu.ecu_serial) });
  }
}

function side(want: Want): 0 | 1 {
  return want.repository === DIRECTOR ? 0 : 1;
}

function imagePath(want: Want, digest: string | undefined): string | undefined {
  if (digest === undefined) return undefined;
  try {
    return `targets/${imageFile(want, digest)}`;
  } catch (error) {
    if (error instanceof UsageError) return undefined; // a name that no path carries is served as it stands, if at all
    throw error;
  }
}
