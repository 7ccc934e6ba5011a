/**
 * Secondaries in emulated parts, fed with real signed files: they install what the Director ordered, refuse everything else without a change, and come
 * through a power cut at any operation.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DIRECTOR, ROLE_PAYLOAD, ROLE_TARGETS, ROLE_TIME } from "../assembly/abi.ts";
import * as status from "../assembly/status.ts";
import { type Signer, generateSigner, readSigner } from "../bindings/keys.ts";
import { date, targets, time } from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { readConfig, secondaryConfig } from "../node/config.ts";
import { type Backing, OUTCOMES, Power, PowerCut } from "../node/emulator/flash.ts";
import { type Part, boot } from "../node/emulator/part.ts";
import { type Profile, profileOf } from "../node/emulator/profile.ts";
import type { BackupPiece, FilePiece } from "../node/link/file.ts";
import type { Outcome } from "../node/link/outcome.ts";
import { type Backups, createBackups, isBackup } from "../node/primary/backups.ts";
import { openImages } from "../node/primary/state.ts";
import { type EcuPlan, type Image, makeImage, provision } from "../node/provision.ts";
import { type Secondary, createSecondary } from "../node/secondary.ts";

const NOW = Math.floor(Date.now() / 1000);
const VIN = "VIN-1";

/** What the Primary of the test hands over; a test changes it to make an attack. */
interface Hand {
  files: Map<number, Uint8Array>; // by role; Director only
  image: Uint8Array;
}

interface Bench {
  hand: Hand;
  notNow: (() => string | undefined) | undefined; // asked by the Secondary
  backups: Backups; // of the Primary
  /** Switches the part on. */
  boot(power?: Power): Part;
  secondary(part: Part): Secondary;
  /** One whole attempt: report, fresh attestation, update. */
  attempt(part: Part): Promise<Outcome>;
  order(version: number, image: Image, change?: { expires?: number; hardwareId?: string; vehicleId?: string; signer?: Signer }): Promise<void>;
  /** Empties the data flash: record, Roots, Targets, counters. */
  factoryReset(): void;
  /** Everything flash holds. */
  state(): string;
  plan: EcuPlan;
  factory: Image;
  timeAt: number;
  timeKey: Signer;
}

function memory(): Backing & { all?: Uint8Array } {
  const of: Backing & { all?: Uint8Array } = {
    load: () => of.all?.slice(),
    save: (offset, bytes) => {
      of.all ??= new Uint8Array(bytes.length);
      of.all.set(bytes, offset);
    },
  };
  return of;
}

let folder = "";

async function bench(profile: Profile = profileOf("S32K116"), imageBytes = 300): Promise<Bench> {
  folder = mkdtempSync(join(tmpdir(), "secondary-"));
  const plan: EcuPlan = { serial: "door", hardwareId: "door-a", profile: profile.name, imageBytes };
  const fleet = await provision(folder, VIN, [{ serial: "tcu", hardwareId: "tcu-a", imageBytes: 16 }, plan], { director: 1, repository: 2, time: 3, link: 4 }, NOW - 1000);
  const key = (path: string): Signer => readSigner(readFileSync(join(folder, path), "utf8"));
  const [targetsKey, timeKey] = [key("director/keys/targets.pem"), key("time/keys/time.pem")];
  const [code, data] = [memory(), memory()];
  const ecu = fleet.ecus[1];
  if (ecu === undefined) throw new Error("no Secondary");
  const config = readConfig(ecu.folder, secondaryConfig);
  const of: Bench = {
    hand: { files: new Map(), image: new Uint8Array(0) },
    notNow: undefined,
    backups: createBackups(openImages(join(folder, "backups"))),
    plan,
    factory: ecu.factory,
    timeAt: NOW,
    timeKey,
    boot: (power) => boot(profile, { code, data }, power),
    secondary: (part) => createSecondary({
      config, part, signer: ecu.key, factory: ecu.factory.bytes,
      roots: new Map([[DIRECTOR, new Uint8Array(readFileSync(join(ecu.folder, "director.root.json")))]]),
      notNow: () => of.notNow?.(),
      backup: (piece) => Promise.resolve(of.backups.take("door", piece)),
      piece: ({ want, offset, size }): Promise<FilePiece> => {
        if (isBackup({ want, offset, size })) return Promise.resolve(of.backups.piece("door", { want, offset, size }));
        const bytes = want.role === ROLE_PAYLOAD ? of.hand.image : of.hand.files.get(want.role);
        if (bytes === undefined) return Promise.resolve({ status: status.Missing, last: true, bytes: new Uint8Array(0) });
        return Promise.resolve({ status: status.Ok, last: offset + size >= bytes.length, bytes: bytes.slice(offset, offset + size) });
      },
    }),
    attempt: async (part) => {
      const secondary = of.secondary(part);
      const report = JSON.parse(Buffer.from(await secondary.report("with nonce")).toString()) as { signed: { nonce: string } };
      of.hand.files.set(ROLE_TIME, await sign(time({ nonces: ["00".repeat(32), report.signed.nonce], seconds: of.timeAt }), [of.timeKey]));
      return await secondary.update();
    },
    order: async (version, { name, length, hashes, releaseCounter, bytes }, change = {}) => {
      const entry = { length, hashes, custom: { releaseCounter, ecuIdentifiers: new Map([["door", { hardwareId: change.hardwareId ?? "door-a" }]]) } };
      of.hand.image = bytes;
      of.hand.files.set(ROLE_TARGETS, await sign(targets({
        version, expires: date(NOW + (change.expires ?? 3600)), targets: new Map([[name, entry]]), custom: { vehicleId: change.vehicleId ?? VIN },
      }), [change.signer ?? targetsKey]));
    },
    factoryReset: () => delete data.all,
    state: () => createHash("sha256").update(code.all ?? "").update(data.all ?? "").digest("hex"),
  };
  return of;
}

function runs(part: Part): string {
  return part.slots.installed()?.name ?? "nothing";
}

const test = suite("Secondary");
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

test("installs what the Director ordered for it, byte for byte, and says so", async () => {
  const of = await bench();
  const part = of.boot();
  const image = makeImage(of.plan, 2);
  await of.order(1, image);
  const outcome = await of.attempt(part);
  assert.is(outcome.verdict, "installed");
  assert.is(outcome.sha256, image.hashes.sha256);
  assert.equal(of.boot().slots.read(), image.bytes);
  const { signed } = JSON.parse(Buffer.from(await of.secondary(of.boot()).report("without nonce")).toString()) as { signed: Record<string, unknown> };
  assert.equal(signed["installed_image"], { filepath: image.name, fileinfo: { hashes: image.hashes, length: image.length } });
  assert.is(signed["timeserver_time"], date(NOW));
  assert.is(signed["attacks_detected"], "");
});

test("a trusted file that flash lost and nobody else has is named, and the next attempt starts from the provisioned Root (attack case 55)", async () => {
  const of = await bench();
  await of.order(1, makeImage(of.plan, 2));
  assert.is((await of.attempt(of.boot())).verdict, "installed");
  const part = of.boot();
  for (const version of [8, 9]) part.files.keep({ repository: DIRECTOR, role: ROLE_TARGETS, name: "", version }, version, new Uint8Array(9));
  await of.order(1, makeImage(of.plan, 3)); // other bytes under the stored version: the stored file is asked for
  assert.is((await of.attempt(of.boot())).status, status.Storage);
  assert.is(runs(of.boot()), makeImage(of.plan, 2).name);
  await of.order(2, makeImage(of.plan, 3));
  assert.is((await of.attempt(of.boot())).verdict, "installed");
});

test("the same order again installs nothing, and costs no image block", async () => {
  const of = await bench();
  await of.order(1, makeImage(of.plan, 2));
  await of.attempt(of.boot());
  const again = await of.attempt(of.boot());
  assert.is(again.verdict, "up to date");
  assert.is(again.erased, 0);
});

test("TM-23: the first time taken, also after a factory reset, is not before the time of manufacture", async () => {
  const of = await bench();
  await of.order(1, makeImage(of.plan, 2));
  for (const what of ["new", "reset"]) {
    of.timeAt = NOW - 1001;
    assert.is((await of.attempt(of.boot())).status, status.TimeBack, what);
    of.timeAt = NOW - 1000;
    assert.is((await of.attempt(of.boot())).status, status.Ok, what);
    of.factoryReset();
  }
});

const REFUSALS: [string, number, (of: Bench, image: Image) => Promise<void>][] = [
  ["Targets signed by a stranger", status.BadSignature, (of, image) => of.order(2, image, { signer: generateSigner() })],
  ["Targets of an earlier version", status.Rollback, (of, image) => of.order(1, image)],
  ["expired Targets", status.Freeze, (of, image) => of.order(3, image, { expires: -1 })],
  ["Targets for another vehicle", status.WrongVehicle, (of, image) => of.order(3, image, { vehicleId: "VIN-2" })],
  ["an image for other hardware", status.WrongHardware, (of, image) => of.order(3, image, { hardwareId: "door-b" })],
  ["an image with a lower release counter", status.ReleaseCounter, (of, image) => of.order(3, { ...image, releaseCounter: 1 })],
  ["an image with one bit flipped", status.HashMismatch, async (of, image) => {
    await of.order(3, image);
    of.hand.image = Uint8Array.from(image.bytes, (byte, at) => (at === 7 ? byte ^ 1 : byte));
  }],
  ["an image that ends early", status.LengthMismatch, async (of, image) => {
    await of.order(3, image);
    of.hand.image = image.bytes.slice(0, -1);
  }],
  ["an image that does not end", status.EndlessData, async (of, image) => {
    await of.order(3, image);
    of.hand.image = Buffer.concat([image.bytes, new Uint8Array(5000)]);
  }],
  ["Targets that are cut off", status.Truncated, async (of, image) => {
    await of.order(3, image);
    of.hand.files.set(ROLE_TARGETS, of.hand.files.get(ROLE_TARGETS)?.slice(0, 200) ?? new Uint8Array(0));
  }],
  ["garbage for Targets", status.Syntax, (of) => Promise.resolve(void of.hand.files.set(ROLE_TARGETS, Buffer.from("garbage")))],
  ["no Targets at all", status.Missing, (of) => Promise.resolve(void of.hand.files.delete(ROLE_TARGETS))],
  ["an attestation by another key", status.BadSignature, (of) => Promise.resolve(void (of.timeKey = generateSigner()))],
  ["a time that goes back", status.TimeBack, (of) => Promise.resolve(void (of.timeAt = NOW - 100))],
];

for (const [name, expected, attack] of REFUSALS) {
  test(`refuses ${name}, goes on running what it ran, notes it, and takes the next good order`, async () => {
    const of = await bench();
    const [first, second] = [makeImage(of.plan, 2), makeImage(of.plan, 3)];
    await of.order(2, first);
    assert.is((await of.attempt(of.boot())).verdict, "installed");
    const before = of.boot().record();
    const { timeKey, timeAt } = of;
    await attack(of, second);
    const outcome = await of.attempt(of.boot());
    assert.is(outcome.status, expected, outcome.verdict);
    assert.is(outcome.sha256, first.hashes.sha256);
    assert.is(runs(of.boot()), first.name);
    assert.equal(of.boot().slots.read(), first.bytes);
    const imageFault = [status.HashMismatch, status.LengthMismatch, status.EndlessData].includes(expected);
    if (!imageFault) assert.equal(of.boot().record(), before, "the trusted record changed");
    const { signed } = JSON.parse(Buffer.from(await of.secondary(of.boot()).report("without nonce")).toString()) as { signed: { attacks_detected: string } };
    assert.is(signed.attacks_detected, outcome.verdict);
    Object.assign(of, { timeKey, timeAt });
    await of.order(9, second);
    assert.is((await of.attempt(of.boot())).verdict, "installed");
    assert.equal(of.boot().slots.read(), second.bytes);
  });
}

test("an image that does not fit the slot is refused before the first byte", async () => {
  const of = await bench();
  const part = of.boot();
  await of.order(1, makeImage({ ...of.plan, imageBytes: 32 * 1024 + 1 }, 2));
  const outcome = await of.attempt(part);
  assert.match(outcome.verdict, /a slot of S32K116 has 32768/);
  assert.is(runs(of.boot()), of.factory.name);
});

const ONE_SLOT = profileOf("S32K116-one-slot");

test("IN-06: a part with one slot has a backup read back before it overwrites what it runs, and an image that fails does not cost it the old one", async () => {
  const of = await bench(ONE_SLOT, 5000);
  const [first, second] = [makeImage(of.plan, 2), makeImage(of.plan, 3)];
  await of.order(1, first);
  assert.is((await of.attempt(of.boot())).verdict, "installed");
  assert.equal(of.boot().slots.read(), first.bytes);
  await of.order(2, second);
  of.hand.image = Uint8Array.from(second.bytes, (byte, at) => (at === 4999 ? byte ^ 1 : byte));
  const refused = await of.attempt(of.boot());
  assert.is(refused.status, status.HashMismatch);
  assert.ok(refused.erased > 0, "it was overwritten");
  assert.is(refused.sha256, first.hashes.sha256);
  assert.is(runs(of.boot()), first.name);
  await of.order(2, second);
  assert.is((await of.attempt(of.boot())).verdict, "installed");
  assert.equal(of.boot().slots.read(), second.bytes);
});

test("IN-06: without a backup that comes back as it was, nothing is overwritten", async () => {
  const of = await bench(ONE_SLOT, 5000);
  const good = of.backups;
  const image = makeImage(of.plan, 2);
  for (const take of [() => undefined, (serial: string, piece: BackupPiece) => good.take(serial, { ...piece, bytes: piece.bytes.map((byte) => byte ^ 1) })]) {
    of.backups = { ...good, take };
    await of.order(1, image);
    const outcome = await of.attempt(of.boot());
    assert.is(outcome.verdict, "deferred: the image that runs has no backup");
    assert.equal(of.boot().slots.read(), of.factory.bytes);
  }
  of.backups = good;
  assert.is((await of.attempt(of.boot())).verdict, "installed");
});

test("IN-06: power goes at any operation while the only slot is overwritten: the backup is restored, or the new image runs", async () => {
  const image = makeImage({ serial: "door", hardwareId: "door-a", imageBytes: 100 }, 2);
  const seen = { old: 0, new: 0, restored: 0 };
  const whole = new Power();
  const once = await bench(ONE_SLOT, 100);
  once.secondary(once.boot());
  await once.order(1, image);
  await once.attempt(once.boot(whole));
  rmSync(folder, { recursive: true });
  for (let at = whole.operations - 75; at <= whole.operations; at += 5) { // the slot is written in the last ones
    const of = await bench(ONE_SLOT, 100);
    of.secondary(of.boot()); // leaves the factory
    await of.order(1, image);
    const power = new Power();
    power.cutAt(at, OUTCOMES[at % OUTCOMES.length] ?? "some", at);
    await of.attempt(of.boot(power)).catch((error: unknown) => {
      if (!(error instanceof PowerCut)) throw error;
    });
    const part = of.boot();
    const broken = part.slots.installed()?.overwritten === true;
    const { signed } = JSON.parse(Buffer.from(await of.secondary(part).report("without nonce")).toString()) as { signed: { installed_image: { filepath: string } } };
    assert.is(signed.installed_image.filepath, runs(of.boot()), `cut ${at}`);
    assert.equal(of.boot().slots.read(), runs(of.boot()) === image.name ? image.bytes : of.factory.bytes, `cut ${at}`);
    seen[broken ? "restored" : runs(of.boot()) === image.name ? "new" : "old"]++;
    assert.ok(["installed", "up to date"].includes((await of.attempt(of.boot())).verdict), `cut ${at}`);
    assert.equal(of.boot().slots.read(), image.bytes, `cut ${at}, again`);
    rmSync(folder, { recursive: true });
  }
  assert.ok(seen.old > 0 && seen.new > 0 && seen.restored > 2, JSON.stringify(seen));
});

test("IN-06: a part that has lost its image and its backup says that nothing runs, and takes the next order", async () => {
  const of = await bench(ONE_SLOT, 100);
  of.secondary(of.boot());
  const image = makeImage(of.plan, 2);
  await of.order(1, image);
  of.hand.image = image.bytes.slice(1);
  const { piece } = of.backups;
  of.backups.piece = (serial, request) => (of.boot().slots.installed()?.overwritten === true ? { status: status.Missing, last: true, bytes: new Uint8Array(0) } : piece(serial, request));
  const outcome = await of.attempt(of.boot());
  assert.is(outcome.status, status.LengthMismatch);
  assert.is(outcome.image, "none");
  of.hand.image = image.bytes;
  assert.is((await of.attempt(of.boot())).verdict, "installed");
  assert.equal(of.boot().slots.read(), image.bytes);
});

test("IN-29: an installation waits for its preconditions, before the image comes and while it comes, and everything is judged anew afterwards", async () => {
  const of = await bench();
  const [first, second] = [makeImage(of.plan, 2), makeImage(of.plan, 3)];
  await of.order(1, first);
  const answers = [() => "the vehicle moves", (() => { // it starts to move while the image arrives
    let asked = 0;
    return () => (asked++ === 0 ? undefined : "the vehicle moves");
  })()];
  for (const notNow of answers) {
    of.notNow = notNow;
    const outcome = await of.attempt(of.boot());
    assert.is(outcome.verdict, "deferred: the vehicle moves");
    assert.is(outcome.sha256, of.factory.hashes.sha256);
  }
  of.notNow = undefined;
  await of.order(2, second, { expires: -1 });
  assert.is((await of.attempt(of.boot())).status, status.Freeze);
  assert.is(runs(of.boot()), of.factory.name);
  await of.order(2, second);
  assert.is((await of.attempt(of.boot())).verdict, "installed");
});

test("report counters rise over every boot and every cut, and none comes twice", async () => {
  const of = await bench();
  const seen: number[] = [];
  for (let n = 0; n < 30; n++) {
    const power = new Power();
    if (n % 3 === 2) power.cutAt(n, OUTCOMES[n % OUTCOMES.length] ?? "some", n);
    try {
      const report = await of.secondary(of.boot(power)).report("without nonce");
      seen.push(Number((JSON.parse(Buffer.from(report).toString()) as { signed: { report_counter: string } }).signed.report_counter));
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    }
  }
  assert.ok(seen.length >= 20);
  assert.equal(seen, [...new Set(seen)].sort((a, b) => a - b));
});

test("power goes at any operation of an update, with any outcome: the old image runs or the new one, and the next attempt ends well", async () => {
  const image = makeImage({ serial: "door", hardwareId: "door-a", imageBytes: 100 }, 2);
  let cuts = 0;
  for (let at = 0, over = false; !over; at += 7) { // 7 and 4 outcomes have no common factor: every operation class meets every outcome
    const of = await bench(profileOf("S32K116"), 100);
    of.secondary(of.boot()); // leaves the factory
    await of.order(1, image);
    const power = new Power();
    power.cutAt(at, OUTCOMES[at % OUTCOMES.length] ?? "some", at);
    try {
      await of.attempt(of.boot(power));
      over = true;
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      cuts++;
    }
    const booted = of.boot();
    assert.ok([of.factory.name, image.name].includes(runs(booted)), `cut ${at}: ${runs(booted)}`);
    assert.equal(booted.slots.read(), runs(booted) === image.name ? image.bytes : of.factory.bytes, `cut ${at}`);
    const outcome = await of.attempt(booted);
    assert.ok(["installed", "up to date"].includes(outcome.verdict), `cut ${at}: ${outcome.verdict}`);
    assert.equal(of.boot().slots.read(), image.bytes, `cut ${at}, again`);
    rmSync(folder, { recursive: true });
  }
  assert.ok(cuts > 20, String(cuts));
});

test.run();
