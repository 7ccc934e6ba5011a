/** One worker and what it is asked: whether any of some tests fails with a module. A worker that does not come to an end is stopped, and another one starts. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Message, Order } from "./worker.ts";

const WORKER_LIFE = 150; // modules: a suite that was loaded is never given back
const LOADING = 60; // seconds

export class Judge {
  #worker: ChildProcess | undefined;
  #life = 0;

  /**
   * @param seconds  of one test, by the clock
   * @param heard    sees every message
   * @returns        the test that failed first, "endless: " before it if it was stopped; "": none
   */
  judge(order: Order, seconds: (test: string) => number, heard: (message: Message) => void = () => {}): Promise<string> {
    if (this.#life++ % WORKER_LIFE === WORKER_LIFE - 1) this.stop();
    const mine = this.#worker ??= fork(fileURLToPath(new URL("./worker.js", import.meta.url)), { serialization: "advanced", execArgv: ["--no-warnings"] });
    return new Promise((resolve, reject) => {
      let by = "";
      let current = "loading";
      let timer: NodeJS.Timeout | undefined;
      const over = () => {
        clearTimeout(timer);
        mine.removeAllListeners();
        resolve(by);
      };
      const wind = (limit: number) => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          this.stop();
          by = `endless: ${current}`;
          over();
        }, limit * 1000);
      };
      mine.on("error", reject);
      mine.on("message", (message: Message) => {
        if (message.number !== order.number) return;
        heard(message);
        if ("started" in message) current = message.started;
        if ("failed" in message && by === "") by = message.failed;
        if ("over" in message) over();
        else wind("started" in message ? seconds(current) : LOADING);
      });
      wind(LOADING);
      mine.send(order);
    });
  }

  stop(): void {
    this.#worker?.kill("SIGKILL");
    this.#worker = undefined;
  }
}
