/** The processes of a demo: started, heard, watched, and stopped together whatever happens. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import * as v from "valibot";
import type { Hello } from "./process.ts";

const READY_SECONDS = 60; // for the hello line; a first start under load is slow
const GRACE_SECONDS = 3; // between asking a process to stop and killing it

const helloShape = v.object({ name: v.string(), pid: v.number(), port: v.optional(v.number()), core: v.optional(v.string()) });

export interface Running {
  readonly name: string;
  readonly pid: number;
  readonly hello: Hello;
  /** Lines on stdout after the hello line. */
  onLine(take: (line: string) => void): void;
  write(line: string): void;
}

export interface Supervisor {
  start(name: string, command: string, args: readonly string[], cwd: string): Promise<Running>;
  /** Settles with a sentence when a process ends that nobody told to. */
  readonly death: Promise<string>;
  stopAll(): Promise<void>;
}

/** @param said  takes each line a child writes on stderr */
export function createSupervisor(said: (name: string, line: string) => void): Supervisor {
  const children = new Set<ChildProcess>();
  let stopping = false;
  let die: (sentence: string) => void;
  const death = new Promise<string>((resolve) => {
    die = resolve;
  });

  function start(name: string, command: string, args: readonly string[], cwd: string): Promise<Running> {
    if (stopping) return Promise.reject(new Error(`Cannot start ${name}: everything is being stopped`));
    // A group of its own: a Ctrl-C reaches us alone, and we stop the children in order. Should we be killed, the end of their stdin stops them.
    const child = spawn(command, args, { cwd, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    children.add(child);
    child.stdin.on("error", () => said(name, JSON.stringify({ level: 30, msg: "stdin is closed" })));
    createInterface({ input: child.stderr }).on("line", (line) => said(name, line));
    const takers: ((line: string) => void)[] = [];
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`Cannot start ${name}: no hello line after ${READY_SECONDS} s`)), READY_SECONDS * 1000);
      const over = (how: string): void => {
        clearTimeout(timer);
        children.delete(child);
        const sentence = `Cannot go on: ${name} (pid ${child.pid ?? "none"}) ${how}`;
        if (!stopping) die(sentence);
        reject(new Error(sentence));
      };
      child.once("error", (error) => over(`did not start: ${error.message}`));
      child.once("exit", (code, signal) => over(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`));
      let said = false;
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (said) return void takers.forEach((take) => take(line));
        said = true;
        clearTimeout(timer);
        const hello = helloOf(line);
        if (hello === undefined || hello.pid !== child.pid) return void reject(new Error(`Cannot start ${name}: its first line is no hello: ${line.slice(0, 200)}`));
        resolve({
          name,
          pid: hello.pid,
          hello,
          onLine: (take) => void takers.push(take),
          write: (text) => void child.stdin.write(`${text}\n`),
        });
      });
    });
  }

  async function stopAll(): Promise<void> {
    stopping = true;
    await Promise.all([...children].map(stop));
  }

  return { start, death, stopAll };
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return resolve();
    const kill = setTimeout(() => child.kill("SIGKILL"), GRACE_SECONDS * 1000);
    child.once("exit", () => {
      clearTimeout(kill);
      resolve();
    });
    child.stdin?.end();
    child.kill("SIGTERM");
  });
}

function helloOf(line: string): Hello | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
  const result = v.safeParse(helloShape, value);
  if (!result.success) return undefined;
  const { name, pid, port, core } = result.output;
  return { name, pid, ...(port === undefined ? {} : { port }), ...(core === undefined ? {} : { core }) };
}
