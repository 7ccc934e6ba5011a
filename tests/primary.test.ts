/** The Primary against servers that lie, stall and break off: it refuses, keeps what it had, hands nothing on, and takes the next good update. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { IMAGE, ROLE_DELEGATED, ROLE_ROOT, ROLE_SNAPSHOT, ROLE_TARGETS, ROLE_TIMESTAMP } from "../assembly/abi.ts";
import * as status from "../assembly/status.ts";
import { type Signer, generateSigner, keyBytes, writeSigner } from "../bindings/keys.ts";
import { canonical } from "../bindings/canonical.ts";
import { type Entry, date, hashes, time } from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { ecuReport } from "../bindings/manifest.ts";
import type { PrimaryConfig } from "../node/config.ts";
import { PACE } from "../node/fetch.ts";
import { openLink } from "../node/link/client.ts";
import { LinkError } from "../node/link/frame.ts";
import { ORDER_IDLE, ORDER_REPORT } from "../node/link/message.ts";
import { createLog } from "../node/log.ts";
import { type CycleResult, cycle } from "../node/primary/cycle.ts";
import { type Primary, openPrimary } from "../node/primary/primary.ts";
import { NOW, Repository, VEHICLE, World } from "./world.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A vehicle of one ECU, the repositories it looks at, and a server an attacker may put words into. */
interface Bench {
  world: World;
  folder: string;
  url: string;
  answers: Map<string, Answer>; // by the end of the path: instead of the truth
  manifests: Buffer[];
  timeSigner: Signer;
  timeAt: number;
  open(notNow?: () => string | undefined): Promise<Primary>;
  close(): Promise<void>;
}

const LINK_KEY = Buffer.alloc(32, 9);
const FACTORY = Buffer.from("factory image");
const PATIENCE = { ...PACE, connectSeconds: 0.4, windowSeconds: 0.4 };

async function bench(secondary?: Signer): Promise<Bench> {
  const world = await World.make();
  const folder = mkdtempSync(join(tmpdir(), "primary-"));
  const [first] = world.ecus;
  if (first === undefined) throw new Error("no ECU");
  const answers = new Map<string, Answer>();
  const manifests: Buffer[] = [];
  const server: Server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`;
  const opened: Primary[] = [];
  const of: Bench = {
    world, folder, url, answers, manifests, timeSigner: world.director.time.signers[0] ?? generateSigner(), timeAt: NOW,
    open: async (notNow) => {
      for (const old of opened.splice(0)) await old.link.close();
      const primary = await openPrimary(folder, createLog("test", () => undefined), PATIENCE, notNow);
      opened.push(primary);
      return primary;
    },
    close: async () => {
      for (const old of opened) await old.link.close();
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(request.url ?? "");
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    for (const [end, answer] of answers) if (path.endsWith(end)) return answer(request, response);
    if (path.endsWith("/director/manifest")) {
      manifests.push(Buffer.concat(pieces));
      return void response.end("{}");
    }
    if (path.endsWith("/time")) {
      const { nonces } = JSON.parse(Buffer.concat(pieces).toString()) as { nonces: string[] };
      return void response.end(await sign(time({ nonces, seconds: of.timeAt }), [of.timeSigner]));
    }
    const [, repository = "", name = ""] = /^(?:\/v)?\/(director|repo)\/(.*)$/.exec(path) ?? [];
    const bytes = repository === "director" ? world.director.files.get(name)
      : name.startsWith("targets/") ? world.image.images.get(name.slice(8)) : world.image.files.get(name);
    if (bytes === undefined) return void response.writeHead(404).end();
    response.end(bytes);
  }

  const config: PrimaryConfig = {
    format: 1, kind: "primary", vehicle: VEHICLE, serial: first.serial, hardwareId: first.hardwareId,
    factory: { name: "factory.img", length: FACTORY.length, ...hashes(FACTORY), releaseCounter: 0 }, manufactured: date(NOW - 1000),
    linkPort: 0, director: `${url}/v`, repository: url, timeServer: url, pollSeconds: 0,
    secondaries: secondary === undefined ? [] : [{
      serial: "brakes", hardwareId: "brakes-a", publicKey: secondary.public.keyval.public, linkKey: LINK_KEY.toString("hex"),
      factory: { name: "brakes.img", length: 3, ...hashes(Buffer.from("abc")), releaseCounter: 0 },
    }],
  };
  mkdirSync(folder, { recursive: true });
  const key = generateSigner();
  assert.is(keyBytes(key.public).length, 32);
  for (const [name, content] of [
    ["config.json", JSON.stringify(config)], ["key.pem", writeSigner(key)], ["factory.img", FACTORY],
    ["director.root.json", world.director.files.get("1.root.json") ?? ""], ["image.root.json", world.image.files.get("1.root.json") ?? ""],
  ] as const) writeFileSync(join(folder, name), content);
  return of;
}

function one(result: CycleResult): CycleResult["ecus"][number] {
  const [ecu] = result.ecus;
  assert.ok(ecu !== undefined);
  return ecu;
}

const quiet = (): void => undefined;

/** What is handed to a Secondary that asks for any file of a repository. */
function handedOn(primary: Primary): number {
  const asked = [ROLE_TIMESTAMP, ROLE_SNAPSHOT, ROLE_TARGETS, ROLE_DELEGATED].flatMap((role) => [0, IMAGE].map((repository) => ({ repository, role, version: 0, name: "" })));
  return asked.filter((want) => primary.release.piece("brakes", { want, offset: 0, size: 16 }).status === status.Ok).length;
}

const test = suite("Primary");
let of: Bench;
test.before.each(async () => {
  of = await bench();
});
test.after.each(() => of.close());

/** Both repositories list this image and no other for the vehicle. */
async function order(name: string, text: string, releaseCounter: number): Promise<void> {
  of.world.director.targets.clear();
  of.world.order(name, Buffer.from(text), of.world.ecus, of.world.image.targets, releaseCounter);
  await of.world.publishNext();
}

/** The next good order, after whatever came before. */
async function recovers(primary: Primary): Promise<void> {
  of.answers.clear();
  of.timeSigner = of.world.director.time.signers[0] ?? of.timeSigner;
  of.timeAt = NOW + 60;
  await order("next.bin", "the next image", 5);
  const result = await cycle(primary, quiet);
  assert.is(result.verdict, "updated");
  assert.is(one(result).image, "next.bin");
}

/** Provisions a map: Director, Image repository and a third one have to agree. The first URL of the third is always down. */
async function withMap(): Promise<Repository> {
  const third = new Repository(false);
  await third.publishRoot();
  const roots = new Map([["director", of.world.director], ["image", of.world.image], ["third", third]]);
  mkdirSync(join(of.folder, "map"));
  for (const [name, { files }] of roots) writeFileSync(join(of.folder, "map", `${name}.root.json`), files.get("1.root.json") ?? "");
  const repositories = new Map([["director", [`${of.url}/v/director`]], ["image", [`${of.url}/repo`]], ["third", [`${of.url}/down`, `${of.url}/third/`]]]);
  writeFileSync(join(of.folder, "map.json"), canonical({ mapping: [{ paths: ["*"], repositories: ["director", "image", "third"], terminating: true, threshold: 3 }], repositories }));
  for (let version = 1; version < 9; version++) {
    for (const name of [`${version}.root.json`, "timestamp.json", `${version}.snapshot.json`, `${version}.targets.json`]) {
      of.answers.set(`/down/${name}`, (_request, response) => void response.writeHead(503).end());
      of.answers.set(`/third/${name}`, (_request, response) => {
        const bytes = third.files.get(name);
        response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
      });
    }
  }
  return third;
}

test("with a map, an image is installed only where all its repositories agree (MF-08)", async () => {
  const third = await withMap();
  const primary = await of.open();
  await order("a.bin", "the mapped image", 1);
  await third.publish();
  const alone = await cycle(primary, quiet);
  assert.is(alone.status, status.NoAgreement);
  assert.is(one(alone).image, "factory.img");
  third.targets.set("a.bin", { ...of.world.image.targets.get("a.bin") as Entry, custom: { releaseCounter: 1 } });
  await third.publishNext();
  const together = await cycle(primary, quiet);
  assert.is(together.verdict, "updated");
  assert.is(one(together).image, "a.bin");
  assert.is((await cycle(await of.open(), quiet)).verdict, "up to date");
  await order("b.bin", "another image", 2);
  third.timestamp.expires = date(NOW - 1);
  third.targets.set("b.bin", { ...of.world.image.targets.get("b.bin") as Entry, custom: { releaseCounter: 2 } });
  await third.publishNext();
  assert.is((await cycle(primary, quiet)).status, status.Unverified);
});

test("verifies, installs, reports; then there is nothing to do, also after a restart", async () => {
  const primary = await of.open();
  const first = await cycle(primary, quiet);
  assert.is(first.verdict, "updated");
  assert.is(one(first).image, "app.bin");
  assert.equal(first.manifests, ["taken", "taken"]);
  const { signed } = JSON.parse(of.manifests.at(-1)?.toString() ?? "") as { signed: { vin: string; director_targets_version: number; ecu_version_manifests: Record<string, { signed: { installed_image: { filepath: string } } }> } };
  assert.is(signed.director_targets_version, of.world.director.targetsRole.version);
  assert.is(signed.vin, VEHICLE);
  assert.is(signed.ecu_version_manifests["tcu-1"]?.signed.installed_image.filepath, "app.bin");
  const again = await cycle(await of.open(), quiet);
  assert.is(again.verdict, "up to date");
  assert.is(one(again).image, "app.bin");
});

test("hands on what it has verified, and keeps every Root for those that lag behind", async () => {
  await of.world.director.rotate("timestamp");
  await of.world.publishNext();
  const primary = await of.open();
  assert.is(handedOn(primary), 0);
  await cycle(primary, quiet);
  assert.is(handedOn(primary), 6);
  for (const version of [1, 2]) {
    const { status: code, bytes } = primary.release.piece("brakes", { want: { repository: 0, role: ROLE_ROOT, version, name: "" }, offset: 0, size: 4096 });
    assert.is(code, status.Ok);
    assert.equal(Buffer.from(bytes), Buffer.from(of.world.director.files.get(`${version}.root.json`)?.slice(0, 4096) ?? []));
  }
});

const says = (code: number, body: string | Uint8Array = ""): Answer => (_, response) => void response.writeHead(code).end(body);

const endless: Answer = (_, response) => {
  const more = (): void => {
    while (response.write(Buffer.alloc(65536, 0x20)));
  };
  response.writeHead(200).on("drain", more);
  more();
};

const trickle: Answer = (_, response) => {
  response.writeHead(200);
  const timer = setInterval(() => response.write("{"), 50);
  response.on("close", () => clearInterval(timer));
};

const ATTACKS: [string, number, () => void | Promise<void>][] = [
  ["a Director that fails (case 41)", status.Unavailable, () => void of.answers.set("/v/director/timestamp.json", says(500))],
  ["a Director that says garbage", status.Syntax, () => void of.answers.set("/v/director/timestamp.json", says(200, "<html>"))],
  ["a Director that does not end (case 50)", status.EndlessData, () => void of.answers.set("/v/director/timestamp.json", endless)],
  ["a Director that trickles (case 51)", status.SlowRetrieval, () => void of.answers.set("/v/director/timestamp.json", trickle)],
  ["a Director that says nothing (case 41)", status.SlowRetrieval, () => void of.answers.set("/v/director/timestamp.json", () => undefined)],
  ["an Image repository without its Snapshot", status.Missing, () => void of.answers.set(".snapshot.json", (request, response) =>
    request.url?.startsWith("/repo") === true ? void response.writeHead(404).end() : void response.end(of.world.director.files.get((request.url ?? "").replace("/v/director/", ""))))],
  ["an Image repository that fails while the Director lives (case 41)", status.Unavailable, () => void of.answers.set(".snapshot.json", (request, response) =>
    request.url?.startsWith("/repo") === true ? void response.writeHead(503).end() : void response.end(of.world.director.files.get((request.url ?? "").replace("/v/director/", ""))))],
  ["an image that the Image repository does not list", status.NotFound, async () => {
    of.world.image.targets.delete("evil.bin");
    await of.world.publishNext();
  }],
  ["an image the repositories describe differently", status.Mismatch, async () => {
    const entry = of.world.image.targets.get("evil.bin");
    if (entry !== undefined) of.world.image.targets.set("evil.bin", { ...entry, length: entry.length + 1 });
    await of.world.publishNext();
  }],
  ["other image bytes", status.HashMismatch, () => void of.answers.set("evil.bin", says(200, "the evil imagf"))],
  ["too few image bytes (case 50)", status.LengthMismatch, () => void of.answers.set("evil.bin", says(200, "the evil"))],
  ["image bytes without end (case 50)", status.EndlessData, () => void of.answers.set("evil.bin", endless)],
  ["image bytes that trickle (case 51)", status.SlowRetrieval, () => void of.answers.set("evil.bin", trickle)],
  ["an image listed by its SHA-512 alone, which this Primary has no place for", status.Missing, async () => {
    for (const { targets } of [of.world.director, of.world.image]) for (const entry of targets.values()) entry.hashes = { sha512: entry.hashes.sha512 } as typeof entry.hashes;
    await of.world.publishNext();
  }],
  ["no image", status.Missing, () => void of.answers.set("evil.bin", says(404))],
  ["an attestation by another key", status.BadSignature, () => void (of.timeSigner = generateSigner())],
  ["garbage for an attestation", status.Syntax, () => void of.answers.set("/time", says(200, "now"))],
  ["a time server that refuses", status.Unavailable, () => void of.answers.set("/time", says(503, "{}"))],
  ["a time that goes back", status.TimeBack, () => void (of.timeAt = NOW - 1000)],
];

for (const [name, expected, attack] of ATTACKS) {
  test(`refuses ${name}: nothing is installed or handed on, the manifest says why, the next good update comes through`, async () => {
    const primary = await of.open();
    await cycle(primary, quiet);
    await order("evil.bin", "the evil image", 2);
    const released = handedOn(primary);
    await attack();
    const refused = await cycle(primary, quiet);
    assert.is(refused.status, expected, refused.verdict);
    assert.is(one(refused).image, "app.bin");
    assert.is(handedOn(primary), released);
    const { signed } = JSON.parse(of.manifests.at(-1)?.toString() ?? "") as { signed: { ecu_version_manifests: Record<string, { signed: { attacks_detected: string } }> } };
    assert.is(signed.ecu_version_manifests["tcu-1"]?.signed.attacks_detected, refused.verdict);
    const record = primary.state.record();
    const again = await cycle(primary, quiet);
    assert.is(again.status, expected, again.verdict);
    assert.equal(primary.state.record(), record, "the second refusal changed the trusted record");
    await recovers(await of.open());
  });
}

test("what a refused cycle brought is not handed on, though the Director's part of it was good", async () => {
  const primary = await of.open();
  of.world.director.targets.clear();
  of.world.director.targets.set("evil.bin", { length: 4, hashes: hashes(Buffer.from("evil")), custom: { releaseCounter: 9, ecuIdentifiers: new Map([["tcu-1", { hardwareId: "tcu-a" }]]) } });
  await of.world.publishNext();
  assert.is((await cycle(primary, quiet)).status, status.NotFound);
  assert.is(handedOn(primary), 0);
});

test("a Director that cannot be reached takes nothing away, and the manifest waits for the next cycle", async () => {
  const primary = await of.open();
  await cycle(primary, quiet);
  of.answers.set("/director/manifest", says(500, "broken"));
  of.answers.set("/v/director/timestamp.json", says(500));
  const result = await cycle(primary, quiet);
  assert.ok(result.manifests.every((answer) => answer.includes("500")));
  await recovers(primary);
});

test("a Director that is silent for weeks: each cycle ends with a reason, nothing changes, and the first answer is taken (case 41)", async () => {
  const primary = await of.open();
  await cycle(primary, quiet);
  const record = primary.state.record();
  of.answers.set("/director/", says(503));
  for (const name of ["timestamp.json", "manifest", "root.json"]) of.answers.set(name, says(503));
  for (let week = 0; week < 3; week++) {
    const silent = await cycle(primary, quiet);
    assert.is(silent.status, status.Unavailable);
    assert.is(one(silent).image, "app.bin");
    assert.equal(primary.state.record(), record);
  }
  await recovers(primary);
});

test("an order for two ECUs of which one is not there: the result names it, the other is installed, and the order stays open (case 42)", async () => {
  await of.close();
  of = await bench(generateSigner());
  const absent = { serial: "brakes", hardwareId: "brakes-a", counter: -1 };
  of.world.ecus.push(absent);
  of.world.order("brakes.bin", Buffer.from("new brakes"), [absent]);
  await of.world.publishNext();
  const primary = await of.open();
  for (let again = 0; again < 2; again++) {
    const result = await cycle(primary, quiet);
    const [tcu, brakes] = result.ecus;
    assert.ok(result.manifests.every((answer) => answer.includes("brakes")), result.manifests.join());
    assert.is(tcu?.image, "app.bin");
    assert.is(brakes?.serial, "brakes");
    assert.is(brakes?.image, "brakes.img", JSON.stringify(result));
    assert.is.not(brakes?.status, status.Ok, JSON.stringify(brakes));
  }
  assert.is(of.manifests.length, 0, "no state is made up for an ECU that never reported");
});

test("an image called ../../etc/x by both repositories is asked for nowhere and written nowhere (case 52)", async () => {
  const primary = await of.open();
  await cycle(primary, quiet);
  for (const name of ["../../etc/x", "/etc/x", "a//b", "."]) {
    for (const { targets } of [of.world.director, of.world.image]) {
      const [[, entry] = []] = targets;
      targets.clear();
      if (entry !== undefined) targets.set(name, { ...entry, hashes: hashes(Buffer.from(name)) });
    }
    await of.world.publishNext();
    const images = (): string[] => readdirSync(of.folder, { recursive: true }).map(String).filter((path) => !path.includes("meta."));
    const before = images();
    const result = await cycle(primary, quiet);
    assert.is(result.status, status.Missing, name);
    assert.is(one(result).image, "app.bin");
    assert.equal(images(), before, name);
  }
  await recovers(primary);
});

test("power between a file and the record that names it: the older record finds its older files", async () => {
  const primary = await of.open();
  await cycle(primary, quiet);
  const before = primary.state.record();
  await order("second.bin", "the second image", 2);
  await cycle(primary, quiet);
  primary.state.saveRecord(before);
  await recovers(await of.open());
});

test("TM-23: the first time taken, also after a factory reset, is not before the time of manufacture", async () => {
  for (const reset of [false, true]) {
    of.timeAt = NOW - 1001;
    const primary = await of.open();
    assert.is((await cycle(primary, quiet)).status, status.TimeBack, `reset: ${reset}`);
    of.timeAt = NOW - 1000;
    assert.is((await cycle(primary, quiet)).verdict, "updated");
    rmSync(join(of.folder, "store"), { recursive: true });
  }
});

test("IN-29: what was verified waits while the vehicle moves, is handed to nobody, and is judged anew before it is installed", async () => {
  let moves = true;
  const primary = await of.open(() => (moves ? "the vehicle moves" : undefined));
  const waiting = await cycle(primary, quiet);
  assert.is(waiting.verdict, "deferred: the vehicle moves");
  assert.is(one(waiting).image, "factory.img");
  assert.is(handedOn(primary), 0);
  moves = false;
  of.timeAt = NOW + 10 * 365 * 86_400; // the files that were good are good no longer
  const late = await cycle(primary, quiet);
  assert.is(late.status, status.Freeze, late.verdict);
  assert.is(one(late).image, "factory.img");
});

test("IN-29: a deferred order is installed once the vehicle stands", async () => {
  let moves = true;
  const primary = await of.open(() => (moves ? "the vehicle moves" : undefined));
  await cycle(primary, quiet);
  moves = false;
  const result = await cycle(primary, quiet);
  assert.is(result.verdict, "updated");
  assert.is(one(result).image, "app.bin");
});

test("a torn record is given up for the provisioned Roots", async () => {
  const primary = await of.open();
  await cycle(primary, quiet);
  const record = primary.state.record();
  record[100] = (record[100] ?? 0) ^ 1;
  primary.state.saveRecord(record);
  await recovers(await of.open());
});

test("kept files that are gone are fetched again, by the digest the record has of them (attack case 55)", async () => {
  const primary = await of.open();
  await cycle(primary, quiet);
  const record = primary.state.record();
  for (const name of readdirSync(join(of.folder, "store"))) if (name.startsWith("meta.")) rmSync(join(of.folder, "store", name));
  const again = await of.open();
  assert.is((await cycle(again, quiet)).status, status.Ok);
  assert.equal(again.state.record(), record);
  assert.ok(readdirSync(join(of.folder, "store")).some((name) => name.startsWith("meta.")), "kept again");
  await recovers(again);
});

test("a trusted file that cannot be had again is named, and the next cycle starts from the provisioned Roots", async () => {
  const primary = await of.open();
  await cycle(primary, quiet);
  for (const name of readdirSync(join(of.folder, "store"))) if (name.startsWith("meta.")) writeFileSync(join(of.folder, "store", name), "not it");
  of.answers.set("director/1.root.json", (_request, response) => response.writeHead(404).end());
  assert.is((await cycle(await of.open(), quiet)).status, status.Storage);
  of.answers.clear();
  await recovers(await of.open());
});

class Crash extends Error {}

test("a crash before any write of a cycle costs nothing: the next start goes on, and the image is installed", async () => {
  for (let at = 0, crashed = true; crashed; at++) {
    if (at > 0) {
      await of.close();
      of = await bench();
    }
    const primary = await of.open();
    const { state } = primary;
    let writes = 0;
    const guard = <A extends unknown[], R>(write: (...args: A) => R) => (...args: A): R => {
      if (writes++ >= at) throw new Crash("power is gone");
      return write(...args);
    };
    state.saveRecord = guard(state.saveRecord);
    state.saveReport = guard(state.saveReport);
    state.learn = guard(state.learn);
    state.kept.keep = guard(state.kept.keep);
    state.reportState.put = guard(state.reportState.put);
    state.images.stage = guard(state.images.stage);
    crashed = await cycle(primary, quiet).then(() => false, (error: unknown) => {
      if (error instanceof Crash) return true;
      throw error;
    });
    assert.ok(at < 100);
    if (crashed) assert.is(one(await cycle(await of.open(), quiet)).image, "app.bin", `crash before write ${at}`);
    else assert.ok(at > 10, String(at));
  }
});

test.run();

const reports = suite("reports of Secondaries");

/** A Secondary that has its link key and says what it is told to. @returns the manifests' answers, and its report as the last manifest has it */
async function reported(primary: Primary, report: Uint8Array): Promise<{ answers: string[]; counter: string | undefined }> {
  const link = await openLink({ vehicle: VEHICLE, self: "brakes", primary: "tcu-1", key: LINK_KEY, port: primary.link.port });
  let over = false;
  const work = (async () => {
    while (!over) {
      const order = await link.next();
      if (order === ORDER_REPORT) await link.report(report);
      if (order !== ORDER_IDLE) await link.done(new Uint8Array(0));
    }
  })().catch((error: unknown) => {
    if (!(error instanceof LinkError)) throw error; // the link is closed at the end
  });
  of.manifests.length = 0;
  const { manifests: answers } = await cycle(primary, quiet);
  over = true;
  link.close();
  await work;
  const manifest = JSON.parse(of.manifests[0]?.toString() ?? "null") as { signed: { ecu_version_manifests: Record<string, { signed: { report_counter: string } }> } } | null;
  return { answers, counter: manifest?.signed.ecu_version_manifests["brakes"]?.signed.report_counter };
}

reports("are judged before they are kept: garbage, a stranger's signature, another ECU's name and a replay change nothing", async () => {
  const key = generateSigner();
  of = await bench(key);
  try {
    const made = (counter: number, change: { serial?: string; signer?: Signer } = {}): Promise<Uint8Array> => ecuReport({
      serial: change.serial ?? "brakes", image: { filepath: "brakes.img", length: 3, hashes: hashes(Buffer.from("abc")) }, attacks: "",
      time: "2027-01-15T08:00:00Z", previousTime: "2027-01-15T08:00:00Z", counter,
    }, change.signer ?? key);
    const primary = await of.open();
    for (const bad of [Buffer.from("garbage"), new Uint8Array(0), await made(5, { signer: generateSigner() }), await made(5, { serial: "tcu-1" }), new Uint8Array(7500)]) {
      const { answers, counter } = await reported(primary, bad);
      assert.match(answers[0] ?? "", /not sent: ReportMissing brakes/);
      assert.is(counter, undefined);
    }
    assert.equal(await reported(primary, await made(7)), { answers: ["taken"], counter: "7" });
    for (const bad of [await made(7), await made(6), Buffer.from("garbage"), await made(9, { signer: generateSigner() })]) {
      assert.is((await reported(primary, bad)).counter, "7"); // the good one stays, with its own counter and time
    }
    assert.is((await reported(await of.open(), await made(7))).counter, "7"); // also after a restart
    assert.is((await reported(await of.open(), await made(8))).counter, "8");
  } finally {
    await of.close();
  }
});

reports.run();
