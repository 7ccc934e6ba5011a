/** `main.ts DATA_FOLDER`: the Director. Permissions: its own port and its own folder. */
import { join } from "node:path";
import { directorConfig } from "../config.ts";
import { readConfig, readKeys, readRoots } from "../folder.ts";
import { Judge } from "../judge.ts";
import { start } from "../serve.ts";
import { directorApp } from "./app.ts";
import { openImages } from "./images.ts";
import { openStore } from "./store.ts";

await start("director", (folder) => {
  const config = readConfig(folder, directorConfig);
  const signers = {
    timestamp: readKeys(folder, config.keys.timestamp),
    snapshot: readKeys(folder, config.keys.snapshot),
    targets: readKeys(folder, config.keys.targets),
  };
  const judge = new Judge();
  const db = openStore(join(folder, "director.sqlite"));
  const app = directorApp({ db, judge, images: openImages(folder), roots: readRoots(folder), signers, lifetime: config.lifetime, failed: new Map() }, config.adminToken);
  return Promise.resolve({ name: "director", app, port: config.port, core: judge.sha256, close: () => db.close() });
});
