/** The judge itself, and the packs of others when they lie beside the project. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Fraction, Rollback, Syntax } from "../assembly/status.ts";
import { Canonical } from "../bindings/canonical.ts";
import { Core, type Report } from "../bindings/core.ts";
import { type Signer, signerFromSeed } from "../bindings/keys.ts";
import { sign } from "../bindings/sign.ts";
import { usesLabels } from "../scripts/judge/dialect.ts";
import { describeLine, judgePack } from "../scripts/judge/judge.ts";
import { type Case, type Pack, bytesOf, filesOf, readPack } from "../scripts/judge/pack.ts";
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

test("a signed file is judged by its own keys, whoever it names, and so are the reports inside", async () => {
  const [a, b] = [1, 2].map((seed) => signerFromSeed(new Uint8Array(32).fill(seed))) as [Signer, Signer];
  const keys = Object.fromEntries([["a", a], ["b", b]].map(([name, key]) => [name, { public_hex: (key as Signer).public.keyval.public }]));
  const report = Buffer.from(await sign({ ecu_serial: "e1", note: "x" }, [b])).toString();
  const inside = report.replace(b.keyid, a.keyid); // b signed, and the file says a
  const signed = { ecu_version_manifests: { e1: [new Canonical(Buffer.from(inside))] }, vin: "v" };
  const data = { utf8: Buffer.from(await sign(signed, [a])).toString() };
  const by = (keyid: string, ...valid_for: string[]): object => ({ keyid, signer: "?", valid_for });
  const cases = [
    { name: "right", signatures: [by(a.keyid, "a")], inner: { e1: [by(a.keyid, "b")] } },
    { name: "as a list", signatures: [by(a.keyid, "a")], inner: [{ ecu_serial: "e1", signatures: [by(a.keyid, "b")] }] },
    { name: "wrong outside", signatures: [by(a.keyid, "b")] },
    { name: "wrong inside", signatures: [by(a.keyid, "a")], inner: { e1: [by(a.keyid, "a")] } },
    { name: "unknown inside", signatures: [by(a.keyid, "a")], inner: { e2: [by(a.keyid, "a")] } },
  ].map((one) => ({ ...one, data, expect: { signature_valid: true } })) as object[] as Case[];
  const summary = await judgePack({ format: "vectors/1", kind: "signed-metadata", cases, ...{ keys } });
  assert.equal(summary.lines.map((line) => line.outcome), ["passed", "passed", "failed", "failed", "failed"]);
});

test("keys of a role: who signed and whether they are enough, whatever stands for a threshold", async () => {
  const [a, b] = [1, 2].map((seed) => signerFromSeed(new Uint8Array(32).fill(seed))) as [Signer, Signer];
  const { signatures, signed } = JSON.parse(Buffer.from(await sign({ z: 1, b: "é\n".slice(1) }, [a])).toString()) as { signatures: object; signed: object };
  const data = { utf8: JSON.stringify({ signed, signatures }, null, 2) }; // unsorted
  const role = { data, keys: { [a.keyid]: a.public, [b.keyid]: b.public }, keyids: [a.keyid, b.keyid] };
  const expect = (threshold_met: boolean): object => ({ valid_keyids: [a.keyid], threshold_met });
  const cases = [
    { name: "one", ...role, threshold: 1, expect: expect(true) }, { name: "two", ...role, threshold: 2, expect: expect(false) },
    { name: "none", ...role, threshold: 0, expect: expect(false) }, { name: "half", ...role, threshold: 0.5, expect: expect(false) },
    { name: "wrong", ...role, threshold: 2, expect: expect(true) }, { name: "wrong key", ...role, threshold: 1, expect: { valid_keyids: [b.keyid], threshold_met: true } },
    { name: "to come", ...role, keys: { x: { keytype: "RSA" } }, threshold: 1, expect: expect(true) },
  ] as object[] as Case[];
  const summary = await judgePack({ format: "vectors/1", kind: "signed-metadata", cases });
  assert.equal(summary.lines.map((line) => line.outcome), ["passed", "passed", "passed", "passed", "failed", "failed"]);
  assert.equal([...summary.skips.keys()], ["scheme rsa"]);
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
