/** Runs a pack: one verdict a case, whatever the pack and the case are called. */
import { Core } from "../../bindings/core.ts";
import { type ClientCase, clientCase } from "./client.ts";
import type { Case, Pack } from "./pack.ts";
import { type CanonicalCase, canonicalJson, ed25519, json, sha2 } from "./primitives.ts";
import { type ManifestCase, type PartialCase, type TimeCase, manifestRunner, partialCase, timeCase } from "./sessions.ts";
import { signedRunner } from "./signed.ts";
import { type Circumstances, type Outcome, type Skip, type Step, type Verdict, explain, outcome, statusOf, suspicious, wantedOf } from "./verdict.ts";

export interface Line {
  name: string;
  outcome: Outcome;
  expected: string;
  got: string;
  steps: Step[];
  hints: string[];
}

export interface Summary {
  passed: number;
  failed: number;
  skipped: number;
  deliberate: number;
  skips: Map<string, number>; // what is not supported yet -> cases
  lines: Line[]; // of every case that was run
}

type Runner = (pack: Pack, one: Case, circumstances: Circumstances) => Promise<Step[] | Skip>;

const signed = signedRunner();

const RUNNERS = new Map<string, Runner>([
  ["uptane-client", (pack, one, c) => clientCase(pack, one as ClientCase, c)],
  ["uptane-partial", (pack, one, c) => partialCase(pack, one as PartialCase, c)],
  ["time", (pack, one, c) => timeCase(pack, one as TimeCase, c)],
  ["manifest", (pack, one, c) => manifestRunner("manifest")(pack, one as ManifestCase, c)],
  ["ecu-report", (pack, one, c) => manifestRunner("ecu-report")(pack, one as ManifestCase, c)],
  ["ed25519", simple(ed25519 as Simple)],
  ["sha2", simple(sha2 as Simple)],
  ["json-parse", simple(json as Simple)],
  ["signed-metadata", (pack, one) => Promise.resolve(stepsOf(signed(pack, one), one))],
  ["canonical-json", (_pack, one) => Promise.resolve(stepsOf(canonicalJson(one as CanonicalCase), one))],
]);

type Simple = (core: Core, one: Case) => Verdict | Promise<Verdict>;

/** Cases that share one instance: they keep no state. */
function simple(judge: Simple): Runner {
  let core: Core | undefined;
  return async (_pack, one) => {
    core ??= Core.load();
    try {
      return [{ verdict: await judge(core, one), expect: one.expect ?? {} }];
    } catch (error) {
      core = undefined; // after a trap the instance is spent
      return [{ verdict: { got: `error: ${String(error)}` }, expect: one.expect ?? {} }];
    }
  };
}

function stepsOf(answer: Verdict | Skip, one: Case): Step[] | Skip {
  return "skip" in answer ? answer : [{ verdict: answer, expect: one.expect ?? {} }];
}

export async function judgePack(pack: Pack, circumstances: Circumstances = {}): Promise<Summary> {
  const summary: Summary = { passed: 0, failed: 0, skipped: 0, deliberate: 0, skips: new Map(), lines: [] };
  const runner = RUNNERS.get(pack.kind);
  for (const one of pack.cases) {
    const answer = runner === undefined ? { skip: `kind ${pack.kind}` } : await runner(pack, one, circumstances);
    if ("skip" in answer) {
      summary.skipped++;
      summary.skips.set(answer.skip, (summary.skips.get(answer.skip) ?? 0) + 1);
      continue;
    }
    const line = lineOf(one.name, answer);
    summary[line.outcome]++;
    summary.lines.push(line);
  }
  return summary;
}

function lineOf(name: string, steps: Step[]): Line {
  const outcomes = steps.map(outcome);
  return {
    name,
    outcome: outcomes.includes("failed") ? "failed" : outcomes.includes("deliberate") ? "deliberate" : "passed",
    expected: steps.map(({ expect }) => wantedOf(expect) + (expect.status === undefined || expect.status === "Ok" ? "" : ` ${expect.status}`)).join("; "),
    got: steps.map(({ verdict }) => (verdict.got === "reject" ? `reject ${statusOf(verdict)}` : verdict.got)).join("; "),
    steps,
    hints: steps.flatMap((step) => suspicious(step) ?? []),
  };
}

/** What is printed about one case; nothing about most of them. */
export function describeLine(line: Line, explaining: boolean): string[] {
  const text: string[] = [];
  if (line.outcome === "failed") text.push(`FAILED ${line.name}: expected ${line.expected}, got ${line.got}`);
  if (line.outcome === "deliberate" && explaining) text.push(`deliberate ${line.name}: expected ${line.expected}, got ${line.got}`);
  if (line.outcome === "failed" || explaining) {
    for (const [at, { verdict }] of line.steps.entries()) {
      if (verdict.got !== "accept") text.push(`  ${line.name}${line.steps.length > 1 ? `, step ${at}` : ""}: ${explain(verdict)}`);
    }
  }
  if (explaining) for (const hint of line.hints) text.push(`  LOOK ${line.name}: ${hint}`);
  return text;
}
