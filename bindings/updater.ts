/**
 * A client of one repository in the shape TUF's users know: refresh, getTargetInfo, findCachedTarget, downloadTarget. It carries files between a fetcher, a store
 * and the core; what is trusted, and why not, the core says (OPTION_IMAGE_ONLY).
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { OPTION_IMAGE_ONLY, ROLE_DELEGATED, SESSION_CYCLE, SESSION_IMAGE, SOURCE_NEW, SOURCE_PROVISIONED } from "../assembly/abi.ts";
import { RECORD_SIZE } from "../assembly/layout.ts";
import { Missing, NotFound, Ok, Record as TornRecord, Storage } from "../assembly/status.ts";
import { Core, type Want } from "./core.ts";
import { MetadataError, UsageError } from "./errors.ts";
import { toHex } from "./hex.ts";
import { type Source, gather, run } from "./run.ts";
import { encodeName, imageName, metadataName } from "./urls.ts";

/** An image as the repository lists it. */
export interface TargetInfo {
  readonly name: string;
  readonly length: number; // bytes
  readonly sha256?: string; // hex
  readonly sha512?: string;
}

/** Brings files of the repository. At most `limit` + 1 bytes are looked at; slow or broken transfers are for it to end, with a status or a TransferError. */
export interface Fetcher {
  /** @param path  below the base of the metadata, percent-encoded @returns bytes, bytes to come, or Missing, Unavailable, SlowRetrieval of assembly/status.ts */
  metadata(path: string, limit: number): Promise<Source>;
  /** @param path  below the base of the images, percent-encoded */
  image(path: string, limit: number): Promise<Source>;
}

/** An image on its way: it counts for nothing before `commit`. */
export interface Staged {
  append(bytes: Uint8Array): void | Promise<void>;
  commit(): void | Promise<void>;
  discard(): void | Promise<void>;
}

/** Keeps small files under plain names ("record", "root.json", "role.NAME.json"), each written whole or not at all, and images. */
export interface UpdaterStore {
  read(name: string): Promise<Uint8Array | undefined>;
  write(name: string, bytes: Uint8Array): Promise<void>;
  image(target: TargetInfo): Promise<Source>; // Missing where there is none
  stage(target: TargetInfo): Promise<Staged>;
}

export interface UpdaterOptions {
  root: Uint8Array; // the first Root, which came with the client
  fetcher: Fetcher;
  store: UpdaterStore;
  dialect?: number; // OPTION_LABELS or OPTION_AKTUALIZR of assembly/abi.ts; 0, our own, if absent
  now?: () => number; // seconds since 1970-01-01T00:00:00Z; the clock of this machine if absent
  metadataPath?: (want: Want) => string; // "5.snapshot.json" if absent
  imagePath?: (want: Want) => string; // "HASH.NAME" if absent
  core?: Core; // one that nobody else uses
}

/** Calls may overlap: they take turns. After an error the next call starts anew, from what was trusted before. */
export class Updater {
  readonly #options: UpdaterOptions;
  readonly #core: Core;
  #turn: Promise<unknown> = Promise.resolve();
  #loaded = false;
  #fresh = false; // there was a refresh
  readonly #seen = new Map<string, Uint8Array | number>(); // what the repository answered since: one refresh is one look at it

  constructor(options: UpdaterOptions) {
    this.#options = options;
    this.#core = options.core ?? Core.load();
  }

  /**
   * Brings the top-level metadata up to date.
   *
   * @throws MetadataError  when the core refuses what it was brought; what it trusted before stays
   */
  refresh(): Promise<void> {
    return this.#alone(() => this.#refresh());
  }

  /**
   * Looks an image up, through delegations too, in what the last refresh found (the first call refreshes).
   *
   * @returns undefined where no authorised role lists it
   * @throws MetadataError  when a file that could list it is refused
   * @throws UsageError     for a name the core cannot hold
   */
  getTargetInfo(name: string): Promise<TargetInfo | undefined> {
    return this.#alone(() => this.#find(name));
  }

  /** Whether the store has the bytes of this image, judged anew. */
  findCachedTarget(target: TargetInfo): Promise<boolean> {
    return this.#alone(async () => {
      await this.#select(target);
      try {
        await this.#run(() => this.#options.store.image(target));
        return true;
      } catch (error) {
        if (error instanceof MetadataError) return false;
        throw error;
      }
    });
  }

  /**
   * Fetches an image into the store as it streams by; there it becomes visible only once the core has found its length and every hash right.
   *
   * @param target  from getTargetInfo
   * @throws MetadataError  for other bytes, a transfer that failed, or an image that is listed differently by now
   */
  downloadTarget(target: TargetInfo): Promise<void> {
    return this.#alone(async () => {
      const { fetcher, store, imagePath } = this.#options;
      const want = await this.#select(target);
      const staged = await store.stage(target);
      try {
        await this.#run(async () => copied(await fetcher.image((imagePath ?? imageName)(want), want.limit), staged));
      } catch (error) {
        await staged.discard();
        throw error;
      }
      await staged.commit();
    });
  }

  #alone<T>(task: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(task);
    this.#turn = mine.catch(() => undefined); // said to the caller, not to the next one
    return mine;
  }

  async #refresh(): Promise<void> {
    this.#seen.clear();
    this.#fresh = false;
    await this.#walk("");
    this.#fresh = true;
  }

  async #find(name: string): Promise<TargetInfo | undefined> {
    if (name === "") throw new UsageError("Cannot look for an image without a name");
    if (!this.#fresh) await this.#refresh();
    try {
      await this.#walk(name);
    } catch (error) {
      if (error instanceof MetadataError && error.report.status === NotFound) return undefined;
      this.#fresh = false; // what was seen is not looked at again
      throw error;
    }
    return infoOf(this.#image());
  }

  /** Finds the image anew, so that it is the one the core checks next. */
  async #select(target: TargetInfo): Promise<Want> {
    const found = await this.#find(target.name);
    if (found === undefined || found.length !== target.length || found.sha256 !== target.sha256 || found.sha512 !== target.sha512) {
      throw new UsageError(`Cannot fetch ${target.name}: the repository lists ${found === undefined ? "no such image" : "another one"} by now`);
    }
    return this.#image();
  }

  /** Opens the session of the image found: its name, limit and hashes stand in the report. */
  #image(): Want {
    const report = this.#core.open(SESSION_IMAGE, this.#options.dialect ?? 0, this.#now());
    if (report.status !== Ok) throw new MetadataError(report);
    return report.file;
  }

  async #walk(name: string): Promise<void> {
    const options = OPTION_IMAGE_ONLY | (this.#options.dialect ?? 0);
    if (!this.#loaded) {
      const record = await this.#options.store.read("record");
      this.#core.setRecord(record?.length === RECORD_SIZE ? record : new Uint8Array(RECORD_SIZE));
      this.#loaded = true;
    }
    this.#core.target(name);
    if (this.#core.open(SESSION_CYCLE, options, this.#now()).status === TornRecord) {
      this.#core.setRecord(new Uint8Array(RECORD_SIZE)); // back to the Root the client came with
      this.#core.open(SESSION_CYCLE, options, this.#now());
    }
    await this.#run(() => Promise.resolve(Missing));
  }

  async #run(image: (want: Want) => Promise<Source>): Promise<void> {
    const { store } = this.#options;
    await run(this.#core, {
      file: (want) => this.#file(want),
      keep: (want, _version, bytes) => this.#keep(want, bytes),
      save: (record) => store.write("record", record),
      image,
    });
  }

  async #file(want: Want): Promise<Source> {
    if (want.source === SOURCE_PROVISIONED) return this.#options.root;
    const kept = want.sha256 === undefined ? undefined : await this.#kept(want, want.sha256);
    if (kept !== undefined) return kept;
    const path = (this.#options.metadataPath ?? metadataName)(want);
    const before = this.#seen.get(path);
    if (before !== undefined) return before;
    const answer = await gather(await this.#options.fetcher.metadata(path, want.limit), want);
    if (want.source !== SOURCE_NEW) return typeof answer === "number" ? Storage : answer; // lost here: the one served may still be it
    if (typeof answer !== "number" || answer === Missing) this.#seen.set(path, answer);
    return answer;
  }

  /** The older one stays beside the newer until the next: the record, saved after it, may still name the older when power goes. */
  async #keep(want: Want, bytes: Uint8Array): Promise<void> {
    const { store } = this.#options;
    const name = nameOf(want);
    const older = await store.read(name);
    if (older !== undefined) await store.write(`older.${name}`, older);
    await store.write(name, bytes);
  }

  async #kept(want: Want, digest: string): Promise<Uint8Array | undefined> {
    for (const name of [nameOf(want), `older.${nameOf(want)}`]) {
      const bytes = await this.#options.store.read(name);
      if (bytes !== undefined && toHex(sha256(bytes)) === digest) return bytes;
    }
    return undefined;
  }

  #now(): number {
    return Math.floor((this.#options.now ?? (() => Date.now() / 1000))());
  }
}

/** Where a file is kept: one name for all its versions. */
function nameOf(want: Want): string {
  const plain = metadataName({ ...want, version: 0 });
  return want.role === ROLE_DELEGATED ? `role.${encodeName(want.name)}.json` : plain;
}

function infoOf({ name, limit, sha256: short, sha512: long }: Want): TargetInfo {
  return { name, length: limit, ...(short === undefined ? {} : { sha256: short }), ...(long === undefined ? {} : { sha512: long }) };
}

/** The same bytes, written down as they pass. */
async function* passing(source: AsyncIterable<Uint8Array>, staged: Staged): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    await staged.append(piece);
    yield piece;
  }
}

async function copied(source: Source, staged: Staged): Promise<Source> {
  if (typeof source === "number") return source;
  if (!(source instanceof Uint8Array)) return passing(source, staged);
  await staged.append(source);
  return source;
}
