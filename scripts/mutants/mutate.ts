/**
 * Every way to change one instruction of a module that this project tries: a comparison flipped, a condition negated or removed, a constant off by one.
 *
 * Two kinds of constants are left alone, for changing them changes nothing. What is asked of `need` (verdict.ts): it is a second lock, and whatever would be
 * missed there has failed by itself before. And 15 bytes of a tag compared in place of 16: they are equal where all 16 are, but for one chance in 2^120.
 */
import { BR_IF, CALL, END, I32_CONST, I32_EQZ, I64_CONST, IF, type Instruction } from "../audit/instructions.ts";
import { type Module, label } from "../audit/module.ts";
import { type Edit, signed } from "./edit.ts";

export interface Mutant extends Edit {
  where: string; // name of the function
  what: string; // "i32.lt_u becomes i32.ge_u"
  instruction: number; // its place in the function
}

const NOP = 0x01;
const DROP = 0x1a;
const FIRST = 0x45; // i32.eqz; i64.eqz stands at 0x50
const NAMES = ["eqz", "eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"];
const NEGATED = [0, 2, 1, 9, 10, 7, 8, 5, 6, 3, 4];
const EDGE = [0, 0, 0, 7, 8, 9, 10, 3, 4, 5, 6]; // with or without "equal"

/** @param skip  functions that are left alone, by name */
export function mutants(module: Module, skip: RegExp): Mutant[] {
  return module.code.flatMap((code, number) => {
    const where = label(module, code.index);
    if (skip.test(where)) return [];
    const next = (place: number) => {
      const { op, operands } = code.body[place + 1] ?? { op: END, operands: [] };
      return op === CALL ? label(module, Number(operands[0])) : "";
    };
    return code.body.flatMap((instruction, place) => changes(instruction, next(place)).map(([what, bytes, insert]) => ({
      where, what, bytes, code: number, instruction: place, at: instruction.at, end: insert === true ? instruction.at : instruction.end,
    })));
  });
}

function changes({ op, operands }: Instruction, next: string): [what: string, bytes: number[], insert?: boolean][] {
  if (op === IF || op === BR_IF) {
    const name = op === IF ? "if" : "br_if";
    return [
      [`condition of ${name} negated`, [I32_EQZ], true],
      [`condition of ${name} always true`, [DROP, I32_CONST, 1], true],
      [`condition of ${name} always false`, [DROP, I32_CONST, 0], true],
    ];
  }
  if (op === I32_CONST || op === I64_CONST) {
    const value = operands[0] ?? 0n;
    if (next === "assembly/verdict/need") return [];
    const shorter = next === "assembly/bytes/equal" && value === 16n;
    const bits = op === I32_CONST ? 32 : 64;
    // 0 and 1 are mostly false and true: -1 and 2 would be true all the same.
    return [1n, -1n].filter((by) => value !== (by === 1n ? 1n : 0n) && !(shorter && by === -1n)).map((by) => {
      const changed = BigInt.asIntN(bits, value + by);
      return [`i${bits}.const ${value} becomes ${changed}`, [op, ...signed(changed)]];
    });
  }
  for (const [base, type] of [[FIRST, "i32"], [FIRST + 11, "i64"]] as const) {
    const kind = op - base;
    if (kind < 0 || kind > 10) continue;
    if (kind === 0) return type === "i32" ? [["i32.eqz removed", [NOP]]] : [];
    const to = (other: number): [string, number[]] => [`${type}.${NAMES[kind]} becomes ${type}.${NAMES[other]}`, [base + other]];
    const negated = to(NEGATED[kind] as number);
    return kind <= 2 ? [negated] : [negated, to(EDGE[kind] as number)];
  }
  return [];
}

/** @throws Error when the module's end markers are not where they should be: a reader's bug, not a mutant */
export function sane(module: Module): void {
  for (const { body, index } of module.code) if (body[body.length - 1]?.op !== END) throw new Error(`Cannot mutate: function ${index} does not end`);
}
