/** What can be wrong with one publication of a repository: fields, payloads and bytes. Whatever it breaks is put on the list of things to mend. */
import { Missing, SlowRetrieval, Unavailable } from "../../assembly/status.ts";
import { TIME_JUMP_MAX } from "../../assembly/layout.ts";
import { type Signer } from "../../bindings/keys.ts";
import * as metadata from "../../bindings/metadata.ts";
import { sign } from "../../bindings/sign.ts";
import { type Delegated, type Ecu, key } from "../../scripts/vectors/world.ts";
import { bytes, type Dice, edited, entriesOf, NAMES, PATHS, pick, repositoryOf, ROLE_NAMES, type Scene, served, signing, STRANGER } from "./scene.ts";

export const OWN_NONCE = "5a".repeat(32);
const OTHERS = "22".repeat(32);

/** A Root that has to be refused: it is gone after the cycle. */
export async function badRoot(at: Scene, { a, b }: Dice): Promise<void> {
  const repository = repositoryOf(at, b);
  const { root } = repository;
  const old = root.signers;
  const threshold = root.threshold;
  root.version++;
  const bad: (() => Signer[])[] = [
    () => ((root.signers = [key(), key()]), []), // the old keys are silent
    () => ((root.signers = [key(), key()]), [STRANGER]),
    () => ((root.signers = [key(), key()]), old.slice(0, 1)),
    () => ((root.threshold = 3), []), // the new ones are too few
    () => (edited(at, repository, "root.json", (payload) => ({ ...payload, version: payload.version + 1 })), []),
    () => (edited(at, repository, "root.json", (payload) => ({ ...payload, version: payload.version - 1 })), []),
    () => (edited(at, repository, "root.json", (payload) => ({ ...payload, _type: "targets" })), []),
    () => (edited(at, repository, "root.json", (payload) => ({ ...payload, roles: new Map([...(payload["roles"] as Map<string, object>)].slice(1)) })), []),
  ];
  await repository.publishRoot(pick(bad, a)());
  const name = `${root.version}.root.json`;
  at.mend.push(() => {
    repository.files.delete(name);
    root.version--;
    root.signers = old;
    root.threshold = threshold;
  });
}

export function delegations(at: Scene, { a, b, c }: Dice): metadata.Delegation[] {
  let dice = a * 31 + b * 7 + c + 1;
  const roll = (sides: number): number => {
    dice = (Math.imul(dice, 1103515245) + 12345) >>> 0;
    return (dice >>> 16) % sides;
  };
  const one = (name: string) => {
    const { keys } = signing(at, name);
    const odd = roll(14);
    if (odd === 0) return { name, keys: [STRANGER.public], threshold: 1 };
    if (odd === 1) return { name, keys: [...keys, STRANGER.public], threshold: 2 };
    if (odd === 2) return { name, keys: [...keys, STRANGER.public], threshold: 1 };
    return { name: odd === 3 ? "gone" : name, keys, threshold: 1 };
  };
  return Array.from({ length: 1 + roll(3) }, () => {
    const more = {
      paths: roll(3) === 0 ? [pick(PATHS, roll(10))] : [pick(PATHS, roll(10)), "*", "fw/*"],
      ...(roll(3) === 0 ? { terminating: true } : {}),
      ...(roll(4) === 0 ? { hardwareIds: pick([["tcu-a"], ["hw-b"], ["tcu-a", "hw-b"], []], roll(4)) } : {}),
    };
    if (roll(3) > 0) return { ...one(pick(ROLE_NAMES, roll(4))), ...more };
    const first = roll(4);
    const names = Array.from({ length: 2 + roll(2) }, (_, i) => pick(ROLE_NAMES, first + i));
    return { roles: names.map(one), ...more, ...(roll(3) > 0 ? { minRolesInAgreement: 1 + roll(names.length) } : {}) };
  });
}

/** Some ECUs get an image, and those who had another one only that. */
export function order({ world }: Scene, { a, b, c }: Dice): void {
  const name = pick(NAMES, a);
  const ecus = world.ecus.filter((_, i) => ((1 + (b % 7)) >> i) & 1);
  const text = bytes(`image ${c % 3}`);
  const where = pick([["top"], ["a"], ["top"], ["b"], ["a", "b"], ["c"], ["d"], ["b", "c", "d"], ["top", "a"]], (a >> 2) + c);
  for (const map of [world.image.targets, ...[...world.image.delegated.values()].map((file) => file.targets)]) map.delete(name);
  const counter = c >> 2;
  for (const place of where) world.order(name, text, ecus, place === "top" ? world.image.targets : world.image.delegated.get(place)?.targets, counter);
  for (const [other, entry] of world.director.targets) {
    const named = entry.custom.ecuIdentifiers ?? new Map<string, { hardwareId: string }>();
    if (other !== name) for (const ecu of ecus) named.delete(ecu.serial);
    if (named.size === 0) world.director.targets.delete(other);
  }
  const mustMatch = pick([undefined, { color: "red" }, undefined], b);
  if (mustMatch === undefined) return;
  for (const map of [world.director.targets, ...where.map((place) => (place === "top" ? world.image.targets : (world.image.delegated.get(place) as Delegated).targets))]) {
    const entry = map.get(name) as metadata.Entry;
    map.set(name, { ...entry, custom: { ...entry.custom, mustMatch } });
  }
}

/** What the time source says: the truth, or with one thing wrong. */
export async function attested({ now, world }: Scene, { a, b, c }: Dice): Promise<Uint8Array | number> {
  const { time, timestamp } = world.director;
  const good = { seconds: now, nonces: [OWN_NONCE], signers: time.signers, more: {} };
  const one = pick<Partial<typeof good>>([
    {}, { seconds: now + 60 }, { seconds: now - 1 }, { seconds: now - 3600 }, { seconds: now + TIME_JUMP_MAX }, { seconds: now + TIME_JUMP_MAX + 1 }, { nonces: [OTHERS, OWN_NONCE] }, { nonces: [OTHERS] }, { nonces: [] },
    { nonces: [OWN_NONCE.toUpperCase()] }, { signers: [...time.signers, STRANGER] }, { signers: timestamp.signers }, { signers: [STRANGER] }, { signers: [] }, { more: { _type: "timestamp" } },
    { more: { time: "2027-02-30T00:00:00Z" } }, { more: { nonces: [OWN_NONCE, 1] } }, { more: { other: 1 } },
  ], a);
  const { seconds, nonces, signers, more } = { ...good, ...one };
  const bytes = await sign({ ...metadata.time({ nonces, seconds }), ...more }, signers);
  if (b % 4 > 0) return bytes;
  return pick<() => Uint8Array | number>([() => bytes.map((byte, i) => (i === (c * 7919) % bytes.length ? byte ^ (1 << (a % 8)) : byte)), () => bytes.subarray(0, c), () => Missing, () => Unavailable], c)();
}

/** One side describes an image differently. */
export function mismatch(at: Scene, { a, b, c }: Dice): void {
  const ordered = [...at.world.director.targets.keys()];
  if (ordered.length === 0) return;
  const name = pick(ordered, a);
  const map = b % 3 === 0 ? at.world.director.targets : pick([...entriesOf(at, name), at.world.director.targets], b);
  const entry = map.get(name) as metadata.Entry;
  const { sha256 } = entry.hashes;
  const changed: object = pick<() => object>([
    () => ({ ...entry, length: entry.length + 1 }),
    () => ({ ...entry, hashes: metadata.hashes(bytes("another")) }),
    () => ({ ...entry, hashes: { sha256 } }),
    () => ({ ...entry, hashes: { ...entry.hashes, md5: "00" } }),
    () => ({ ...entry, hashes: {} }),
    () => ({ ...entry, custom: { ...entry.custom, releaseCounter: (entry.custom.releaseCounter ?? 0) + 1 } }),
    () => ({ ...entry, custom: { ...entry.custom, releaseCounter: (entry.custom.releaseCounter ?? 1) - 1 } }),
    () => ({ ...entry, custom: { ...Object.fromEntries(Object.entries(entry.custom).filter(([member]) => member !== "releaseCounter")) } }),
    () => ({ ...entry, custom: { ...entry.custom, mustMatch: { color: "blue" } } }),
    () => ({ ...entry, custom: { ...entry.custom, hardwareIds: ["hw-b"] } }),
    () => ({ ...entry, custom: { ...entry.custom, hardwareIds: [] } }),
    () => ({ hashes: entry.hashes, custom: entry.custom }),
    () => ({ ...entry, size: 3, version: 7 }),
    () => ({ ...entry, custom: { ...entry.custom, other: { deep: [1, "x"] } } }),
    () => ({ ...entry, hashes: { sha512: entry.hashes.sha512 } }),
  ], c)();
  map.set(name, changed as metadata.Entry);
  at.mend.push(() => void map.set(name, entry));
}

export function ecus(at: Scene, { a, b }: Dice): void {
  const { targets } = at.world.director;
  const before = new Map([...targets].map(([name, entry]) => [name, { ...entry, custom: { ...entry.custom, ecuIdentifiers: new Map(entry.custom.ecuIdentifiers) } }]));
  const names = [...targets.keys()];
  const entry = targets.get(pick(names.length === 0 ? ["none"] : names, b));
  const list = entry?.custom.ecuIdentifiers;
  const first = at.world.ecus[0] as Ecu;
  pick<() => void>([
    () => list?.set("stranger", { hardwareId: "tcu-a" }),
    () => at.world.order("z.bin", bytes("z"), [pick(at.world.ecus, b)]),
    () => list?.set(first.serial, { hardwareId: "hw-z" }),
    () => at.world.order("z.bin", bytes("z"), [{ serial: "stranger", hardwareId: "tcu-a", counter: -1 }]),
    () => at.world.order("z.bin", bytes("z"), []), // nobody's
  ], a)();
  const image = at.world.image.targets;
  at.mend.push(() => {
    image.delete("z.bin");
    targets.clear();
    for (const [name, one] of before) targets.set(name, one);
  });
}

/** Something is wrong with what is served, not with what was meant. */
export function damage(at: Scene, { a, b, c }: Dice): void {
  const repository = repositoryOf(at, b);
  const all = [...served(repository)];
  const [role, name] = pick(all, a >> 3);
  const good = repository.files.get(name);
  if (good === undefined) return;
  const put = (bytes: Uint8Array | undefined) => void (bytes === undefined ? repository.files.delete(name) : repository.files.set(name, bytes));
  at.mend.push(() => void repository.files.set(name, good));
  const flipped = good.slice();
  const byte = (c * 7919) % good.length;
  flipped[byte] = (flipped[byte] ?? 0) ^ (1 << (a % 8));
  pick<() => void>([
    () => put(flipped),
    () => put(at.older[b % 2]?.get(role)),
    () => put(undefined),
    () => void at.faults.set(`${b % 2} ${name}`, pick([Unavailable, SlowRetrieval, Missing], a)),
    () => put(good.subarray(0, byte)),
    () => put(repository.files.get(pick(all, c)[1])),
    () => put(bytes(new TextDecoder().decode(good).replace(/\{"keyid"[^}]*\}/, "$&,$&"))),
    () => put(bytes(new TextDecoder().decode(good).replace(/"signatures":\[/, `$&{"keyid":"${"00".repeat(32)}","sig":"none"},`).replace("},]", "}]"))),
  ], c)();
  at.mend.push(() => at.faults.clear());
}
