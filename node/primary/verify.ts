/** The sessions a Primary runs: time, full verification of both repositories, images, and reports of its Secondaries. The core judges, this brings and keeps. */
import { createHash } from "node:crypto";
import {
  DIRECTOR, ECU_ORDERED, OPTION_FRESH_TIME, OPTION_MAPPED, OPTION_PRIMARY, SESSION_CYCLE, SESSION_ECU_REPORT, SESSION_IMAGE, SESSION_TIME,
  SOURCE_NEW, SOURCE_PROVISIONED, SOURCE_STORED,
} from "../../assembly/abi.ts";
import { Record as BadRecord, Missing, Storage } from "../../assembly/status.ts";
import type { Core, Identity, Want } from "../../bindings/core.ts";
import { TransferError, UsageError } from "../../bindings/errors.ts";
import { fromHex } from "../../bindings/hex.ts";
import { type Host, type Source, run } from "../../bindings/run.ts";
import { imageName, metadataName } from "../../bindings/urls.ts";
import { opened, recordFromFactory } from "../config.ts";
import { download } from "../fetch.ts";
import type { Primary } from "./primary.ts";
import type { Running } from "./state.ts";

/** Which image an ECU is to get. */
export interface Ordered {
  serial: string;
  image: Running;
  handed: { sha256: string; length: number }; // the bytes it is handed: the image, or its encrypted form
}

/** Metadata that one cycle has verified, and so may be handed on. */
export interface Verified {
  files: ReadonlyMap<string, Uint8Array>; // by fileKey: the bytes the core judged, not what a disk says they were
  orders: Ordered[];
}

/** Names a metadata file of the newest generation. */
export function fileKey({ repository, role, name }: Pick<Want, "repository" | "role" | "name">): string {
  return `${repository} ${role} ${name}`;
}

/** Who this Primary is, and what it runs. */
export function identity({ config, state }: Primary): Identity {
  const own = state.ecus().get(config.serial)?.running ?? config.factory;
  return { vehicle: config.vehicle, serial: config.serial, hardwareId: config.hardwareId, counter: own.releaseCounter, installed: own.sha256 };
}

/** Gives the core identity, inventory and record. `what`: what stands in the 32 bytes of an inventory line. */
function prepare(p: Primary, nonce?: string): void {
  const { core, config, state } = p;
  const ecus = state.ecus();
  core.forget();
  core.setRecord(state.record());
  core.identify({ ...identity(p), ...(nonce === undefined ? {} : { nonce }) });
  for (const { serial, hardwareId, factory } of [config, ...config.secondaries]) {
    const { sha256, releaseCounter } = ecus.get(serial)?.running ?? factory;
    core.ecu({ serial, hardwareId, counter: releaseCounter, bytes32: fromHex(sha256, 32) });
  }
}

/** A record that is torn or foreign is given up for the provisioned Roots (docs/adr/0001). */
function open(p: Primary, session: number, options: number): void {
  if (p.core.open(session, options, p.clock.now()).status !== BadRecord) return;
  p.log.warn("the trusted record does not hold: going back to the provisioned Roots");
  p.core.setRecord(recordFromFactory(p.config));
  p.core.open(session, options, p.clock.now());
}

function host(p: Primary, fetched: (want: Want) => Promise<Source>): Host {
  return {
    file: async (want) => {
      if (want.source === SOURCE_STORED) return p.state.kept.find(want) ?? (want.version > 0 ? await again(p, want) : Storage);
      if (want.source === SOURCE_PROVISIONED) return p.roots.get(want.repository) ?? Storage;
      const kept = want.source === SOURCE_NEW && want.sha256 !== undefined ? p.state.kept.find(want) : undefined;
      return kept ?? await fetched(want);
    },
    keep: (want, version, bytes) => Promise.resolve(p.state.kept.keep(want, version, bytes)),
    save: (record) => Promise.resolve(p.state.saveRecord(record)),
  };
}

/** A kept file that is gone or damaged is fetched once more: the core knows its digest, so nothing else passes for it. */
async function again(p: Primary, want: Want): Promise<Source> {
  p.log.warn("a kept file is gone or damaged: fetching it again", { role: want.role, repository: want.repository, version: want.version });
  const source = await download(metadataUrl(p, want), want.limit, p.pace);
  if (typeof source === "number") return Storage;
  const bytes = await whole(source, want.limit);
  if (createHash("sha256").update(bytes).digest("hex") === want.sha256) p.state.kept.keep(want, want.version, bytes);
  return bytes;
}

/** @throws MetadataError  when the attestation does not hold */
export async function verifyTime(p: Primary, nonce: string, attestation: Source): Promise<void> {
  prepare(p, nonce);
  open(p, SESSION_TIME, 0);
  await run(p.core, host(p, () => Promise.resolve(attestation)));
}

/** Full verification (Uptane 2.1.0 §5.4.4.2). @throws MetadataError */
export async function verifyMetadata(p: Primary): Promise<Verified> {
  return await verifyOrders(p, OPTION_PRIMARY | OPTION_FRESH_TIME | (p.map === undefined ? 0 : OPTION_MAPPED));
}

/** A cycle with these options. @throws MetadataError */
export async function verifyOrders(p: Primary, options: number): Promise<Verified> {
  prepare(p);
  open(p, SESSION_CYCLE, options);
  const files = new Map<string, Uint8Array>();
  const bring = host(p, (want) => download(metadataUrl(p, want), want.limit, p.pace));
  await run(p.core, {
    ...bring,
    file: async (want) => {
      const source = await bring.file(want);
      if (typeof source === "number") return source;
      const bytes = await whole(source, want.limit);
      files.set(fileKey(want), bytes); // of a file that is asked for twice the last one is in force
      return bytes;
    },
  });
  return { files, orders: [] };
}

/**
 * Fetches and checks the images of every ECU that is to get one; call it right after `verifyMetadata`.
 *
 * @throws MetadataError  for the first image that does not hold; none of them is handed on then
 */
export async function verifyImages(p: Primary): Promise<Ordered[]> {
  const orders: Ordered[] = [];
  for (const [index, serial] of [...p.state.ecus().keys()].entries()) {
    if (p.core.outcome(index) === ECU_ORDERED) orders.push({ serial, ...await verifyImage(p, index) });
  }
  return orders;
}

/** The image of another ECU, where it is encrypted, ends with its encrypted form (docs/adr/0006). */
async function verifyImage(p: Primary, index: number): Promise<Omit<Ordered, "serial">> {
  p.core.select(index);
  open(p, SESSION_IMAGE, 0);
  let handed: Ordered["handed"] | undefined;
  let staged: ReturnType<typeof p.state.images.stage> | undefined;
  const fetched = async (want: Want, url: string | undefined): Promise<Source> => {
    const { limit, sha256 } = want;
    if (sha256 === undefined || url === undefined) return Missing;
    handed ??= { sha256, length: limit };
    if (p.state.images.has(sha256)) return p.state.images.stream(sha256);
    const source = want.encrypted !== undefined && handed.sha256 !== sha256 ? opened(p.config, want, p.state.images.stream(handed.sha256)) : await download(url, limit, p.pace);
    if (typeof source === "number") return source;
    staged = p.state.images.stage(sha256);
    return tee(source instanceof Uint8Array ? [source] : source, staged);
  };
  try {
    await run(p.core, {
      ...host(p, () => Promise.resolve(Storage)), // this session reads stored files only
      cipher: (want) => fetched(want, `${p.config.director}/director/encrypted/${want.sha256}`),
      image: async (want) => {
        staged?.commit(); // of the encrypted form, which the core has just taken
        staged = undefined;
        return await fetched(want, imageUrl(p, want));
      },
    });
  } catch (error) {
    staged?.discard();
    throw error;
  }
  staged?.commit();
  const { name, limit, sha256, sha512, version } = p.core.report().file; // the last thing described is the image itself
  if (handed === undefined || sha256 === undefined) throw new TransferError(Missing, `image ${name}`); // the repositories know it by another digest only
  return { handed, image: { name, length: limit, sha256, ...(sha512 === undefined ? {} : { sha512 }), releaseCounter: version - 1 } };
}

/** Where an image is served; undefined where its name leads nowhere, whoever signed it (attack case 52). */
function imageUrl(p: Primary, want: Want): string | undefined {
  try {
    return `${p.config.repository}/repo/targets/${imageName(want)}`;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    p.log.warn(error.message);
    return undefined;
  }
}

/** A Secondary's report: signature, name and counter (Uptane 2.1.0 §5.4.2.1.2). @throws MetadataError */
export async function verifyReport(p: Primary, bytes: Uint8Array): Promise<void> {
  const { core, config, state } = p;
  core.forget();
  core.identify({ vehicle: config.vehicle, serial: config.serial, hardwareId: config.hardwareId, counter: -1 });
  const ecus = state.ecus();
  for (const { serial, hardwareId, publicKey } of [{ ...config, publicKey: p.publicKey }, ...config.secondaries]) {
    core.ecu({ serial, hardwareId, counter: ecus.get(serial)?.reportCounter ?? -1, bytes32: fromHex(publicKey, 32) });
  }
  core.open(SESSION_ECU_REPORT, 0, p.clock.now());
  await run(core, { file: () => Promise.resolve(bytes), keep: () => Promise.resolve(), save: () => Promise.resolve() });
}

function metadataUrl(p: Primary, want: Want): string {
  return want.repository === DIRECTOR ? `${p.config.director}/director/${metadataName(want)}` : `${p.config.repository}/repo/${metadataName(want)}`;
}

async function whole(source: Exclude<Source, number>, limit: number): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of source) {
    pieces.push(piece);
    size += piece.length;
    if (size > limit) break; // the core sees that it is too long
  }
  return new Uint8Array(Buffer.concat(pieces));
}

async function* tee(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, into: { append(bytes: Uint8Array): void }): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    try {
      into.append(piece);
    } catch (error) {
      if (error instanceof Error && "code" in error) throw new TransferError(Storage, `an image to disk (${error.message})`);
      throw error;
    }
    yield piece;
  }
}

