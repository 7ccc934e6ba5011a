/** Seeds for the fuzzer: good stories as the harness reads them, each also cut after its first files. */
import { OPTION_AKTUALIZR, OPTION_PRIMARY, ROLE_PAYLOAD, ROLE_TIME, SESSION_CYCLE, SESSION_ECU_REPORT, SESSION_JSON, SESSION_MANIFEST, SESSION_PARTIAL, SESSION_TIME, SOURCE_AGAIN, WANT_NOTHING } from "../../assembly/abi.ts";
import { Missing } from "../../assembly/status.ts";
import { Core, type Want } from "../../bindings/core.ts";
import { type Signer, keyBytes, signerFromSeed } from "../../bindings/keys.ts";
import { ecuReport, vehicleManifest } from "../../bindings/manifest.ts";
import * as metadata from "../../bindings/metadata.ts";
import { sign } from "../../bindings/sign.ts";
import { metadataName } from "../../bindings/urls.ts";
import { type Pair, fieldManifest, payloadForm, report as fieldReport } from "../vectors/reports.ts";
import { LATER, NOW, VEHICLE, World, key } from "../vectors/world.ts";

/** The key of the one ECU the harness knows. */
export const ecuSigner: Signer = signerFromSeed(new Uint8Array(32).fill(7));

const PIECE = 60; // times four and one: bytes
const MISSING = [Missing, 0xff];

export async function corpus(): Promise<Uint8Array[]> {
  const world = await World.make();
  const supplier = key();
  const file = { role: { signers: [supplier], threshold: 1, version: 1, expires: LATER }, targets: new Map<string, metadata.Entry>() };
  world.image.delegated.set("supplier", file);
  world.image.targets.clear();
  world.order("app.bin", new TextEncoder().encode("the first image"), world.ecus, file.targets);
  world.image.delegations = [{ name: "supplier", keys: [supplier.public], threshold: 1, paths: ["*.bin"] }];
  await world.publish();
  const image = { filepath: "app.bin", length: 3, hashes: metadata.hashes(new Uint8Array(3)) };
  const report = await ecuReport({ serial: "tcu-1", image, attacks: "", time: metadata.date(NOW), previousTime: metadata.date(NOW), counter: 5 }, ecuSigner);
  const manifest = await vehicleManifest({ vin: VEHICLE, primary: "tcu-1", reports: new Map([["tcu-1", report]]) }, ecuSigner);
  const attested = await sign(metadata.time({ nonces: ["11".repeat(32)], seconds: NOW }), world.director.time.signers);
  const served = (want: Want) => want.role === ROLE_TIME ? attested : want.role === ROLE_PAYLOAD ? new TextEncoder().encode("the first image") : world.repository(want.repository).files.get(want.role === 0 && want.version < 2 ? "1.root.json" : want.role === 3 && want.version === 0 ? "1.targets.json" : metadataName(want));
  const seeds: Uint8Array[] = [];
  for (const [session, options, partial] of [[SESSION_CYCLE, OPTION_PRIMARY, 0], [SESSION_PARTIAL, 0, 1], [SESSION_PARTIAL, 8, 1], [SESSION_TIME, 0, 1], [SESSION_TIME, 0, 0]] as const) {
    const core = Core.load({ partial: partial === 1 });
    core.identify({ vehicle: VEHICLE, serial: "tcu-1", hardwareId: "tcu-a", counter: -1, nonce: "11".repeat(32) });
    if (partial === 0) core.ecu({ serial: "tcu-1", hardwareId: "tcu-a", counter: 4, bytes32: keyBytes(ecuSigner.public) });
    const seed = [session, options, PIECE, partial];
    let now = core.open(session, options, NOW);
    let before = new Uint8Array(0) as Uint8Array;
    for (let files = 0; now.want !== WANT_NOTHING && files < 100; files++) {
      const bytes = now.file.source === SOURCE_AGAIN ? before : served(now.file);
      if (bytes === undefined) seed.push(...MISSING);
      else if (now.file.source !== SOURCE_AGAIN) seed.push(bytes.length & 0xff, bytes.length >> 8, ...bytes);
      if (bytes !== undefined) before = bytes;
      if (bytes !== undefined) core.feed(bytes);
      now = bytes === undefined ? core.missing(Missing) : core.end();
      if (files < 4) seeds.push(Uint8Array.from(seed));
    }
    seeds.push(Uint8Array.from(seed));
  }
  const fleet: Pair = [{ serial: "tcu-1", signer: ecuSigner }, { serial: "none", signer: ecuSigner }];
  const own = await fieldReport(fleet[0], { form: payloadForm });
  const field = await fieldManifest(fleet, { reports: [["tcu-1", own]] });
  for (const [session, options, bytes] of [[SESSION_MANIFEST, 0, manifest], [SESSION_ECU_REPORT, 0, report], [SESSION_MANIFEST, OPTION_AKTUALIZR, field], [SESSION_ECU_REPORT, OPTION_AKTUALIZR, own], [SESSION_JSON, 0, manifest]] as const) {
    seeds.push(Uint8Array.from([session, options, PIECE, 0, bytes.length & 0xff, bytes.length >> 8, ...bytes]));
  }
  return seeds;
}
