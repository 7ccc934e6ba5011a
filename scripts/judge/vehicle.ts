/** A vehicle as the packs describe one: the core with its record, the files it was told to keep, and what its ECUs run. */
import { createHash } from "node:crypto";
import { DIRECTOR, ECU_ORDERED, OPTION_IMAGE_ONLY, OPTION_PRIMARY, ROLE_TARGETS, SESSION_CYCLE, SESSION_IMAGE } from "../../assembly/abi.ts";
import { Core, type Want } from "../../bindings/core.ts";
import type { Sizes } from "./cut.ts";
import { type Decryption, decrypted } from "./decrypted.ts";
import { Memory, type Offer } from "./memory.ts";
import { rising } from "./order.ts";
import { cipherIn, imageIn, metadataIn } from "./paths.ts";
import type { Circumstances, Verdict } from "./verdict.ts";

export interface Client {
  vin?: string;
  primary_ecu_serial: string;
  primary_hardware_id: string;
  secondaries: { ecu_serial: string; hardware_id: string }[];
  release_counters?: Record<string, number>; // our own packs: serial -> highest one installed
}

export type Served = readonly [director: Map<string, Uint8Array>, image: Map<string, Uint8Array>];

interface Image {
  name: string;
  bytes: Uint8Array;
}

export class Vehicle {
  /** Image each ECU runs. */
  readonly runs = new Map<string, string>();
  readonly #core: Core = Core.load();
  readonly #memory: Memory;
  readonly #ecus: readonly { serial: string; hardwareId: string; counter: number }[];
  readonly #nameless: boolean; // no order can name an ECU: what names nobody is for the one there is
  readonly #vin: string;
  readonly #provisioned: Served;
  readonly #now: number;
  readonly #dialect: number;
  readonly #digests = new Map<string, Uint8Array>(); // SHA-256 of what an ECU runs
  #verified = new Map<string, Image>(); // ECU -> image of this cycle

  /** @param dialect  OPTION_* of the dialect and its policies */
  constructor(client: Client, provisioned: Served, now: number, dialect: number, pieces: Sizes, trace: Circumstances["trace"]) {
    const counters = new Map(Object.entries(client.release_counters ?? {}));
    this.#ecus = [[client.primary_ecu_serial, client.primary_hardware_id] as const, ...client.secondaries.map((x) => [x.ecu_serial, x.hardware_id] as const)].map(
      ([serial, hardwareId]) => ({ serial, hardwareId, counter: counters.get(serial) ?? -1 }),
    );
    this.#nameless = client.primary_ecu_serial === "";
    this.#vin = client.vin ?? "";
    this.#memory = new Memory(this.#core, pieces, trace);
    this.#provisioned = provisioned;
    this.#now = now;
    this.#dialect = dialect;
  }

  /** One cycle and the images it orders. `wanted`: images that have to be verified for `accept`; `opens`: what ECUs decrypt, by serial. */
  cycle(served: Served, wanted: string[], opens: Record<string, Decryption> = {}): Promise<Verdict> {
    const images = new Set<string>();
    let last: Image | undefined;
    let ecu = ""; // whose image it is
    const offer: Offer = {
      provisioned: (want) => this.#inOrder(this.#provisioned[side(want)].get("1.root.json")),
      served: (want) => this.#inOrder(metadataIn(served[side(want)], want)),
      image: (want) => {
        images.add(want.name);
        const bytes = want.encrypted === undefined ? imageIn(served[1], want) : decrypted(want.encrypted, opens[ecu]);
        last = bytes instanceof Uint8Array ? { name: want.name, bytes } : undefined;
        return bytes;
      },
      cipher: (want) => {
        images.add(want.name);
        last = undefined; // of another ECU than the Primary it is all that is asked for
        return cipherIn(served[0], want);
      },
    };
    this.#verified = new Map();
    return this.#memory.judge(offer, async (session) => {
      this.#introduce();
      this.#core.open(SESSION_CYCLE, this.#dialect | OPTION_PRIMARY, this.#now);
      await session();
      const ordered = this.#ecus.map(({ serial }, at) => ({ serial, at })).filter(({ at }) => this.#core.outcome(at) === ECU_ORDERED);
      for (const { serial, at } of ordered) {
        ecu = serial;
        this.#core.select(at);
        this.#core.open(SESSION_IMAGE, this.#dialect, this.#now);
        await session();
        if (last !== undefined) this.#verified.set(serial, last);
      }
      for (const name of this.#nameless ? nobodys(this.#memory.kept(DIRECTOR, ROLE_TARGETS)) : []) {
        this.#core.target(name);
        this.#core.open(SESSION_CYCLE, this.#dialect | OPTION_IMAGE_ONLY, this.#now);
        await session();
        this.#core.open(SESSION_IMAGE, this.#dialect, this.#now);
        await session();
      }
      const absent = wanted.filter((name) => !images.has(name));
      return absent.length === 0 ? { got: "accept" } : { got: "reject", detail: `not ordered: ${absent.join(", ")}` };
    });
  }

  /** The images of the last cycle become what the ECUs run. @returns whether there was one */
  install(): boolean {
    for (const [serial, { name, bytes }] of this.#verified) {
      this.runs.set(serial, name);
      this.#digests.set(serial, createHash("sha256").update(bytes).digest());
    }
    return this.#verified.size > 0;
  }

  /** Writers of other dialects do not always sort. */
  #inOrder(file: Uint8Array | undefined): Uint8Array | undefined {
    return file === undefined || this.#dialect === 0 ? file : rising(file);
  }

  #introduce(): void {
    this.#core.forget();
    const primary = this.#ecus[0];
    if (primary !== undefined) this.#core.identify({ vehicle: this.#vin, ...primary });
    for (const ecu of this.#ecus) {
      const bytes32 = this.#digests.get(ecu.serial);
      this.#core.ecu(bytes32 === undefined ? ecu : { ...ecu, bytes32 });
    }
  }
}

function side(want: Want): 0 | 1 {
  return want.repository === DIRECTOR ? 0 : 1;
}

/** Names of the images that Director Targets assigns to nobody: the core has matched them, and a host that runs them reads them from the same bytes. */
function nobodys(targets: Uint8Array | undefined): string[] {
  if (targets === undefined) return [];
  const { signed }: { signed: { targets: Record<string, { custom?: { ecuIdentifiers?: object | null } | null }> } } = JSON.parse(Buffer.from(targets).toString("utf8"));
  return Object.entries(signed.targets).filter(([, { custom }]) => Object.keys(custom?.ecuIdentifiers ?? {}).length === 0).map(([name]) => name);
}
