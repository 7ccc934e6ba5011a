/** Cycles driven by hand: every file fed as the caller likes, cut or changed. */
import * as assert from "uvu/assert";
import { OPTION_PRIMARY, SESSION_CYCLE, SOURCE_AGAIN, WANT_NOTHING } from "../assembly/abi.ts";
import { Ok } from "../assembly/status.ts";
import type { Core, Report, Want } from "../bindings/core.ts";
import { NOW, Vehicle, World, key, place } from "./world.ts";

/** A small generator with a fixed seed: xorshift32. */
export function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

export type Feed = (core: Core, bytes: Uint8Array, want: Want) => void;

/** One cycle by hand, every file fed by `feed`; the report of each end. */
export function cycle(vehicle: Vehicle, feed: Feed): Report[] {
  const core = vehicle.core;
  core.setRecord(new Uint8Array(512));
  vehicle.introduce();
  const reports = [core.open(SESSION_CYCLE, OPTION_PRIMARY, NOW)];
  let last: Uint8Array = new Uint8Array(0);
  for (;;) {
    const report = reports[reports.length - 1] as Report;
    if (report.want === WANT_NOTHING) return reports;
    const source = report.file.source === SOURCE_AGAIN ? last : vehicle.fetch(report.file);
    if (source instanceof Uint8Array) {
      last = source;
      feed(core, source, report.file);
      reports.push(core.end());
    } else reports.push(core.missing(source as number));
    const now = reports[reports.length - 1] as Report;
    if (now.keep) vehicle.stored.set(place(report.file, now.keptVersion), last);
  }
}

export const whole: Feed = (core, bytes) => void core.feed(bytes);

/** The image is found through a delegation, so every kind of pass occurs. */
export async function delegatedWorld(): Promise<World> {
  const world = await World.make();
  const signer = key();
  const file = { role: { signers: [signer], threshold: 1, version: 1, expires: world.image.snapshot.expires }, targets: new Map() };
  world.image.delegated.set("supplier", file);
  world.image.targets.clear();
  world.order("app.bin", new TextEncoder().encode("the first image"), world.ecus, file.targets);
  world.image.delegations = [{ name: "supplier", keys: [signer.public], threshold: 1, paths: ["*.bin"] }];
  return world;
}

/** Each file of a good cycle, changed: the cycle must not end well. */
export async function refusedWhenChanged(change: (bytes: Uint8Array, turn: number) => Uint8Array | undefined, turns: (length: number) => number): Promise<number> {
  const world = await World.make();
  const vehicle = new Vehicle(world);
  const files = cycle(vehicle, whole).map((report) => report.file).filter((want) => want.source !== SOURCE_AGAIN);
  const same = (a: Want, b: Want) => a.repository === b.repository && a.role === b.role;
  let tried = 0;
  for (const want of files) {
    const bytes = vehicle.fetch(want);
    if (!(bytes instanceof Uint8Array)) continue;
    for (let turn = 0; turn < turns(bytes.length); turn++) {
      const changed = change(bytes, turn);
      if (changed === undefined) continue;
      const reports = cycle(vehicle, (core, good, asked) => void core.feed(same(asked, want) ? changed : good));
      const last = reports[reports.length - 1] as Report;
      assert.is.not(last.status, Ok, `repository ${want.repository}, role ${want.role}, turn ${turn}`);
      tried++;
    }
  }
  return tried;
}

/** A copy with one bit changed. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const bad = bytes.slice();
  bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return bad;
}

const LETTERS = [0x22, 0x7b, 0x7d, 0x5b, 0x5d, 0x2c, 0x3a, 0x5c, 0x30, 0x39, 0x2d, 0x00, 0xff, 0x80, 0x61, 0x20];

/** A copy with one to four bytes changed to what a grammar may stumble over; nothing where that is the same. */
export function mutated(bytes: Uint8Array, next: (below: number) => number): Uint8Array | undefined {
  const bad = bytes.slice();
  for (let n = 1 + next(4); n > 0; n--) bad[next(bad.length)] = LETTERS[next(16)] as number;
  return bad.every((byte, i) => byte === bytes[i]) ? undefined : bad;
}
