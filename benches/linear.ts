/**
 * `npm run bench:linear`: time per byte must not grow with the size of a file. Targets files of 1,000, 10,000 and 100,000 entries, files with many keys and
 * signatures, and deep nesting: where a bound is met, the file is refused there, before any signature work.
 */
import { SESSION_CYCLE, OPTION_IMAGE_ONLY, ROLE_ROOT, ROLE_TARGETS, SOURCE_AGAIN, WANT_NOTHING } from "../assembly/abi.ts";
import { TARGETS_LIMIT } from "../assembly/layout.ts";
import { Core, type Report } from "../bindings/core.ts";
import { statusName } from "../bindings/errors.ts";
import * as metadata from "../bindings/metadata.ts";
import { sign } from "../bindings/sign.ts";
import { metadataName } from "../bindings/urls.ts";
import { NOW, World, key } from "../scripts/vectors/world.ts";

const ROUNDS = 5; // the best counts
const GROWTH = 1.3; // over two decades
const AT_ONCE = 1e6; // nanoseconds for a file that is refused at a bound, however large it is

/** Nanoseconds the core takes for one file of a cycle over the Image repository alone, and its verdict. */
function time(world: World, role: number, file: Uint8Array): { nanoseconds: number; report: Report; read: number } {
  let best = Infinity;
  let last: Report | undefined;
  let read = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const core = Core.load();
    let report = core.open(SESSION_CYCLE, OPTION_IMAGE_ONLY, NOW);
    let before = new Uint8Array(0) as Uint8Array;
    while (report.want !== WANT_NOTHING) {
      const { file: want } = report;
      const found = want.role === ROLE_ROOT && want.version === 0 ? "1.root.json" : metadataName(want);
      const bytes = want.role === role && want.source !== SOURCE_AGAIN ? file : want.source === SOURCE_AGAIN ? before : world.image.files.get(found);
      if (bytes === undefined) {
        report = core.missing(83);
        continue;
      }
      before = bytes;
      const started = process.cpuUsage(); // of this process alone, for the machine is shared
      if (want.role === role) {
        read = 0;
        for (let at = 0; at < bytes.length && report.status === 0; at += 65_536) {
          report = core.feed(bytes.subarray(at, at + 65_536));
          read = Math.min(at + 65_536, bytes.length);
        }
        if (report.status === 0) report = core.end();
        const { user, system } = process.cpuUsage(started);
        best = Math.min(best, (user + system) * 1e3);
        last = report;
        if (role !== ROLE_ROOT) break;
      } else {
        core.feed(bytes);
        report = core.end();
      }
    }
    last = report;
  }
  if (last === undefined) throw new Error("Cannot time a file that is never asked for");
  return { nanoseconds: best, report: last, read };
}

function entry(i: number): [string, metadata.Entry] {
  const digest = i.toString(16).padStart(64, "0");
  return [`image-${String(i).padStart(6, "0")}.bin`, { length: i + 1, hashes: { sha256: digest }, custom: { releaseCounter: 1 } }];
}

let failed = false;
const perByte: number[] = [];
for (const count of [1_000, 10_000, 100_000]) {
  const world = await World.make();
  world.image.targets = new Map(Array.from({ length: count }, (_, i) => entry(i)));
  await world.image.publish();
  const file = world.image.files.get("1.targets.json") as Uint8Array;
  const { nanoseconds, report } = time(world, ROLE_TARGETS, file);
  perByte.push(nanoseconds / file.length);
  console.log(`${count} targets: ${file.length} bytes (limit ${TARGETS_LIMIT}), ${(nanoseconds / 1e6).toFixed(2)} ms, ${(nanoseconds / file.length).toFixed(1)} ns a byte, ${statusName(report.status)}`);
  if (report.status !== 0) failed = true;
}
const growth = (perByte[2] ?? Infinity) / (perByte[0] ?? 1);
console.log(`growth over two decades: ${growth.toFixed(2)} (at most ${GROWTH})`);
if (growth > GROWTH) failed = true;

// What Targets of the Image repository usually say: both digests, hardware identifiers. As many entries as fit, and one more.
function usual(i: number): [string, metadata.Entry] {
  const [name, { length, hashes }] = entry(i);
  return [name, { length, hashes: { ...hashes, sha512: hashes.sha256.repeat(2) }, custom: { hardwareIds: ["tcu-a", "tcu-b"], releaseCounter: 1 } }];
}
async function usualFile(count: number): Promise<{ world: World; file: Uint8Array }> {
  const world = await World.make();
  world.image.targets = new Map(Array.from({ length: count }, (_, i) => usual(i)));
  await world.image.publish();
  return { world, file: world.image.files.get("1.targets.json") as Uint8Array };
}
const [ten, eleven] = [(await usualFile(10)).file.length, (await usualFile(11)).file.length];
const most = 10 + Math.floor((TARGETS_LIMIT - ten - 100_000) / (eleven - ten + 6)); // lengths of images grow by up to five digits
for (const count of [1_000, most]) {
  const { world, file } = await usualFile(count);
  const { nanoseconds, report } = time(world, ROLE_TARGETS, file);
  console.log(`${count} targets with both digests and hardware identifiers: ${file.length} bytes, ${(nanoseconds / file.length).toFixed(1)} ns a byte, ${statusName(report.status)}`);
  if (report.status !== 0) failed = true;
}
const { world: over, file: long } = await usualFile(100_000);
const beyond = time(over, ROLE_TARGETS, long).report;
console.log(`100000 of these: ${long.length} bytes, ${statusName(beyond.status)}, for Targets may have ${TARGETS_LIMIT}`);
if (statusName(beyond.status) !== "EndlessData") failed = true;

const good = await World.make();
const ms = (nanoseconds: number) => `${(nanoseconds / 1e6).toFixed(2)} ms`;
const baseline = time(good, ROLE_TARGETS, good.image.files.get("1.targets.json") as Uint8Array);
console.log(`one target, one signature: ${ms(baseline.nanoseconds)}`);

async function refused(what: string, role: number, bytes: Uint8Array, status: string): Promise<void> {
  const world = await World.make();
  if (role === ROLE_TARGETS) await list(world, bytes);
  const { nanoseconds, report } = time(world, role, bytes);
  const is = statusName(report.status);
  // Refused at the bound: what stands behind it costs nothing, and no signature is looked at.
  console.log(`${what}: ${bytes.length} bytes, ${is} after ${ms(nanoseconds)}${is === status ? "" : `, ${status} expected`}`);
  if (is !== status || nanoseconds > AT_ONCE) failed = true;
}

/** Snapshot and Timestamp of a world whose top-level Targets are these bytes. */
async function list(world: World, bytes: Uint8Array): Promise<void> {
  const expires = metadata.date(NOW + 9);
  const snapshot = await sign(metadata.snapshot({ version: 1, expires, files: new Map([["targets.json", { version: 1, bytes }]]) }), world.image.snapshot.signers);
  world.image.files.set("1.snapshot.json", snapshot);
  world.image.files.set("timestamp.json", await sign(metadata.timestamp({ version: 1, expires, snapshot: { version: 1, bytes: snapshot } }), world.image.timestamp.signers));
}

const hex = (i: number) => i.toString(16).padStart(64, "0");
const signed = metadata.targets({ version: 1, expires: metadata.date(NOW + 9), targets: new Map() });
const signatures = (count: number) => Array.from({ length: count }, (_, i) => ({ keyid: hex(i), sig: "00".repeat(64) }));
const text = (value: object) => new TextEncoder().encode(JSON.stringify(value));
await refused("10,000 signatures", ROLE_TARGETS, text({ signatures: signatures(10_000), signed }), "Limit");

const keys = Array.from({ length: 4_000 }, () => key());
const many = metadata.root({ version: 1, expires: metadata.date(NOW + 9), roles: { root: { keys: keys.map((signer) => signer.public), threshold: 1 } } });
await refused("4,000 keys", ROLE_ROOT, await sign(many, [keys[0] as (typeof keys)[0]]), "Limit");

const depth = 100_000;
await refused(`${depth} open arrays`, ROLE_TARGETS, new TextEncoder().encode(`{"signatures":[],"signed":{"_type":"targets","a":${"[".repeat(depth)}`), "Depth");
console.log(failed ? "bench:linear failed" : "bench:linear passed");
process.exitCode = failed ? 1 : 0;
