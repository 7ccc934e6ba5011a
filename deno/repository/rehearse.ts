/** What a client would say to the files that are to be published: the core over the candidate set, from the state of a client that took every set so far. */
import {
  IMAGE, OPTION_IMAGE_ONLY, ROLE_DELEGATED, ROLE_PAYLOAD, ROLE_ROOT, ROLE_SNAPSHOT, ROLE_TIMESTAMP, SESSION_CYCLE, SESSION_IMAGE, SOURCE_NEW,
  SOURCE_PROVISIONED,
} from "../../assembly/abi.ts";
import { RECORD_SIZE } from "../../assembly/layout.ts";
import { Missing } from "../../assembly/status.ts";
import type { Core, Want } from "../../bindings/core.ts";
import { type Host, run, type Source } from "../../bindings/run.ts";
import { imageFile, metadataName } from "../../bindings/urls.ts";
import { seconds } from "../judge.ts";
import { type Disk, exists, read, stream } from "./disk.ts";

/** What is to be published, beside the Roots. */
export interface Candidate {
  timestamp: Uint8Array;
  snapshot: { version: number; bytes: Uint8Array };
  files: Map<string, { version: number; bytes: Uint8Array }>; // "targets.json", "ROLE.json"
}

/** A client's trusted record, and which version of each file it keeps. */
export interface Client {
  record: Uint8Array;
  kept: Map<string, number>; // "role number/name" -> version
}

export function newClient(): Client {
  return { record: new Uint8Array(RECORD_SIZE), kept: new Map() };
}

export class Rehearsal {
  readonly #core: Core;
  readonly #roots: ReadonlyMap<number, Uint8Array>;
  readonly #disk: Disk;
  readonly #candidate: Candidate;
  readonly #client: Client;
  /** Delegated roles whose new file the core took on the way to an image. */
  readonly visited = new Set<string>();

  constructor(core: Core, roots: ReadonlyMap<number, Uint8Array>, disk: Disk, candidate: Candidate, client: Client) {
    this.#core = core;
    this.#roots = roots;
    this.#disk = disk;
    this.#candidate = candidate;
    this.#client = { record: client.record, kept: new Map(client.kept) };
  }

  /** The client after what was walked so far. */
  get client(): Client {
    return this.#client;
  }

  /**
   * One cycle of a client; with an image name, on to the entry of that image, and over its bytes.
   *
   * @throws MetadataError  what the client would say
   */
  async walk(image = ""): Promise<void> {
    const core = this.#core;
    core.forget();
    core.setRecord(this.#client.record);
    core.target(image);
    core.open(SESSION_CYCLE, OPTION_IMAGE_ONLY, seconds());
    const asked = new Set<string>();
    await run(core, this.#host(asked));
    if (image !== "") {
      core.open(SESSION_IMAGE, OPTION_IMAGE_ONLY, seconds());
      await run(core, this.#host(asked));
    }
    for (const role of asked) this.visited.add(role);
  }

  #host(asked: Set<string>): Host {
    return {
      file: (want) => {
        if (want.role === ROLE_DELEGATED && want.source === SOURCE_NEW) asked.add(want.name);
        return Promise.resolve(want.role === ROLE_PAYLOAD ? this.#image(want) : this.#file(want));
      },
      image: (want) => Promise.resolve(this.#image(want)),
      keep: (want, version) => Promise.resolve(void this.#client.kept.set(keptName(want), version)),
      save: (record) => Promise.resolve(void (this.#client.record = record)),
    };
  }

  #file(want: Want): Source {
    if (want.repository !== IMAGE) return Missing;
    const fresh = want.source === SOURCE_NEW;
    const version = want.source === SOURCE_PROVISIONED ? 1 : fresh ? want.version : this.#client.kept.get(keptName(want));
    if (version === undefined) return Missing;
    const { timestamp, snapshot, files } = this.#candidate;
    switch (want.role) {
      case ROLE_ROOT: return this.#roots.get(version) ?? Missing;
      case ROLE_TIMESTAMP: return fresh ? timestamp : read(this.#disk.metadata(`${version}.timestamp.json`)) ?? Missing;
      case ROLE_SNAPSHOT: if (snapshot.version === version) return snapshot.bytes; break;
      default: {
        const file = files.get(want.role === ROLE_DELEGATED ? `${want.name}.json` : "targets.json");
        if (file?.version === version) return file.bytes;
      }
    }
    return read(this.#disk.metadata(metadataName({ ...want, version }))) ?? Missing;
  }

  /** The image a listed digest leads to if one is published; else what was uploaded under the name. */
  #image(want: Want): Source {
    const digests = [want.sha256, want.sha512].filter((digest) => digest !== undefined);
    const places = [...digests.map((digest) => this.#disk.image(imageFile(want, digest))), this.#disk.quarantined(want.name)];
    const place = places.find(exists);
    return place === undefined ? Missing : stream(place);
  }
}

function keptName(want: Want): string {
  return `${want.role}/${want.name}`;
}
