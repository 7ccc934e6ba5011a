/** One repository without a Director: its metadata goes between a fetcher, a store and the core, and its trusted record lies in the store (OPTION_IMAGE_ONLY). */
import { sha256 } from "@noble/hashes/sha2.js";
import { OPTION_IMAGE_ONLY, ROLE_DELEGATED, SESSION_CYCLE, SOURCE_NEW, SOURCE_PROVISIONED } from "../assembly/abi.ts";
import { RECORD_SIZE } from "../assembly/layout.ts";
import { Missing, Record as TornRecord, Storage } from "../assembly/status.ts";
import type { Core, Want } from "./core.ts";
import { toHex } from "./hex.ts";
import { type Source, gather, run } from "./run.ts";
import { encodeName, metadataName } from "./urls.ts";

/** Brings files of the repository. At most `limit` + 1 bytes are looked at; slow or broken transfers are for it to end, with a status or a TransferError. */
export interface Fetcher {
  /** @param path  below the base of the metadata, percent-encoded @returns bytes, bytes to come, or Missing, Unavailable, SlowRetrieval of assembly/status.ts */
  metadata(path: string, limit: number): Promise<Source>;
  /** @param path  below the base of the images, percent-encoded */
  image(path: string, limit: number): Promise<Source>;
}

/** Keeps small files under plain names ("record", "root.json", "role.NAME.json"), each written whole or not at all. */
export interface MetadataStore {
  read(name: string): Promise<Uint8Array | undefined>;
  write(name: string, bytes: Uint8Array): Promise<void>;
}

export interface WalkOptions {
  root: Uint8Array; // the first Root, which came with the client
  fetcher: Pick<Fetcher, "metadata">;
  store: MetadataStore; // of this repository alone
  metadataPath?: ((want: Want) => string) | undefined; // "5.snapshot.json" if absent
  dialect?: number | undefined; // OPTION_LABELS or OPTION_AKTUALIZR of assembly/abi.ts; 0, our own, if absent
  now: () => number; // whole seconds since 1970-01-01T00:00:00Z
}

export class Walk {
  readonly #core: Core;
  readonly #options: WalkOptions;
  #record: Uint8Array | undefined;
  readonly #seen = new Map<string, Uint8Array | number>(); // what the repository answered since `look`

  constructor(core: Core, options: WalkOptions) {
    this.#core = core;
    this.#options = options;
  }

  /** From here on the repository is asked anew. */
  look(): void {
    this.#seen.clear();
  }

  /**
   * Walks for the image named by `target` of the core.
   *
   * @param mode  further OPTION_* of the session
   * @throws MetadataError  when the core refuses what it was brought, or no authorised role lists the image; what was trusted before stays
   */
  async walk(mode = 0): Promise<void> {
    const { store, dialect, now } = this.#options;
    if (this.#record === undefined) {
      const record = await store.read("record");
      this.#record = record?.length === RECORD_SIZE ? record : new Uint8Array(RECORD_SIZE);
    }
    this.#core.setRecord(this.#record);
    const options = OPTION_IMAGE_ONLY | (dialect ?? 0) | mode;
    if (this.#core.open(SESSION_CYCLE, options, now()).status === TornRecord) {
      this.#core.setRecord(new Uint8Array(RECORD_SIZE)); // back to the Root the client came with
      this.#core.open(SESSION_CYCLE, options, now());
    }
    await this.run(() => Promise.resolve(Missing));
  }

  /** Drives the session that is open. */
  async run(image: (want: Want) => Promise<Source>): Promise<void> {
    await run(this.#core, {
      file: (want) => this.#file(want),
      keep: (want, _version, bytes) => this.#keep(want, bytes),
      save: (record) => {
        this.#record = record;
        return this.#options.store.write("record", record);
      },
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
}

/** Where a file is kept: one name for all its versions. */
function nameOf(want: Want): string {
  const plain = metadataName({ ...want, version: 0 });
  return want.role === ROLE_DELEGATED ? `role.${encodeName(want.name)}.json` : plain;
}
