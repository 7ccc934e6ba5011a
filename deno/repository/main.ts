/** `main.ts DATA_FOLDER`: the Image repository. Permissions: its own port and its own folder. */
import { repositoryConfig } from "../config.ts";
import { readConfig, readKeys, readRoots } from "../folder.ts";
import { Judge } from "../judge.ts";
import { start } from "../serve.ts";
import { repositoryApp } from "./app.ts";
import { Disk } from "./disk.ts";
import { inForce } from "./publish.ts";
import { Uploads } from "./uploads.ts";

await start("image-repository", (folder) => {
  const { keys, lifetime, limits, port, uploadToken } = readConfig(folder, repositoryConfig);
  const signers = { timestamp: readKeys(folder, keys.timestamp), snapshot: readKeys(folder, keys.snapshot) };
  const judge = new Judge();
  const disk = new Disk(folder);
  const repository = { disk, judge, roots: readRoots(folder), signers, lifetime, limits, published: inForce(disk), failed: 0 };
  const app = repositoryApp(repository, new Uploads(disk, judge, limits), uploadToken);
  return Promise.resolve({ name: "image-repository", app, port, core: judge.sha256, close: () => {} });
});
