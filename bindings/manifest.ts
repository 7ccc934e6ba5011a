/** Writers of ECU version reports and vehicle version manifests (Uptane 2.1.0 §5.4.2.1, docs/POUF.md). */
import { sha256 } from "@noble/hashes/sha2.js";
import { Canonical, canonical, served } from "./canonical.ts";
import { toHex } from "./hex.ts";
import type { Signer } from "./keys.ts";
import type { Hashes } from "./metadata.ts";

export interface EcuReport {
  serial: string;
  image: { filepath: string; length: number; hashes: Hashes };
  attacks: string; // "" when none was seen
  time: string; // newest attested time, YYYY-MM-DDTHH:MM:SSZ
  previousTime: string;
  counter: number; // rises with every report
  nonce?: string; // hex
}

export interface InstallationItem {
  serial: string;
  success: boolean;
  code: string; // "OK", "VERIFICATION_FAILED", "INSTALL_FAILED", "DOWNLOAD_FAILED" ...
  description: string;
}

/** A signed report of one ECU. */
export function ecuReport(x: EcuReport, signer: Signer): Promise<Uint8Array> {
  return signDigest({
    attacks_detected: x.attacks,
    ecu_serial: x.serial,
    installed_image: { filepath: x.image.filepath, fileinfo: { hashes: x.image.hashes, length: x.image.length } },
    ...(x.nonce === undefined ? {} : { nonce: x.nonce }),
    previous_timeserver_time: x.previousTime,
    report_counter: String(x.counter),
    timeserver_time: x.time,
  }, signer);
}

/** The manifest of a vehicle, signed by its Primary. `reports`: serial -> signed report, carried over unchanged. `targetsVersion`: of the Director Targets it holds. */
export function vehicleManifest(
  x: { vin: string; primary: string; reports: Map<string, Uint8Array>; targetsVersion?: number | undefined; installation?: { correlationId: string; items: InstallationItem[] } },
  signer: Signer,
): Promise<Uint8Array> {
  return signDigest({
    ...(x.targetsVersion === undefined ? {} : { director_targets_version: x.targetsVersion }),
    ecu_version_manifests: new Map([...x.reports].map(([serial, bytes]) => [serial, new Canonical(bytes)])),
    ...(x.installation === undefined ? {} : { installation_report: installationReport(x.installation) }),
    primary_ecu_serial: x.primary,
    vin: x.vin,
  }, signer);
}

function installationReport(x: { correlationId: string; items: InstallationItem[] }): object {
  const failed = x.items.find((item) => !item.success);
  return {
    content_type: "application/vnd.com.here.otac.installationReport.v1",
    report: {
      correlation_id: x.correlationId,
      items: x.items.map(({ serial, success, code, description }) => ({ ecu: serial, result: { code, description, success } })),
      raw_report: "",
      result: { code: failed?.code ?? "OK", description: failed?.description ?? "", success: failed === undefined },
    },
  };
}

/** The signature covers the 32 digest bytes of the canonical payload, and its entry states that digest (Uptane 2.1.0 §5.2.1). */
async function signDigest(signed: object, signer: Signer): Promise<Uint8Array> {
  const digest = sha256(canonical(signed));
  const sig = toHex(await signer.sign(digest));
  return served({ signatures: [{ hash: { sha256: toHex(digest) }, keyid: signer.keyid, method: "ed25519", sig }], signed });
}
