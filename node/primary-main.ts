/**
 * The process of the Primary: `primary-main.js FOLDER [--attached]`. A line `cycle` on stdin runs one cycle; its steps and its result are JSON lines on
 * stdout, after the hello line. With pollSeconds in its configuration it also runs cycles by itself.
 */
import { createInterface } from "node:readline";
import { cycle } from "./primary/cycle.ts";
import { openPrimary } from "./primary/primary.ts";
import { hello, runProcess } from "./process.ts";

await runProcess("primary", async (folder, log) => {
  const primary = await openPrimary(folder, log);
  const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
  hello({ name: primary.config.serial, port: primary.link.port, core: primary.core.sha256 });

  let running = Promise.resolve();
  const once = (): Promise<void> => {
    running = running.then(async () => say({ result: await cycle(primary, (step) => say({ step })) }));
    return running;
  };
  createInterface({ input: process.stdin }).on("line", (line) => {
    if (line.trim() === "cycle") void once();
    else log.warn("Cannot follow this line: the one command is cycle", { line: line.slice(0, 80) });
  });
  const { pollSeconds } = primary.config;
  const timer = pollSeconds > 0 ? setInterval(() => void once(), pollSeconds * 1000) : undefined;
  return async () => {
    clearInterval(timer);
    await primary.link.close();
  };
});
