/** Each row of docs/dialects.md by itself: files in TUF's spelling but for one point, read in each dialect. */
import { createHash } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  OPTION_AKTUALIZR, OPTION_DIRECTOR_ONLY, OPTION_EMPTY_FOR_ANY_VEHICLE, OPTION_IMAGE_ONLY, OPTION_LABELS, OPTION_NO_DIRECTOR_SNAPSHOT, SESSION_CYCLE, SOURCE_NEW,
  SOURCE_PROVISIONED,
} from "../assembly/abi.ts";
import * as status from "../assembly/status.ts";
import { olpc } from "../bindings/canonical.ts";
import { Core } from "../bindings/core.ts";
import { MetadataError, statusName } from "../bindings/errors.ts";
import { run } from "../bindings/run.ts";
import { metadataFile } from "../bindings/urls.ts";
import { EXPIRES, signer } from "./aktualizr.ts";

/** What is spelled otherwise than in TUF. */
interface Spelling {
  capital?: boolean;
  keyType?: string;
  upperKeys?: boolean;
  upperHashes?: boolean;
  base64?: boolean;
  noScheme?: boolean;
  hashedIds?: boolean;
  escape?: boolean; // a signed string with an escape, signed as it stands
  pattern?: string;
  twoRoles?: boolean; // Director: Root and Targets only
  without?: string; // role that Root does not list
  noImage?: boolean;
}

const key = signer(7);

/** One repository, all roles by one key; the image "sup/a/b.bin" is delegated. */
async function repository(spelling: Spelling): Promise<Map<string, Uint8Array>> {
  const type = (name: string): string => (spelling.capital === true ? `${name.slice(0, 1).toUpperCase()}${name.slice(1)}` : name);
  const hex = key.public.keyval.public;
  const object = { keytype: spelling.keyType ?? "ed25519", keyval: { public: spelling.upperKeys === true ? hex.toUpperCase() : hex }, ...(spelling.noScheme === true ? {} : { scheme: "ed25519" }) };
  const keyid = spelling.hashedIds === true ? createHash("sha256").update(olpc(object)).digest("hex") : "a label";
  const signed = async (payload: object): Promise<Uint8Array> => {
    const whole = { expires: EXPIRES, ...payload, ...(spelling.escape === true ? { x: "é" } : {}) };
    const spelled = Buffer.from(olpc(whole)).toString().replaceAll("é", "\\u00e9");
    const sig = Buffer.from(await key.sign(spelling.escape === true ? Buffer.from(spelled) : olpc(whole)));
    return Buffer.from(`{"signatures":[{"keyid":"${keyid}","sig":"${sig.toString(spelling.base64 === true ? "base64" : "hex")}"}],"signed":${spelled}}`);
  };
  const listed = (file: Uint8Array): object => {
    const digest = createHash("sha256").update(file).digest("hex");
    return { hashes: { sha256: spelling.upperHashes === true ? digest.toUpperCase() : digest }, length: file.length, version: 1 };
  };
  const role = { keyids: [keyid], threshold: 1 };
  const listedRoles = (spelling.twoRoles === true ? ["root", "targets"] : ["root", "snapshot", "targets", "timestamp"]).filter((name) => name !== spelling.without);
  const roles = Object.fromEntries(listedRoles.map((name) => [name, role]));
  const image = { "sup/a/b.bin": { hashes: { sha256: "11".repeat(32) }, length: 3 } };
  const delegations = { keys: { [keyid]: object }, roles: [{ ...role, name: "sup", paths: [spelling.pattern ?? "sup/*/*"], terminating: false }] };
  const files = new Map([["1.root.json", await signed({ _type: type("root"), keys: { [keyid]: object }, roles, version: 1 })]]);
  files.set("1.sup.json", await signed({ _type: type("targets"), targets: image, version: 1 }));
  files.set("1.targets.json", await signed({ _type: type("targets"), ...(spelling.noImage === true ? {} : { delegations }), targets: {}, version: 1 }));
  files.set("targets.json", files.get("1.targets.json") as Uint8Array);
  const meta = { "sup.json": listed(files.get("1.sup.json") as Uint8Array), "targets.json": listed(files.get("1.targets.json") as Uint8Array) };
  files.set("1.snapshot.json", await signed({ _type: type("snapshot"), meta, version: 1 }));
  files.set("timestamp.json", await signed({ _type: type("timestamp"), meta: { "snapshot.json": listed(files.get("1.snapshot.json") as Uint8Array) }, version: 1 }));
  return files;
}

/** The name of the verdict on one cycle. */
async function verdict(files: Map<string, Uint8Array>, options: number): Promise<string> {
  const core = Core.load();
  const kept = new Map<string, Uint8Array>();
  core.forget();
  if ((options & OPTION_IMAGE_ONLY) !== 0) core.target("sup/a/b.bin");
  else core.identify({ vehicle: "VIN", serial: "e", hardwareId: "h", counter: -1 });
  core.open(SESSION_CYCLE, options, 1_800_000_000);
  try {
    const place = (role: number, name: string): string => `${role} ${name}`;
    await run(core, {
      file: (want) => {
        const stored = want.source === SOURCE_NEW ? files.get(metadataFile(want)) : kept.get(place(want.role, want.name));
        return Promise.resolve((want.source === SOURCE_PROVISIONED ? files.get("1.root.json") : stored) ?? status.Missing);
      },
      keep: (want, _version, bytes) => Promise.resolve(void kept.set(place(want.role, want.name), bytes)),
      save: () => Promise.resolve(),
    });
    return "Ok";
  } catch (error) {
    if (error instanceof MetadataError) return statusName(error.report.status);
    throw error;
  }
}

const DIALECTS = [0, OPTION_LABELS, OPTION_AKTUALIZR];
const test = suite("rows of docs/dialects.md");

// point, spelling, what ours, TUF's and aktualizr's dialect say
const ROWS: [point: string, spelling: Spelling, ...verdicts: string[]][] = [
  ["key ids that are hashes", { hashedIds: true }, "Ok", "Ok", "Ok"],
  ["key ids that are labels", {}, "KeyId", "Ok", "Ok"],
  ["keys without a scheme", { noScheme: true, hashedIds: true }, "BadSignature", "Ok", "Ok"],
  ["capitalised types", { capital: true, hashedIds: true }, "WrongType", "WrongType", "Ok"],
  ["capitalised key types", { keyType: "ED25519", hashedIds: true }, "BadSignature", "BadSignature", "Ok"],
  ["upper-case keys", { upperKeys: true, hashedIds: true }, "BadHex", "BadHex", "Ok"],
  ["upper-case hashes", { upperHashes: true, hashedIds: true }, "BadHex", "BadHex", "Ok"],
  ["signatures in base64", { base64: true, hashedIds: true }, "BadSignature", "BadSignature", "Ok"],
  ["escapes signed as they stand", { escape: true, hashedIds: true }, "BadSignature", "BadSignature", "Ok"],
  ["patterns across a slash", { pattern: "sup/*", hashedIds: true }, "NotFound", "NotFound", "Ok"],
  ["a ? that is a slash", { pattern: "sup/a?b.bin", hashedIds: true }, "NotFound", "NotFound", "Ok"],
];
for (const [point, spelling, ...verdicts] of ROWS) {
  test(point, async () => {
    const files = await repository(spelling);
    const said: string[] = [];
    for (const dialect of DIALECTS) said.push(await verdict(files, dialect | OPTION_IMAGE_ONLY));
    assert.equal(said, verdicts);
  });
}

test("the policies work in aktualizr's dialect, each for its own point, and do nothing without it", async () => {
  const both = OPTION_NO_DIRECTOR_SNAPSHOT | OPTION_EMPTY_FOR_ANY_VEHICLE;
  const empty = { hashedIds: true, noImage: true };
  const four = await repository(empty);
  const two = await repository({ ...empty, twoRoles: true });
  const director = (files: Map<string, Uint8Array>, options: number): Promise<string> => verdict(files, options | OPTION_DIRECTOR_ONLY);
  assert.is(await director(four, OPTION_AKTUALIZR), "WrongVehicle");
  assert.is(await director(four, OPTION_AKTUALIZR | OPTION_EMPTY_FOR_ANY_VEHICLE), "Ok");
  assert.is(await director(two, OPTION_AKTUALIZR | OPTION_EMPTY_FOR_ANY_VEHICLE), "Malformed");
  assert.is(await director(two, OPTION_AKTUALIZR | OPTION_NO_DIRECTOR_SNAPSHOT), "WrongVehicle");
  assert.is(await director(two, OPTION_AKTUALIZR | both), "Ok");
  for (const without of ["root", "targets"]) assert.is(await director(await repository({ ...empty, twoRoles: true, without }), OPTION_AKTUALIZR | both), "Malformed", without);
  for (const without of ["timestamp", "snapshot"]) assert.is(await director(await repository({ ...empty, without }), OPTION_AKTUALIZR | OPTION_EMPTY_FOR_ANY_VEHICLE), "Malformed", without);
  for (const dialect of [0, OPTION_LABELS]) {
    assert.is(await director(four, dialect | both), "WrongVehicle");
    assert.is(await director(two, dialect | both), "Malformed");
  }
});

test("the Image repository has four roles whatever the policy says of the Director", async () => {
  const two = await repository({ hashedIds: true, twoRoles: true });
  assert.is(await verdict(two, OPTION_AKTUALIZR | OPTION_NO_DIRECTOR_SNAPSHOT | OPTION_IMAGE_ONLY), "Malformed");
});

test("a vehicle that is named wrongly is refused under the policy too", async () => {
  const files = await repository({ hashedIds: true, noImage: true });
  const named = await repository({ hashedIds: true, noImage: true });
  const payload = { _type: "targets", custom: { vehicleId: "another" }, expires: EXPIRES, targets: {}, version: 1 };
  const keyid = (JSON.parse(Buffer.from(files.get("1.root.json") as Uint8Array).toString()) as { signatures: [{ keyid: string }] }).signatures[0].keyid;
  const sig = Buffer.from(await key.sign(olpc(payload))).toString("hex");
  named.set("targets.json", Buffer.from(`{"signatures":[{"keyid":"${keyid}","sig":"${sig}"}],"signed":${Buffer.from(olpc(payload)).toString()}}`));
  const options = OPTION_AKTUALIZR | OPTION_NO_DIRECTOR_SNAPSHOT | OPTION_EMPTY_FOR_ANY_VEHICLE | OPTION_DIRECTOR_ONLY;
  assert.is(await verdict(files, options), "Ok");
  assert.is(await verdict(named, options), "WrongVehicle");
});

test.run();
