/**
 * The process of the Primary: `primary-main.js FOLDER [--attached]`. A line `cycle` on stdin runs one cycle; its steps and its result are JSON lines on
 * stdout, after the hello line. `moving` holds installations back until `parked`, as the vehicle's bus would say. With pollSeconds in its configuration it also runs cycles by itself.
 */
import { createInterface } from "node:readline";
import { PACE } from "./fetch.ts";
import { cycle } from "./primary/cycle.ts";
import { openPrimary } from "./primary/primary.ts";
import { hello, runProcess } from "./process.ts";

await runProcess("primary", async (folder, log) => {
  let moving = false;
  const primary = await openPrimary(folder, log, PACE, () => (moving ? "the vehicle moves" : undefined));
  const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
  hello({ name: primary.config.serial, port: primary.link.port, core: primary.core.sha256 });

  let running = Promise.resolve();
  const once = (): Promise<void> => {
    running = running.then(async () => say({ result: await cycle(primary, (step) => say({ step })) }));
    return running;
  };
  createInterface({ input: process.stdin }).on("line", (line) => {
    if (line.trim() === "cycle") void once();
    else if (line === "moving" || line === "parked") moving = line === "moving";
    else log.warn("Cannot follow this line: the commands are cycle, moving, parked", { line: line.slice(0, 80) });
  });
  const { pollSeconds } = primary.config;
  const timer = pollSeconds > 0 ? setInterval(() => void once(), pollSeconds * 1000) : undefined;
  return async () => {
    clearInterval(timer);
    await primary.link.close();
  };
});
