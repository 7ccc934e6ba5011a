/**
 * The metadata files an ECU was told to keep, two generations of each: the record is saved after the file, and when power goes between the two
 * the record still names the older one. Roots are kept by version, so that Secondaries that lag behind can be led along the chain.
 */
import { createHash } from "node:crypto";
import { ROLE_ROOT } from "../assembly/abi.ts";
import type { Want } from "../bindings/core.ts";

/** Small values by name: a folder (store.ts) or a journal in flash (emulator/files.ts). */
export interface Values {
  list(): string[];
  get(name: string): Uint8Array | undefined;
  put(name: string, bytes: Uint8Array): void;
  remove(name: string): void;
}

type File = Pick<Want, "repository" | "role" | "name" | "version" | "sha256">;

export interface Kept {
  keep(file: File, version: number, bytes: Uint8Array): void;
  /** The file with the digest stated, else the one with the version stated, else the newest. */
  find(file: File): Uint8Array | undefined;
}

interface Place {
  value: string;
  version: number;
  turn: number; // rises with every keep
}

/** @param roots  how many Roots of each repository stay; the newest is always one of them */
export function openKept(values: Values, roots = Number.MAX_SAFE_INTEGER): Kept {
  function places(file: File): Place[] {
    const start = `${slot(file)}.`;
    return values.list().filter((value) => value.startsWith(start)).map((value) => {
      const [version, turn] = value.slice(start.length).split(".");
      return { value, version: Number(version), turn: Number(turn) };
    }).sort((a, b) => b.turn - a.turn);
  }

  return {
    keep: (file, version, bytes) => {
      const old = places(file);
      const [newest] = old;
      if (newest !== undefined && newest.version === version && same(values.get(newest.value), bytes)) return;
      const turn = (old[0]?.turn ?? 0) + 1;
      values.put(`${slot(file)}.${version}.${turn}`, bytes);
      const stay = file.role === ROLE_ROOT ? roots : 2;
      const gone = file.role === ROLE_ROOT ? old.filter((place, at) => at + 1 >= stay || place.version === version) : old.slice(stay - 1);
      for (const place of gone) values.remove(place.value);
    },
    find: (file) => {
      const all = places(file);
      if (file.sha256 !== undefined) {
        for (const place of all) {
          const bytes = values.get(place.value);
          if (bytes !== undefined && createHash("sha256").update(bytes).digest("hex") === file.sha256) return bytes;
        }
        return undefined;
      }
      const place = file.version === 0 ? all[0] : all.find(({ version }) => version === file.version);
      return place === undefined ? undefined : values.get(place.value);
    },
  };
}

function same(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** A delegated role's name may be anything, so its digest stands for it. */
function slot(file: File): string {
  const name = file.name === "" ? "-" : createHash("sha256").update(file.name).digest("hex").slice(0, 32);
  return `${file.repository}.${file.role}.${name}`;
}
