/** Why some mutants are no mistakes. The first line that fits counts; without one a survivor is an open question. */
import type { Survivor } from "./report.ts";

const REASONS: [where: RegExp, what: RegExp, why: string][] = [];

export function reason(survivor: Pick<Survivor, "where" | "what" | "near" | "reached">): string {
  return REASONS.find(([where, what]) => where.test(survivor.where) && what.test(survivor.what))?.[2] ?? (survivor.reached ? "open: no test yet" : "open: no test comes here");
}
