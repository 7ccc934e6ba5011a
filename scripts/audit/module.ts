/** What stands in a WebAssembly module, section by section: Core Specification 2.0 §5.5. */
import { Bytes } from "./bytes.ts";
import { END, I32_CONST, type Instruction, instructions } from "./instructions.ts";

export interface Signature {
  parameters: number[]; // value types
  results: number[];
}

export interface Code {
  index: number;
  signature: Signature;
  locals: number[]; // value types, without parameters
  body: Instruction[];
  start: number; // of the body's size field in the file
  end: number;
}

export interface Memory {
  minimum: number; // pages
  maximum: number | undefined;
}

export interface Segment {
  offset: number; // -1: passive, or not a constant
  length: number;
}

export interface Module {
  imports: string[];
  memories: Memory[];
  tables: number;
  elements: number;
  globals: { type: number; mutable: boolean }[];
  exports: { name: string; kind: number; index: number }[];
  start: boolean;
  code: Code[];
  segments: Segment[];
  names: Map<number, string>; // of functions, where the build kept them
  codeSection: { start: number; end: number }; // of its contents
}

export const FUNCTION = 0;
const FUNCTION_FORM = 0x60;

/** @throws Error for what is not a module */
export function readModule(bytes: Uint8Array): Module {
  const module: Module = {
    imports: [], memories: [], tables: 0, elements: 0, globals: [], exports: [], start: false, code: [], segments: [], names: new Map(), codeSection: { start: 0, end: 0 },
  };
  const types: Signature[] = [];
  const functions: number[] = [];
  const reader = new Bytes(bytes);
  if (bytes.length < 8 || String.fromCharCode(...bytes.subarray(0, 4)) !== "\0asm") throw new Error("Cannot read module: no WebAssembly header");
  reader.skip(8);
  let imported = 0;
  const each = (section: Bytes, read: () => void) => {
    for (let left = section.unsigned(); left > 0; left--) read();
  };
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const size = reader.unsigned();
    const section = new Bytes(bytes, reader.at, reader.at + size);
    reader.skip(size);
    switch (id) {
      case 0:
        if (section.text() === "name") readNames(section, module.names);
        break;
      case 1:
        each(section, () => types.push(signature(section)));
        break;
      case 2:
        each(section, () => {
          const name = `${section.text()}.${section.text()}`;
          if (section.byte() === FUNCTION) imported++;
          module.imports.push(name);
          section.at = section.end; // one is one too many: the rest is not looked at
        });
        break;
      case 3:
        each(section, () => functions.push(section.unsigned()));
        break;
      case 4:
        module.tables = section.unsigned();
        break;
      case 5:
        each(section, () => module.memories.push(limits(section)));
        break;
      case 6:
        each(section, () => {
          module.globals.push({ type: section.byte(), mutable: section.byte() === 1 });
          constant(section);
        });
        break;
      case 7:
        each(section, () => module.exports.push({ name: section.text(), kind: section.byte(), index: section.unsigned() }));
        break;
      case 8:
        module.start = true;
        break;
      case 9:
        module.elements = section.unsigned();
        break;
      case 10:
        module.codeSection = { start: section.at, end: section.end };
        each(section, () => {
          const index = imported + module.code.length;
          const type = types[functions[module.code.length] ?? -1];
          if (type === undefined) throw new Error(`Cannot read module: function ${index} has no type`);
          module.code.push(code(section, index, type));
        });
        break;
      case 11:
        each(section, () => module.segments.push(segment(section)));
        break;
      default: // 12, the count of data segments, says nothing new
    }
    if (module.imports.length > 0) return module;
  }
  if (module.code.length !== functions.length) throw new Error(`Cannot read module: ${functions.length} functions, ${module.code.length} bodies`);
  return module;
}

function signature(section: Bytes): Signature {
  if (section.byte() !== FUNCTION_FORM) throw new Error("Cannot read module: a type that is no function");
  const list = () => Array.from({ length: section.unsigned() }, () => section.byte());
  return { parameters: list(), results: list() };
}

function limits(section: Bytes): Memory {
  const flags = section.byte();
  return { minimum: section.unsigned(), maximum: (flags & 1) === 1 ? section.unsigned() : undefined };
}

/** A constant expression. @returns the value of a lone i32.const, else -1 */
function constant(section: Bytes): number {
  const all = instructions(section.bytes, section.at, section.end, END);
  const [first, last] = [all[0], all[all.length - 1]];
  if (first === undefined || last?.op !== END) throw new Error(`Cannot read module: no end of the expression at byte ${section.at}`);
  section.at = last.end;
  return all.length === 2 && first.op === I32_CONST ? Number(first.operands[0]) : -1;
}

function code(section: Bytes, index: number, type: Signature): Code {
  const start = section.at;
  const size = section.unsigned();
  const end = section.at + size;
  const locals: number[] = [];
  for (let groups = section.unsigned(); groups > 0; groups--) {
    const count = section.unsigned();
    const local = section.byte();
    for (let i = 0; i < count; i++) locals.push(local);
  }
  const body = instructions(section.bytes, section.at, end);
  section.at = end;
  return { index, signature: type, locals, body, start, end };
}

function segment(section: Bytes): Segment {
  const mode = section.unsigned();
  if (mode === 2) section.unsigned();
  const offset = mode === 1 ? -1 : constant(section);
  const length = section.unsigned();
  section.skip(length);
  return { offset, length };
}

function readNames(section: Bytes, names: Map<number, string>): void {
  while (section.at < section.end) {
    const kind = section.byte();
    const end = section.unsigned() + section.at;
    if (kind === 1) for (let left = section.unsigned(); left > 0; left--) names.set(section.unsigned(), section.text());
    section.at = end;
  }
}

/** The name of a function, where the build kept it. */
export function label(module: Module, index: number): string {
  return module.names.get(index) ?? `function ${index}`;
}
