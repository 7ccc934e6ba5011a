/** Several repositories under one map file (TAP 4, docs/adr/0005): each is walked for the wanted image with a record of its own, then the core reads the map. */
import { OPTION_FOR_MAP, SESSION_MAP } from "../assembly/abi.ts";
import { NotFound } from "../assembly/status.ts";
import type { Core, Identity } from "./core.ts";
import { MetadataError, UsageError } from "./errors.ts";
import { run } from "./run.ts";
import type { Walk } from "./walk.ts";

/**
 * Where the repositories of a map are: the part of the file the core leaves to its host.
 *
 * @returns the URLs of each, by name, in the order of the file
 * @throws UsageError  when that part has another shape; everything else in the file is judged by the core
 */
export function mappedRepositories(map: Uint8Array): Map<string, string[]> {
  let file: unknown;
  try {
    file = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(map));
  } catch {
    throw new UsageError("Cannot read the repository map: it is not JSON");
  }
  const listed = isRecord(file) ? file["repositories"] : undefined;
  if (!isRecord(listed)) throw new UsageError("Cannot read the repository map: it has no repositories");
  return new Map(Object.entries(listed).map(([name, urls]) => {
    if (!Array.isArray(urls) || urls.length === 0 || !urls.every((url): url is string => typeof url === "string")) {
      throw new UsageError(`Cannot read the repository map: repository ${name} has no list of URLs`);
    }
    return [name, urls];
  }));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a map decides by. */
export interface Mapped {
  map: Uint8Array; // the map file
  walks: ReadonlyMap<string, Walk>; // by the names of the map
  dialect?: number; // as in the walks
  identity?: Identity; // of a vehicle, where a Director is among the repositories
}

/**
 * Has the map decide for one image. Afterwards a session with OPTION_MAPPED takes this image as the repositories agree on it, and no other. The inventory of
 * the core is that of the map from then on.
 *
 * @throws MetadataError  NotFound: no repository lists the image, or no mapping covers it; NoAgreement; Unverified: a repository that is needed could not be
 *                        walked (`cause` says why); or what is wrong with the map
 */
export async function agree(core: Core, { map, walks, dialect = 0, identity }: Mapped, name: string): Promise<void> {
  core.forget();
  if (identity !== undefined) core.identify(identity);
  for (const serial of walks.keys()) core.ecu({ serial, hardwareId: "", counter: -1 });
  core.target(name);
  let cause: MetadataError | undefined;
  for (const [index, walk] of [...walks.values()].entries()) {
    core.select(index);
    try {
      await walk.walk(OPTION_FOR_MAP);
    } catch (error) {
      if (!(error instanceof MetadataError)) throw error;
      if (error.report.status !== NotFound) cause ??= error;
    }
  }
  core.open(SESSION_MAP, dialect);
  try {
    await run(core, { file: () => Promise.resolve(map), keep: () => Promise.resolve(), save: () => Promise.resolve() });
  } catch (error) {
    if (error instanceof MetadataError && cause !== undefined) error.cause = cause;
    throw error;
  }
}
