/** The demo, run once: what issue and README promise of its output. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { NotFound } from "../assembly/status.ts";
import { attackName, statusName } from "../bindings/errors.ts";
import type { EcuRow, Round } from "../node/demo/rounds.ts";
import { repository } from "../node/demo/house.ts";
import { startDemo, survivors } from "./demo.ts";

interface Output {
  ok: boolean;
  core: string;
  processes: { name: string; pid: number; core: string }[];
  rounds: Round[];
}

const test = suite("demo");
let output: Output;
let pids: number[];

test.before(async () => {
  const demo = startDemo();
  const { code, stdout, lines } = await demo.end;
  assert.is(code, 0, JSON.stringify(lines.filter(({ event }) => event !== undefined).slice(-3)));
  output = JSON.parse(stdout) as Output; // one object and nothing else, or this throws
  pids = [...demo.pids.values()];
});

function ecu(round: number, serial: string): EcuRow {
  const found = output.rounds[round]?.ecus.find((x) => x.serial === serial);
  assert.ok(found !== undefined, `${serial} in round ${round + 1}`);
  return found;
}

test("says ok, and every expected outcome was seen", () => {
  assert.is(output.ok, true);
  assert.is(output.rounds.length, 3);
  for (const { expected, seen } of output.rounds) assert.is(seen, expected);
});

test("every process that loads the core loads the one that was built", () => {
  assert.is(output.core, readFileSync(join(repository(), "build", "core.sha256"), "utf8").trim());
  assert.equal(output.processes.map(({ name }) => name).sort(), ["brakes", "director", "door", "gateway", "repository", "tcu"]);
  for (const { core } of output.processes) assert.is(core, output.core);
  assert.is(new Set(output.processes.map(({ pid }) => pid)).size, 6);
});

test("round 1 and 3 install on every ECU, each by its own kind of verification", () => {
  for (const round of [0, 2]) {
    for (const [serial, verification] of [["tcu", "full"], ["gateway", "full"], ["brakes", "partial"], ["door", "partial"]] as const) {
      const x = ecu(round, serial);
      assert.is(x.verdict, "installed");
      assert.is(x.verification, verification);
      assert.is.not(x.after, x.before);
      assert.is(x.inventory, x.after);
      assert.is(x.state, "installed");
      assert.match(x.sha256, /^[0-9a-f]{64}$/);
    }
  }
});

test("flash is erased block by block, and the small parts stay within their RAM", () => {
  assert.ok(ecu(0, "gateway").erased >= 256 / 8);
  assert.ok(ecu(0, "brakes").erased >= 64 / 4);
  assert.ok(ecu(0, "door").erased >= 8 / 2);
  assert.ok(ecu(0, "brakes").ram > 0 && ecu(0, "brakes").ram <= 64 * 1024);
  assert.ok(ecu(0, "door").ram > 0 && ecu(0, "door").ram <= 17 * 1024);
});

test("round 2: the Primary refuses and names the attack, nothing is installed, the Director's inventory shows the report", () => {
  const primary = ecu(1, "tcu");
  assert.match(primary.verdict, new RegExp(`${statusName(NotFound)}.*${attackName(NotFound)}`));
  assert.is(primary.attack, attackName(NotFound));
  assert.is(primary.reported, primary.verdict);
  for (const serial of ["tcu", "gateway", "brakes", "door"]) {
    const x = ecu(1, serial);
    assert.is(x.after, x.before);
    assert.is(x.sha256, ecu(0, serial).sha256);
    assert.is(x.erased, 0);
    assert.is(x.inventory, ecu(0, serial).after);
  }
});

test("leaves no process behind", async () => {
  assert.is(pids.length, 7);
  assert.equal(await survivors(pids), []);
});

test.run();
