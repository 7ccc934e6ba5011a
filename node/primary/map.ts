/** A Primary with a repository map: before a cycle it looks at the Director's orders, and has the map decide for each image (docs/adr/0005). */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DIRECTOR, OPTION_DIRECTOR_ONLY, OPTION_PRIMARY, ROLE_TARGETS } from "../../assembly/abi.ts";
import { Unavailable } from "../../assembly/status.ts";
import type { Core } from "../../bindings/core.ts";
import { agree, mappedRepositories } from "../../bindings/mapping.ts";
import type { Source } from "../../bindings/run.ts";
import { Walk } from "../../bindings/walk.ts";
import { MAP, MAP_ROOTS } from "../config.ts";
import { type Pace, download } from "../fetch.ts";
import type { Primary } from "./primary.ts";
import type { PrimaryState } from "./state.ts";
import { fileKey, identity, verifyOrders } from "./verify.ts";

export interface RepositoryMap {
  readonly map: Uint8Array;
  readonly walks: ReadonlyMap<string, Walk>;
}

/**
 * What provisioning left of a map: the file MAP, and NAME.root.json in the folder MAP_ROOTS for each repository it names.
 *
 * @returns undefined where there is none: Director and Image repository are compared, as always
 */
export function openMap(folder: string, core: Core, state: PrimaryState, now: () => number, pace: Pace): RepositoryMap | undefined {
  if (!existsSync(join(folder, MAP))) return undefined;
  const map = new Uint8Array(readFileSync(join(folder, MAP)));
  const walks = new Map([...mappedRepositories(map)].map(([name, urls]) => [name, new Walk(core, {
    root: new Uint8Array(readFileSync(join(folder, MAP_ROOTS, `${encodeURIComponent(name)}.root.json`))),
    fetcher: { metadata: (path, limit) => first(urls, path, limit, pace) },
    store: state.repository(name),
    now,
  })]));
  return { map, walks };
}

/** From the first URL that answers: "not there" is an answer. */
async function first(urls: string[], path: string, limit: number, pace: Pace): Promise<Source> {
  for (const url of urls) {
    const source = await download(`${url.replace(/\/$/, "")}/${path}`, limit, pace);
    if (source !== Unavailable) return source;
  }
  return Unavailable;
}

/** @throws MetadataError  when the map decides for no image, or against one that is ordered */
export async function decideByMap(p: Primary): Promise<void> {
  if (p.map === undefined) return;
  const { files } = await verifyOrders(p, OPTION_PRIMARY | OPTION_DIRECTOR_ONLY);
  for (const walk of p.map.walks.values()) walk.look();
  const targets = files.get(fileKey({ repository: DIRECTOR, role: ROLE_TARGETS, name: "" }));
  if (targets === undefined) return;
  const { signed } = JSON.parse(Buffer.from(targets).toString("utf8")) as { signed: { targets: object } }; // after the verdict: one reading
  for (const name of Object.keys(signed.targets)) await agree(p.core, { ...p.map, identity: identity(p) }, name);
}
