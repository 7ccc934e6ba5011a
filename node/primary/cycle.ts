/**
 * One update cycle of a Primary (Uptane 2.1.0 §5.4.2): reports, manifest, time, metadata, images, distribution, own installation, manifest.
 * What fails on the way ends in a version report; nothing unverified is handed on.
 */
import { randomBytes } from "node:crypto";
import * as v from "valibot";
import { DIRECTOR, ROLE_TARGETS } from "../../assembly/abi.ts";
import { Ok, ReportMissing, Storage, Unavailable } from "../../assembly/status.ts";
import { MetadataError, TransferError, attackName, statusName } from "../../bindings/errors.ts";
import { toHex } from "../../bindings/hex.ts";
import { type InstallationItem, vehicleManifest } from "../../bindings/manifest.ts";
import { recordFromFactory } from "../config.ts";
import { HttpError, send } from "../fetch.ts";
import { LinkError } from "../link/frame.ts";
import { ORDER_REPORT, ORDER_UPDATE } from "../link/message.ts";
import { type Outcome, decodeOutcome } from "../link/outcome.ts";
import { decideByMap } from "./map.ts";
import type { Primary } from "./primary.ts";
import type { Running } from "./state.ts";
import { type Ordered, fileKey, verifyImages, verifyMetadata, verifyReport, verifyTime } from "./verify.ts";

const REPORT_SECONDS = 10; // for a Secondary to report, one that is just starting too
const UPDATE_SECONDS = 300; // for a Secondary to verify and install
const ABSENT_SECONDS = 2; // for one that is not there to come back
const ANSWER_MAX = 65536; // bytes of a server's answer to a manifest, or of an attestation

export interface EcuResult extends Outcome {
  serial: string;
  before: string; // image name
}

export interface CycleResult {
  verdict: string; // "updated", "up to date", "deferred: " and why, or the refusal in a sentence
  status: number; // assembly/status.ts
  attack: string; // Uptane 2.1.0 §4.3, "" for none
  manifests: string[]; // what the Director answered to each: "taken", or why not
  ecus: EcuResult[];
}

export async function cycle(p: Primary, step: (what: string) => void): Promise<CycleResult> {
  const before = new Map([...p.state.ecus()].map(([serial, { running }]) => [serial, running.name]));
  step("version reports");
  const nonces = await collectReports(p);
  const manifests = [await sendManifest(p)];
  const { orders, outcomes, failure, targets, deferred } = await attempt(p, nonces, step);
  p.reporter.note(failure?.note ?? "");
  const changed = failure !== undefined || (orders.length > 0 && deferred === undefined);
  if (changed) {
    step("version reports");
    await collectReports(p);
    manifests.push(await sendManifest(p, installation(p, orders, outcomes, targets)));
  }
  return {
    verdict: failure?.note ?? deferred ?? (orders.length > 0 ? "updated" : "up to date"),
    status: failure?.status ?? Ok,
    attack: failure?.attack ?? "",
    manifests,
    ecus: [...p.state.ecus().keys()].map((serial) => result(p, serial, before.get(serial) ?? "", outcomes.get(serial), failure?.note ?? deferred, failure)),
  };
}

interface Failure {
  note: string;
  status: number;
  attack: string;
}

interface Attempt {
  orders: Ordered[];
  outcomes: Map<string, Outcome>;
  targets?: Uint8Array; // of the Director, verified in this attempt
  failure?: Failure;
  deferred?: string; // all is verified, and the orders wait: the next cycle verifies them anew
}

/** Steps 2 to 8 of §5.4.2; the first that fails ends the attempt. */
async function attempt(p: Primary, nonces: string[], step: (what: string) => void): Promise<Attempt> {
  const outcomes = new Map<string, Outcome>();
  let orders: Ordered[] = [];
  let targets: { targets?: Uint8Array } = {};
  try {
    step("time");
    const timed = await takeTime(p, nonces);
    if (p.map !== undefined) {
      step("repositories of the map");
      await decideByMap(p);
      await timed(); // the look at the orders took it along
    }
    step("metadata of both repositories");
    const verified = await verifyMetadata(p);
    const bytes = verified.files.get(fileKey({ repository: DIRECTOR, role: ROLE_TARGETS, name: "" }));
    targets = bytes === undefined ? {} : { targets: bytes };
    step("images");
    orders = await verifyImages(p);
    const notNow = orders.length > 0 ? p.notNow() : undefined;
    if (notNow !== undefined) return { orders, outcomes, ...targets, deferred: `deferred: ${notNow}` };
    p.release.metadata({ ...verified, orders });
    step("distribution and installation");
    await distribute(p, outcomes);
    installOwn(p, orders);
    await learnFromOutcomes(p, orders);
    p.state.images.keepOnly(new Set([...orders.map(({ handed }) => handed.sha256), own(p).sha256]));
    return { orders, outcomes, ...targets };
  } catch (error) {
    return { orders, outcomes, ...targets, failure: failed(p, error) };
  }
}

function failed(p: Primary, error: unknown): Failure {
  if (error instanceof MetadataError && error.report.status === Storage) {
    // What was trusted cannot be had again: never in silence, and not for ever (attack case 55).
    p.log.error("a trusted file is lost: the next cycle starts from the provisioned Roots", { reason: error.message });
    p.state.saveRecord(recordFromFactory(p.config));
  }
  if (error instanceof MetadataError) return { note: error.message, status: error.report.status, attack: attackName(error.report.status) };
  if (error instanceof TransferError) return { note: error.message, status: error.status, attack: attackName(error.status) };
  if (error instanceof HttpError) return { note: error.message, status: Unavailable, attack: attackName(Unavailable) };
  if (error instanceof Error && "code" in error) {
    p.log.error("own storage failed", { reason: error.message });
    return { note: "Cannot go on: own storage failed", status: Storage, attack: "" };
  }
  throw error;
}

/** Asks every Secondary that is there for a report. @returns the nonces of those that want fresh time, in the order of the inventory */
async function collectReports(p: Primary): Promise<string[]> {
  await Promise.all(p.config.secondaries.map(({ serial }) => p.link.order(serial, ORDER_REPORT, REPORT_SECONDS)));
  return await takeReports(p);
}

const reportShape = v.object({
  signed: v.object({
    ecu_serial: v.string(),
    installed_image: v.object({
      filepath: v.string(),
      fileinfo: v.object({ length: v.number(), hashes: v.object({ sha256: v.string(), sha512: v.optional(v.string()) }) }),
    }),
    nonce: v.optional(v.string()),
    report_counter: v.string(),
  }),
});

/** Judges what came over the link, keeps what is good, and reads what each ECU runs. */
async function takeReports(p: Primary): Promise<string[]> {
  const nonces: string[] = [];
  for (const [serial, bytes] of [...p.arrived]) {
    p.arrived.delete(serial);
    try {
      await verifyReport(p, bytes);
    } catch (error) {
      if (!(error instanceof MetadataError)) throw error;
      p.log.warn(error.message, { serial });
      continue;
    }
    const { signed } = v.parse(reportShape, JSON.parse(Buffer.from(bytes).toString("utf8"))); // after the verdict: one reading
    const known = p.state.ecus().get(serial);
    if (signed.ecu_serial !== serial || known === undefined) {
      p.log.warn("a Secondary sent another one's report", { serial });
      continue;
    }
    p.state.saveReport(serial, bytes);
    const { filepath, fileinfo: { length, hashes } } = signed.installed_image;
    const same = known.running.sha256 === hashes.sha256;
    p.state.learn({ serial, reportCounter: Number(signed.report_counter), running: same ? known.running : { name: filepath, length, ...hashes, releaseCounter: known.running.releaseCounter } });
    if (signed.nonce !== undefined) nonces.push(signed.nonce);
  }
  return nonces;
}

/** @returns "taken", or why the Director did not take it */
async function sendManifest(p: Primary, installed?: { correlationId: string; items: InstallationItem[] }): Promise<string> {
  const running = own(p);
  const reports = new Map([[p.config.serial, await p.reporter.report(running)]]);
  p.state.saveReport(p.config.serial, reports.get(p.config.serial) ?? new Uint8Array(0));
  for (const { serial } of p.config.secondaries) {
    const report = p.state.report(serial); // a stored one goes with its own time and counter, never as a new one
    if (report === undefined) return `not sent: ${statusName(ReportMissing)} ${serial}`;
    reports.set(serial, report);
  }
  const manifest = await vehicleManifest({
    vin: p.config.vehicle, primary: p.config.serial, reports, targetsVersion: heldVersion(p), ...(installed === undefined ? {} : { installation: installed }),
  }, p.signer);
  try {
    await send("PUT", `${p.config.director}/director/manifest`, manifest, ANSWER_MAX, { "content-type": "application/json" }, p.pace);
    return "taken";
  } catch (error) {
    if (!(error instanceof HttpError || error instanceof TransferError)) throw error;
    p.log.warn(error.message);
    return error.message;
  }
}

/** @returns has the core judge the same attestation once more */
const versionShape = v.object({ signed: v.object({ version: v.number() }) });

/** Version of the newest Director Targets that was trusted; the Director goes on above it, also when its database was restored (attack case 74). */
function heldVersion(p: Primary): number | undefined {
  const bytes = p.state.kept.find({ repository: DIRECTOR, role: ROLE_TARGETS, name: "", version: 0 });
  if (bytes === undefined) return undefined;
  try {
    return v.parse(versionShape, JSON.parse(Buffer.from(bytes).toString("utf8"))).signed.version;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof v.ValiError)) throw error;
    return undefined; // damaged on disk: the cycle finds that out
  }
}

async function takeTime(p: Primary, nonces: string[]): Promise<() => Promise<void>> {
  const nonce = toHex(randomBytes(32));
  const body = Buffer.from(JSON.stringify({ nonces: [nonce, ...nonces] }), "utf8");
  const attestation = await send("POST", `${p.config.timeServer}/time`, body, ANSWER_MAX, { "content-type": "application/json" }, p.pace);
  await verifyTime(p, nonce, attestation);
  p.reporter.attested(p.clock.attested(attestation));
  p.release.time(attestation);
  return () => verifyTime(p, nonce, attestation);
}

/** Each Secondary takes time, metadata and image at its own pace; one that fails holds up nobody else. */
async function distribute(p: Primary, outcomes: Map<string, Outcome>): Promise<void> {
  await Promise.all(p.config.secondaries.map(async ({ serial }) => {
    const payload = await p.link.order(serial, ORDER_UPDATE, p.link.connected(serial) ? UPDATE_SECONDS : ABSENT_SECONDS);
    if (payload === undefined || payload.length === 0) return;
    try {
      outcomes.set(serial, decodeOutcome(payload));
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      p.log.warn(error.message, { serial });
    }
  }));
}

/** The Primary's image file is complete and checked: from here on it runs. */
function installOwn(p: Primary, orders: Ordered[]): void {
  const order = orders.find(({ serial }) => serial === p.config.serial);
  const known = p.state.ecus().get(p.config.serial);
  if (order !== undefined && known !== undefined) p.state.learn({ ...known, running: order.image });
}

/** A Secondary whose verified report names the image ordered for it runs it, so its release counter is known. */
async function learnFromOutcomes(p: Primary, orders: Ordered[]): Promise<void> {
  await takeReports(p);
  for (const { serial, image } of orders) {
    const known = p.state.ecus().get(serial);
    if (known !== undefined && known.running.sha256 === image.sha256) p.state.learn({ ...known, running: image });
  }
}

const targetsShape = v.object({ signed: v.object({ custom: v.optional(v.object({ correlationId: v.optional(v.string()) })) }) });

function installation(p: Primary, orders: Ordered[], outcomes: Map<string, Outcome>, targets: Uint8Array | undefined): { correlationId: string; items: InstallationItem[] } | undefined {
  const correlationId = targets === undefined ? undefined : v.parse(targetsShape, JSON.parse(Buffer.from(targets).toString("utf8"))).signed.custom?.correlationId;
  if (correlationId === undefined || orders.length === 0) return undefined;
  return {
    correlationId,
    items: orders.map(({ serial, image }) => {
      const success = p.state.ecus().get(serial)?.running.sha256 === image.sha256;
      const description = success ? "" : outcomes.get(serial)?.verdict ?? "no answer";
      return { serial, success, code: success ? "OK" : "INSTALL_FAILED", description: description.replace(/[^\x20-\x7e]/g, "?") };
    }),
  };
}

function own(p: Primary): Running {
  return p.state.ecus().get(p.config.serial)?.running ?? p.config.factory;
}

function result(p: Primary, serial: string, before: string, outcome: Outcome | undefined, waits: string | undefined, failure: Failure | undefined): EcuResult {
  const { name, sha256 } = p.state.ecus().get(serial)?.running ?? own(p);
  if (outcome !== undefined) return { serial, before, ...outcome };
  const primary = serial === p.config.serial;
  const verdict = primary ? waits ?? (name === before ? "up to date" : "installed") : waits === undefined ? "no answer" : "nothing was handed on";
  return {
    serial,
    before,
    verdict,
    status: primary ? failure?.status ?? Ok : waits === undefined ? Unavailable : Ok,
    attack: primary ? failure?.attack ?? "" : "",
    image: name,
    sha256,
    erased: 0,
    ram: primary ? p.core.memoryUsed() : 0,
    profile: primary ? "files" : "",
    verification: primary ? "full" : "",
  };
}
