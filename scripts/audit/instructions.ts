/** One instruction of WebAssembly after the other, with its place in the file: WebAssembly Core Specification 2.0 §5.4. */
import { Bytes } from "./bytes.ts";

export interface Instruction {
  at: number; // of its first byte in the file
  end: number;
  op: number; // first byte
  sub: number; // second part of a prefixed one, else 0
  operands: bigint[]; // as many as it has, memory instructions: alignment, offset
}

export const UNREACHABLE = 0x00;
export const BLOCK = 0x02;
export const LOOP = 0x03;
export const IF = 0x04;
export const ELSE = 0x05;
export const END = 0x0b;
export const BR = 0x0c;
export const BR_IF = 0x0d;
export const BR_TABLE = 0x0e;
export const CALL = 0x10;
export const CALL_INDIRECT = 0x11;
export const DROP = 0x1a;
export const GLOBAL_GET = 0x23;
export const MEMORY_SIZE = 0x3f;
export const MEMORY_GROW = 0x40;
export const I32_CONST = 0x41;
export const I64_CONST = 0x42;
export const F32_CONST = 0x43;
export const F64_CONST = 0x44;
export const I32_EQZ = 0x45;
export const PREFIX_MISC = 0xfc;
export const PREFIX_SIMD = 0xfd;
export const PREFIX_THREADS = 0xfe;

const F32_BYTES = 4;
const F64_BYTES = 8;
const LAST_PLAIN = 0xc4; // numeric instructions end here

/**
 * Stops at an opcode whose length it does not know, which is then the last one given.
 *
 * @param from  of the first instruction
 * @param to    behind the last one possible
 * @param last  opcode that ends them, where another thing may follow
 */
export function instructions(bytes: Uint8Array, from: number, to: number, last?: number): Instruction[] {
  const all: Instruction[] = [];
  const reader = new Bytes(bytes, from, to);
  while (reader.at < to) {
    const at = reader.at;
    const op = reader.byte();
    const instruction = { at, end: at, op, sub: 0, operands: [] as bigint[] };
    all.push(instruction);
    const known = operands(reader, instruction);
    instruction.end = reader.at;
    if (!known || op === last) break;
  }
  return all;
}

function operands(reader: Bytes, instruction: Instruction): boolean {
  const { op, operands } = instruction;
  const number = () => operands.push(BigInt(reader.unsigned()));
  if (op === BLOCK || op === LOOP || op === IF || op === I32_CONST || op === I64_CONST) operands.push(reader.signed());
  else if (op === BR || op === BR_IF || op === CALL || (op >= 0x20 && op <= 0x26) || op === MEMORY_SIZE || op === MEMORY_GROW || op === 0x12 || op === 0xd2) number();
  else if (op === CALL_INDIRECT || op === 0x13 || (op >= 0x28 && op <= 0x3e)) {
    number();
    number();
  } else if (op === BR_TABLE || op === 0x1c) {
    const count = reader.unsigned() + (op === BR_TABLE ? 1 : 0);
    for (let i = 0; i < count; i++) number();
  } else if (op === F32_CONST) reader.skip(F32_BYTES);
  else if (op === F64_CONST) reader.skip(F64_BYTES);
  else if (op === 0xd0) number();
  else if (op === PREFIX_MISC) {
    instruction.sub = reader.unsigned();
    const counts = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1]; // saturating conversions, then bulk memory and tables
    const count = counts[instruction.sub];
    if (count === undefined) return false;
    for (let i = 0; i < count; i++) number();
  } else if (op > LAST_PLAIN && op !== 0xd1) return false;
  return true;
}

/** Whether a plain instruction works with floating point numbers. */
export function isFloat(op: number): boolean {
  return [0x2a, 0x2b, 0x38, 0x39, F32_CONST, F64_CONST].includes(op) || (op >= 0x5b && op <= 0x66) || (op >= 0x8b && op <= 0xa6) ||
    (op >= 0xa8 && op <= 0xab) || (op >= 0xae && op <= 0xbf);
}
