/** A Primary: its configuration, memory, core, keys and link in one place, for the steps of a cycle. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DIRECTOR, IMAGE } from "../../assembly/abi.ts";
import { Core } from "../../bindings/core.ts";
import { type Signer, readSigner } from "../../bindings/keys.ts";
import { type Clock, createClock } from "../clock.ts";
import { DIRECTOR_ROOT, FACTORY_IMAGE, IMAGE_ROOT, KEY, type PrimaryConfig, primaryConfig, readConfig } from "../config.ts";
import { PACE, type Pace } from "../fetch.ts";
import { type LinkServer, serveLink } from "../link/server.ts";
import type { Log } from "../log.ts";
import { type Reporter, openReporter } from "../report.ts";
import { isBackup } from "./backups.ts";
import { type RepositoryMap, openMap } from "./map.ts";
import { type Release, createRelease } from "./release.ts";
import { type PrimaryState, openState } from "./state.ts";

export interface Primary {
  readonly config: PrimaryConfig;
  readonly state: PrimaryState;
  readonly core: Core;
  readonly clock: Clock;
  readonly signer: Signer;
  readonly publicKey: string; // hex
  readonly roots: ReadonlyMap<number, Uint8Array>; // provisioned, by repository
  readonly map: RepositoryMap | undefined; // where more repositories than the two have to agree
  readonly reporter: Reporter;
  readonly release: Release;
  readonly link: LinkServer;
  readonly pace: Pace;
  readonly log: Log;
  /** Why nothing may be installed now, for instance because the vehicle moves (Uptane 2.1.0 §5.4.3.5); undefined: it may. */
  readonly notNow: () => string | undefined;
  /** Reports that came over the link and wait to be judged, by serial: the newest one of each. */
  readonly arrived: Map<string, Uint8Array>;
}

const REPORT_MAX = 7000; // bytes of one ECU version report

export async function openPrimary(folder: string, log: Log, pace = PACE, notNow: () => string | undefined = () => undefined): Promise<Primary> {
  const config = readConfig(folder, primaryConfig);
  const file = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)));
  const signer = readSigner(Buffer.from(file(KEY)).toString("utf8"));
  const state = openState(folder, config);
  if (!state.images.has(config.factory.sha256) && state.ecus().get(config.serial)?.running.sha256 === config.factory.sha256) {
    const staged = state.images.stage(config.factory.sha256);
    staged.append(file(FACTORY_IMAGE));
    staged.commit();
  }
  const release = createRelease(state);
  const arrived = new Map<string, Uint8Array>();
  const link = await serveLink({
    vehicle: config.vehicle,
    self: config.serial,
    keys: new Map(config.secondaries.map(({ serial, linkKey }) => [serial, Buffer.from(linkKey, "hex")])),
    port: config.linkPort,
    log,
    handlers: {
      report: (serial, bytes) => {
        if (bytes.length > REPORT_MAX) log.warn("a report is too long", { serial, bytes: bytes.length });
        else arrived.set(serial, bytes);
      },
      piece: (serial, request) => (isBackup(request) ? state.backups : release).piece(serial, request),
      backup: (serial, piece) => state.backups.take(serial, piece),
    },
  });
  const core = Core.load();
  const clock = createClock();
  return {
    config,
    state,
    core,
    clock,
    signer,
    publicKey: signer.public.keyval.public,
    roots: new Map([[DIRECTOR, file(DIRECTOR_ROOT)], [IMAGE, file(IMAGE_ROOT)]]),
    map: openMap(folder, core, state, () => clock.now(), pace),
    reporter: openReporter(config.serial, state.reportState, signer),
    release,
    link,
    pace,
    notNow,
    log,
    arrived,
  };
}
