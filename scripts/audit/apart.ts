/** Whether what was measured in a small module is what runs in the core: two modules of the same sources, function by function. */
import { CALL } from "./instructions.ts";
import { type Code, type Module, label } from "./module.ts";

/** Names of the functions of `part` that do not stand in `whole` instruction for instruction. Both need the names of their functions. */
export function apart(part: Module, whole: Module): string[] {
  const bodies = new Map(whole.code.map((code) => [label(whole, code.index), text(whole, code)]));
  return part.code.filter((code) => bodies.get(label(part, code.index)) !== text(part, code)).map(({ index }) => label(part, index)).sort();
}

/** A function without its number and the numbers of those it calls, which every module gives anew. */
function text(module: Module, { signature, locals, body }: Code): string {
  const lines = body.map(({ op, sub, operands }) => [op, sub, ...(op === CALL ? [label(module, Number(operands[0]))] : operands)].join(" "));
  return JSON.stringify([signature, locals, lines]);
}
