/**
 * A client in the shape TUF's users know: refresh, getTargetInfo, findCachedTarget, downloadTarget, of one repository or of several under a map. It carries files
 * between fetchers, stores and the core; what is trusted, and why not, the core says.
 */
import { OPTION_MAPPED, SESSION_IMAGE } from "../assembly/abi.ts";
import { NotFound, Ok } from "../assembly/status.ts";
import { Core, type Want } from "./core.ts";
import { MetadataError, UsageError } from "./errors.ts";
import { agree } from "./mapping.ts";
import type { Source } from "./run.ts";
import { imageName } from "./urls.ts";
import { type Fetcher, type MetadataStore, Walk } from "./walk.ts";

/** An image as the repository lists it. */
export interface TargetInfo {
  readonly name: string;
  readonly length: number; // bytes
  readonly sha256?: string; // hex
  readonly sha512?: string;
}

/** An image on its way: it counts for nothing before `commit`. */
export interface Staged {
  append(bytes: Uint8Array): void | Promise<void>;
  commit(): void | Promise<void>;
  discard(): void | Promise<void>;
}

/** Keeps images. */
export interface ImageStore {
  image(target: TargetInfo): Promise<Source>; // Missing where there is none
  stage(target: TargetInfo): Promise<Staged>;
}

/** Keeps the metadata of one repository, and images. */
export interface UpdaterStore extends MetadataStore, ImageStore {}

/** One repository. */
export interface RepositoryOptions {
  root: Uint8Array; // the first Root, which came with the client
  fetcher: Fetcher;
  store: MetadataStore; // of this repository alone
  metadataPath?: (want: Want) => string; // "5.snapshot.json" if absent
  imagePath?: (want: Want) => string; // "HASH.NAME" if absent
}

interface Shared {
  dialect?: number; // OPTION_LABELS or OPTION_AKTUALIZR of assembly/abi.ts; 0, our own, if absent
  now?: () => number; // seconds since 1970-01-01T00:00:00Z; the clock of this machine if absent
  core?: Core; // one that nobody else uses
}

/** A client of one repository. */
export interface UpdaterOptions extends RepositoryOptions, Shared {
  store: UpdaterStore;
}

/** A client of several repositories: which of them have to agree on an image is for the map to say (TAP 4, docs/adr/0005). */
export interface MappedUpdaterOptions extends Shared {
  map: Uint8Array; // the map file
  repositories: ReadonlyMap<string, RepositoryOptions>; // those the map names, each with a store of its own
  store: ImageStore;
}

/** A repository, and how it is walked. */
interface Place {
  walk: Walk;
  fetcher: Fetcher;
  imagePath: (want: Want) => string;
}

/** Calls may overlap: they take turns. After an error the next call starts anew, from what was trusted before. */
export class Updater {
  readonly #core: Core;
  readonly #places: ReadonlyMap<string, Place>;
  readonly #map: Uint8Array | undefined;
  readonly #store: ImageStore;
  readonly #dialect: number;
  readonly #now: () => number;
  #turn: Promise<unknown> = Promise.resolve();
  #fresh = false; // there was a refresh: one refresh is one look at each repository

  constructor(options: UpdaterOptions | MappedUpdaterOptions) {
    this.#core = options.core ?? Core.load();
    this.#map = "map" in options ? options.map : undefined;
    this.#store = options.store;
    this.#dialect = options.dialect ?? 0;
    const clock = options.now ?? (() => Date.now() / 1000);
    this.#now = () => Math.floor(clock());
    const repositories = "map" in options ? options.repositories : new Map([["", options]]);
    this.#places = new Map([...repositories].map(([name, { root, fetcher, store, metadataPath, imagePath }]) => {
      const walk = new Walk(this.#core, { root, fetcher, store, metadataPath, dialect: this.#dialect, now: this.#now });
      return [name, { walk, fetcher, imagePath: imagePath ?? imageName }];
    }));
  }

  /**
   * Brings the top-level metadata up to date; with a map, each repository is asked anew when the next image is looked up.
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
   * @throws MetadataError  when a file that could list it is refused; with a map, when the repositories it names do not agree
   * @throws UsageError     for a name the core cannot hold
   */
  getTargetInfo(name: string): Promise<TargetInfo | undefined> {
    return this.#alone(() => this.#find(name));
  }

  /** Whether the store has the bytes of this image, judged anew. */
  findCachedTarget(target: TargetInfo): Promise<boolean> {
    return this.#alone(async () => {
      const { walk } = await this.#select(target);
      try {
        await walk.run(() => this.#store.image(target));
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
      const { walk, fetcher, imagePath } = await this.#select(target);
      const staged = await this.#store.stage(target);
      try {
        await walk.run(async (want) => copied(await fetcher.image(imagePath(want), want.limit), staged));
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
    this.#fresh = false;
    for (const { walk } of this.#places.values()) walk.look();
    if (this.#map === undefined) {
      this.#core.target("");
      for (const { walk } of this.#places.values()) await walk.walk();
    }
    this.#fresh = true;
  }

  async #find(name: string): Promise<TargetInfo | undefined> {
    const found = await this.#look(name);
    return found === undefined ? undefined : infoOf(this.#image());
  }

  /** @returns a repository that lists the image (with a map: as is agreed), undefined where none does */
  async #look(name: string): Promise<Place | undefined> {
    if (name === "") throw new UsageError("Cannot look for an image without a name");
    if (!this.#fresh) await this.#refresh();
    try {
      return await this.#walk(name);
    } catch (error) {
      if (error instanceof MetadataError && error.report.status === NotFound) return undefined;
      this.#fresh = false; // what was seen is not looked at again
      throw error;
    }
  }

  async #walk(name: string): Promise<Place> {
    const walks = new Map([...this.#places].map(([repository, { walk }]) => [repository, walk]));
    if (this.#map === undefined) this.#core.target(name);
    else await agree(this.#core, { map: this.#map, walks, dialect: this.#dialect }, name);
    let last: unknown;
    for (const place of this.#places.values()) {
      try {
        await place.walk.walk(this.#map === undefined ? 0 : OPTION_MAPPED);
        return place;
      } catch (error) {
        if (!(error instanceof MetadataError)) throw error;
        last = error; // one that lists another image, or none: the core takes only what is agreed
      }
    }
    throw last;
  }

  /** Finds the image anew, so that it is the one the core checks next. */
  async #select(target: TargetInfo): Promise<Place> {
    const place = await this.#look(target.name);
    const found = place === undefined ? undefined : infoOf(this.#image());
    if (place === undefined || found === undefined || found.length !== target.length || found.sha256 !== target.sha256 || found.sha512 !== target.sha512) {
      throw new UsageError(`Cannot fetch ${target.name}: the repository lists ${found === undefined ? "no such image" : "another one"} by now`);
    }
    return place;
  }

  /** Opens the session of the image found: its name, limit and hashes stand in the report. */
  #image(): Want {
    const report = this.#core.open(SESSION_IMAGE, this.#dialect, this.#now());
    if (report.status !== Ok) throw new MetadataError(report);
    return report.file;
  }
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
