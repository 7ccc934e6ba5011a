/** A process of its own, so that it can be stopped in an endless loop. Judges one module after the other: runs tests until one fails. */
import { register } from "node:module";
import type { Test } from "./collect.ts";

register("./hooks.js", import.meta.url);
Object.assign(process.env, { MODEL_RUNS: "25", MODEL_FIRST: "1" });

export interface Order {
  number: number;
  bytes: Uint8Array;
  globals: number;
  tests: { suite: string; names?: string[] }[]; // URLs of suites, and which of their tests, in this order; without names all of them, whatever fails
}

export type Message =
  | { number: number; started: string; suite: string }
  | { number: number; passed: string; milliseconds: number; reached: bigint[] }
  | { number: number; failed: string; why: string }
  | { number: number; over: true };

const say = (message: Message) => {
  if (process.send === undefined) throw new Error("Cannot run without the process that orders");
  process.send(message);
};

process.on("disconnect", () => process.exit()); // whoever ordered is gone
process.on("message", (order: Order) => {
  judge(order).catch((error: unknown) => say({ number: order.number, failed: "loading the suites", why: String(error) })).finally(() => say({ number: order.number, over: true }));
});

const kept = new Map<string, Test[]>();

async function judge({ number, bytes, globals, tests }: Order): Promise<void> {
  // Imported here, so that the hooks are in place.
  const { swap } = await import("./swapped.js");
  const { collected } = await import("./collect.js");
  const { reached } = await import("./engine.js");
  const { restartKeys } = await import("../vectors/world.js");
  swap(bytes, globals);
  const loaded = new Map<string, Test[]>();
  for (const { suite, names } of tests) {
    // A suite may hold a core from the start, so it is loaded anew; that of the vectors holds none, and takes long to load.
    let found = loaded.get(suite) ?? (suite.endsWith("/vectors.js") ? kept.get(suite) : undefined);
    if (found === undefined) {
      collected.length = 0;
      await import(`${suite}?${number}`);
      found = [...(collected as Test[])];
      kept.set(suite, found);
    }
    loaded.set(suite, found);
    for (const test of names === undefined ? found : names.map((name) => found.find((one) => one.name === name) as Test)) {
      say({ number, started: test.name, suite });
      restartKeys();
      const before = process.cpuUsage(); // not the clock: the machine may have other work
      try {
        await test.run();
        const { user, system } = process.cpuUsage(before);
        say({ number, passed: test.name, milliseconds: (user + system) / 1000, reached: reached() });
      } catch (error) {
        say({ number, failed: test.name, why: error instanceof Error ? error.message : String(error) });
        if (names !== undefined) return;
      }
    }
  }
}
