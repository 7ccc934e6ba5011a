/** Images encrypted for one ECU: Uptane 2.1.0 §5.4.3.4 step 6. The core checks what arrives and what it decrypts to; the host decrypts in between. */
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { ROLE_ROOT, SESSION_IMAGE, SESSION_PARTIAL } from "../assembly/abi.ts";
import * as Status from "../assembly/status.ts";
import { Core, type Encrypted, type Report, type Want } from "../bindings/core.ts";
import { MetadataError, TransferError } from "../bindings/errors.ts";
import { AES, type ImageKey, X25519, decrypted, encrypt, newImageKey, seal } from "../bindings/encrypted.ts";
import { toHex } from "../bindings/hex.ts";
import * as metadata from "../bindings/metadata.ts";
import { type Source, run } from "../bindings/run.ts";
import { NOW, VEHICLE, Vehicle, World, is } from "./world.ts";

const test = suite("encrypted images");
const IMAGE: Uint8Array = Uint8Array.from({ length: 3000 }, (_, at) => at * 7);

/** Opens in pieces of `size` bytes. */
async function open(own: ImageKey, how: Encrypted, sealed: Uint8Array, size = 100): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const source = (function* () {
    for (let at = 0; at < sealed.length; at += size) yield sealed.subarray(at, at + size);
  })();
  for await (const piece of decrypted(own, how, source)) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}

async function fails(work: Promise<unknown>, about: string): Promise<void> {
  const error = await work.then(() => undefined, (thrown: unknown) => thrown);
  assert.ok(error instanceof TransferError && error.status === Status.DecryptFailed, `${about}: ${String(error)}`);
}

/** The three ways of the Standard: what the ECU has, how it is said, what is served. */
function ways(image: Uint8Array): { name: string; own: ImageKey; how: Encrypted; sealed: Uint8Array }[] {
  const [aes, pair, content] = [newImageKey("aes"), newImageKey("x25519"), newImageKey("aes").own.key];
  return [
    { name: "IN-20: a symmetric key of the ECU", own: aes.own, how: { method: AES }, sealed: seal(aes.others, image) },
    { name: "IN-21, IN-22: a wrapped key", own: pair.own, how: { method: AES, key: toHex(seal(pair.others, content)) }, sealed: encrypt(content, image) },
    { name: "IN-23: the ECU's asymmetric key itself", own: pair.own, how: { method: X25519 }, sealed: seal(pair.others, image) },
  ];
}

for (const { name, own, how, sealed } of ways(IMAGE)) {
  test(`${name} opens what was sealed for it, in pieces of any size, and nothing else`, async () => {
    for (const size of [1, 7, 28, 1024, sealed.length]) assert.equal(await open(own, how, sealed, size), IMAGE);
    for (const at of [0, 11, 12, 40, 100, sealed.length - 16, sealed.length - 1]) {
      await fails(open(own, how, Uint8Array.from(sealed, (byte, i) => (i === at ? byte ^ 1 : byte))), `a bit of byte ${at}`);
    }
    for (const length of [0, 1, 12, 27, 28, 60, sealed.length - 1]) await fails(open(own, how, sealed.subarray(0, length)), `${length} bytes`);
    await fails(open(newImageKey(own.kind).own, how, sealed), "another ECU's key");
    await fails(open(newImageKey(own.kind === "aes" ? "x25519" : "aes").own, how, sealed), "another kind of key");
    await fails(open(own, { ...how, method: "rot13" }, sealed), "a method nobody knows");
    await fails(open(own, { ...how, method: how.method === AES ? X25519 : AES }, sealed), "the other method");
  });
}

test("IN-20, IN-21, IN-23: the same image under a symmetric key, under a wrapped key, and under the ECU's asymmetric key itself", async () => {
  for (const { name, own, how, sealed } of ways(IMAGE)) assert.equal(await open(own, how, sealed), IMAGE, name);
});

test("IN-22: a wrapped key that was changed, cut, spelled otherwise, or is another ECU's opens nothing", async () => {
  const [, wrapped] = ways(IMAGE);
  if (wrapped === undefined) throw new Error("no such way");
  const key = wrapped.how.key ?? "";
  const flipped = (at: number): string => key.slice(0, at) + (key[at] === "0" ? "1" : "0") + key.slice(at + 1);
  for (const bad of [flipped(0), flipped(70), flipped(100), flipped(key.length - 1), key.slice(2), `${key}00`, "", key.toUpperCase(), "0".repeat(key.length)]) {
    await fails(open(wrapped.own, { method: AES, key: bad }, wrapped.sealed), bad.slice(0, 10));
  }
});

test("no two ciphertexts of one image are alike", () => {
  const { others } = newImageKey("aes");
  assert.is.not(toHex(seal(others, IMAGE)), toHex(seal(others, IMAGE)));
});

const SHARED = newImageKey("aes");

/** A vehicle of two ECUs whose first image is encrypted for each of them by its own key. */
class Encrypting {
  readonly world: World;
  readonly ciphers = new Map<string, Uint8Array>(); // by serial

  private constructor(world: World) {
    this.world = world;
  }

  static async make(change: (custom: Record<string, unknown>) => void = () => undefined): Promise<Encrypting> {
    const world = await World.make();
    const of = new Encrypting(world);
    world.ecus.push({ serial: "door", hardwareId: "door-a", counter: -1 });
    world.order("app.bin", IMAGE, world.ecus);
    const entry = world.director.targets.get("app.bin") as metadata.Entry;
    const encrypted = new Map<string, metadata.Cipher>();
    for (const { serial } of world.ecus) {
      const bytes = seal(SHARED.others, IMAGE);
      of.ciphers.set(serial, bytes);
      encrypted.set(serial, { length: bytes.length, hashes: metadata.hashes(bytes), method: AES, ...(serial === "door" ? { key: "aa".repeat(92) } : {}) });
    }
    entry.custom.encrypted = encrypted;
    change(entry.custom);
    await world.publishNext();
    return of;
  }

  /** @returns the report, and what was asked for */
  async drive(core: Core, cipher: Source, plain: Source, roots: (want: Want) => Source): Promise<{ report: Report; asked: string[] }> {
    const asked: string[] = [];
    const note = (kind: string, { name, limit, sha256 = "", encrypted }: Want): void => void asked.push([kind, name, limit, sha256.slice(0, 8), encrypted?.method, encrypted?.key?.length].join(" "));
    const report = await run(core, {
      file: (want) => Promise.resolve(roots(want)),
      keep: () => Promise.resolve(),
      save: () => Promise.resolve(),
      cipher: (want) => (note("cipher", want), Promise.resolve(cipher)),
      image: (want) => (note("image", want), Promise.resolve(plain)),
    }).catch((error: unknown) => {
      if (error instanceof MetadataError) return error.report;
      throw error;
    });
    return { report, asked };
  }

  /** Partial verification by the ECU `serial`. */
  partial(serial: string, cipher: Source = this.ciphers.get(serial) as Uint8Array, plain: Source = IMAGE): Promise<{ report: Report; asked: string[] }> {
    const { ecus, director } = this.world;
    const core = Core.load({ partial: true });
    core.identify({ vehicle: VEHICLE, ...(ecus.find((ecu) => ecu.serial === serial) as World["ecus"][0]) });
    core.open(SESSION_PARTIAL, 0, NOW);
    return this.drive(core, cipher, plain, ({ role }) => director.files.get(role === ROLE_ROOT ? "1.root.json" : `${director.targetsRole.version}.targets.json`) as Uint8Array);
  }

  /** Full verification by the ECU `self`, then the image of the ECU at `index`. */
  async full(self: string, index: number, cipher: Source = this.ciphers.get(this.world.ecus[index]?.serial ?? "") as Uint8Array, plain: Source = IMAGE): Promise<{ report: Report; asked: string[] }> {
    const vehicle = new Vehicle(this.world);
    is(await vehicle.cycle(), Status.Ok);
    vehicle.core.identify({ vehicle: VEHICLE, ...(this.world.ecus.find((ecu) => ecu.serial === self) as World["ecus"][0]) });
    vehicle.core.select(index);
    vehicle.core.open(SESSION_IMAGE);
    return await this.drive(vehicle.core, cipher, plain, (want) => vehicle.fetch(want));
  }
}

const short = (bytes: Uint8Array): string => metadata.hashes(bytes).sha256.slice(0, 8);
const flip = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes, (byte, at) => (at === 1000 ? byte ^ 1 : byte));

test("what arrives is judged first, then what it decrypts to, in partial and in full verification", async () => {
  const of = await Encrypting.make();
  for (const [serial, index, key] of [["tcu-1", 0, ""], ["door", 1, "184"]] as const) {
    const cipher = of.ciphers.get(serial) as Uint8Array;
    const asked = [`cipher app.bin ${cipher.length} ${short(cipher)} ${AES} ${key}`, `image app.bin 3000 ${short(IMAGE)} ${AES} ${key}`];
    for (const seen of [await of.partial(serial), await of.full(serial, index)]) {
      is(seen.report, Status.Ok, serial);
      assert.equal(seen.asked, asked);
    }
  }
});

test("case: the ciphertext, or the plain image, is another one: one bit, shorter, longer; each refused", async () => {
  const of = await Encrypting.make();
  const good = of.ciphers.get("door") as Uint8Array;
  const cases: [number, Uint8Array, Uint8Array, string][] = [
    [Status.HashMismatch, flip(good), IMAGE, "ciphertext, one bit"],
    [Status.LengthMismatch, good.subarray(1), IMAGE, "ciphertext, shorter"],
    [Status.EndlessData, Uint8Array.from([...good, 0]), IMAGE, "ciphertext, longer"],
    [Status.HashMismatch, of.ciphers.get("tcu-1") as Uint8Array, IMAGE, "another ECU's"],
    [Status.EndlessData, IMAGE.length > good.length ? IMAGE : Uint8Array.from([...IMAGE, ...good]), IMAGE, "plain and more"],
    [Status.HashMismatch, good, flip(IMAGE), "plain image, one bit"],
    [Status.LengthMismatch, good, IMAGE.subarray(1), "plain image, shorter"],
    [Status.EndlessData, good, good, "the ciphertext once more"],
  ];
  for (const [status, cipher, plain, about] of cases) {
    is((await of.partial("door", cipher, plain)).report, status, about);
    is((await of.full("door", 1, cipher, plain)).report, status, about);
  }
});

test("what the key of this ECU does not open is a refusal like any other, whenever the host finds out, and the next try passes", async () => {
  const of = await Encrypting.make();
  const good = of.ciphers.get("door") as Uint8Array;
  const thrown = async function* (): AsyncGenerator<Uint8Array> {
    yield IMAGE.subarray(0, 100);
    throw new TransferError(Status.DecryptFailed, "the image");
  };
  for (const [cipher, plain] of [[good, Status.DecryptFailed], [good, thrown()], [Status.DecryptFailed, IMAGE]] as [Source, Source][]) {
    is((await of.partial("door", cipher, plain)).report, Status.DecryptFailed, "partial");
  }
  for (const [cipher, plain] of [[good, Status.DecryptFailed], [good, thrown()], [Status.DecryptFailed, IMAGE]] as [Source, Source][]) {
    is((await of.full("door", 1, cipher, plain)).report, Status.DecryptFailed, "full");
  }
  is((await of.full("door", 1)).report, Status.Ok);
  const core = Core.load({ partial: true });
  core.identify({ vehicle: VEHICLE, serial: "door", hardwareId: "door-a", counter: -1 });
  core.open(SESSION_PARTIAL, 0, NOW);
  const { director } = of.world;
  const file = (want: Want) => Promise.resolve(director.files.get(want.role === ROLE_ROOT ? "1.root.json" : `${director.targetsRole.version}.targets.json`) as Uint8Array);
  await run(core, { file, keep: () => Promise.resolve(), save: () => Promise.resolve(), image: () => Promise.resolve(IMAGE) }).then(
    () => assert.unreachable(), (error: unknown) => is((error as MetadataError).report, Status.DecryptFailed, "a host that has no cipher"));
});

test("FV-21: the Primary judges the ciphertext of another ECU, and learns what the plain image is; it is not asked to decrypt", async () => {
  const of = await Encrypting.make();
  const { report, asked } = await of.full("tcu-1", 1);
  is(report, Status.Ok);
  assert.is(asked.length, 1);
  assert.equal([report.file.limit, report.file.sha256, report.file.version], [IMAGE.length, metadata.hashes(IMAGE).sha256, 2]);
  is((await of.full("tcu-1", 1, flip(of.ciphers.get("door") as Uint8Array))).report, Status.HashMismatch);
});

test("TG-16: an encrypted form without its method, length or hashes, or of another shape, refuses the order; a hash nobody knows its use", async () => {
  const changes: [number, unknown][] = [
    [Status.Malformed, { length: 1, hashes: { sha256: "00".repeat(32) } }], [Status.Malformed, { method: AES, hashes: { sha256: "00".repeat(32) } }],
    [Status.Malformed, { method: AES, length: 1 }], [Status.Malformed, { method: 1, length: 1, hashes: {} }], [Status.Malformed, "x"], [Status.Malformed, []],
    [Status.BadHex, { method: AES, length: 1, hashes: { sha256: "0" } }], [Status.Malformed, { key: {}, method: AES, length: 1, hashes: {} }],
    [Status.TextLength, { method: "x".repeat(257), length: 1, hashes: {} }],
  ];
  for (const [status, value] of changes) {
    const of = await Encrypting.make((custom) => void (custom["encrypted"] = { door: value }));
    is((await of.partial("door")).report, status, JSON.stringify(value));
    is(await new Vehicle(of.world).cycle(), status, JSON.stringify(value));
  }
  const of = await Encrypting.make((custom) => void (custom["encrypted"] = { door: { method: AES, length: IMAGE.length, hashes: { md5: "00" } } }));
  is((await of.partial("door", IMAGE)).report, Status.UnsupportedHash);
});

test("an encrypted form for somebody else, or in an entry that is somebody else's, changes nothing: the image comes as it is", async () => {
  const of = await Encrypting.make((custom) => (custom["encrypted"] as Map<string, unknown>).delete("door"));
  assert.equal((await of.partial("door")).asked, [`image app.bin 3000 ${short(IMAGE)}  `]);
  const other = await Encrypting.make();
  const { director } = other.world;
  const { encrypted, ...custom } = (director.targets.get("app.bin") as metadata.Entry).custom;
  director.targets.set("app.bin", { ...(director.targets.get("app.bin") as metadata.Entry), custom });
  for (const name of ["aaa.bin", "zzz.bin"]) {
    director.targets.set(name, { length: 1, hashes: metadata.hashes(IMAGE), custom: { ...custom, ecuIdentifiers: new Map([[name, { hardwareId: "x" }]]), ...(encrypted === undefined ? {} : { encrypted }) } });
  }
  await other.world.publishNext();
  assert.equal((await other.partial("door")).asked, [`image app.bin 3000 ${short(IMAGE)}  `]);
});

test("hash functions of the encrypted form are not those of the image", async () => {
  const of = await Encrypting.make();
  const { sha256 } = metadata.hashes(IMAGE);
  for (const repository of [of.world.director, of.world.image]) {
    const entry = repository.targets.get("app.bin") as metadata.Entry;
    repository.targets.set("app.bin", { ...entry, hashes: { sha256 } });
  }
  await of.world.publishNext();
  is((await of.partial("door")).report, Status.Ok);
  is((await of.full("door", 1)).report, Status.Ok);
});

test("in the Image repository an encrypted form says nothing: the plain descriptions are compared", async () => {
  const of = await Encrypting.make();
  const entry = of.world.image.targets.get("app.bin") as metadata.Entry;
  entry.custom.encrypted = new Map([["door", { length: 5, hashes: metadata.hashes(flip(IMAGE)), method: "x" }]]);
  await of.world.publishNext();
  is((await of.full("door", 1)).report, Status.Ok);
});

test("an empty image has an encrypted form too", async () => {
  for (const { own, how, sealed } of ways(new Uint8Array(0))) assert.is((await open(own, how, sealed)).length, 0);
});

test.run();
