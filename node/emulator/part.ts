/** A part that is switched on: its flash, what the journal says, its slots, and the cap on its RAM. */
import type { Core } from "../../bindings/core.ts";
import { type Kept, type Values, openKept } from "../kept.ts";
import { journalValues } from "./files.ts";
import { type Backing, Flash, Power } from "./flash.ts";
import { Journal } from "./journal.ts";
import type { Profile } from "./profile.ts";
import { type Scratch, openScratch } from "./scratch.ts";
import { type Slots, openSlots } from "./slots.ts";

// Keys of the journal. Append, never renumber.
const RECORD_KEY = 1;
const INSTALLED_KEY = 2;
const STATE_KEYS = 0x100;
const FILE_KEYS = 0x200;
const FILES_MAX = 256;

/** More RAM than the part has. */
export class RamError extends Error {
  override readonly name = "RamError";
}

export interface Part {
  readonly profile: Profile;
  readonly power: Power;
  readonly slots: Slots;
  readonly scratch: Scratch;
  readonly files: Kept;
  readonly state: Values; // of report.ts
  record(): Uint8Array | undefined;
  saveRecord(bytes: Uint8Array): void;
  /** Flash blocks erased in the life of the part, and the most for one block. */
  wear(): { total: number; worst: number };
  /** @throws RamError  when the core and the declared buffers together exceed the part's RAM */
  checkRam(core: Core): void;
}

/** The boot path: nothing but flash is known. */
export function boot(profile: Profile, backing: { code?: Backing; data?: Backing } = {}, power = new Power()): Part {
  const code = new Flash(profile.code, power, backing.code);
  const data = new Flash(profile.data, power, backing.data);
  const journal = new Journal(data, profile.scratch);
  const partial = profile.verification === "partial";
  return {
    profile,
    power,
    scratch: openScratch(data, profile.scratch),
    slots: openSlots(profile, code, journal, INSTALLED_KEY),
    files: openKept(journalValues(journal, FILE_KEYS, FILES_MAX), partial ? 2 : undefined),
    state: journalValues(journal, STATE_KEYS, 1),
    record: () => journal.read(RECORD_KEY),
    saveRecord: (bytes) => journal.write(RECORD_KEY, bytes),
    wear: () => {
      const [a, b] = [code.wear(), data.wear()];
      return { total: a.total + b.total, worst: Math.max(a.worst, b.worst) };
    },
    checkRam: (core) => {
      const needed = core.memoryUsed() + profile.buffers;
      if (needed > profile.ram) throw new RamError(`Cannot run in the ${profile.ram} bytes of RAM of ${profile.name}: ${needed} are needed`);
    },
  };
}
