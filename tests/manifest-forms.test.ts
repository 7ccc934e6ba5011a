/** Manifests in the payload form, aktualizr's dialect: the same checks as in tests/manifest.test.ts, and recorded traffic of the field. */
import { existsSync, readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OPTION_AKTUALIZR, OPTION_LABELS, REPORT_NONE, REPORT_TAKEN, REPORT_UNCOUNTED, SESSION_ECU_REPORT, SESSION_JSON, SESSION_MANIFEST } from "../assembly/abi.ts";
import * as Status from "../assembly/status.ts";
import { Core, type EcuEntry, type Report } from "../bindings/core.ts";
import { signedBy } from "../bindings/envelope.ts";
import { keyBytes } from "../bindings/keys.ts";
import { type Ecu, LAST, fieldManifest, manifest, pair, payloadForm, report } from "../scripts/vectors/reports.ts";
import { NOW, VEHICLE, is, key } from "./world.ts";

const test = suite("manifest forms");
const core = Core.load();

const registered = (ecus: Ecu[], last = LAST): EcuEntry[] => ecus.map(({ serial, signer }) => ({ serial, hardwareId: "hw", counter: last, bytes32: keyBytes(signer.public) }));

function judge(ecus: EcuEntry[], bytes: Uint8Array, { session = SESSION_MANIFEST, options = OPTION_AKTUALIZR, piece = bytes.length } = {}): Report {
  core.forget();
  for (const ecu of ecus) core.ecu(ecu);
  core.identify({ vehicle: VEHICLE, serial: "director", hardwareId: "", counter: -1 });
  core.open(session, options, NOW);
  for (let at = 0; at < bytes.length; at += piece) core.feed(bytes.subarray(at, at + piece));
  return core.end();
}

test("taken in any pieces, with what each report says of itself", async () => {
  const fleet = pair();
  const bytes = await fieldManifest(fleet, { second: { nonce: "00ff" } });
  const whole = judge(registered(fleet), bytes);
  is(whole, Status.Ok);
  assert.equal(core.reported(0), { outcome: REPORT_TAKEN, counter: LAST + 1, time: 0 });
  const { nonce, ...second } = core.reported(1);
  assert.equal(second, { outcome: REPORT_UNCOUNTED, counter: -1, time: 0 });
  assert.match(nonce ?? "", /^[0-9a-f]{32}$/);
  for (const piece of [1, 7, 64, 1000]) assert.equal(judge(registered(fleet), bytes, { piece }), whole);
});

test("only where the host names the dialect", async () => {
  const fleet = pair();
  const bytes = await fieldManifest(fleet, { vin: VEHICLE, second: { counter: LAST + 1 } });
  is(judge(registered(fleet), bytes), Status.Ok);
  for (const options of [0, OPTION_LABELS]) is(judge(registered(fleet), bytes, { options }), Status.Malformed);
});

test("what one manifest said is not handed out for the next", async () => {
  const fleet = pair();
  judge(registered(fleet), await fieldManifest(fleet, { second: { nonce: "00ff" } }));
  assert.is.not(core.reported(1).nonce, undefined);
  is(judge(registered(fleet), await report(fleet[0], { form: payloadForm }), { session: SESSION_ECU_REPORT }), Status.Ok);
  assert.equal(core.reported(1), { outcome: REPORT_NONE, counter: -1, time: 0 });
  is(judge(registered(fleet), await fieldManifest(fleet, { signer: key() })), Status.BadSignature);
  assert.is(core.reported(0).outcome, REPORT_NONE);
});

test("256 ECUs in one pass", async () => {
  const ecus = Array.from({ length: 256 }, (_, i): Ecu => ({ serial: `ecu-${i}`, signer: key() }));
  const reports: [string, Uint8Array][] = [];
  for (const ecu of ecus) reports.push([ecu.serial, await report(ecu, { form: payloadForm, ...(ecu === ecus[0] ? {} : { counter: undefined }) })]);
  const [first, second] = ecus as [Ecu, Ecu];
  is(judge(registered(ecus), await manifest([first, second], { form: payloadForm, vin: undefined, reports })), Status.Ok);
  assert.is(core.outcome(255), REPORT_UNCOUNTED);
});

test("a report by itself is judged as the first ECU's: its key has to be known before its name is read", async () => {
  const fleet = pair();
  const bytes = await report(fleet[1], { form: payloadForm, counter: undefined });
  const alone = { session: SESSION_ECU_REPORT };
  is(judge(registered([fleet[1]]), bytes, alone), Status.Ok);
  assert.is(core.outcome(0), REPORT_UNCOUNTED);
  is(judge(registered(fleet), bytes, alone), Status.BadSignature);
  is(judge([], bytes, alone), Status.UnknownEcu);
});

test("the ECU that is named is the one whose report failed first", async () => {
  const ecus = Array.from({ length: 4 }, (_, i): Ecu => ({ serial: `ecu-${i}`, signer: key() }));
  const reports: [string, Uint8Array][] = [];
  for (const [i, ecu] of ecus.entries()) reports.push([ecu.serial, await report(ecu, { form: payloadForm, ...(i === 1 || i === 3 ? { signer: key() } : {}) })]);
  const verdict = judge(registered(ecus), await manifest([ecus[0], ecus[1]] as [Ecu, Ecu], { form: payloadForm, reports }));
  is(verdict, Status.BadSignature);
  assert.is(verdict.ecu, 1);
});

test("one flipped bit of what is signed, or of a signature, is refused", async () => {
  const fleet = pair();
  const good = await fieldManifest(fleet);
  // Outside of what is signed stand the key id, a label, and the method, whose case does not count. Those of the reports are signed by the Primary.
  const [labels = ""] = /(?<="keyid":")[^"]*","method":"ed25519/.exec(Buffer.from(good).toString()) ?? [];
  const from = Buffer.from(good).indexOf(labels);
  for (let bit = 0; bit < good.length * 8; bit += 11) {
    const bad = good.slice();
    bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const at = (bit >> 3) - from;
    if (judge(registered(fleet), bad).status === Status.Ok) assert.ok(at >= 0 && at < labels.length, `bit ${bit}`);
  }
});

test("a manifest that is broken off leaves nothing behind for what is read next", async () => {
  const fleet = pair();
  const bytes = await fieldManifest(fleet);
  const other = new TextEncoder().encode('{"a":"bc"}');
  for (const cut of [300, 600, 1200]) {
    core.forget();
    for (const ecu of registered(fleet)) core.ecu(ecu);
    core.open(SESSION_MANIFEST, OPTION_AKTUALIZR, NOW);
    core.feed(bytes.subarray(0, cut));
    is(judge([], other, { session: SESSION_JSON }), Status.Ok);
    is(judge(registered(fleet), bytes), Status.Ok);
  }
});

const RECORDED = "../shared/vectors/aktualizr-generator";
const recorded = existsSync(RECORDED) ? test : test.skip;

interface Request {
  method: string;
  path: string;
  body?: string;
}

interface Registration {
  ecus: { ecu_serial: string; clientKey: { keytype: string; keyval: { public: string } } }[];
}

/** The ECUs that registered, and the manifests that came, in order. A key that is not Ed25519 is none that the core reads: zeros. */
function traffic(name: string): { ecus: EcuEntry[]; manifests: Uint8Array[] } {
  const { requests } = JSON.parse(readFileSync(`${RECORDED}/wire-${name}.json`, "utf8")) as { requests: Request[] };
  const bodies = (path: string) => requests.filter((x) => x.path === path && x.method !== "GET").map((x) => x.body ?? "");
  const { ecus } = JSON.parse(bodies("/director/ecus")[0] ?? "") as Registration;
  return {
    ecus: ecus.map(({ ecu_serial: serial, clientKey: { keytype, keyval } }) => ({ serial, hardwareId: "", counter: -1, bytes32: keytype === "ED25519" ? new Uint8Array(Buffer.from(keyval.public, "hex")) : new Uint8Array(32) })),
    manifests: bodies("/director/manifest").map((body) => new Uint8Array(Buffer.from(body))),
  };
}

recorded("recorded traffic of aktualizr, one ECU: every manifest is taken in its turn, none twice, none with a byte changed", () => {
  const { ecus, manifests } = traffic("ed25519-primary-failed-download");
  const [ecu] = ecus as [EcuEntry];
  assert.is(manifests.length, 4);
  for (const [i, bytes] of manifests.entries()) {
    is(judge([{ ...ecu, counter: i === 0 ? -1 : i }], bytes), Status.Ok);
    assert.equal(core.reported(0), { outcome: REPORT_TAKEN, counter: i + 1, time: 0 });
    is(judge([{ ...ecu, counter: i + 1 }], bytes), Status.Replayed);
    is(judge([ecu], bytes, { options: 0 }), Status.Malformed);
    const text = Buffer.from(bytes).toString();
    for (const [from, to] of [['"filepath":"', '"filepath":"x'], ['"report_counter":"', '"report_counter":"1'], ['"sig":"', '"sig":"A']] as const) {
      assert.is.not(judge([ecu], Buffer.from(text.replace(from, to))).status, Status.Ok, from);
      const last = text.lastIndexOf(from);
      assert.is.not(judge([ecu], Buffer.from(text.slice(0, last) + to + text.slice(last + from.length))).status, Status.Ok, `last ${from}`);
    }
  }
});

recorded("recorded traffic of aktualizr with a Secondary: the Primary's signatures hold, the Secondary's RSA report is refused and named", () => {
  const { ecus, manifests } = traffic("ed25519-primary-virtual-secondary");
  const [primary] = ecus as [EcuEntry];
  assert.is(manifests.length, 6);
  for (const bytes of manifests) {
    const verdict = judge(ecus, bytes);
    is(verdict, Status.BadSignature);
    assert.is(verdict.ecu, 1);
    const { signatures, signed } = JSON.parse(Buffer.from(bytes).toString()) as { signatures: { keyid: string }[]; signed: { ecu_version_manifests: Record<string, object> } };
    const keys = new Map([[signatures[0]?.keyid ?? "", primary.bytes32 as Uint8Array]]);
    is(signedBy(core, bytes, keys, 1, OPTION_AKTUALIZR).report, Status.Ok);
    const own = Buffer.from(JSON.stringify(signed.ecu_version_manifests["prim-serial"]));
    is(judge([primary], own, { session: SESSION_ECU_REPORT }), Status.Ok);
  }
});

test.run();
