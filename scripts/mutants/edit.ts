/** Puts other bytes into a module: in bodies of functions, and marks that tell afterwards which places were reached. Sizes are written anew. */
import { Bytes } from "../audit/bytes.ts";
import { I64_CONST } from "../audit/instructions.ts";
import type { Module } from "../audit/module.ts";

export interface Edit {
  at: number; // byte in the module
  end: number; // what stands from `at` to here goes
  bytes: number[]; // to put there
  code: number; // number of the function's body
}

const GLOBALS = 6;
const EXPORTS = 7;
const CODE = 10;
const I64 = 0x7e;
const MUTABLE = 1;
const END = 0x0b;
const GLOBAL = 3; // kind of export
const GLOBAL_GET = 0x23;
const GLOBAL_SET = 0x24;
const I64_OR = 0x84;
const BITS = 64; // places in one global

/** @param edits no two of them overlap @param marks i64 globals to add and export, "reached 0" and so on */
export function rewrite(bytes: Uint8Array, module: Module, edits: Edit[], marks = 0): Uint8Array {
  const out: number[][] = [[...bytes.subarray(0, 8)]];
  const reader = new Bytes(bytes, 8);
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const size = reader.unsigned();
    const start = reader.at;
    reader.skip(size);
    const inside = bytes.subarray(start, start + size);
    const content = id === CODE ? code(bytes, module, edits) : marks > 0 && id === GLOBALS ? longer(inside, marks, () => [I64, MUTABLE, I64_CONST, 0, END])
      : marks > 0 && id === EXPORTS ? longer(inside, marks, (i) => [...text(`reached ${i}`), GLOBAL, ...unsigned(module.globals.length + i)]) : inside;
    out.push([id, ...unsigned(content.length)], Array.from(content));
  }
  return Uint8Array.from(out.flat());
}

/** @param places bytes of instructions: number n is bit n % 64 of global n / 64 */
export function withMarks(bytes: Uint8Array, module: Module, places: { at: number; code: number }[]): Uint8Array {
  const marks = Math.ceil(places.length / BITS);
  return rewrite(bytes, module, places.map(({ at, code }, n) => {
    const global = unsigned(module.globals.length + Math.floor(n / BITS));
    return { at, end: at, code, bytes: [GLOBAL_GET, ...global, I64_CONST, ...signed(BigInt.asIntN(BITS, 1n << BigInt(n % BITS))), I64_OR, GLOBAL_SET, ...global] };
  }), marks);
}

function code(bytes: Uint8Array, module: Module, edits: Edit[]): number[] {
  const { start, end } = module.codeSection;
  const out: number[][] = [Array.from(bytes.subarray(start, module.code[0]?.start ?? end))];
  for (const [number, { start: from, end: to }] of module.code.entries()) {
    const mine = edits.filter((edit) => edit.code === number).sort((a, b) => a.at - b.at);
    if (mine.length === 0) {
      out.push(Array.from(bytes.subarray(from, to)));
      continue;
    }
    const reader = new Bytes(bytes, from, to);
    reader.unsigned(); // its size
    const body: number[] = [];
    let done = reader.at;
    for (const edit of mine) {
      body.push(...bytes.subarray(done, edit.at), ...edit.bytes);
      done = edit.end;
    }
    body.push(...bytes.subarray(done, to));
    out.push(unsigned(body.length), body);
  }
  return out.flat();
}

/** A section that is a list, with more at its end. */
function longer(section: Uint8Array, count: number, make: (i: number) => number[]): number[] {
  const reader = new Bytes(section);
  const before = reader.unsigned();
  return [...unsigned(before + count), ...section.subarray(reader.at), ...Array.from({ length: count }, (_, i) => make(i)).flat()];
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...unsigned(bytes.length), ...bytes];
}

export function unsigned(value: number): number[] {
  const out: number[] = [];
  for (; value >= 0x80; value >>>= 7) out.push((value & 0x7f) | 0x80);
  return [...out, value];
}

export function signed(value: bigint): number[] {
  const out: number[] = [];
  for (;;) {
    const byte = Number(value & 0x7fn);
    value >>= 7n;
    if ((value === 0n && (byte & 0x40) === 0) || (value === -1n && (byte & 0x40) !== 0)) return [...out, byte];
    out.push(byte | 0x80);
  }
}
