/** Where the demo's words go: steps for people, one JSON object for programs, and the table at the end. */
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { styleText } from "node:util";
import type { Round } from "./rounds.ts";

export interface Screen {
  started(name: string, pid: number): void;
  round(name: string): void;
  step(what: string): void;
  seen(round: Round): void;
  /** A line a child wrote on stderr. */
  said(name: string, line: string): void;
  failed(sentence: string): void;
}

/**
 * With `--json`: every line goes to stderr. Ours are {"event","name"?,"pid"?,...}: `started` for each process, `round`, `step`, `seen`, `failed`;
 * those of the children have their own members. stdout stays empty until the one object at the end.
 */
export function jsonScreen(): Screen {
  const say = (line: object): void => void process.stderr.write(`${JSON.stringify(line)}\n`);
  return {
    started: (name, pid) => say({ event: "started", name, pid }),
    round: (name) => say({ event: "round", name }),
    step: (what) => say({ event: "step", what }),
    seen: ({ name, expected, seen }) => say({ event: "seen", name, ok: expected === seen, seen }),
    said: (_name, line) => void process.stderr.write(`${line}\n`),
    failed: (sentence) => say({ event: "failed", sentence }),
  };
}

const TAIL = 5; // lines of a process's log shown when the demo fails

/** For people: plain lines, coloured on a terminal; what the children say goes to log files. */
export function plainScreen(logs: string): Screen {
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const colour = process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined;
  const paint = (style: "bold" | "green" | "red" | "dim", text: string): string => (colour ? styleText(style, text) : text);
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const tails = new Map<string, string[]>();
  return {
    started: (name, pid) => say(paint("dim", `  started ${name} (pid ${pid})`)),
    round: (name) => say(paint("bold", name)),
    step: (what) => say(`  ${what}`),
    seen: ({ expected, seen }) => say(expected === seen ? paint("green", `  as expected: ${seen}`) : paint("red", `  expected: ${expected}\n  seen: ${seen}`)),
    said: (name, line) => {
      appendFileSync(join(logs, `${name}.log`), `${line}\n`);
      tails.set(name, [...(tails.get(name) ?? []), line].slice(-TAIL));
    },
    failed: (sentence) => {
      process.stderr.write(`${paint("red", sentence)}\n`);
      const name = /^Cannot (?:go on: |start )([a-z0-9]+)/.exec(sentence)?.[1];
      for (const line of tails.get(name ?? "") ?? []) process.stderr.write(`  ${name}: ${line}\n`);
    },
  };
}

/** One row for each ECU and round. */
export function table(rounds: Round[]): string {
  const head = ["round", "ECU", "profile", "verification", "image before", "image after", "SHA-256", "verdict", "blocks erased", "peak RAM"];
  const rows = rounds.flatMap((round, i) => round.ecus.map((x) => [
    String(i + 1), x.serial, x.profile, x.verification, x.before, x.after, x.sha256.slice(0, 12), brief(x.verdict), String(x.erased),
    x.ram === 0 ? "-" : String(x.ram),
  ]));
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const right = new Set([8, 9]);
  const line = (cells: string[]): string => cells.map((cell, i) => (right.has(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join("  ").trimEnd();
  return [line(head), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}

/** "NotFound (arbitrary software)" of the sentence that names file, status and attack. */
function brief(verdict: string): string {
  const match = /^Cannot trust [^:]*: ([A-Za-z0-9]+).*?(\([a-z -]+\))?$/.exec(verdict);
  return match === null ? verdict : [match[1], match[2]].filter((part) => part !== undefined).join(" ");
}
