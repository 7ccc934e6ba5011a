/**
 * One event against the grammar (grammar.ts): its row says which shape the value has to have, where the reader goes with it, and what it sets off. A member
 * that has to be there is missed when its record closes.
 */
import { CLOSE, LITERAL, NUMBER, OPEN, TEXT, context, inner, left, member, negative, opensArray, see, seen, textLength, value } from "./json";
import { LIST, LONG, NULL, REQUIRED, SHAPE, rows } from "./grammar";
import { TOKEN_SIZE } from "./layout";
import * as Status from "./status";
import { failWith, malformed } from "./verdict";

/** @returns what the event sets off: a number of grammar.ts, or 0 */
export function step(event: u32): u32 {
  const word = member();
  let row = rows(context());
  let bit: u32 = 1;
  while (load<u8>(row) && load<u8>(row) != word) {
    row += 4;
    bit <<= 1;
  }
  const action = u32(load<u8>(row, 3));
  if (event == CLOSE) {
    complete();
    return action ? action + 1 : 0;
  }
  const shape = u32(load<u8>(row, 1));
  see(bit);
  if (event == OPEN) inner(load<u8>(row, 2));
  if (!shape) return 0;
  if (event == LITERAL && value == NULL_LITERAL && shape & NULL) return 0;
  if ((event == OPEN && opensArray ? LIST : event) != (shape & SHAPE) || (event == NUMBER && negative)) malformed(word);
  if (event == TEXT && textLength > TOKEN_SIZE && !(shape & LONG)) failWith(Status.TextLength, textLength, TOKEN_SIZE);
  return action;
}

const NULL_LITERAL = 2;

/** The record that closed has every member it needs. */
function complete(): void {
  let bits = seen();
  for (let row = rows(left); load<u8>(row); row += 4) {
    if (load<u8>(row, 1) & REQUIRED && !(bits & 1)) malformed(load<u8>(row));
    bits >>= 1;
  }
}
