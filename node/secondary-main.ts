/** The process of one emulated Secondary: `secondary-main.js FOLDER [--attached]`. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DIRECTOR, IMAGE } from "../assembly/abi.ts";
import { readSigner } from "../bindings/keys.ts";
import { DIRECTOR_ROOT, FACTORY_IMAGE, IMAGE_ROOT, KEY, type SecondaryConfig, readConfig, secondaryConfig } from "./config.ts";
import { fileBacking } from "./emulator/backing.ts";
import { boot } from "./emulator/part.ts";
import { profileOf } from "./emulator/profile.ts";
import { type Link, openLink } from "./link/client.ts";
import { LinkError } from "./link/frame.ts";
import { ORDER_REPORT, ORDER_UPDATE } from "./link/message.ts";
import { encodeOutcome } from "./link/outcome.ts";
import type { Log } from "./log.ts";
import { hello, runProcess } from "./process.ts";
import { type Secondary, createSecondary } from "./secondary.ts";

const AGAIN_MS = 200; // before the next attempt to reach the Primary

await runProcess("secondary", async (folder, log) => {
  const config = readConfig(folder, secondaryConfig);
  const [code, data] = [fileBacking(join(folder, "code.flash")), fileBacking(join(folder, "data.flash"))];
  let link: Link | undefined;
  const secondary = createSecondary({
    config,
    part: boot(profileOf(config.profile), { code, data }),
    signer: readSigner(readFileSync(join(folder, KEY), "utf8")),
    roots: roots(folder),
    factory: new Uint8Array(readFileSync(join(folder, FACTORY_IMAGE))),
    piece: (request) => {
      if (link === undefined) throw new LinkError("closed", "Cannot ask for a file: there is no link");
      return link.piece(request);
    },
    backup: (piece) => {
      if (link === undefined) throw new LinkError("closed", "Cannot hand over a backup: there is no link");
      return link.backup(piece);
    },
  });
  hello({ name: config.serial, core: secondary.coreSha256 });
  let stopped = false;
  void (async () => {
    while (!stopped) {
      try {
        link = await openLink(address(config));
        for (;;) await obey(link, secondary, await link.next(), log);
      } catch (error) {
        if (!(error instanceof LinkError)) throw error;
        if (!stopped) log.warn(error.message, { code: error.code });
      }
      link?.close();
      await sleep(AGAIN_MS);
    }
  })();
  return () => {
    stopped = true;
    link?.close();
    code.close();
    data.close();
  };
});

/** Every order ends with a report where something may have changed, and with Done. */
async function obey(link: Link, secondary: Secondary, order: number, log: Log): Promise<void> {
  if (order === ORDER_REPORT) {
    await link.report(await secondary.report("with nonce"));
    await link.done(new Uint8Array(0));
  } else if (order === ORDER_UPDATE) {
    const outcome = await secondary.update();
    log.info(outcome.verdict, { image: outcome.image, status: outcome.status });
    await link.report(await secondary.report("without nonce"));
    await link.done(encodeOutcome(outcome));
  }
}

function address(config: SecondaryConfig): Parameters<typeof openLink>[0] {
  return { vehicle: config.vehicle, self: config.serial, primary: config.primary, key: Buffer.from(config.linkKey, "hex"), port: config.linkPort };
}

function roots(folder: string): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  for (const [repository, name] of [[DIRECTOR, DIRECTOR_ROOT], [IMAGE, IMAGE_ROOT]] as const) {
    if (existsSync(join(folder, name))) found.set(repository, new Uint8Array(readFileSync(join(folder, name))));
  }
  return found;
}
