/** A story becomes a case: the world as it is served at each step, and the one verdict that must come of it. */
import type * as Status from "../../assembly/status.ts";
import { date } from "../../bindings/metadata.ts";
import type { Decryption } from "../judge/decrypted.ts";
import type { Content } from "../judge/pack.ts";
import { NOW, VEHICLE, World, restartKeys } from "./world.ts";

export type StatusName = keyof typeof Status;

/** A vectors/1 pack of our own. */
export interface OwnPack {
  kind: string;
  cases: object[];
  [member: string]: unknown;
}

export interface Clause {
  folder: string; // below vectors/
  about: string;
  kind: string;
  stories: [name: string, about: string, tell: (story: Story) => Promise<void>][];
}

/** What a story says of a step: `Ok`, or the name of the refusal. */
export function expectation(status: StatusName): { result: string; status: StatusName } {
  return { result: status === "Ok" ? "accept" : "reject", status };
}

/** Kind `uptane-client`: change `world`, publish, then say what a cycle must come to. */
export class Story {
  readonly world: World;
  readonly steps: object[] = [];
  counters: Record<string, number> = {};
  cuts: number[] | undefined;
  decrypted: Record<string, Decryption> | undefined; // by ECU serial

  constructor(world: World) {
    this.world = world;
  }

  /** The repositories as they stand now are one step. */
  comesTo(status: StatusName): void {
    const { director, image, ecus } = this.world;
    const ordered = [...director.targets].filter(([, entry]) => ecus.some((ecu) => entry.custom.ecuIdentifiers?.has(ecu.serial)));
    const targets = Object.fromEntries(ordered.map(([name]) => [name, {}]));
    const ciphers = new Map([...director.images].map(([digest, bytes]) => [`encrypted/${digest}`, bytes]));
    const images = new Map([...image.images].map(([name, bytes]) => [`targets/${name}`, bytes]));
    this.steps.push({
      director: { files: contents(new Map([...director.files, ...ciphers])) },
      image_repo: { files: contents(new Map([...image.files, ...images])) },
      ...(this.decrypted === undefined ? {} : { decrypted: structuredClone(this.decrypted) }),
      expect: { ...expectation(status), ...(status === "Ok" ? { director: { targets } } : {}) },
    });
  }

  /** Publishes, then `comesTo`. */
  async published(status: StatusName): Promise<void> {
    await this.world.publish();
    this.comesTo(status);
  }

  /** Everything one version up, then `comesTo`. What the new files replace is no longer served, to keep the packs small. */
  async next(status: StatusName): Promise<void> {
    for (const { files } of [this.world.director, this.world.image]) {
      for (const path of files.keys()) if (!path.endsWith("root.json")) files.delete(path);
    }
    await this.world.publishNext();
    this.comesTo(status);
  }

  /** A first step that passes, so that the next one meets a vehicle with a memory. */
  start(): void {
    this.comesTo("Ok");
  }
}

export async function clientPack({ about, kind, stories }: Clause): Promise<OwnPack> {
  const cases: object[] = [];
  for (const [name, why, tell] of stories) {
    restartKeys();
    const story = new Story(await World.make());
    await tell(story);
    const [first, ...others] = story.world.ecus;
    const client = {
      vin: VEHICLE,
      primary_ecu_serial: first?.serial,
      primary_hardware_id: first?.hardwareId,
      secondaries: others.map((ecu) => ({ ecu_serial: ecu.serial, hardware_id: ecu.hardwareId })),
      release_counters: story.counters,
    };
    cases.push({ name, about: why, client, ...(story.cuts === undefined ? {} : { cuts: story.cuts }), steps: story.steps });
  }
  return { about, ...head(kind), cases };
}

export function head(kind: string): { kind: string; profile: string; clock: string } {
  return { kind, profile: "pouf", clock: date(NOW) };
}

/** Bytes as a pack spells them. Padding is counted, not written. */
export function content(bytes: Uint8Array): Content {
  let spaces = 0;
  while (bytes[spaces] === 0x20) spaces++;
  const rest = Buffer.from(bytes.subarray(spaces));
  const text = rest.toString("utf8");
  if (!rest.equals(Buffer.from(text))) return { base64: Buffer.from(bytes).toString("base64") };
  return spaces === 0 ? { utf8: text } : { repeat: " ", count: spaces, suffix: text };
}

function contents(files: Map<string, Uint8Array>): Record<string, Content> {
  const seen = new Map<string, string>();
  return Object.fromEntries([...files].map(([path, bytes]) => {
    const text = Buffer.from(bytes).toString("base64");
    const same = seen.get(text);
    seen.set(text, same ?? path);
    return [path, same === undefined ? content(bytes) : { alias: same }];
  }));
}

/** The bytes with one text in place of another; the generator fails when the first is not there. */
export function replaced(bytes: Uint8Array | undefined, from: string, to: string): Uint8Array {
  const text = Buffer.from(bytes ?? []).toString("utf8");
  if (!text.includes(from)) throw new Error(`Cannot replace ${from}: it is not in the file`);
  return Buffer.from(text.replace(from, to));
}

/** The same file with one bit of its first signature flipped. */
export function badlySigned(bytes: Uint8Array | undefined): Uint8Array {
  const text = Buffer.from(bytes ?? []).toString("utf8");
  const digit = /"sig":"(.)/.exec(text)?.[1] ?? "";
  return replaced(bytes, `"sig":"${digit}`, `"sig":"${(Number.parseInt(digit, 16) ^ 1).toString(16)}`);
}

/** A payload as JSON text, to be edited as text and parsed again. */
export function plain(signed: object): string {
  return JSON.stringify(signed, (_name, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value));
}
