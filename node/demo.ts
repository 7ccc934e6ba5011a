/** `npm start`: a vehicle is updated end to end, every check made in the Wasm core. docs/emulator.md describes its parts. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { type House, ECUS, freePorts, open, repository } from "./demo/house.ts";
import { createOperator } from "./demo/operator.ts";
import { type Round, type Stage, compromisedRound, goodRound } from "./demo/rounds.ts";
import { jsonScreen, plainScreen, table } from "./demo/screen.ts";
import { createSupervisor } from "./processes.ts";
import { type Fleet, provision } from "./provision.ts";

const VIN = "UPTANEWASM0000001";
const KEEP_CYCLE_SECONDS = 10; // between cycles of a vehicle that is left running

const options = new Command("uptane-demo")
  .description("updates one vehicle end to end: a good round, one with a compromised Director, a good one again")
  .option("--json", "one JSON object on stdout and nothing else; what happens goes to stderr, a JSON line each")
  .option("--keep", "leave everything running at the end and print the URLs")
  .parse()
  .opts<{ json?: boolean; keep?: boolean }>();

const folder = mkdtempSync(join(tmpdir(), "uptane-wasm-demo-")); // 0700 by mkdtemp
const screen = options.json === true ? jsonScreen() : plainScreen(join(folder, "logs"));
const supervisor = createSupervisor(screen.said);

/** Ends this process, once: everything that was started is stopped first. */
let ending = false;
async function finish(code: number, sentence?: string): Promise<void> {
  if (ending) return;
  ending = true;
  if (sentence !== undefined) screen.failed(sentence);
  await supervisor.stopAll();
  rmSync(folder, { recursive: true, force: true });
  process.exit(code);
}
process.on("SIGINT", () => void finish(130, "Cannot go on: interrupted; everything is stopped"));
process.on("SIGTERM", () => void finish(143, "Cannot go on: told to stop; everything is stopped"));
process.on("SIGHUP", () => void finish(129, "Cannot go on: the terminal is gone; everything is stopped"));
process.on("uncaughtException", (error) => void finish(1, `Cannot go on: ${error.message}`)); // a bug of ours ends everything too
void supervisor.death.then((sentence) => finish(1, sentence));

try {
  const core = createHash("sha256").update(readFileSync(join(repository(), "build", "core.wasm"))).digest("hex");
  const ports = await freePorts();
  screen.round("Provisioning: keys, first Roots, data folders");
  const fleet = await provision(folder, VIN, ECUS, ports);
  const house = await open(fleet, ports, supervisor, ({ name, pid }) => screen.started(name, pid));
  const rounds = await play(fleet, house);
  const processes = house.processes.flatMap(({ name, pid, hello }) => (hello.core === undefined ? [] : [{ name, pid, core: hello.core }]));
  const foreign = processes.filter((process) => process.core !== core).map(({ name }) => name);
  const ok = foreign.length === 0 && rounds.every(({ expected, seen }) => expected === seen);
  if (foreign.length > 0) screen.failed(`Cannot accept that ${foreign.join(", ")} loaded another core than ${core}`);
  if (options.json === true) process.stdout.write(`${JSON.stringify({ ok, core, processes, rounds, ...(options.keep === true ? { urls: fleet.urls } : {}) })}\n`);
  else process.stdout.write(`\n${table(rounds)}\n\ncore ${core} in ${processes.length} processes\n${ok ? "everything came as expected" : "NOT everything came as expected"}\n`);
  if (options.keep === true && ok) await keep(fleet, house);
  else await finish(ok ? 0 : 1);
} catch (error) {
  await finish(1, error instanceof Error ? error.message : String(error));
}

async function play(fleet: Fleet, house: House): Promise<Round[]> {
  const stage: Stage = { fleet, house, operator: createOperator(fleet), step: screen.step };
  await stage.operator.register();
  const rounds: Round[] = [];
  const parts: [string, (name: string) => Promise<Round>][] = [
    ["Round 1: a good update", (name) => goodRound(stage, name, 2)],
    ["Round 2: the Director is compromised", (name) => compromisedRound(stage, name, 3)],
    ["Round 3: a good update again", (name) => goodRound(stage, name, 4)],
  ];
  for (const [name, part] of parts) {
    screen.round(name);
    const round = await part(name);
    screen.seen(round);
    rounds.push(round);
  }
  return rounds;
}

/** Leaves everything running until a signal comes; the vehicle goes on with its cycles. */
async function keep({ urls, vin, folder: place }: Fleet, house: House): Promise<void> {
  if (options.json !== true) {
    process.stdout.write([
      "", "left running; Ctrl-C stops everything", `  Director          ${urls.director}`, `  inventory         ${urls.director}/admin/vehicles/${vin}`,
      `  Image repository  ${urls.repository}`, `  time server       ${urls.time}`, `  data folders      ${place} (tokens stand in config.json)`, "",
    ].join("\n"));
  }
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, KEEP_CYCLE_SECONDS * 1000));
    await house.cycle(() => undefined);
  }
}
