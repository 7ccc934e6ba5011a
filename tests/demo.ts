/** Starts the demo as a stranger would, in a process of its own, and reads its JSON lines. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export interface Line {
  event?: string; // of the demo itself; lines of its children have other members
  name?: string;
  pid?: number;
  what?: string;
  sentence?: string;
}

export interface End {
  code: number | null;
  stdout: string;
  lines: Line[];
  left: string[]; // what it did not clear away
}

export interface Demo {
  readonly child: ChildProcess;
  readonly pids: Map<string, number>; // of its children, by name
  /** Settles with the first line that fits, also one that has passed. */
  line(fits: (line: Line) => boolean): Promise<Line>;
  /** Settles when the demo has ended. */
  readonly end: Promise<End>;
}

export function startDemo(...options: string[]): Demo {
  const script = fileURLToPath(new URL("../node/demo.js", import.meta.url));
  const place = mkdtempSync(join(tmpdir(), "demo-test-")); // its data folders go here
  const child = spawn(process.execPath, [script, "--json", ...options], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, TMPDIR: place } });
  const lines: Line[] = [];
  const pids = new Map<string, number>();
  const waiting: { fits(line: Line): boolean; resolve(line: Line): void }[] = [];
  let stdout = "";
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  createInterface({ input: child.stderr }).on("line", (text) => {
    const line = JSON.parse(text) as Line; // the demo promises JSON lines: another one fails the test here
    lines.push(line);
    if (line.event === "started" && line.name !== undefined && line.pid !== undefined) pids.set(line.name, line.pid);
    for (const entry of [...waiting]) {
      if (!entry.fits(line)) continue;
      waiting.splice(waiting.indexOf(entry), 1);
      entry.resolve(line);
    }
  });
  const end = new Promise<End>((resolve) => {
    child.once("close", (code) => {
      const left = readdirSync(place);
      rmSync(place, { recursive: true, force: true });
      resolve({ code, stdout, lines, left });
    });
  });
  return {
    child,
    pids,
    end,
    line: (fits) => {
      const passed = lines.find(fits);
      if (passed !== undefined) return Promise.resolve(passed);
      const found = new Promise<Line>((resolve) => waiting.push({ fits, resolve }));
      const ended = end.then(({ lines: all }) => {
        throw new Error(`the demo ended first: ${JSON.stringify(all.filter(({ event }) => event !== undefined).slice(-3))}`);
      });
      return Promise.race([found, ended]);
    },
  };
}

/** Whether there is a process with this id. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}

/** Those of `pids` that are still there after a while. */
export async function survivors(pids: Iterable<number>, seconds = 10): Promise<number[]> {
  let left = [...pids].filter(lives);
  for (let waited = 0; left.length > 0 && waited < seconds * 1000; waited += 50) {
    await sleep(50);
    left = left.filter(lives);
  }
  return left;
}
