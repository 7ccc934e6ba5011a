/** The emulated flash, the journal and the image slots: rules of the part, and power cuts at every operation with every outcome. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fileBacking } from "../node/emulator/backing.ts";
import { journalValues } from "../node/emulator/files.ts";
import { type Backing, type CutOutcome, EccError, Flash, FlashError, OUTCOMES, Power, PowerCut } from "../node/emulator/flash.ts";
import { Journal } from "../node/emulator/journal.ts";
import { type Geometry, profileNames, profileOf } from "../node/emulator/profile.ts";
import { openScratch } from "../node/emulator/scratch.ts";
import { openSlots } from "../node/emulator/slots.ts";

const SMALL: Geometry = { size: 1024, block: 128, unit: 8, readErased: "ones", endurance: 1000 };

/** Flash that outlives its emulator object, as a part outlives its power. */
function memory(): Backing {
  let all: Uint8Array | undefined;
  return {
    load: () => all?.slice(),
    save: (offset, bytes) => {
      all ??= new Uint8Array(bytes.length);
      all.set(bytes, offset);
    },
  };
}

const flash = suite("flash");

flash("reads ones where it is erased, or faults where the part does", () => {
  assert.equal([...new Flash(SMALL, new Power()).read(0, 16)], Array(16).fill(0xff));
  assert.throws(() => new Flash({ ...SMALL, readErased: "fault" }, new Power()).read(0, 1), (error: unknown) => error instanceof EccError);
});

flash("programs whole, aligned units, each once between two erases, equal data or not", () => {
  const part = new Flash(SMALL, new Power());
  part.program(8, new Uint8Array(8).fill(7));
  const refused = (call: () => void): void => assert.throws(call, (error: unknown) => error instanceof FlashError);
  refused(() => part.program(8, new Uint8Array(8).fill(7)));
  refused(() => part.program(17, new Uint8Array(8)));
  refused(() => part.program(16, new Uint8Array(7)));
  refused(() => part.program(1020, new Uint8Array(8)));
  refused(() => part.read(1020, 8));
  refused(() => part.erase(8));
  assert.equal([...part.read(8, 8)], Array(8).fill(7));
  part.erase(0);
  part.program(8, new Uint8Array(8).fill(9));
  assert.equal([...part.read(8, 8)], Array(8).fill(9));
  assert.is(part.erases(0), 1);
  assert.equal(part.wear(), { total: 1, worst: 1 });
});

flash("a cut leaves one of the outcomes of real flash, and no power", () => {
  const seen = (outcome: CutOutcome, act: (part: Flash) => void): string => {
    const backing = memory();
    const power = new Power();
    power.cutAt(0, outcome, 5);
    const part = new Flash(SMALL, power, backing);
    assert.throws(() => act(part), (error: unknown) => error instanceof PowerCut);
    assert.throws(() => part.program(512, new Uint8Array(8)), (error: unknown) => error instanceof PowerCut);
    try {
      return Buffer.from(new Flash(SMALL, new Power(), backing).read(0, 8)).toString("hex");
    } catch (error) {
      if (!(error instanceof EccError)) throw error;
      return "fault";
    }
  };
  const program = (part: Flash): void => part.program(0, new Uint8Array(8).fill(0x55));
  assert.is(seen("untouched", program), "ffffffffffffffff");
  assert.is(seen("done", program), "5555555555555555");
  assert.is(seen("weak", program), "fault");
  const some = seen("some", program);
  assert.ok(some !== "ffffffffffffffff" && some !== "5555555555555555", some);
  assert.is.not(seen("some", (part) => part.erase(0)), "ffffffffffffffff");
});

flash("a weak erase reads good once and not twice", () => {
  const backing = memory();
  const power = new Power();
  power.cutAt(0, "weak");
  assert.throws(() => new Flash(SMALL, power, backing).erase(0), (error: unknown) => error instanceof PowerCut);
  const part = new Flash(SMALL, new Power(), backing);
  assert.is(part.read(0, 1)[0], 0xff);
  assert.throws(() => part.read(0, 1), (error: unknown) => error instanceof EccError);
});

flash("a file keeps it over the end of a process, erase counts included; a file of another size is refused", () => {
  const folder = mkdtempSync(join(tmpdir(), "flash-"));
  try {
    const path = join(folder, "flash");
    const first = fileBacking(path);
    const part = new Flash(SMALL, new Power(), first);
    part.erase(128);
    part.program(128, new Uint8Array(16).fill(3));
    first.close();
    const second = fileBacking(path);
    const again = new Flash(SMALL, new Power(), second);
    assert.equal([...again.read(128, 16)], Array(16).fill(3));
    assert.is(again.erases(128), 1);
    assert.throws(() => again.program(128, new Uint8Array(8)), (error: unknown) => error instanceof FlashError);
    second.close();
    truncateSync(path, 100);
    assert.throws(() => new Flash(SMALL, new Power(), fileBacking(path)), (error: unknown) => error instanceof FlashError);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

flash("every profile can be divided as it says", () => {
  for (const name of profileNames) {
    const profile = profileOf(name);
    assert.ok(profile.reserved + profile.slots * profile.slot <= profile.code.size, name);
    assert.is(profile.slot % profile.code.block, 0, name);
    assert.is(profile.scratch % profile.data.block, 0, name);
    assert.ok((profile.data.size - profile.scratch) / 2 >= profile.data.block, name);
  }
  assert.throws(() => profileOf("S32K999"), /Cannot emulate/);
});

flash.run();

const journal = suite("journal");

const KEYS = [1, 2, 3];
const value = fc.uint8Array({ minLength: 1, maxLength: 60 });
const writes = fc.array(fc.tuple(fc.constantFrom(...KEYS), value), { minLength: 1, maxLength: 30 });

function contents(of: Journal): string {
  return KEYS.map((key) => Buffer.from(of.read(key) ?? []).toString("hex")).join("/");
}

journal("holds the newest value of every key, over any number of changes of area and boots", () => {
  fc.assert(fc.property(writes, (list) => {
    const backing = memory();
    const model = new Map<number, string>();
    for (const [key, bytes] of list) {
      const booted = new Journal(new Flash(SMALL, new Power(), backing));
      booted.write(key, bytes);
      model.set(key, Buffer.from(bytes).toString("hex"));
      const expected = KEYS.map((k) => model.get(k) ?? "").join("/");
      assert.is(contents(booted), expected);
      assert.is(contents(new Journal(new Flash(SMALL, new Power(), backing))), expected);
    }
  }), { numRuns: 60 });
});

journal("writing the same value again costs no flash operation", () => {
  const power = new Power();
  const part = new Journal(new Flash(SMALL, power));
  part.write(1, Uint8Array.of(1, 2, 3));
  const before = power.operations;
  part.write(1, Uint8Array.of(1, 2, 3));
  assert.is(power.operations, before);
});

journal("a cut at any operation, with any outcome, leaves the old state or the new one, and the journal goes on", () => {
  fc.assert(fc.property(writes, fc.nat({ max: 400 }), fc.constantFrom(...OUTCOMES), fc.integer(), (list, at, outcome, seed) => {
    const backing = memory();
    const power = new Power();
    power.cutAt(at, outcome, seed);
    let now = new Journal(new Flash(SMALL, power, backing));
    for (const [key, bytes] of list) {
      const old = contents(now);
      try {
        now.write(key, bytes);
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
        const model = old.split("/");
        model[KEYS.indexOf(key)] = Buffer.from(bytes).toString("hex");
        now = new Journal(new Flash(SMALL, new Power(), backing));
        assert.ok([old, model.join("/")].includes(contents(now)), `${old} -> ${contents(now)}`);
        now.write(key, bytes);
        assert.is(contents(now), model.join("/"));
        assert.is(contents(new Journal(new Flash(SMALL, new Power(), backing))), model.join("/"));
      }
    }
  }), { numRuns: 400 });
});

journal("a second cut while it recovers from the first changes nothing about that", () => {
  fc.assert(fc.property(fc.nat({ max: 120 }), fc.nat({ max: 120 }), fc.constantFrom(...OUTCOMES), fc.constantFrom(...OUTCOMES), fc.integer(), (a, b, first, second, seed) => {
    const backing = memory();
    const bytes = (n: number): Uint8Array => new Uint8Array(40).fill(n);
    const model = new Journal(new Flash(SMALL, new Power(), backing));
    for (const key of KEYS) model.write(key, bytes(key));
    const cut = (at: number, outcome: CutOutcome, value: number): boolean => {
      const power = new Power();
      power.cutAt(at, outcome, seed);
      try {
        const part = new Journal(new Flash(SMALL, power, backing));
        for (let i = 0; i < 20; i++) part.write(1, bytes(value + i));
        return false;
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
        return true;
      }
    };
    cut(a, first, 10);
    cut(b, second, 50);
    const last = new Journal(new Flash(SMALL, new Power(), backing));
    assert.equal(last.read(2), bytes(2));
    assert.equal(last.read(3), bytes(3));
    const one = last.read(1)?.[0] ?? 0;
    assert.ok(one === 1 || (one >= 10 && one < 30) || (one >= 50 && one < 70), String(one));
  }), { numRuns: 200 });
});

journal("refuses what does not fit, and keeps what it had", () => {
  const part = new Journal(new Flash(SMALL, new Power()));
  part.write(1, Uint8Array.of(9));
  assert.throws(() => part.write(2, new Uint8Array(600)), (error: unknown) => error instanceof FlashError);
  assert.equal([...(part.read(1) ?? [])], [9]);
});

journal("named values live and go by their names", () => {
  const values = journalValues(new Journal(new Flash(SMALL, new Power())), 16, 3);
  values.put("a", Uint8Array.of(1));
  values.put("b", Uint8Array.of(2));
  values.put("a", Uint8Array.of(3));
  assert.equal(values.list().sort(), ["a", "b"]);
  assert.equal([...(values.get("a") ?? [])], [3]);
  values.remove("a");
  assert.is(values.get("a"), undefined);
  values.put("c", Uint8Array.of(4));
  values.put("d", Uint8Array.of(5));
  assert.throws(() => values.put("e", Uint8Array.of(6)), (error: unknown) => error instanceof FlashError);
});

journal.run();

const slots = suite("slots");

const PART = { ...profileOf("S32K116"), code: SMALL, data: SMALL, reserved: 256, slot: 384, scratch: 256 };
const image = (bytes: Uint8Array, name: string) => ({ name, length: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex"), releaseCounter: 1 });

function bootSlots(code: Backing, data: Backing, power = new Power()) {
  return openSlots(PART, new Flash(PART.code, power, code), new Journal(new Flash(PART.data, power, data), PART.scratch), 2);
}

slots("bytes in pieces of any size arrive as they were, in the slot that does not run", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 7 }), fc.uint8Array({ minLength: 1, maxLength: 384 }), (pieces, other) => {
    const [code, data] = [memory(), memory()];
    const part = bootSlots(code, data);
    const whole = new Uint8Array(Buffer.concat(pieces));
    const one = part.begin(whole.length);
    for (const piece of pieces) one.append(piece);
    assert.is(part.installed(), undefined); // nothing runs before commit
    one.commit(image(whole, "one"));
    const two = part.begin(other.length);
    two.append(other);
    assert.equal(part.read(), whole); // the old one runs until commit
    two.commit(image(other, "two"));
    assert.equal(bootSlots(code, data).read(), other);
    assert.is(bootSlots(code, data).installed()?.name, "two");
  }), { numRuns: 100 });
});

slots("an image beyond the slot, or of another length than stated, never runs", () => {
  const part = bootSlots(memory(), memory());
  assert.throws(() => part.begin(385), (error: unknown) => error instanceof FlashError);
  const arriving = part.begin(10);
  assert.throws(() => arriving.append(new Uint8Array(11)), (error: unknown) => error instanceof FlashError);
  arriving.append(new Uint8Array(9));
  assert.throws(() => arriving.commit(image(new Uint8Array(10), "short")), (error: unknown) => error instanceof FlashError);
  assert.is(part.installed(), undefined);
});

slots("a cut at every operation of an installation, with every outcome: the old image runs or the new one, whole", () => {
  const [before, after] = [new Uint8Array(300).fill(1), new Uint8Array(290).fill(2)];
  for (const outcome of OUTCOMES) {
    for (let at = 0, cut = true; cut; at++) {
      const [code, data] = [memory(), memory()];
      const install = (bytes: Uint8Array, name: string, power = new Power()): void => {
        const arriving = bootSlots(code, data, power).begin(bytes.length);
        arriving.append(bytes);
        arriving.commit(image(bytes, name));
      };
      install(before, "before");
      const power = new Power();
      power.cutAt(at, outcome, at);
      cut = false;
      try {
        install(after, "after", power);
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
        cut = true;
      }
      const booted = bootSlots(code, data);
      const runs = booted.installed();
      assert.ok(runs?.name === "before" || runs?.name === "after", `${outcome} at ${at}`);
      assert.equal(booted.read(), runs?.name === "before" ? before : after, `${outcome} at ${at}`);
      install(after, "after");
      assert.equal(bootSlots(code, data).read(), after, `${outcome} at ${at}, again`);
    }
  }
});

slots("scratch costs nothing for bytes that are kept already, and holds what differs", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ maxLength: 100 }), fc.integer({ min: 1, max: 20 }), (known, bytes, step) => {
    const power = new Power();
    const scratch = openScratch(new Flash(SMALL, power), 256);
    for (const file of [known, bytes]) {
      scratch.begin(known);
      for (let at = 0; at < file.length; at += step) scratch.append(file.subarray(at, at + step));
      assert.equal(scratch.read(), file);
      if (file === known) assert.is(power.operations, 0);
    }
  }), { numRuns: 200 });
});

slots.run();
