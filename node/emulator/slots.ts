/**
 * The image slots of a part. Of two, one runs and the other takes what arrives; one alone is marked as overwritten before its first block is erased. A slot is
 * made valid by one journal entry, written last.
 */
import * as v from "valibot";
import type { Flash } from "./flash.ts";
import { FlashError } from "./flash.ts";
import type { Journal } from "./journal.ts";
import type { Profile } from "./profile.ts";

/** What runs, as the version report states it. */
const installed = v.strictObject({
  slot: v.picklist([0, 1]),
  name: v.string(),
  length: v.number(),
  sha256: v.string(), // hex
  sha512: v.optional(v.string()),
  releaseCounter: v.number(), // -1: none seen
  overwritten: v.optional(v.literal(true)), // its slot is no longer whole: nothing runs
});

export type Installed = v.InferOutput<typeof installed>;
export type Image = Omit<Installed, "slot" | "overwritten">;

/** An image on its way into the slot that does not run, or into the only one. */
export interface Arriving {
  append(bytes: Uint8Array): void;
  /** From here on this image runs: call it only after the core's Ok. */
  commit(image: Image): void;
}

export interface Slots {
  installed(): Installed | undefined;
  /** The bytes that run, from flash; none where the slot is overwritten. */
  read(): Uint8Array;
  /** Room for `length` bytes, erased as they come. @throws FlashError  when they do not fit */
  begin(length: number): Arriving;
}

export function openSlots(profile: Profile, code: Flash, journal: Journal, key: number): Slots {
  const base = (slot: number): number => profile.reserved + slot * profile.slot;
  if (base(profile.slots) > profile.code.size) throw new FlashError(`Cannot divide ${profile.name}: its slots end behind its flash`);

  function current(): Installed | undefined {
    const bytes = journal.read(key);
    return bytes === undefined || bytes.length === 0 ? undefined : v.parse(installed, JSON.parse(Buffer.from(bytes).toString("utf8")));
  }

  function begin(length: number): Arriving {
    if (length > profile.slot) throw new FlashError(`Cannot take an image of ${length} bytes: a slot of ${profile.name} has ${profile.slot}`);
    const { unit, block } = profile.code;
    const before = current();
    const slot = before === undefined ? 0 : (before.slot + 1) % profile.slots;
    let mark = before?.slot === slot && before.overwritten !== true;
    const held = new Uint8Array(unit).fill(0xff); // a unit that is not full yet
    let size = 0;

    /** Whole units; a block is erased when the first of its units comes, never trusted to be blank. */
    function program(bytes: Uint8Array): void {
      let at = size - (size % unit);
      for (let done = 0; done < bytes.length;) {
        if (mark) journal.write(key, Buffer.from(JSON.stringify({ ...before, overwritten: true }), "utf8"));
        mark = false;
        if (at % block === 0) code.erase(base(slot) + at);
        const piece = bytes.subarray(done, Math.min(bytes.length, done + block - (at % block)));
        code.program(base(slot) + at, piece);
        at += piece.length;
        done += piece.length;
      }
    }

    function append(bytes: Uint8Array): void {
      if (size + bytes.length > length) throw new FlashError(`Cannot take more than ${length} bytes of this image`);
      let at = 0;
      for (; at < bytes.length && size % unit !== 0; at++) {
        held[size % unit] = bytes[at] ?? 0xff;
        if ((size + 1) % unit === 0) program(held);
        size++;
      }
      const whole = bytes.length - at - ((bytes.length - at) % unit);
      if (whole > 0) program(bytes.subarray(at, at + whole));
      size += whole;
      if (size % unit === 0) held.fill(0xff);
      for (at += whole; at < bytes.length; at++) held[size++ % unit] = bytes[at] ?? 0xff;
    }

    return {
      append,
      commit: (image) => {
        if (image.length !== size) throw new FlashError(`Cannot run ${size} bytes as an image of ${image.length}`);
        if (size % unit !== 0) program(held);
        journal.write(key, Buffer.from(JSON.stringify({ slot, ...image }), "utf8"));
      },
    };
  }

  return {
    installed: current,
    begin,
    read: () => {
      const image = current();
      return image === undefined || image.overwritten === true ? new Uint8Array(0) : code.read(base(image.slot), image.length);
    },
  };
}
