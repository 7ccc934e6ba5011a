/** What a module has to be so that it runs unchanged on every engine and through wasm2c, and uses what it says it uses. Each check gives its complaints. */
import { CALL, CALL_INDIRECT, MEMORY_GROW, MEMORY_SIZE, PREFIX_MISC, PREFIX_SIMD, PREFIX_THREADS, isFloat } from "./instructions.ts";
import { type Code, type Module, label, readModule } from "./module.ts";

export interface Bounds {
  pages: number; // of memory, at most
  constantsEnd: number; // data segments end here at the latest, bytes
  depth: number; // calls on the stack at most
  locals: number; // bytes of parameters and locals on it at most
}

export interface Stack {
  depth: number; // functions on the worst chain
  chain: number[]; // of the greatest depth, outermost first
  locals: number; // bytes of parameters and locals on the chain that has most of them
}

const SIZES = new Map([[0x7f, 4], [0x7e, 8], [0x7d, 4], [0x7c, 8], [0x7b, 16]]);

/** All of them. @returns complaints; none: the module passes */
export function complaints(module: Module, bounds: Bounds): string[] {
  const cycle = recursion(module);
  return [
    ...module.imports.map((name) => `imports ${name}`),
    ...memory(module, bounds.pages),
    ...(module.tables > 0 || module.elements > 0 ? ["has a table"] : []),
    ...(module.start ? ["has a start function"] : []),
    ...forbidden(module),
    ...segments(module, bounds.constantsEnd),
    ...(cycle.length > 0 ? [`recursion: ${cycle.map((index) => label(module, index)).join(" > ")}`] : stack(module, bounds)),
  ];
}

export function memory(module: Module, pages: number): string[] {
  const [only, ...more] = module.memories;
  if (only === undefined || more.length > 0) return [`has ${module.memories.length} memories where one is needed`];
  if (only.minimum !== only.maximum) return [`memory is not of fixed size: ${only.minimum} to ${only.maximum ?? "any number of"} pages`];
  return only.minimum > pages ? [`memory of ${only.minimum} pages, ${pages} at most`] : [];
}

/** Instructions that grow memory, jump through tables, or need more than integers and one memory. */
export function forbidden(module: Module): string[] {
  const found = new Set<string>();
  for (const code of module.code) {
    for (const { op, sub, at } of code.body) {
      const why = op === MEMORY_GROW ? "memory.grow" : op === MEMORY_SIZE ? "memory.size" : op === CALL_INDIRECT ? "call_indirect"
        : isFloat(op) ? "floating point" : op === PREFIX_SIMD ? "SIMD" : op === PREFIX_THREADS ? "threads"
        : op === PREFIX_MISC ? (sub < 8 ? "saturating conversion" : "bulk memory") : op === 0x12 || op === 0x13 ? "tail call"
        : op >= 0xc0 && op <= 0xc4 ? "sign extension" : op > 0xc4 || op === 0x25 || op === 0x26 || op === 0x1c ? `opcode 0x${op.toString(16)}` : "";
      if (why !== "") found.add(`${why} in ${label(module, code.index)}, first at byte ${at}`);
    }
    const types = [...code.signature.parameters, ...code.signature.results, ...code.locals];
    if (types.some((type) => type !== 0x7f && type !== 0x7e)) found.add(`a value that is no integer in ${label(module, code.index)}`);
  }
  if (module.globals.some(({ type }) => type !== 0x7f && type !== 0x7e)) found.add("a global that is no integer");
  return [...found];
}

export function segments(module: Module, end: number): string[] {
  return module.segments.flatMap(({ offset, length }) => {
    if (offset < 0) return ["a data segment without a constant place"];
    return offset + length > end ? [`a data segment ends at ${offset + length}, beyond ${end}`] : [];
  });
}

function calls(code: Code): number[] {
  return [...new Set(code.body.filter(({ op }) => op === CALL).map(({ operands }) => Number(operands[0])))];
}

/** @returns a chain of calls that comes back to its start, or nothing */
export function recursion(module: Module): number[] {
  const functions = new Map(module.code.map((code) => [code.index, code]));
  const done = new Set<number>();
  const path: number[] = [];
  const visit = (index: number): number[] => {
    if (path.includes(index)) return [...path.slice(path.indexOf(index)), index];
    if (done.has(index)) return [];
    const code = functions.get(index);
    if (code === undefined) return [];
    path.push(index);
    for (const next of calls(code)) {
      const cycle = visit(next);
      if (cycle.length > 0) return cycle;
    }
    path.pop();
    done.add(index);
    return [];
  };
  for (const code of module.code) {
    const cycle = visit(code.index);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

/** The worst chain of calls of a module without recursion. */
export function worstStack(module: Module): Stack {
  const functions = new Map(module.code.map((code) => [code.index, code]));
  const known = new Map<number, Stack>();
  const visit = (index: number): Stack => {
    const before = known.get(index);
    if (before !== undefined) return before;
    const code = functions.get(index);
    if (code === undefined) return { depth: 1, chain: [index], locals: 0 };
    const own = [...code.signature.parameters, ...code.locals].reduce((sum, type) => sum + (SIZES.get(type) ?? 16), 0);
    const below = calls(code).map(visit);
    const deepest = below.reduce((a, b) => (b.depth > a.depth ? b : a), { depth: 0, chain: [] as number[], locals: 0 });
    const stack = { depth: deepest.depth + 1, chain: [index, ...deepest.chain], locals: own + Math.max(0, ...below.map(({ locals }) => locals)) };
    known.set(index, stack);
    return stack;
  };
  const all = module.code.map((code) => visit(code.index));
  const worst = all.reduce((a, b) => (b.depth > a.depth ? b : a), { depth: 0, chain: [] as number[], locals: 0 });
  return { ...worst, locals: Math.max(0, ...all.map(({ locals }) => locals)) };
}

function stack(module: Module, bounds: Bounds): string[] {
  const worst = worstStack(module);
  return [
    ...(worst.depth > bounds.depth ? [`${worst.depth} calls deep, ${bounds.depth} at most`] : []),
    ...(worst.locals > bounds.locals ? [`${worst.locals} bytes of locals on the stack, ${bounds.locals} at most`] : []),
  ];
}

/** Bytes of mutable globals: state outside linear memory. */
export function globalBytes(module: Module): number {
  return module.globals.reduce((sum, { type, mutable }) => sum + (mutable ? SIZES.get(type) ?? 16 : 0), 0);
}

/** For tests and scripts that have bytes in hand. */
export function audit(bytes: Uint8Array, bounds: Bounds): string[] {
  try {
    return complaints(readModule(bytes), bounds);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("Cannot read module")) return [error.message];
    throw error;
  }
}
