/**
 * What can happen to two repositories between two cycles. Each operation changes fields of the world and publishes; what it broke, it mends after the cycle,
 * so that the next one starts from good repositories and from whatever the vehicle made of the bad ones.
 */
import * as metadata from "../../bindings/metadata.ts";
import { type Delegated, VEHICLE } from "../../scripts/vectors/world.ts";
import { Missing, SlowRetrieval } from "../../assembly/status.ts";
import { attested, badRoot, damage, delegations, ecus, mismatch, order } from "./damage.ts";
import {
  DAY, FILE, MORE, NAMES, ROLE_NAMES, STRANGER, type Dice, type Scene, dates, edited, entriesOf, loosen, newRoot, next, pick, repositoryOf, rolesOf, served, until,
} from "./scene.ts";

const KINDS = {
  next: (at: Scene, { b }: Dice) => next(at, b),
  order: (at: Scene, step: Dice) => (order(at, step), next(at)),
  delegate: (at: Scene, step: Dice) => {
    const { image } = at.world;
    if (step.b % 3 > 0) image.delegations = delegations(at, step);
    else (image.delegated.get(pick(ROLE_NAMES, step.c)) as Delegated).delegations = delegations(at, step);
    return next(at, 1);
  },
  mismatch: (at: Scene, step: Dice) => (mismatch(at, step), next(at)),
  ecus: (at: Scene, step: Dice) => ((at.primary = step.c % 3 > 0), ecus(at, step), next(at)),
  damage: async (at: Scene, step: Dice) => (await next(at, step.b), damage(at, step)),
  expire: (at: Scene, { a, b }: Dice) => {
    until(at, pick(rolesOf(repositoryOf(at, b)), a), "expires", metadata.date(at.now - (a % 2)));
    return next(at, b);
  },
  rollback: (at: Scene, { a, b, c }: Dice) => {
    const repository = repositoryOf(at, b);
    if (c % 3 === 0) loosen(at, repository);
    const role = repository[pick(MORE, a)];
    until(at, role, "version", Math.max(0, role.version - 1 - (c % 3)));
    at.mend.push(() => void (role.version += 3));
    return next(at, b);
  },
  same: (at: Scene, { a, b, c }: Dice) => {
    const repository = repositoryOf(at, b);
    if (c % 2 === 0) loosen(at, repository);
    const role = pick(rolesOf(repository), a);
    role.version--;
    role.expires = metadata.date(at.now + DAY + 1 + (c % 5));
    return next(at, b);
  },
  resign: (at: Scene, { a, b, c }: Dice) => {
    const role = pick(rolesOf(repositoryOf(at, b)), a);
    until(at, role, "signers", pick([[], [STRANGER], [...role.signers, STRANGER]], c));
    return next(at, b);
  },
  rotate: async (at: Scene, { a, b, c }: Dice) => {
    const repository = repositoryOf(at, b);
    const name = pick(["root", "timestamp", "snapshot", "targetsRole", "time"] as const, a);
    if (c % 4 === 0) repository[pick(MORE, a)].version += 1000; // a fast-forward before it
    if (c % 4 === 0) at.mend.push(() => void (repository[pick(MORE, a)].version -= 1000));
    await repository.rotate(name === "time" && b % 2 === 1 ? "root" : name);
    if (c % 3 > 0) await next(at, b);
  },
  badRoot,
  threshold: async (at: Scene, { a, b }: Dice) => {
    await newRoot(at, b, (repository) => void (repository[pick(MORE, a)].threshold = 2), (repository) => void (repository[pick(MORE, a)].threshold = 1));
    await next(at, b);
  },
  oldRoot: (at: Scene, { b }: Dice) =>
    newRoot(at, b, ({ root }) => void (root.expires = metadata.date(at.now)), ({ root }) => void (root.expires = metadata.date(at.now + 9000 * DAY))),
  edit: (at: Scene, { a, b, c }: Dice) => {
    const repository = repositoryOf(at, b);
    const file = pick([...Object.values(FILE), "a.json", "b.json"], a);
    edited(at, repository, file, (payload) => {
      const names = Object.keys(payload);
      if (c % 4 === 0) payload["_type"] = pick(["root", "timestamp", "snapshot", "targets", "unknown"], a + c);
      else if (c % 4 === 1) delete payload[pick(names, a + c)];
      else if (c % 4 === 2) (payload as Record<string, unknown>)[pick(names, a + c)] = pick([null, "text", -1, [], true], c);
      else payload["unknown"] = [{ version: 1 }];
    });
    return next(at, b);
  },
  snapshotList: (at: Scene, { a, b, c }: Dice) => {
    const repository = repositoryOf(at, b);
    edited(at, repository, "snapshot.json", (payload) => {
      const meta = new Map(payload["meta"] as Map<string, { version: number }>);
      const name = pick([...meta.keys()], a);
      const entry = meta.get(name) as { version: number };
      if (c % 3 === 0) meta.delete(name);
      else if (c % 3 === 1) meta.set(name, { ...entry, version: Math.max(1, entry.version - 1 - (c % 2)) });
      else meta.set(name, { ...entry, version: entry.version + 1 });
      return { ...payload, meta };
    });
    return next(at, b);
  },
  loose: (at: Scene, { b }: Dice) => (loosen(at, repositoryOf(at, b)), next(at, b)),
  drop: async (at: Scene, { a }: Dice) => {
    const { delegated } = at.world.image;
    const name = pick(ROLE_NAMES, a);
    const file = delegated.get(name);
    if (file === undefined) return;
    delegated.delete(name);
    at.mend.push(() => void delegated.set(name, file));
    await next(at, 1);
  },
  withdraw: (at: Scene, { a, b }: Dice) => {
    const { targets } = at.world.director;
    if (a % 3 === 0) targets.clear();
    else for (const map of entriesOf(at, pick(NAMES, b)).slice(0, 1)) map.delete(pick(NAMES, b));
    return next(at);
  },
  vehicle: (at: Scene, { a, b }: Dice) => {
    const { director } = at.world;
    if (b % 2 === 0) director.targets.clear();
    until(at, director, "custom", pick([undefined, { vehicleId: "VIN0002" }, {}, { vehicleId: VEHICLE }], a));
    return next(at, 0);
  },
  directorDelegates: (at: Scene) => (until(at, at.world.director, "delegations", []), next(at, 0)),
  clock: async (at: Scene, { a, b }: Dice) => {
    at.now += pick([3600, 2 * DAY, -3600, DAY], a);
    if (b % 2 === 0) await next(at);
  },
  time: async (at: Scene, { a, b, c }: Dice) => {
    at.freshTime = c % 4 > 0;
    if ((a + b) % 3 > 0) at.attested.push(await attested(at, { a: 0, b: 1, c: 0 })); // a good one first
    at.attested.push(await attested(at, { a, b, c }));
    if (b % 2 === 0) await next(at);
  },
  imageBytes: (at: Scene, { a, b }: Dice) => {
    at.freshTime = b % 5 === 0;
    at.image = pick<Scene["image"]>([
      (whole) => whole.map((byte, i) => (i === a % whole.length ? byte ^ (1 << (b % 8)) : byte)), (whole) => whole.subarray(0, -1), (whole) => Uint8Array.from([...whole, b]), () => Missing, () => SlowRetrieval,
      () => new Uint8Array(0),
    ], a);
    return next(at);
  },
  lose: (at: Scene, { a, b, c }: Dice) => {
    at.loss = { where: a, how: b };
    if (c % 2 === 0) return next(at, c >> 1);
  },
  install: (at: Scene) => ((at.install = true), next(at, 1)),
  floor: (at: Scene, { a, b }: Dice) => void (pick(at.world.ecus, b).counter = (a % 5) - 1),
} satisfies Record<string, (at: Scene, step: Dice) => void | Promise<void>>;

export interface Step extends Dice {
  kind: Kind;
}

export type Kind = keyof typeof KINDS;
export const kinds = Object.keys(KINDS) as Kind[];

/** One operation. What it broke stays broken until `mended`. */
export async function perform(at: Scene, step: Step): Promise<void> {
  if (step.kind !== "clock" || step.b % 2 === 0) dates(at);
  if (at.stale) await next(at);
  at.stale = false;
  await KINDS[step.kind](at, step);
}

export async function mended(at: Scene): Promise<void> {
  at.stale = at.mend.length > 0 && at.now % 3 > 0; // else it is served once more
  at.install = at.freshTime = false;
  at.attested = [];
  at.loss = undefined;
  at.image = (whole) => whole;
  for (const mend of at.mend.splice(0).reverse()) await mend();
}
