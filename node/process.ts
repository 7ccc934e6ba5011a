/** What every process of the vehicle does around its work: says hello, ends with its parent, ends on a signal, says why it could not start. */
import { createLog, type Log } from "./log.ts";

export interface Hello {
  name: string;
  pid: number;
  port?: number;
  core?: string; // SHA-256 of the module
}

/** The one line on stdout by which a parent knows that this process is ready. */
export function hello(x: Omit<Hello, "pid">): void {
  process.stdout.write(`${JSON.stringify({ name: x.name, pid: process.pid, ...(x.port === undefined ? {} : { port: x.port }), ...(x.core === undefined ? {} : { core: x.core }) })}\n`);
}

/**
 * Runs a process until it is told to stop: SIGTERM, SIGINT or, with `--attached`, the end of stdin, which is the end of its parent.
 *
 * @param start  returns what to do at the end
 */
export async function runProcess(name: string, start: (folder: string, log: Log) => Promise<() => Promise<void> | void>): Promise<void> {
  const log = createLog(name);
  const folder = process.argv.slice(2).find((argument) => !argument.startsWith("--"));
  try {
    if (folder === undefined) throw new Error("Cannot start: no data folder is named on the command line");
    const stop = await start(folder, log);
    let stopping = false;
    const end = (why: string): void => {
      if (stopping) return;
      stopping = true;
      log.info("stopping", { why });
      Promise.resolve(stop()).then(() => process.exit(0), (error: unknown) => {
        log.error(error instanceof Error ? error.message : String(error));
        process.exit(1);
      });
    };
    process.once("SIGTERM", () => end("SIGTERM"));
    process.once("SIGINT", () => end("SIGINT"));
    if (process.argv.includes("--attached")) {
      process.stdin.once("end", () => end("stdin ended"));
      process.stdin.resume();
    }
  } catch (error) {
    log.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}
