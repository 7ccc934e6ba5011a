/** Publishes signed Targets: Snapshot and Timestamp are signed here, the core judges the whole, and only then the files get their names. */
import * as v from "valibot";
import { ROLE_DELEGATED, ROLE_SNAPSHOT, ROLE_TARGETS } from "../../assembly/abi.ts";
import { Limit, MixAndMatch, NotFound, Record as RecordRefused } from "../../assembly/status.ts";
import type { Core } from "../../bindings/core.ts";
import { MetadataError, statusName, UsageError } from "../../bindings/errors.ts";
import { fromHex, toHex } from "../../bindings/hex.ts";
import type { Signer } from "../../bindings/keys.ts";
import { date, snapshot, timestamp } from "../../bindings/metadata.ts";
import { sign } from "../../bindings/sign.ts";
import { imageFile, metadataName } from "../../bindings/urls.ts";
import type { RepositoryConfig } from "../config.ts";
import { HttpError, parseJson, refusal, shaped } from "../http.ts";
import { type Judge, seconds } from "../judge.ts";
import { log } from "../log.ts";
import { alias, type Disk, exists, once, read, replace, same } from "./disk.ts";
import { type Candidate, type Client, newClient, Rehearsal } from "./rehearse.ts";

type Listed = { version: number; bytes: Uint8Array };

const RETRY = 60; // seconds
const NEW_IMAGES_MAX = 1024; // in one upload: each costs a walk of the core while others wait

/** What is in force. */
interface Published {
  files: Map<string, Listed>; // "targets.json", "ROLE.json"
  snapshot: Listed;
  expires: { timestamp: number; snapshot: number }; // seconds
}

export interface Repository {
  disk: Disk;
  judge: Judge;
  roots: Map<number, Uint8Array>;
  signers: { timestamp: Signer[]; snapshot: Signer[] };
  lifetime: RepositoryConfig["lifetime"];
  limits: RepositoryConfig["limits"];
  published: Published | undefined; // undefined: no Targets was ever uploaded
  failed: number; // when signing again failed last, seconds
}

/** Of a Targets file, before the verdict: only which version it claims to be. The core refuses it when the file listed says otherwise. */
const claim = v.object({ signed: v.object({ version: v.pipe(v.number(), v.safeInteger(), v.minValue(1)) }) });

/** Of a Targets file, after the verdict: the names it lists, and their digests. */
const listing = v.object({ signed: v.object({ targets: v.custom<object>((x) => typeof x === "object" && x !== null) }) });
const digests = v.object({ hashes: v.object({ sha256: v.exactOptional(v.string()), sha512: v.exactOptional(v.string()) }) });

/** What the Standard lets an entry leave out, and what is not published here without it (formal findings W7, W8; attack cases 81, 82). */
const stated = v.object({ custom: v.object({ releaseCounter: v.number(), hardwareIds: v.pipe(v.array(v.string()), v.minLength(1)) }) });

/**
 * Publishes top-level Targets (`role` undefined) or the file of a delegated role.
 *
 * @returns the versions now in force
 * @throws HttpError 409  another file was published under this version
 * @throws HttpError 422  the core's refusal; nothing changes then
 */
export function publishTargets(repository: Repository, role: string | undefined, bytes: Uint8Array): Promise<{ version: number; snapshot: number }> {
  return repository.judge.alone(async (core) => {
    const name = role === undefined ? "targets.json" : `${role}.json`;
    const { version } = shaped(claim, parseJson(bytes), "this file").signed;
    const path = repository.disk.metadata(metadataName({ role: role === undefined ? ROLE_TARGETS : ROLE_DELEGATED, version, name: role ?? "" }));
    const before = read(path);
    if (before !== undefined && !same(before, bytes)) {
      throw new HttpError(409, `Cannot publish ${name}: other bytes have version ${version}`, statusName(MixAndMatch));
    }
    if (role !== undefined && repository.published === undefined) throw new HttpError(409, "Cannot publish a delegated role before Targets");
    const files = new Map(repository.published?.files).set(name, { version, bytes });
    const { candidate, expires } = await signed(repository, files);
    const { client, images } = await judged(repository, core, candidate, role, bytes);
    commit(repository, candidate, expires, client, images, [[path, bytes]]);
    return { version, snapshot: candidate.snapshot.version };
  });
}

/** Signs Snapshot and Timestamp over these files. Numbers follow from the files there are, so none is used twice. */
async function signed({ disk, signers, lifetime }: Repository, files: Map<string, Listed>): Promise<{ candidate: Candidate; expires: Published["expires"] }> {
  const version = 1 + Math.max(0, ...disk.versions("snapshot.json"), ...disk.versions("timestamp.json"));
  const now = seconds();
  const expires = { timestamp: now + lifetime.timestamp, snapshot: now + lifetime.snapshot };
  const snapshotBytes = await sign(snapshot({ version, expires: date(expires.snapshot), files }), signers.snapshot);
  const timestampBytes = await sign(timestamp({ version, expires: date(expires.timestamp), snapshot: { version, bytes: snapshotBytes } }), signers.timestamp);
  return { candidate: { timestamp: timestampBytes, snapshot: { version, bytes: snapshotBytes }, files }, expires };
}

interface ListedImage {
  name: string;
  paths: string[]; // under which it is fetched: by each digest, then by name alone
  entry: string; // as it stands in the file
}

/** The core over the candidate, then to every image that the new file lists and the old one did not, and over its bytes. */
async function judged(
  repository: Repository,
  core: Core,
  candidate: Candidate,
  role: string | undefined,
  bytes: Uint8Array,
): Promise<{ client: Client; images: ListedImage[] }> {
  try {
    const rehearsal = await rehearsed(repository, core, candidate);
    const images = unpublished(repository, role, listed(bytes));
    if (images.length > NEW_IMAGES_MAX) throw new HttpError(422, `Cannot publish ${images.length} images at once: ${NEW_IMAGES_MAX} are the limit`, statusName(Limit));
    for (const { name, entry } of images) {
      await rehearsal.walk(name);
      if (!v.is(stated, JSON.parse(entry))) throw new HttpError(422, `Cannot publish image ${name}: its entry lacks release counter or hardware identifiers`);
    }
    if (role !== undefined && !rehearsal.visited.has(role)) {
      throw new HttpError(422, `Cannot publish role ${role}: no delegation leads to a new image in it`, statusName(NotFound));
    }
    return { client: rehearsal.client, images };
  } catch (error) {
    if (error instanceof MetadataError) throw refusal(422, error);
    throw error;
  }
}

/** A walk over the candidate without an image. A saved client of another layout starts again from the first Root, as a real one would. */
async function rehearsed({ roots, disk }: Repository, core: Core, candidate: Candidate): Promise<Rehearsal> {
  const rehearsal = new Rehearsal(core, roots, disk, candidate, recalled(disk));
  try {
    await rehearsal.walk();
    return rehearsal;
  } catch (error) {
    if (!(error instanceof MetadataError) || error.report.status !== RecordRefused) throw error;
  }
  const anew = new Rehearsal(core, roots, disk, candidate, newClient());
  await anew.walk();
  return anew;
}

/** Of top-level Targets after the core took it; of a delegated file before: what is read here only says which walks the core has to make. */
function listed(bytes: Uint8Array): ListedImage[] {
  const { targets } = shaped(listing, parseJson(bytes), "this file").signed;
  return Object.entries(targets).map(([name, entry]: [string, unknown]) => {
    const { sha256, sha512 } = shaped(digests, entry, `the entry of ${name}`).hashes;
    const hashed = [sha256, sha512].filter((digest) => digest !== undefined).map((digest) => path(name, digest.toLowerCase()));
    return { name, paths: [...hashed, name], entry: JSON.stringify(entry) };
  });
}

function path(name: string, digest: string): string {
  try {
    return imageFile({ name }, digest);
  } catch (error) {
    if (error instanceof UsageError) throw new HttpError(422, error.message);
    throw error;
  }
}

/** Without the images whose very entry is published already, and whose bytes were checked then. */
function unpublished({ disk, published }: Repository, role: string | undefined, images: ListedImage[]): ListedImage[] {
  const old = published?.files.get(role === undefined ? "targets.json" : `${role}.json`);
  const before = new Map(old === undefined ? [] : listed(old.bytes).map((x) => [x.name, x.entry]));
  return images.filter((x) => before.get(x.name) !== x.entry || !x.paths.every((place) => exists(disk.image(place))));
}

/** Images first, Timestamp last: whoever sees the new Timestamp finds everything it leads to. */
function commit(
  repository: Repository,
  candidate: Candidate,
  expires: Published["expires"],
  client: Client,
  images: ListedImage[],
  named: [path: string, bytes: Uint8Array][],
): void {
  const { disk } = repository;
  for (const { name, paths } of images) {
    const from = [...paths.slice(0, -1).map((path) => disk.image(path)), disk.quarantined(name)].find(exists);
    if (from === undefined) throw new Error(`Cannot publish image ${name}: it vanished`);
    for (const path of paths) alias(from, disk.image(path));
  }
  const { version, bytes } = candidate.snapshot;
  const permanent: [string, Uint8Array][] = [
    ...named,
    [disk.metadata(metadataName({ role: ROLE_SNAPSHOT, version, name: "" })), bytes],
    [disk.metadata(`${version}.timestamp.json`), candidate.timestamp],
  ];
  for (const [path, content] of permanent) if (!once(path, content)) throw new Error("Cannot put a second content under one version");
  replace(disk.metadata("timestamp.json"), candidate.timestamp);
  replace(disk.client, new TextEncoder().encode(JSON.stringify({ record: toHex(client.record), kept: [...client.kept] })));
  repository.published = { files: candidate.files, snapshot: candidate.snapshot, expires };
  for (const { name } of images) if (exists(disk.quarantined(name))) Deno.removeSync(disk.quarantined(name));
}

/** Signs Snapshot and Timestamp again when one of them has lived through half its time; after a failure not before a minute has passed. */
export async function refresh(repository: Repository): Promise<void> {
  if (!due(repository)) return;
  await repository.judge.alone(async (core) => {
    if (repository.published === undefined || !due(repository)) return;
    const { candidate, expires } = await signed(repository, repository.published.files);
    try {
      const { client } = await rehearsed(repository, core, candidate);
      commit(repository, candidate, expires, client, [], []);
    } catch (error) {
      if (!(error instanceof MetadataError)) throw error;
      repository.failed = seconds();
      log("error", `Cannot sign again: ${error.message}`); // the files in force stay; Targets or Root ran out
    }
  });
}

function due({ published, lifetime, failed }: Repository): boolean {
  const now = seconds();
  if (published === undefined || now < failed + RETRY) return false;
  return published.expires.timestamp - now < lifetime.timestamp / 2 || published.expires.snapshot - now < lifetime.snapshot / 2;
}

const clientFile = v.object({ record: v.string(), kept: v.array(v.tuple([v.string(), v.number()])) });

/** The client's state as it was saved last. */
function recalled(disk: Disk): Client {
  const bytes = read(disk.client);
  if (bytes === undefined) return newClient();
  const { record, kept } = v.parse(clientFile, JSON.parse(new TextDecoder().decode(bytes)));
  return { record: fromHex(record), kept: new Map(kept) };
}

const ownMeta = v.object({
  signed: v.object({
    expires: v.pipe(v.string(), v.transform((text) => Date.parse(text) / 1000)),
    meta: v.custom<object>((x) => typeof x === "object" && x !== null),
  }),
});
const ownEntry = v.object({ version: v.number() });

/** What was in force when the server stopped, from the files it wrote itself. */
export function inForce(disk: Disk): Published | undefined {
  const timestampBytes = read(disk.metadata("timestamp.json"));
  if (timestampBytes === undefined) return undefined;
  const outer = shaped(ownMeta, parseJson(timestampBytes), "timestamp.json").signed;
  const version = versionOf(outer.meta, "snapshot.json");
  const bytes = needed(disk, metadataName({ role: ROLE_SNAPSHOT, version, name: "" }));
  const inner = shaped(ownMeta, parseJson(bytes), "snapshot.json").signed;
  const files = new Map(Object.keys(inner.meta).map((name) => {
    const of = versionOf(inner.meta, name);
    const role = name === "targets.json" ? ROLE_TARGETS : ROLE_DELEGATED;
    return [name, { version: of, bytes: needed(disk, metadataName({ role, version: of, name: name.slice(0, -".json".length) })) }];
  }));
  return { files, snapshot: { version, bytes }, expires: { timestamp: outer.expires, snapshot: inner.expires } };
}

function versionOf(meta: object, name: string): number {
  return shaped(ownEntry, new Map(Object.entries(meta)).get(name), name).version;
}

function needed(disk: Disk, name: string): Uint8Array {
  const bytes = read(disk.metadata(name));
  if (bytes === undefined) throw new Error(`Cannot go on from the published files: ${name} is missing`);
  return bytes;
}
