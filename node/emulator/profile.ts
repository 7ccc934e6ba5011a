/**
 * The parts that the emulator can be. Figures of NXP parts are those of the data sheets (flash block and program unit, RAM); how code
 * flash is divided between boot loader, application and the two image slots is ours. docs/emulator.md says what is modelled and what is not.
 */

/** One flash memory. Sizes in bytes. */
export interface Geometry {
  size: number;
  block: number; // erased at once
  unit: number; // programmed at once, aligned, once between two erases
  readErased: "ones" | "fault"; // what reading an erased unit gives
  endurance: number; // erases a block is specified for
}

export interface Profile {
  name: string;
  verification: "full" | "partial";
  ram: number;
  code: Geometry; // holds boot loader, application and both image slots
  data: Geometry; // holds the journal: record, Roots, reports' counter, what is installed
  reserved: number; // of code flash, from its start: boot loader and application
  scratch: number; // of data flash, from its start: a metadata file on its way; the journal has the rest
  slot: number; // of each image slot, behind the reserved part
  slots: 1 | 2; // 1: an image overwrites the one that runs, which its Primary keeps meanwhile (backup.ts)
  /** Bytes of RAM beside the core: one piece of a file and its message header, one program unit, one journal entry's edge. */
  buffers: number;
  piece: number; // asked for at once over the link
}

const KIB = 1024;
const HEADER = 128; // of a link message: MAC, numbers, three names

function buffers(piece: number, unit: number): number {
  return HEADER + piece + 2 * unit;
}

const ONES = "ones";

/** Cortex-M0+ 48 MHz, 128 KiB code flash in 2 KiB blocks, 32 KiB data flash, 17 KiB RAM. */
const S32K116: Profile = {
  name: "S32K116",
  verification: "partial",
  ram: 17 * KIB,
  code: { size: 128 * KIB, block: 2 * KIB, unit: 8, readErased: ONES, endurance: 1000 },
  data: { size: 32 * KIB, block: 2 * KIB, unit: 8, readErased: ONES, endurance: 50_000 },
  reserved: 64 * KIB,
  scratch: 8 * KIB,
  slot: 32 * KIB,
  slots: 2,
  piece: 256,
  buffers: buffers(256, 8),
};

/** The same, for an application that leaves no room for a second one. */
const S32K116_ONE: Profile = { ...S32K116, name: "S32K116-one-slot", slot: 64 * KIB, slots: 1 };

/** Cortex-M4F 112 MHz, 512 KiB code flash in 4 KiB blocks, 64 KiB data flash in 2 KiB blocks, 64 KiB RAM. */
const S32K144: Profile = {
  name: "S32K144",
  verification: "partial",
  ram: 64 * KIB,
  code: { size: 512 * KIB, block: 4 * KIB, unit: 8, readErased: ONES, endurance: 1000 },
  data: { size: 64 * KIB, block: 2 * KIB, unit: 8, readErased: ONES, endurance: 50_000 },
  reserved: 128 * KIB,
  scratch: 16 * KIB,
  slot: 192 * KIB,
  slots: 2,
  piece: 1024,
  buffers: buffers(1024, 8),
};

/** No part in particular: a gateway with room for full verification. The journal keeps the metadata of both repositories. */
const GATEWAY: Profile = {
  name: "gateway-4M",
  verification: "full",
  ram: 512 * KIB,
  code: { size: 4096 * KIB, block: 8 * KIB, unit: 8, readErased: ONES, endurance: 100_000 },
  data: { size: 1024 * KIB, block: 8 * KIB, unit: 8, readErased: ONES, endurance: 100_000 },
  reserved: 1024 * KIB,
  scratch: 0, // it has the RAM
  slot: 1536 * KIB,
  slots: 2,
  piece: 4096,
  buffers: buffers(4096, 8),
};

const PROFILES = new Map([S32K116, S32K116_ONE, S32K144, GATEWAY].map((profile) => [profile.name, profile]));

export const profileNames: readonly string[] = [...PROFILES.keys()];

export function profileOf(name: string): Profile {
  const profile = PROFILES.get(name);
  if (profile === undefined) throw new Error(`Cannot emulate ${JSON.stringify(name)}: the profiles are ${profileNames.join(", ")}`);
  return profile;
}
