/** What came of one case or step, what was expected, and how the two compare. */
import {
  BadDate, BadHex, Depth, Duplicate, Fraction, Limit, Malformed, NameLength, NumberRange, Syntax, TextLength, Truncated, Unsorted, Utf8,
} from "../../assembly/status.ts";
import type { Report } from "../../bindings/core.ts";
import { roleName, statusName } from "../../bindings/errors.ts";
import type { Sizes } from "./cut.ts";
import type { Expectation } from "./pack.ts";

/** What the product said. `got` is "accept", "reject", or words about what else happened, which is always a failure. */
export interface Verdict {
  got: string;
  report?: Report; // of a refusal by the core
  evidence?: number; // of an acceptance: EVIDENCE_* of the last file of its first session
  detail?: string; // which words go beside `got`
}

/** Not run: the scheme, kind, form or profile that is not supported yet. */
export interface Skip {
  skip: string;
}

/** What must not change a verdict. */
export interface Circumstances {
  piece?: number | Sizes; // bytes fed at a time
  trace?: (line: string) => void; // hears all the core says
}

export interface Step {
  verdict: Verdict;
  expect: Expectation;
}

export type Outcome = "passed" | "failed" | "deliberate";

/** Rules of ours that are stricter than JSON: a canonical reader has one spelling for everything, and bounds. */
const STRICTER = new Set<number>([Unsorted, Duplicate, Fraction, NumberRange, Utf8, Depth, NameLength]);

export function outcome({ verdict, expect }: Step): Outcome {
  if (verdict.got !== "accept" && verdict.got !== "reject") return "failed";
  const wanted = wantedOf(expect);
  const exact = expect.status === undefined || expect.status === statusOf(verdict);
  if ((wanted === "either" || wanted === verdict.got) && exact) return "passed";
  if (wanted === "accept" && verdict.report !== undefined && STRICTER.has(verdict.report.status)) return "deliberate";
  return "failed";
}

/** `accept`, `reject` or `either`; what the field itself contests counts like `either`. */
export function wantedOf(expect: Expectation): string {
  const judged = expect.uptane_2_1_0 ?? expect;
  return judged.contested === true || expect.contested === true ? "either" : judged.result ?? "accept";
}

export function statusOf(verdict: Verdict): string {
  return verdict.report === undefined ? "Ok" : statusName(verdict.report.status);
}

/** A refusal in words: file, status, operands, evidence. */
export function explain(verdict: Verdict): string {
  const { report } = verdict;
  if (report === undefined) return verdict.detail ?? verdict.got;
  return `${roleName(report.file)}: ${statusName(report.status)}, found ${report.found}, expected ${report.expected}, evidence 0x${report.evidence.toString(16)}`;
}

/** What is said of the form of a file, before anything it says is looked at. */
const FORM = new Set<number>([
  Syntax, Utf8, Unsorted, Duplicate, Fraction, NumberRange, Depth, NameLength, TextLength, Truncated, Malformed, BadDate, BadHex, Limit,
]);

/**
 * A client that refuses everything passes most negative cases. Says so when a refusal was about the form of the file although the pack
 * names a reason that is not; the names are others', so this is a hint to look and never a verdict.
 */
export function suspicious({ verdict, expect }: Step): string | undefined {
  const reasons = expect.overall?.any_of_errors?.map((error) => error.err) ?? expect.reasons ?? [];
  const code = verdict.report?.status ?? 0;
  if (reasons.length === 0 || !FORM.has(code)) return undefined;
  if (reasons.some((reason) => /json|malformed|parse|decod|syntax|invalidmetadata/i.test(reason))) return undefined;
  return `refused for its form (${statusName(code)}), the pack says ${[...new Set(reasons)].join(" or ")}`;
}
