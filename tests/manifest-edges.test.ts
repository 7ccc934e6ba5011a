/** Reports and manifests at their edges: counters, bounds of texts, what one manifest leaves behind for the next. Uptane 2.1.0 §5.3.2.1, docs/POUF.md. */
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { sha256 } from "@noble/hashes/sha2.js";
import { REPORT_NONE, REPORT_OLD, REPORT_TAKEN, SESSION_ECU_REPORT, SESSION_MANIFEST } from "../assembly/abi.ts";
import * as Status from "../assembly/status.ts";
import { canonical } from "../bindings/canonical.ts";
import { Core, type Report } from "../bindings/core.ts";
import { type Signer, keyBytes } from "../bindings/keys.ts";
import { ecuReport, vehicleManifest } from "../bindings/manifest.ts";
import { date, hashes } from "../bindings/metadata.ts";
import { NOW, VEHICLE, is, key } from "./world.ts";

const test = suite("manifest edges");
const core = Core.load();
const image = { filepath: "app.bin", length: 3, hashes: hashes(new Uint8Array(3)) };
const [primary, second, stranger] = [key(), key(), key()] as [Signer, Signer, Signer];

function introduce(last = 4): void {
  core.forget();
  core.identify({ vehicle: VEHICLE, serial: "director", hardwareId: "", counter: -1 });
  core.ecu({ serial: "ecu-0", hardwareId: "hw", counter: last, bytes32: keyBytes(primary.public) });
  core.ecu({ serial: "ecu-1", hardwareId: "hw", counter: last, bytes32: keyBytes(second.public) });
}

function judge(file: Uint8Array, session = SESSION_MANIFEST): Report {
  core.open(session, 0, NOW);
  core.feed(file);
  return core.end();
}

const report = (serial: string, signer: Signer, counter = 5, attacks = "") => ecuReport({ serial, image, attacks, time: date(NOW), previousTime: date(NOW), counter }, signer);
const manifest = (reports: [string, Uint8Array][]) => vehicleManifest({ vin: VEHICLE, primary: "ecu-0", reports: new Map(reports) }, primary);

/** A report whose payload is changed before it is signed. */
async function changed(change: (payload: Record<string, unknown>) => object, signer = second): Promise<Uint8Array> {
  const { signed } = JSON.parse(new TextDecoder().decode(await report("ecu-1", signer))) as { signed: Record<string, unknown> };
  const payload = change(signed);
  const digest = sha256(canonical(payload));
  const sig = Buffer.from(await signer.sign(digest)).toString("hex");
  return canonical({ signatures: [{ hash: { sha256: Buffer.from(digest).toString("hex") }, keyid: signer.keyid, method: "ed25519", sig }], signed: payload });
}

function operands({ found, expected }: Report, ...wanted: number[]): void {
  assert.equal([Number(found), Number(expected)], wanted);
}

test("what one manifest said of an ECU is forgotten when the next one is read", async () => {
  introduce();
  const both: [string, Uint8Array][] = [["ecu-0", await report("ecu-0", primary)], ["ecu-1", await report("ecu-1", second)]];
  is(judge(await manifest(both)), Status.Ok);
  assert.equal([core.outcome(0), core.outcome(1)], [REPORT_TAKEN, REPORT_TAKEN]);
  const missing = judge(await manifest(both.slice(0, 1)));
  is(missing, Status.ReportMissing);
  operands(missing, 1, 0);
  is(judge(await manifest([both[0] as [string, Uint8Array], ["ecu-1", await report("ecu-1", second, 4)]])), Status.Ok);
  assert.equal([core.outcome(0), core.outcome(1), core.outcome(2)], [REPORT_TAKEN, REPORT_OLD, REPORT_NONE]);
  is(judge(await manifest(both)), Status.Ok);
  assert.equal([core.outcome(0), core.outcome(1)], [REPORT_TAKEN, REPORT_TAKEN]);
});

test("what a manifest said stays when the host says who it is, or selects", async () => {
  introduce();
  is(judge(await manifest([["ecu-0", await report("ecu-0", primary)], ["ecu-1", await report("ecu-1", second)]])), Status.Ok);
  core.select(1);
  core.identify({ vehicle: VEHICLE, serial: "director", hardwareId: "", counter: -1 });
  assert.equal([core.outcome(0), core.outcome(1)], [REPORT_TAKEN, REPORT_TAKEN]);
});

test("each refusal says what it found", async () => {
  introduce();
  const mine = await report("ecu-0", primary);
  const cases: [number, Uint8Array, number[]][] = [
    [Status.UnknownEcu, await manifest([["ecu-0", mine], ["ecu-1", await report("ecu-1", second)], ["ecu-2", await report("ecu-2", stranger)]]), [0, 0]],
    [Status.BadSignature, await manifest([["ecu-0", mine], ["ecu-1", await report("ecu-1", stranger)]]), [0, 0]],
    [Status.WrongVehicle, await vehicleManifest({ vin: "VIN0002", primary: "ecu-0", reports: new Map([["ecu-0", mine], ["ecu-1", await report("ecu-1", second)]]) }, primary), [0, 0]],
    [Status.WrongPrimary, await vehicleManifest({ vin: VEHICLE, primary: "ecu-1", reports: new Map([["ecu-0", mine], ["ecu-1", await report("ecu-1", second)]]) }, primary), [0, 0]],
    [Status.Replayed, await manifest([["ecu-0", await report("ecu-0", primary, 4)], ["ecu-1", await report("ecu-1", second)]]), [4, 4]],
    [Status.ReportMissing, await manifest([["ecu-0", mine]]), [1, 0]],
  ];
  for (const [status, file, wanted] of cases) {
    const said = judge(file);
    is(said, status);
    operands(said, ...wanted);
  }
  const old = judge(await report("ecu-1", second, 3), SESSION_ECU_REPORT);
  is(old, Status.Replayed);
  operands(old, 3, 4);
  assert.is(old.ecu, 1);
  assert.is(judge(await report("ecu-1", stranger), SESSION_ECU_REPORT).ecu, 1, "whose signature is bad is said");
});

test("a counter is a text of 1 to 16 digits in one spelling, and rises", async () => {
  introduce(9);
  const of = async (report_counter: unknown) => judge(await changed((payload) => ({ ...payload, report_counter })), SESSION_ECU_REPORT);
  for (const good of ["10", "11", "999", "1000000000000000", "9999999999999999"]) is(await of(good), Status.Ok, good);
  for (const [old, value] of [["0", 0], ["1", 1], ["9", 9]] as const) {
    const said = await of(old);
    is(said, Status.Replayed, old);
    operands(said, value, 9);
  }
  for (const bad of ["", "00", "010", "10000000000000000", "99999999999999999", "18446744073709551615", "1:", ":", "1/", "/", "+1", "-1", " 10", "10 ", "1e3", "1.0", 10, null, ["10"]]) is(await of(bad), Status.Malformed, JSON.stringify(bad));
  introduce(-1);
  for (const first of ["0", "1"]) is(await of(first), Status.Ok, `no counter was seen: ${first}`);
});

test("a time reported in a manifest may be a day ahead of the Director's, and not a second more", async () => {
  for (const [ahead, status] of [[-1_000_000, Status.Ok], [0, Status.Ok], [86_400, Status.Ok], [86_401, Status.TimeJump]] as const) {
    introduce();
    const mine = await changed((payload) => ({ ...payload, ecu_serial: "ecu-0", timeserver_time: date(NOW + ahead) }), primary);
    const said = judge(await manifest([["ecu-0", mine], ["ecu-1", await report("ecu-1", second)]]));
    is(said, status, `${ahead}`);
    if (status !== Status.Ok) operands(said, NOW + ahead, NOW + 86_400);
  }
});

test("attacks_detected has up to 1024 bytes, a serial up to 256", async () => {
  introduce();
  for (const [length, status] of [[0, Status.Ok], [256, Status.Ok], [257, Status.Ok], [1024, Status.Ok], [1025, Status.TextLength]] as const) {
    const said = judge(await report("ecu-1", second, 5, "x".repeat(length)), SESSION_ECU_REPORT);
    is(said, status, `${length}`);
    if (status !== Status.Ok) operands(said, length, 1024);
  }
  const long = "s".repeat(256);
  for (const [serial, status] of [[long, Status.Ok], [`${long.slice(1)}t`, Status.UnknownEcu], [`${long}s`, Status.TextLength]] as const) {
    core.forget();
    core.ecu({ serial: long, hardwareId: "hw", counter: 4, bytes32: keyBytes(second.public) });
    is(judge(await changed((payload) => ({ ...payload, ecu_serial: serial })), SESSION_ECU_REPORT), status, `${serial.length}`);
  }
});

test("the digest a signature states is that of the payload, from its first byte to its last; one entry, one key", async () => {
  introduce();
  const good = new TextDecoder().decode(await report("ecu-1", second));
  const { signatures: [entry], signed } = JSON.parse(good) as { signatures: { hash: { sha256: string }; keyid: string; sig: string }[]; signed: object };
  const { hash, sig } = entry as { hash: { sha256: string }; keyid: string; sig: string };
  const file = (change: object) => canonical({ signatures: [{ ...entry, ...change }], signed });
  const other = (hex: string, at: number) => hex.slice(0, at) + (hex[at] === "0" ? "1" : "0") + hex.slice(at + 1);
  is(judge(file({}), SESSION_ECU_REPORT), Status.Ok);
  for (const at of [0, 1, 62, 63]) is(judge(file({ hash: { sha256: other(hash.sha256, at) } }), SESSION_ECU_REPORT), Status.PayloadHash, `digit ${at}`);
  for (const at of [0, 1, 126, 127]) is(judge(file({ sig: other(sig, at) }), SESSION_ECU_REPORT), Status.BadSignature, `digit ${at}`);
  for (const bad of ["", sig.slice(2), `${sig}00`, "x".repeat(256), "x".repeat(257), "x".repeat(1000)]) is(judge(file({ sig: bad }), SESSION_ECU_REPORT), Status.BadSignature, bad);
  for (const bad of ["", hash.sha256.slice(2), `${hash.sha256}00`, hash.sha256.toUpperCase()]) is(judge(file({ hash: { sha256: bad } }), SESSION_ECU_REPORT), Status.BadHex, bad);
  is(judge(file({ hash: { sha256: 7 } }), SESSION_ECU_REPORT), Status.Malformed);
  const twice = judge(canonical({ signatures: [entry, entry], signed }), SESSION_ECU_REPORT);
  is(twice, Status.Limit);
  operands(twice, 2, 1);
  is(judge(canonical({ signatures: [], signed }), SESSION_ECU_REPORT), Status.Malformed);
});

test("each member a report needs, left out or of another kind, is missed", async () => {
  introduce();
  for (const name of ["attacks_detected", "ecu_serial", "installed_image", "report_counter", "timeserver_time"]) {
    is(judge(await changed(({ [name]: _gone, ...rest }) => rest), SESSION_ECU_REPORT), Status.Malformed, name);
    for (const other of [7, [], true]) assert.is.not(judge(await changed((payload) => ({ ...payload, [name]: other })), SESSION_ECU_REPORT).status, Status.Ok, name);
  }
  for (const bad of ["2027-01-15T08:00:00", ""]) is(judge(await changed((payload) => ({ ...payload, timeserver_time: bad })), SESSION_ECU_REPORT), Status.BadDate, bad);
  const info = { hashes: image.hashes, length: 3 };
  for (const bad of [{ length: 3 }, { hashes: {}, length: 3 }, { hashes: image.hashes }, { ...info, length: -1 }, { ...info, length: "3" }, { hashes: { md5: "00" }, length: 3 }, { hashes: { ...image.hashes, md5: "00" }, length: 3 }, { hashes: [], length: 3 }]) {
    is(judge(await changed((payload) => ({ ...payload, installed_image: { filepath: "x", fileinfo: bad } })), SESSION_ECU_REPORT), Status.Malformed, JSON.stringify(bad));
  }
  for (const good of [info, { hashes: { sha256: image.hashes.sha256 }, length: 0 }, { hashes: { sha512: image.hashes.sha512 }, length: 2 ** 53 - 1 }]) {
    is(judge(await changed((payload) => ({ ...payload, installed_image: { filepath: "x", fileinfo: good } })), SESSION_ECU_REPORT), Status.Ok, JSON.stringify(good));
  }
});

test.run();
