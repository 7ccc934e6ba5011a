/** Verification 5.3, 5.4 and 6 as they are written: a recursive search, and the comparison of both repositories' entries. */
import { Mismatch, MixAndMatch, Missing, NotFound, RoleInvalid, UnsupportedHash, WrongHardware } from "../../assembly/status.ts";
import type { Delegate, Delegation, Entry, Targets } from "./files.ts";
import { FORM, type Fault } from "./json.ts";

/** A cycle is over; `faults` are all that is wrong with the file or image at fault. */
export class Refused extends Error {
  readonly faults: Fault[];
  repository = -1;
  role = -1;

  constructor(faults: Fault[]) {
    super(faults.join(", "));
    this.faults = faults;
  }
}

/** A delegated file that is missing or bad: the end, except for one of several roles in agreement. */
export class RoleFailed extends Error {
  readonly faults: Fault[];

  constructor(faults: Fault[]) {
    super(faults.join(", "));
    this.faults = faults;
  }
}

export interface Search {
  name: string;
  hardware: string | undefined; // undefined: the image is nobody's
  load(role: Delegate): Targets; // throws RoleFailed or Refused
  visits: number;
}

type Result = Entry | "not here" | "stop";

/** @throws Refused NotFound, RoleInvalid */
export function search(what: Search, top: Targets): Entry {
  try {
    const result = find(what, top, false, []);
    if (typeof result === "object") return result;
  } catch (error) {
    if (error instanceof RoleFailed) throw new Refused(error.faults.map((fault) => `${RoleInvalid} ${fault}`));
    throw error;
  }
  throw new Refused([String(NotFound)]);
}

function find(what: Search, file: Targets, terminating: boolean, path: string[]): Result {
  const entry = file.images.get(what.name);
  if (entry !== undefined) return entry;
  if (terminating) return "stop";
  for (const delegation of file.delegations ?? []) {
    if (!applies(delegation, what)) continue;
    const result = delegation.agreement === 0 ? follow(what, delegation, delegation.roles[0] as Delegate, path) : agree(what, delegation, path);
    if (result !== "not here") return result;
  }
  return "not here";
}

function applies(delegation: Delegation, { name, hardware }: Search): boolean {
  if (hardware !== undefined && delegation.hardwareIds !== undefined && !delegation.hardwareIds.includes(hardware)) return false;
  return delegation.paths.some((path) => pattern(path).test(name));
}

/** `*` is any run of characters and `?` any one, neither of them `/`. */
function pattern(path: string): RegExp {
  return new RegExp(`^${path.replace(/[\\^$.|+()[\]{}]/g, "\\$&").replaceAll("*", "[^/]*").replaceAll("?", "[^/]")}$`);
}

function follow(what: Search, delegation: Delegation, role: Delegate, path: string[]): Result {
  if (path.includes(role.name)) return "not here"; // no cycles
  what.visits++;
  return find(what, what.load(role), delegation.terminating, [...path, role.name]);
}

function agree(what: Search, delegation: Delegation, path: string[]): Result {
  const groups = new Map<string, Entry[]>();
  for (const role of delegation.roles) {
    const entry = alone(what, delegation, role, path);
    if (entry === undefined) continue;
    const says = JSON.stringify([entry.length ?? null, [...entry.hashes].sort(), entry.mustMatch, entry.counter ?? null]);
    groups.set(says, [...(groups.get(says) ?? []), entry]);
  }
  // A Map keeps the order in which the first of each group came, and that is the order of the roles.
  for (const group of groups.values()) if (group.length >= delegation.agreement) return group[0] as Entry;
  return delegation.terminating ? "stop" : "not here";
}

function alone(what: Search, delegation: Delegation, role: Delegate, path: string[]): Entry | undefined {
  try {
    const result = follow(what, delegation, role, path);
    return typeof result === "object" ? result : undefined;
  } catch (error) {
    if (error instanceof RoleFailed) return undefined;
    throw error;
  }
}

/** Section 6, steps 3, 4 and 6. @param hardware identifiers of the ECUs the entry has to fit */
export function compare(entry: Entry, order: Entry, hardware: string[]): Fault[] {
  const faults = usable(entry);
  const differs = (field: number, there: boolean) => {
    if (there) faults.push(`${Mismatch} ${field}`);
  };
  const hashes = (of: Entry) => JSON.stringify([...of.hashes].sort());
  differs(1, entry.length !== order.length);
  differs(2, hashes(entry) !== hashes(order));
  differs(3, entry.counter !== order.counter);
  differs(4, entry.mustMatch !== order.mustMatch);
  if (hardware.some((one) => entry.hardwareIds !== undefined && !entry.hardwareIds.includes(one))) faults.push(String(WrongHardware));
  return faults;
}

/** What an entry that is used has to state. */
export function usable(entry: Entry): Fault[] {
  const known = ["sha256", "sha512"];
  const faults: Fault[] = entry.length === undefined ? [FORM] : [];
  if (entry.hashes.size === 0 || [...entry.hashes.keys()].some((name) => !known.includes(name))) faults.push(String(UnsupportedHash));
  return faults;
}

/** Snapshot does not list the delegated file. */
export const NOT_LISTED = new RoleFailed([String(MixAndMatch)]);
export const GONE = new RoleFailed([String(Missing)]);
