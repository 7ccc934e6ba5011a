/**
 * The oracle: full and partial verification (spec verification 2 to 8 of Uptane 2.1.0, and docs/adr/0003 where that is silent) over whole files and `JSON.parse`. It
 * collects everything that is wrong with a file, so that a verdict is exact where one thing is, and has to be among them where several are.
 */
import {
  DirectorDelegates, Freeze, Missing, NoFreshTime, ReleaseCounter, RepeatedEcu, RoleInvalid, Rollback, RootVersion, UnknownEcu, Vanished, WrongHardware, WrongVehicle,
} from "../../assembly/status.ts";
import { attestation, imageFaults } from "./attested.ts";
import { type Entry, type File, type Listed, type Roles, type Targets, hex, open, readMeta, readRoot, readTargets } from "./files.ts";
import type { Delegate } from "./files.ts";
import { type Pointer, genuine } from "./genuine.ts";
import { FORM, type Fault, type Members } from "./json.ts";
import { GONE, NOT_LISTED, Refused, RoleFailed, compare, search, usable } from "./search.ts";
import { judge } from "./signatures.ts";
import { type Answer, DIRECTOR, IMAGE, type Name, type OracleEcu, type Question, ROLES, type Trusted } from "./question.ts";

const NOT_NAMED = 0;
const INSTALLED = 1;
const ORDERED = 2;

export class Oracle {
  readonly trusted: [Trusted, Trusted];
  time = 0; // attested
  #recent = false; // attested, and no metadata judged by it yet
  #spent = false; // the metadata judged last had such a time
  #orders: ([name: string, entry: Entry] | undefined)[] = []; // of each ECU, by the last cycle
  readonly #provisioned: Uint8Array[];
  #now = 0;
  #question: Question | undefined;
  #answer: Answer = { refused: undefined, outcomes: [], sameVersion: false, visits: 0 };

  constructor(provisioned: Uint8Array[]) {
    this.#provisioned = provisioned;
    const none = (): Trusted => ({ files: new Map(), resetSnapshot: false, resetTargets: false, resetTime: false });
    this.trusted = [none(), none()];
  }

  /** An attestation over this nonce, or why there is none, by the Root in force. */
  attest(bytes: Uint8Array | number, nonce: string): Fault[] {
    if (typeof bytes === "number") return [String(bytes)];
    const roles = readRoot((open(this.#anchor(DIRECTOR), "root") as File).body) as Roles;
    const said = attestation(bytes, { name: "time", ...(roles.get("time") as Omit<Delegate, "name">) }, nonce, this.time);
    if (typeof said !== "number") return said;
    this.time = said;
    this.#recent = true;
    return [];
  }

  /** The image of the ECU at this place, after a cycle that ordered it one. */
  image(ecu: number, fetch: (name: string, hashes: Map<string, string>) => Uint8Array | number): Fault[] {
    if (this.#withheld()) return [String(NoFreshTime)];
    const [name, entry] = this.#orders[ecu] as [string, Entry];
    const bytes = fetch(name, entry.hashes);
    return typeof bytes === "number" ? [String(bytes)] : imageFaults(bytes, entry);
  }

  #withheld(): boolean {
    return this.#question?.freshTime === true && !this.#spent;
  }

  cycle(question: Question): Answer {
    return this.#answered(question, () => this.#full(question));
  }

  /** Partial verification (section 8) by the first of the ECUs. @param chain whether it follows the Root chain */
  partial(question: Question, chain: boolean): Answer {
    return this.#answered(question, () => this.#small(question, question.ecus[0] as OracleEcu, chain));
  }

  #answered(question: Question, verify: () => void): Answer {
    this.#question = question;
    this.#now = Math.max(question.now, this.time);
    this.#spent = this.#recent;
    this.#recent = false;
    this.#orders = [];
    this.#answer = { refused: undefined, outcomes: question.ecus.map(() => NOT_NAMED), sameVersion: false, visits: 0 };
    try {
      verify();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#answer.refused = error;
      this.#answer.outcomes = question.ecus.map(() => NOT_NAMED);
    }
    return this.#answer;
  }

  version(repository: number, name: Name): number {
    const bytes = this.#of(repository).files.get(name);
    return bytes === undefined ? 0 : (open(bytes, name) as File).version;
  }

  /** The Snapshot version the stored Timestamp names. */
  snapshotNamed(repository: number): number {
    const bytes = this.#of(repository).files.get("timestamp");
    if (bytes === undefined) return 0;
    return (readMeta((open(bytes, "timestamp") as File).body, "snapshot.json") as Map<string, Listed>).get("snapshot.json")?.version ?? 0;
  }

  #of(repository: number): Trusted {
    return this.trusted[repository] as Trusted;
  }

  #fetch(repository: number, name: string): Uint8Array | number {
    return (this.#question as Question).fetch(repository, name);
  }

  // --- section 7 --------------------------------------------------------------------------------------------------------

  #full(question: Question): void {
    const roles = this.#root(DIRECTOR);
    const ordered = this.#top(DIRECTOR, roles, (targets) => this.#directorRules(targets, question));
    const images = [...ordered.images].filter(([, entry]) => entry.ecus.size === 0 || question.ecus.some((ecu) => entry.ecus.has(ecu.serial)));
    question.ecus.forEach((ecu, i) => {
      const order = images.find(([, one]) => one.ecus.has(ecu.serial));
      this.#orders[i] = order;
      if (order !== undefined) this.#answer.outcomes[i] = runs(ecu, order[1]) ? INSTALLED : ORDERED;
    });
    const nobodys = images.some(([, entry]) => entry.ecus.size === 0);
    if (!nobodys && !this.#answer.outcomes.includes(ORDERED)) return; // step 6
    const imageRoles = this.#root(IMAGE);
    const top = this.#top(IMAGE, imageRoles, (targets) => {
      // docs/adr/0003: an order that does not match the top-level file refuses that file.
      return images.flatMap(([name, order]) => {
        const entry = targets.images.get(name);
        return entry === undefined ? [] : compare(entry, order, question.ecus.filter((ecu) => order.ecus.has(ecu.serial)).map((ecu) => ecu.hardwareId));
      });
    });
    this.#match(images.filter(([name]) => !top.images.has(name)), top, question);
  }

  #small(question: Question, ecu: OracleEcu, chain: boolean): void {
    const roles = chain ? this.#root(DIRECTOR) : (readRoot((open(this.#anchor(DIRECTOR), "root") as File).body) as Roles);
    const alone = { ...question, ecus: [ecu], primary: false };
    const rules = (targets: Targets) => this.#directorRules({ ...targets, images: own(targets.images, ecu.serial) }, alone);
    const targets = this.#take(DIRECTOR, "targets", "targets.json", roles, undefined, readTargets, rules);
    const entry = [...targets.images.values()].find((one) => one.ecus.has(ecu.serial));
    this.#answer.outcomes = [entry === undefined ? NOT_NAMED : runs(ecu, entry) ? INSTALLED : ORDERED];
    if (this.#answer.outcomes[0] === ORDERED && this.#withheld()) throw new Refused([String(NoFreshTime)]);
  }

  #directorRules(targets: Targets, question: Question): Fault[] {
    const faults: Fault[] = [];
    const seen = new Set<string>();
    if (targets.delegations !== undefined) faults.push(String(DirectorDelegates));
    if (targets.vehicle === undefined ? targets.images.size === 0 : targets.vehicle !== question.vehicle) faults.push(String(WrongVehicle));
    for (const entry of targets.images.values()) {
      let mine = entry.ecus.size === 0;
      for (const [serial, hardware] of entry.ecus) {
        if (seen.has(serial)) faults.push(String(RepeatedEcu));
        seen.add(serial);
        const ecu = question.ecus.find((one) => one.serial === serial);
        if (ecu === undefined) {
          if (question.primary) faults.push(String(UnknownEcu));
          continue;
        }
        mine = true;
        if (ecu.hardwareId !== hardware) faults.push(String(WrongHardware));
        if (ecu.counter >= 0 && (entry.counter ?? -1) < ecu.counter) faults.push(String(ReleaseCounter));
      }
      if (mine) faults.push(...usable(entry));
    }
    return faults;
  }

  /** Section 6 for what the top-level file does not list: per ECU in the order of the vehicle, once for each type of hardware, then what is nobody's. */
  #match(images: [string, Entry][], top: Targets, question: Question): void {
    const done = new Set<string>();
    const one = (name: string, order: Entry, hardware: string | undefined) => {
      if (done.has(JSON.stringify([name, hardware]))) return;
      done.add(JSON.stringify([name, hardware]));
      const what = { name, hardware, visits: 0, load: (role: Delegate) => this.#delegated(role) };
      try {
        const faults = compare(search(what, top), order, hardware === undefined ? [] : [hardware]);
        // An entry that is used and states no length makes no such file of the one that lists it.
        if (faults.includes(FORM)) faults.push(`${RoleInvalid} ${FORM}`);
        if (faults.length > 0) throw new Refused(faults);
      } finally {
        this.#answer.visits = Math.max(this.#answer.visits, what.visits);
      }
    };
    for (const ecu of question.ecus) {
      const image = images.find(([, order]) => order.ecus.has(ecu.serial));
      if (image !== undefined) one(...image, ecu.hardwareId);
    }
    for (const image of images) if (image[1].ecus.size === 0) one(...image, undefined);
  }

  #delegated(role: Delegate): Targets {
    const snapshot = readMeta((open(this.#of(IMAGE).files.get("snapshot") as Uint8Array, "snapshot") as File).body, "targets.json") as Map<string, Listed>;
    const pointer = snapshot.get(`${role.name}.json`);
    if (pointer === undefined) throw NOT_LISTED;
    const bytes = this.#fetch(IMAGE, `${pointer.version}.${encodeURIComponent(role.name)}.json`);
    if (bytes === Missing) throw GONE;
    if (typeof bytes === "number") throw new Refused([String(bytes)]);
    const { file, faults } = genuine(bytes, "targets", role.signers, role.threshold, pointer, readTargets);
    if (file !== undefined && this.#now >= file.expires) faults.push(String(Freeze));
    if (file === undefined || faults.length > 0) throw new RoleFailed(faults);
    return file.content;
  }

  // --- section 2 --------------------------------------------------------------------------------------------------------

  /** The Root in force before anything is fetched: step 1. */
  #anchor(repository: number): Uint8Array {
    const known = this.#of(repository).files.get("root");
    if (known !== undefined) return known;
    const bytes = this.#provisioned[repository] as Uint8Array;
    const file = open(bytes, "root") as File;
    const own = (readRoot(file.body) as Roles).get("root") as Delegate;
    const faults = judge(file.signed, file.signatures, own.signers, own.threshold);
    if (faults.length > 0) throw refuse(repository, "root", faults);
    this.#of(repository).files.set("root", bytes);
    return bytes;
  }

  #root(repository: number): Roles {
    const state = this.#of(repository);
    const at = (faults: Fault[]) => refuse(repository, "root", faults);
    let bytes = this.#anchor(repository);
    for (;;) {
      const file = open(bytes, "root") as File;
      const roles = readRoot(file.body) as Roles;
      const next = this.#fetch(repository, `${file.version + 1}.root.json`);
      if (next === Missing) return this.#rootInForce(repository, file, roles);
      if (typeof next === "number") throw at([String(next)]);
      const old = roles.get("root") as Delegate;
      const { file: newer, faults } = genuine(next, "root", old.signers, old.threshold, undefined, readRoot);
      if (newer !== undefined) {
        const own = newer.content.get("root") as Delegate;
        faults.push(...judge(newer.signed, newer.signatures, own.signers, own.threshold));
        if (newer.version <= file.version) faults.push(String(Rollback));
        else if (newer.version !== file.version + 1) faults.push(String(RootVersion));
      }
      if (newer === undefined || faults.length > 0) throw at(faults);
      const changed = (name: string) => says(roles, name) !== says(newer.content, name);
      if (changed("timestamp") || changed("snapshot")) state.resetSnapshot = true;
      if (changed("targets")) state.resetTargets = true;
      if (repository === DIRECTOR && changed("time")) state.resetTime = true;
      state.files.set("root", (bytes = next));
    }
  }

  /** Steps 8 to 10. */
  #rootInForce(repository: number, file: File, roles: Roles): Roles {
    const state = this.#of(repository);
    if (state.resetTime) {
      this.#now = this.time = 0;
      this.#recent = this.#spent = false;
    }
    if (this.#now >= file.expires) throw refuse(repository, "root", [String(Freeze)]);
    if (state.resetSnapshot) for (const name of ["timestamp", "snapshot", "targets"] as const) state.files.delete(name);
    if (state.resetTargets) state.files.delete("targets");
    state.resetSnapshot = state.resetTargets = state.resetTime = false;
    return roles;
  }

  // --- sections 3, 4 and 5 ------------------------------------------------------------------------------------------------

  #top(repository: number, roles: Roles, rules: (targets: Targets) => Fault[]): Targets {
    const timestamp = this.#take(repository, "timestamp", "timestamp.json", roles, undefined, (body) => readMeta(body, "snapshot.json"), (meta) =>
      (meta.get("snapshot.json") as Listed).version < this.snapshotNamed(repository) ? [String(Rollback)] : []);
    const toSnapshot = timestamp.get("snapshot.json") as Listed;
    const old = this.#of(repository).files.get("snapshot");
    const before = old === undefined ? [] : [...(readMeta((open(old, "snapshot") as File).body, "targets.json") as Map<string, Listed>)];
    const snapshot = this.#take(repository, "snapshot", `${toSnapshot.version}.snapshot.json`, roles, toSnapshot, (body) => readMeta(body, "targets.json"), (meta) =>
      before.flatMap(([name, { version }]) => {
        const now = meta.get(name);
        return now === undefined ? [String(Vanished)] : now.version < version ? [String(Rollback)] : [];
      }));
    const toTargets = snapshot.get("targets.json") as Listed;
    return this.#take(repository, "targets", `${toTargets.version}.targets.json`, roles, toTargets, readTargets, rules);
  }

  /** One file of a top-level role: fetched, judged, stored. */
  #take<T extends object>(
    repository: number, name: Name, file: string, roles: Roles, pointer: Pointer | undefined, reader: (body: Members) => T | Fault, rules: (content: T) => Fault[],
  ): T {
    const { signers, threshold } = roles.get(name) as Delegate;
    const stored = this.#of(repository).files.get(name);
    const floor = this.version(repository, name);
    let bytes = this.#fetch(repository, file);
    if (typeof bytes === "number") throw refuse(repository, name, [String(bytes)]);
    let judged = genuine(bytes, name, signers, threshold, pointer, reader);
    // Same version, other bytes (1.2): the stored file stays in force.
    if (judged.faults.length === 0 && judged.file?.version === floor && stored !== undefined && hex(stored) !== hex(bytes)) {
      this.#answer.sameVersion = true;
      judged = genuine((bytes = stored), name, signers, threshold, pointer, reader);
    }
    const { file: good, faults } = judged;
    if (good !== undefined) {
      if (good.version < floor) faults.push(String(Rollback));
      if (this.#now >= good.expires) faults.push(String(Freeze));
      faults.push(...rules(good.content));
    }
    if (good === undefined || faults.length > 0) throw refuse(repository, name, faults);
    this.#of(repository).files.set(name, bytes);
    return good.content;
  }
}

function refuse(repository: number, name: Name, faults: Fault[]): Refused {
  return Object.assign(new Refused(faults), { repository, role: ROLES.indexOf(name) });
}

/** Entries that name no ECU are nobody's, and a small ECU leaves them alone. */
function own(images: Map<string, Entry>, serial: string): Map<string, Entry> {
  return new Map([...images].map(([name, entry]) => [name, entry.ecus.size === 0 ? { ...entry, ecus: new Map([[`not ${serial} ${name}`, ""]]) } : entry]));
}

function runs(ecu: OracleEcu, entry: Entry): boolean {
  return ecu.bytes32 !== undefined && [...ecu.bytes32].map((byte) => byte.toString(16).padStart(2, "0")).join("") === entry.hashes.get("sha256");
}

function says(roles: Roles, name: string): string {
  const role = roles.get(name);
  return role === undefined ? "" : JSON.stringify([[...new Set(role.signers.values())].sort(), role.threshold]);
}
