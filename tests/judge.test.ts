/** The judge itself, and the packs of others when they lie beside the project. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Fraction, Rollback, Syntax } from "../assembly/status.ts";
import { Core, type Report } from "../bindings/core.ts";
import { usesLabels } from "../scripts/judge/dialect.ts";
import { describeLine, judgePack } from "../scripts/judge/judge.ts";
import { type Pack, bytesOf, filesOf, readPack } from "../scripts/judge/pack.ts";
import { recordWithTargets } from "../scripts/judge/record.ts";
import { type Step, outcome, suspicious, wantedOf } from "../scripts/judge/verdict.ts";
import { SESSION_CYCLE } from "../assembly/abi.ts";

const report = (status: number): Report => ({
  status, want: 0, file: { repository: 0, role: 0, source: 0, version: 0, limit: 0, name: "" }, keep: false, keptVersion: 0, found: 0n, expected: 0n, evidence: 0,
  notes: 0, ecu: 0,
});
const refused = (status: number, expect: Step["expect"]): Step => ({ verdict: { got: "reject", report: report(status) }, expect });

const test = suite("judge");

test("either and contested take any definite verdict, and no other", () => {
  assert.is(outcome(refused(Rollback, { result: "either" })), "passed");
  assert.is(outcome({ verdict: { got: "accept" }, expect: { result: "reject", contested: true } }), "passed");
  assert.is(outcome({ verdict: { got: "error: unreachable" }, expect: { result: "either" } }), "failed");
  assert.is(outcome({ verdict: { got: "error: unreachable" }, expect: { result: "reject" } }), "failed");
});

test("uptane_2_1_0 stands above what upstream said", () => {
  assert.is(wantedOf({ result: "accept", uptane_2_1_0: { result: "reject" } }), "reject");
  assert.is(wantedOf({ uptane_2_1_0: { result: "accept", contested: true } }), "either");
});

test("deliberate is said of a refusal by a stricter rule of ours, by its status", () => {
  assert.is(outcome(refused(Fraction, { result: "accept" })), "deliberate");
  assert.is(outcome(refused(Syntax, { result: "accept" })), "failed");
  assert.is(outcome(refused(Rollback, { result: "accept" })), "failed");
  assert.is(outcome(refused(Fraction, { result: "reject" })), "passed");
  assert.is(outcome({ verdict: { got: "accept" }, expect: { result: "reject" } }), "failed");
});

test("the exact status counts where a pack names it", () => {
  assert.is(outcome(refused(Rollback, { result: "reject", status: "Rollback" })), "passed");
  assert.is(outcome(refused(Rollback, { result: "reject", status: "Freeze" })), "failed");
});

test("a refusal for the form of a file is pointed out where the pack names another reason", () => {
  const because = (err: string): Step["expect"] => ({ result: "reject", overall: { any_of_errors: [{ err }] } });
  assert.match(suspicious(refused(Syntax, because("UnmetThreshold"))) ?? "", "UnmetThreshold");
  assert.is(suspicious(refused(Syntax, because("MalformedJson"))), undefined);
  assert.is(suspicious(refused(Rollback, because("UnmetThreshold"))), undefined);
});

test("bytes are read in every spelling, and a circle of aliases is refused", () => {
  assert.equal([...bytesOf({ repeat: "[", count: 3, suffix: "]" })], [91, 91, 91, 93]);
  assert.equal([...bytesOf({ base64: "AP8=" })], [0, 255]);
  assert.equal([...(filesOf({ a: { alias: "b" }, b: { utf8: "x" } }).get("a") ?? [])], [120]);
  assert.throws(() => filesOf({ a: { alias: "b" }, b: { alias: "a" } }), /circle/);
  assert.throws(() => bytesOf({}), /Cannot read content/);
});

test("the core takes the record made for a stored version", () => {
  const core = Core.load();
  core.setRecord(recordWithTargets(7, new Uint8Array(3)));
  assert.is(core.open(SESSION_CYCLE).status, 0);
  const torn = recordWithTargets(7, new Uint8Array(3));
  torn[200] = 1;
  core.setRecord(torn);
  assert.is.not(core.open(SESSION_CYCLE).status, 0);
});

test("an unknown kind is skipped and named once", async () => {
  const pack: Pack = { format: "vectors/1", kind: "of another world", cases: [{ name: "a" }, { name: "b" }] };
  const summary = await judgePack(pack);
  assert.is(summary.skipped, 2);
  assert.equal([...summary.skips.keys()], ["kind of another world"]);
});

test("key ids are hashes where most of them are", () => {
  assert.is(usesLabels(readPack("vectors/root")), false);
});

test("the command ends in the four counts, says what failed, and fails", () => {
  const folder = mkdtempSync(join(tmpdir(), "judge-"));
  try {
    const cases = [
      { name: "good", data: { utf8: "[1]" }, expect: { result: "accept" } },
      { name: "bad", data: { utf8: "[1" }, expect: { result: "accept" } },
      { name: "stricter", data: { utf8: "[1.5]" }, expect: { result: "accept" } },
    ];
    writeFileSync(join(folder, "cases.json"), JSON.stringify({ format: "vectors/1", kind: "json-parse", cases }));
    assert.throws(
      () => execFileSync(process.execPath, ["build/js/scripts/judge/main.js", folder], { encoding: "utf8" }),
      (error: { status: number; stdout: string }) => {
        assert.is(error.status, 1);
        assert.match(error.stdout, /FAILED bad: expected accept, got reject Truncated/);
        assert.is(error.stdout.trimEnd().split("\n").at(-1), "1 passed, 1 failed, 0 skipped, 1 deliberate");
        return true;
      },
    );
    assert.throws(() => execFileSync(process.execPath, ["build/js/scripts/judge/main.js", join(folder, "none")], { stdio: "pipe" }), /ENOENT/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
test.run();

const VECTORS = "../shared/vectors";
const PACKS = [
  "uptane-ttv", "uptane-ttv-full", "uptane-static-2017", "aktualizr-generator", "ed25519-cctv", "ed25519-djb", "ed25519-rfc8032", "ed25519-small-order",
  "ed25519-speccheck", "ed25519-wycheproof", "sha2-cavp", "json-parsing", "canonical-json", "signed-metadata", "uptane-refimpl-samples",
];
const TO_COME = new Set(["form rfc8785", "encoding der", "scheme rsa", "scheme ecdsa"]);
const others = suite("packs of others");
if (existsSync(VECTORS)) {
  for (const name of PACKS) {
    others(name, async () => {
      const summary = await judgePack(readPack(join(VECTORS, name)));
      const words = summary.lines.filter((line) => line.outcome === "failed").flatMap((line) => describeLine(line, false));
      assert.is(summary.failed, 0, words.join("\n"));
      assert.equal([...summary.skips.keys()].filter((what) => !TO_COME.has(what)), []);
      assert.ok(summary.passed > 0);
    });
  }
} else {
  others("are left out", () => console.log(`\nnote: the packs of others were left out: ${VECTORS} is not there`));
}
others.run();
