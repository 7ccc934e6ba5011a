/** A host with everything in memory: what is provisioned, what is offered now, what was kept. Notes whether a refusal changed the record. */
import { SOURCE_NEW, SOURCE_PROVISIONED } from "../../assembly/abi.ts";
import { Missing, NoFreshTime, Storage } from "../../assembly/status.ts";
import type { Core, Want } from "../../bindings/core.ts";
import { MetadataError } from "../../bindings/errors.ts";
import { type Host, type Session, run } from "../../bindings/run.ts";
import { type Sizes, inPieces } from "./cut.ts";
import { heardBy, written } from "./trace.ts";
import type { Circumstances, Verdict } from "./verdict.ts";

/** Where the bytes of one step come from; undefined: there is no such file. */
export interface Offer {
  provisioned(want: Want): Uint8Array | undefined;
  served(want: Want): Uint8Array | undefined;
  image(want: Want): Uint8Array | number | undefined; // a number: why there is none
  cipher?(want: Want): Uint8Array | undefined;
}

const ECUS_TRACED = 4; // no case has more

export class Memory {
  readonly #core: Core;
  readonly #session: Session;
  readonly #kept = new Map<string, Uint8Array>();
  readonly #trace: (line: string) => void;
  #before: Uint8Array;

  /** @param pieces  bytes fed at a time, as cut.ts has them */
  constructor(core: Core, pieces: Sizes, trace: Circumstances["trace"]) {
    this.#core = core;
    this.#trace = trace ?? (() => undefined);
    const session = inPieces(core, pieces);
    this.#session = trace === undefined ? session : heardBy(session, trace);
    this.#before = core.record();
  }

  /** Drives sessions, and makes a verdict of what comes of them: `drive` opens each and calls the function it is given. */
  async judge(offer: Offer, drive: (session: () => Promise<void>) => Promise<Verdict>): Promise<Verdict> {
    try {
      let evidence = 0;
      const verdict = await drive(async () => {
        const report = await run(this.#session, this.#host(offer));
        evidence ||= report.evidence; // of another ECU's image that is encrypted for it nothing is seen, so nothing is held
      });
      for (let ecu = 0; ecu < ECUS_TRACED; ecu++) this.#trace(written(this.#core.reported(ecu)));
      return { ...verdict, evidence };
    } catch (error) {
      if (!(error instanceof MetadataError)) return { got: `error: ${String(error)}` };
      // Without fresh time good metadata is taken all the same: only the image is withheld.
      const changed = error.report.status !== NoFreshTime && this.#core.record().some((byte, at) => byte !== this.#before[at]);
      return { got: changed ? "reject, but the trusted record changed" : "reject", report: error.report };
    }
  }

  /** The file kept last for a role. */
  kept(repository: number, role: number): Uint8Array | undefined {
    return this.#kept.get(place({ repository, role, name: "" }));
  }

  #host(offer: Offer): Host {
    return {
      file: async (want) => this.#file(offer, want),
      keep: async (want, _version, bytes) => void this.#kept.set(place(want), bytes),
      save: async () => undefined, // the record stays where it is, in the core
      image: async (want) => {
        this.#before = this.#core.record();
        return offer.image(want) ?? Missing;
      },
      cipher: async (want) => {
        this.#before = this.#core.record();
        return offer.cipher?.(want) ?? Missing;
      },
    };
  }

  #file(offer: Offer, want: Want): Uint8Array | number {
    this.#before = this.#core.record(); // a file at fault changes nothing; those before it may have been taken
    if (want.source === SOURCE_PROVISIONED) return offer.provisioned(want) ?? Missing;
    if (want.source === SOURCE_NEW) return offer.served(want) ?? Missing;
    return this.#kept.get(place(want)) ?? Storage;
  }
}

/** Where a kept file lies: one for each repository, role and name; a newer one takes the place of the older. */
function place(want: Pick<Want, "repository" | "role" | "name">): string {
  return `${want.repository} ${want.role} ${want.name}`;
}
