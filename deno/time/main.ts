/** `main.ts DATA_FOLDER`: the time server. Permissions: its own port and its own folder. */
import { timeConfig } from "../config.ts";
import { readConfig, readKeys } from "../folder.ts";
import { start } from "../serve.ts";
import { timeServer } from "./app.ts";

await start("time-server", (folder) => {
  const config = readConfig(folder, timeConfig);
  const app = timeServer(readKeys(folder, config.keys.time), config.limits.nonces);
  return Promise.resolve({ name: "time-server", app, port: config.port, close: () => {} });
});
