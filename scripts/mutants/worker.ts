/** A process of its own, so that it can be stopped in an endless loop. Judges one mutant after the other: runs the suites until a test fails. */
import { register } from "node:module";
import type { Test } from "./collect.ts";

register("./hooks.js", import.meta.url);

export interface Order {
  number: number;
  bytes: Uint8Array;
  globals: number;
  suites: string[]; // URLs
  first: string[]; // names of tests, likely killers first
  leave: string[]; // names of tests that take too long
  all: boolean; // run all, whatever fails
}

export type Message = { number: number; started: string } | { number: number; passed: string; milliseconds: number } | { number: number; failed: string; why: string } | { number: number; over: true };

const say = (message: Message) => {
  if (process.send === undefined) throw new Error("Cannot run without the process that orders");
  process.send(message);
};

process.on("message", (order: Order) => {
  judge(order).catch((error: unknown) => say({ number: order.number, failed: "loading the suites", why: String(error) })).finally(() => say({ number: order.number, over: true }));
});

const kept = new Map<string, Test[]>();

async function judge({ number, bytes, globals, suites, first, leave, all }: Order): Promise<void> {
  // Imported here, so that the hooks are in place.
  const { swap } = await import("./swapped.js");
  const { collected } = await import("./collect.js");
  const { restartKeys } = await import("../vectors/world.js");
  swap(bytes, globals);
  const found: Test[] = [];
  for (const url of suites) {
    // A suite may hold a core from the start, so it is loaded anew; that of the vectors holds none, and takes long to load.
    const once = url.endsWith("/vectors.js") ? kept.get(url) : undefined;
    collected.length = 0;
    if (once === undefined) await import(`${url}?${number}`);
    const mine = once ?? [...(collected as Test[])];
    kept.set(url, mine);
    found.push(...mine);
  }
  const place = new Map(first.map((name, at) => [name, at]));
  const tests = found.filter(({ name }) => !leave.includes(name)).sort((a, b) => (place.get(a.name) ?? first.length) - (place.get(b.name) ?? first.length));
  for (const test of tests) {
    say({ number, started: test.name });
    restartKeys();
    const before = performance.now();
    try {
      await test.run();
      say({ number, passed: test.name, milliseconds: performance.now() - before });
    } catch (error) {
      say({ number, failed: test.name, why: error instanceof Error ? error.message : String(error) });
      if (!all) return;
    }
  }
}
