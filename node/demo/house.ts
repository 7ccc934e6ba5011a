/** Everything that runs in the demo: three servers, a Primary and its Secondaries, each a process of its own. */
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { outcome } from "../link/outcome.ts";
import { denoArguments, denoBinary } from "../deno.ts";
import type { CycleResult } from "../primary/cycle.ts";
import type { Running, Supervisor } from "../processes.ts";
import type { EcuPlan, Fleet, Ports } from "../provision.ts";

/** The vehicle of the demo. */
export const ECUS: readonly EcuPlan[] = [
  { serial: "tcu", hardwareId: "tcu-a", imageBytes: 1024 * 1024 },
  { serial: "gateway", hardwareId: "gateway-b", profile: "gateway-4M", imageBytes: 256 * 1024 },
  { serial: "brakes", hardwareId: "brakes-s32k144", profile: "S32K144", imageBytes: 64 * 1024 },
  { serial: "door", hardwareId: "door-s32k116", profile: "S32K116", imageBytes: 8 * 1024 },
];

export interface House {
  readonly processes: readonly Running[];
  /** Lets the vehicle run one cycle. */
  cycle(step: (what: string) => void): Promise<CycleResult>;
}

/** Starts all processes of a provisioned fleet. `started` is told of each. */
export async function open(fleet: Fleet, ports: Ports, supervisor: Supervisor, started: (running: Running) => void): Promise<House> {
  const top = repository();
  const deno = denoBinary();
  const processes: Running[] = [];
  const start = async (name: string, command: string, args: string[]): Promise<Running> => {
    const running = await supervisor.start(name, command, args, top);
    processes.push(running);
    started(running);
    return running;
  };
  const server = (name: string, port: number): Promise<Running> =>
    start(name, deno, denoArguments(join(top, "deno", name, "main.ts"), join(fleet.folder, name), port));
  await Promise.all([server("director", ports.director), server("repository", ports.repository), server("time", ports.time)]);
  const script = (name: string): string => join(dirname(dirname(fileURLToPath(import.meta.url))), name);
  const [first, ...secondaries] = fleet.ecus;
  if (first === undefined) throw new Error("Cannot start a vehicle without a Primary");
  const primary = await start(first.serial, process.execPath, [script("primary-main.js"), first.folder, "--attached"]);
  await Promise.all(secondaries.map(({ serial, folder }) => start(serial, process.execPath, [script("secondary-main.js"), folder, "--attached"])));
  return { processes, cycle: createCycle(primary) };
}

const stepShape = v.object({ step: v.string() });
const resultShape = v.object({
  result: v.object({
    verdict: v.string(),
    status: v.number(),
    attack: v.string(),
    manifests: v.array(v.string()),
    ecus: v.array(v.object({ ...outcome.entries, serial: v.string(), before: v.string() })),
  }),
});

/** Commands go to the Primary's stdin, steps and results come from its stdout; one at a time. */
function createCycle(primary: Running): House["cycle"] {
  let waiting: { step(what: string): void; resolve(result: CycleResult): void } | undefined;
  primary.onLine((line) => {
    const value: unknown = JSON.parse(line);
    const step = v.safeParse(stepShape, value);
    if (step.success) return waiting?.step(step.output.step);
    const { result } = v.parse(resultShape, value);
    waiting?.resolve(result);
    waiting = undefined;
  });
  return (step) => new Promise((resolve) => {
    waiting = { step, resolve };
    primary.write("cycle");
  });
}

/** Four ports that are free now, all different. */
export async function freePorts(): Promise<Ports> {
  const held = await Promise.all([0, 1, 2, 3].map(hold));
  const [director, repository, time, link] = await Promise.all(held.map((x) => x()));
  if (director === undefined || repository === undefined || time === undefined || link === undefined) throw new Error("Cannot find four free ports");
  return { director, repository, time, link };
}

function hold(): Promise<() => Promise<number>> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = address !== null && typeof address === "object" ? address.port : 0;
      resolve(() => new Promise((done) => server.close(() => done(port))));
    });
  });
}

/** The folder with package.json and deno.json, wherever this file was compiled to. */
export function repository(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json")) && existsSync(join(folder, "deno.json"))) return folder;
  }
  throw new Error("Cannot find the folder this project lies in");
}
