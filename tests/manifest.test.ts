/** ECU version reports and vehicle version manifests as the Director's core judges them: Uptane 2.1.0 §5.3.2.1. */
import * as assert from "uvu/assert";
import { suite } from "uvu";
import { REPORT_OLD, REPORT_TAKEN, SESSION_ECU_REPORT, SESSION_MANIFEST } from "../assembly/abi.ts";
import * as Status from "../assembly/status.ts";
import { Core, type Report } from "../bindings/core.ts";
import { statusName } from "../bindings/errors.ts";
import { type Signer, keyBytes } from "../bindings/keys.ts";
import { ecuReport, vehicleManifest } from "../bindings/manifest.ts";
import { date, hashes } from "../bindings/metadata.ts";
import { NOW, VEHICLE, key } from "./world.ts";

const test = suite("manifest");
const core = Core.load();
const image = { filepath: "app.bin", length: 3, hashes: hashes(new Uint8Array(3)) };

interface Member {
  serial: string;
  signer: Signer;
  last: number;
}

function fleet(size = 3): Member[] {
  return Array.from({ length: size }, (_, i) => ({ serial: `ecu-${i}`, signer: key(), last: 4 }));
}

function report(member: Member, counter = 5, signer = member.signer, attacks = ""): Promise<Uint8Array> {
  return ecuReport({ serial: member.serial, image, attacks, time: date(NOW), previousTime: date(NOW - 60), counter }, signer);
}

async function manifest(members: Member[], change: Partial<{ vin: string; primary: string; signer: Signer; reports: Map<string, Uint8Array> }> = {}): Promise<Uint8Array> {
  const reports = change.reports ?? new Map(await Promise.all(members.map(async (member) => [member.serial, await report(member)] as const)));
  const first = members[0] as Member;
  return vehicleManifest({ vin: change.vin ?? VEHICLE, primary: change.primary ?? first.serial, reports }, change.signer ?? first.signer);
}

function judge(members: Member[], bytes: Uint8Array, session = SESSION_MANIFEST, piece = bytes.length): Report {
  core.forget();
  for (const member of members) core.ecu({ serial: member.serial, hardwareId: "hw", counter: member.last, bytes32: keyBytes(member.signer.public) });
  core.identify({ vehicle: VEHICLE, serial: "director", hardwareId: "", counter: -1 });
  core.open(session, 0, NOW);
  for (let at = 0; at < bytes.length; at += piece) core.feed(bytes.subarray(at, at + piece));
  return core.end();
}

function is(report: Report, status: number): void {
  assert.is(statusName(report.status), statusName(status));
}

test("a manifest with a good report of every ECU is taken, in any pieces", async () => {
  const members = fleet();
  const bytes = await manifest(members);
  const whole = judge(members, bytes);
  is(whole, Status.Ok);
  for (const i of members.keys()) assert.is(core.outcome(i), 1);
  for (const piece of [1, 7, 64, 1000]) assert.equal(judge(members, bytes, SESSION_MANIFEST, piece), whole);
});

test("256 ECUs", async () => {
  const members = fleet(256);
  is(judge(members, await manifest(members)), Status.Ok);
});

test("DR-13: signed by another key, or naming another Primary", async () => {
  const members = fleet();
  is(judge(members, await manifest(members, { signer: key() })), Status.BadSignature);
  is(judge(members, await manifest(members, { signer: (members[1] as Member).signer })), Status.BadSignature);
  is(judge(members, await manifest(members, { primary: "ecu-1" })), Status.WrongPrimary);
});

test("VM-11: another vehicle", async () => {
  const members = fleet();
  is(judge(members, await manifest(members, { vin: "VIN0002" })), Status.WrongVehicle);
});

test("DR-12: an ECU without a report, and an ECU nobody knows", async () => {
  const members = fleet();
  const missing = judge(members, await manifest(members.slice(0, 2)));
  is(missing, Status.ReportMissing);
  assert.is(Number(missing.found), 2);
  is(judge(members.slice(0, 2), await manifest(members)), Status.UnknownEcu);
});

test("case 58: a report signed by another ECU's key, or by a key nobody registered", async () => {
  const members = fleet();
  for (const wrong of [(members[0] as Member).signer, key()]) {
    const reports = new Map<string, Uint8Array>();
    for (const member of members) reports.set(member.serial, await report(member, 5, member.serial === "ecu-2" ? wrong : member.signer));
    const verdict = judge(members, await manifest(members, { reports }));
    is(verdict, Status.BadSignature);
    assert.is(verdict.ecu, 2);
  }
});

test("cases 57 and 76: a Secondary's report whose counter did not rise is dropped by itself, the Primary's own refuses the manifest", async () => {
  const members = fleet();
  const replayed = (serial: string) => members.map((member) => ({ ...member, last: member.serial === serial ? 5 : 4 }));
  is(judge(replayed("ecu-1"), await manifest(members)), Status.Ok);
  assert.equal(members.map((_, i) => core.outcome(i)), [REPORT_TAKEN, REPORT_OLD, REPORT_TAKEN]);
  const verdict = judge(replayed("ecu-0"), await manifest(members));
  is(verdict, Status.Replayed);
  assert.is(verdict.ecu, 0);
  is(judge(members.map((member) => ({ ...member, last: -1 })), await manifest(members)), Status.Ok);
});

test("a report that stands under another ECU's name", async () => {
  const members = fleet();
  const reports = new Map([["ecu-0", await report(members[0] as Member)], ["ecu-1", await report(members[2] as Member)], ["ecu-2", await report(members[1] as Member)]]);
  is(judge(members, await manifest(members, { reports })), Status.Malformed);
});

test("case 59: attack text beyond 1,024 bytes", async () => {
  const members = fleet(1);
  const long = new Map([["ecu-0", await report(members[0] as Member, 5, (members[0] as Member).signer, "x".repeat(1025))]]);
  is(judge(members, await manifest(members, { reports: long })), Status.TextLength);
  const fits = new Map([["ecu-0", await report(members[0] as Member, 5, (members[0] as Member).signer, "x".repeat(1024))]]);
  is(judge(members, await manifest(members, { reports: fits })), Status.Ok);
});

test("one flipped bit anywhere is refused", async () => {
  const members = fleet(2);
  const good = await manifest(members);
  let keyIds = 0;
  for (let bit = 0; bit < good.length * 8; bit += 5) {
    const bad = good.slice();
    bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    // Outside what is signed, the key id is a label: the ECU's registered key decides.
    if (judge(members, bad).status === Status.Ok) keyIds++;
  }
  assert.ok(keyIds < good.length * 8 / 5 / 10, `${keyIds} flips in labels`);
});

test("a report by itself, as a Primary checks it", async () => {
  const members = fleet();
  const bytes = await report(members[1] as Member);
  is(judge(members, bytes, SESSION_ECU_REPORT), Status.Ok);
  assert.equal(members.map((_, i) => core.outcome(i)), [0, 1, 0]);
  is(judge(members, await report(members[1] as Member, 4), SESSION_ECU_REPORT), Status.Replayed);
  is(judge(members, await manifest(members), SESSION_ECU_REPORT), Status.Malformed);
  is(judge(members, bytes, SESSION_MANIFEST), Status.Malformed);
  is(judge(members, bytes.subarray(0, 200), SESSION_ECU_REPORT), Status.Truncated);
});

test.run();
