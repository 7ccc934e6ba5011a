/** For the suites of the servers: the real ones, as processes on loopback, on folders that the product's own provisioning made. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type Socket, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Signer, generateSigner } from "../bindings/keys.ts";
import { ecuReport, vehicleManifest } from "../bindings/manifest.ts";
import { type Entry, date, hashes, targets } from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { denoArguments, denoBinary } from "../node/deno.ts";
import { type Running, createSupervisor } from "../node/processes.ts";
import { type Fleet, provision } from "../node/provision.ts";

export const VIN = "VIN-1";
export const PLANS = [
  { serial: "tcu", hardwareId: "tcu-a", imageBytes: 2048 },
  { serial: "brakes", hardwareId: "brakes-a", profile: "S32K144", imageBytes: 1024 },
];

/** A provisioned fleet in a folder of its own. */
export function fleet(): Promise<Fleet> {
  return provision(mkdtempSync(join(tmpdir(), "uptane-")), VIN, PLANS, { director: 0, repository: 0, time: 0, link: 0 });
}

/** Changes a server's config.json, for its next start. */
export function reconfigure(folder: string, change: object): void {
  const path = join(folder, "config.json");
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, "utf8")) as object), ...change }));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export interface Server {
  url: string;
  folder: string;
  running: Running;
  /** Ends by SIGTERM, or by SIGKILL. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
  get log(): string;
}

const SCRIPTS = { director: "deno/director/main.ts", repository: "deno/repository/main.ts", time: "deno/time/main.ts" };

/** Starts a server with the permissions it has in the demo. */
export async function startServer(kind: keyof typeof SCRIPTS, folder: string): Promise<Server> {
  let log = "";
  const supervisor = createSupervisor((_, line) => (log += `${line}\n`));
  const running = await supervisor.start(kind, denoBinary(), denoArguments(SCRIPTS[kind], folder, 0), process.cwd()).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${log}`);
  });
  return {
    url: `http://127.0.0.1:${running.hello.port}`,
    folder,
    running,
    stop: async (signal = "SIGTERM") => {
      if (signal === "SIGTERM") return supervisor.stopAll();
      const over = supervisor.death;
      process.kill(running.pid, "SIGKILL");
      await over;
    },
    get log() {
      return log;
    },
  };
}

export interface Answer {
  status: number;
  body: unknown;
  bytes: Uint8Array;
  headers: Headers;
}

/** One request; a body that is JSON is parsed. */
export async function ask(url: string, method = "GET", body?: unknown, token?: string): Promise<Answer> {
  const payload = body === undefined ? {} : { body: body instanceof Uint8Array ? body.slice().buffer : JSON.stringify(body) };
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(url, { method, ...payload, headers }).catch((error: Error) => {
    throw new Error(`${method} ${url}: ${error.message}, ${String(error.cause)}`);
  });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return { status: answer.status, bytes, headers: answer.headers, body: json(bytes) };
}

function json(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Follows a path of members into an answer. */
export function member(value: unknown, ...path: (string | number)[]): unknown {
  let at = value;
  for (const name of path) at = typeof at === "object" && at !== null ? (at as Record<string | number, unknown>)[name] : undefined;
  return at;
}

/** Digest over every file of a folder, but the ones whose path matches. */
export function folderDigest(folder: string, except = /-(wal|shm)$/): string {
  const hash = createHash("sha256");
  for (const name of (readdirSync(folder, { recursive: true }) as string[]).sort()) {
    const path = join(folder, name);
    if (except.test(name) || !statSync(path).isFile()) continue;
    hash.update(`${name}\0`).update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex");
}

/** Sends raw bytes and waits until the server closes the connection, at most `seconds`. */
export function raw(url: string, bytes: string | Uint8Array, seconds: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = "";
    const socket: Socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(bytes));
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`the connection is still open after ${seconds} s: ${got}`));
    }, seconds * 1000);
    socket.on("data", (data) => (got += data.toString("latin1")));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNRESET" && error.code !== "EPIPE") reject(error);
    });
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(got);
    });
  });
}

/** Uploads without an end until the server closes the connection; returns what it said. */
export function endless(url: string, path: string, token: string): Promise<string> {
  return new Promise((resolve) => {
    let got = "";
    const chunk = `1000\r\n${"x".repeat(0x1000)}\r\n`;
    const socket: Socket = connect(Number(new URL(url).port), "127.0.0.1", () => {
      socket.write(`PUT ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ntransfer-encoding: chunked\r\n\r\n`);
      more();
    });
    const more = (): void => {
      if (socket.destroyed) return;
      if (socket.write(chunk)) setTimeout(more, 1);
      else socket.once("drain", more);
    };
    socket.on("data", (data) => (got += data.toString("latin1")));
    socket.on("error", (error) => (got += got === "" ? error.message : ""));
    socket.on("close", () => resolve(got));
  });
}

/** The registration of the fleet's vehicle. */
export function registration(of: Fleet): object {
  return {
    vin: of.vin,
    primary: of.ecus[0]?.serial,
    ecus: of.ecus.map(({ serial, hardwareId, key, factory: { name, length, hashes: digests, releaseCounter } }) => ({
      serial,
      hardwareId,
      key: key.public,
      image: { name, length, hashes: digests, releaseCounter },
    })),
  };
}

export interface Claim {
  counter: number;
  time?: number; // seconds; now by default
  attacks?: string;
  nonce?: string;
  image?: { name: string; bytes: Uint8Array };
  signer?: Signer;
}

/** A manifest of the fleet's vehicle; ECUs run their factory image unless a claim says otherwise. */
export async function manifest(
  of: Fleet,
  claims: Map<string, Claim>,
  as: { vin?: string; primary?: string; signer?: Signer; targetsVersion?: number } = {},
): Promise<Uint8Array> {
  const reports = new Map<string, Uint8Array>();
  for (const [serial, claim] of claims) {
    const ecu = of.ecus.find((x) => x.serial === serial);
    const image = claim.image ?? ecu?.factory ?? { name: "none", bytes: new Uint8Array(0) };
    const time = date(claim.time ?? now());
    reports.set(serial, await ecuReport({
      serial,
      image: { filepath: image.name, length: image.bytes.length, hashes: hashes(image.bytes) },
      attacks: claim.attacks ?? "",
      time,
      previousTime: time,
      counter: claim.counter,
      ...(claim.nonce === undefined ? {} : { nonce: claim.nonce }),
    }, claim.signer ?? ecu?.key ?? generateSigner()));
  }
  const primary = of.ecus[0];
  if (primary === undefined) throw new Error("no Primary");
  return vehicleManifest({ vin: as.vin ?? of.vin, primary: as.primary ?? primary.serial, targetsVersion: as.targetsVersion, reports }, as.signer ?? primary.key);
}

export function now(): number {
  return Math.floor(Date.now() / 1000);
}

export interface Image {
  name: string;
  bytes: Uint8Array;
  releaseCounter: number;
  hardwareIds: string[];
}

/** An image of `size` bytes, all alike. */
export function image(name: string, hardwareId: string, releaseCounter = 2, size = 3000): Image {
  return { name, bytes: new Uint8Array(size).fill(releaseCounter), releaseCounter, hardwareIds: [hardwareId] };
}

/** As an order names it. */
export function ordered(x: Image, ...ecus: string[]): object {
  return { name: x.name, length: x.bytes.length, hashes: hashes(x.bytes), releaseCounter: x.releaseCounter, ecus };
}

/** As Image Targets list it. */
export function listed(x: Image): [string, Entry] {
  return [x.name, { length: x.bytes.length, hashes: hashes(x.bytes), custom: { releaseCounter: x.releaseCounter, hardwareIds: x.hardwareIds } }];
}

/** Targets of the Image repository, signed by the operator's offline keys. */
export function imageTargets(of: Fleet, version: number, images: Image[], signers = of.imageTargets, lifetime = 86400): Promise<Uint8Array> {
  return sign(targets({ version, expires: date(now() + lifetime), targets: new Map(images.map(listed)) }), signers);
}
