/** The compiled cryptography of the core, and the third-party vectors, for the tests. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL(import.meta.url.includes("/build/js/") ? "../../../../" : "../../", import.meta.url);

type Call = (...numbers: number[]) => number;
type Exports = Record<string, Call | { buffer: ArrayBuffer }>;
// what the tests need of an interface that the es2023 library does not declare
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    Module: { new (bytes: Uint8Array): object; imports(module: object): unknown[] };
    Instance: new (module: object) => { exports: Exports };
  };
};

/** An instance of build/<name>.wasm: its calls by name, and its memory. */
export class Module {
  readonly memory: Uint8Array;
  readonly size: number; // bytes of Wasm
  readonly imports: number;
  readonly #exports: Exports;

  constructor(name: "crypto" | "crypto-test") {
    const file = new URL(`build/${name}.wasm`, root);
    if (!isFresh(file)) execFileSync(process.execPath, [fileURLToPath(new URL("scripts/build-crypto.mjs", root))], { stdio: "ignore" });
    const bytes = readFileSync(file);
    const module = new WebAssembly.Module(bytes);
    this.size = bytes.length;
    this.imports = WebAssembly.Module.imports(module).length;
    this.#exports = new WebAssembly.Instance(module).exports;
    this.memory = new Uint8Array((this.#exports["memory"] as { buffer: ArrayBuffer }).buffer);
  }

  call(name: string, ...numbers: number[]): number {
    const found = this.#exports[name];
    if (typeof found !== "function") throw new Error(`No export ${name}`);
    return found(...numbers);
  }

  write(at: number, bytes: Uint8Array): void {
    this.memory.set(bytes, at);
  }

  read(at: number, length: number): Uint8Array {
    return this.memory.slice(at, at + length);
  }
}

/** Whether a compiled file is there and no source of the core is younger. */
function isFresh(file: URL): boolean {
  if (!existsSync(file)) return false;
  const made = statSync(file).mtimeMs;
  const sources = new URL("assembly/", root);
  return readdirSync(sources).every((name) => statSync(new URL(name, sources)).mtimeMs <= made);
}

/** Whether the packs of others are there: a test that needs them is skipped, and counted so, where they are not. */
export const packsAreThere: boolean = existsSync(new URL("../shared/vectors/", root));

/** The cases of one pack of ../shared/vectors. */
export function pack<Case>(name: string): Case[] {
  const file = new URL(`../shared/vectors/${name}/cases.json`, root);
  return (JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] }).cases;
}

/** Bytes that depend on the seed alone (sfc32): a failing case can be run again. */
export function generator(seed: number): (length: number) => Uint8Array<ArrayBuffer> {
  let [a, b, c, counter] = [0, seed, 0x9e3779b9, 1];
  const next = (): number => {
    const word = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + word;
    return word;
  };
  for (let i = 0; i < 16; i++) next();
  return (length) => {
    const words = new Int32Array((length + 3) >> 2);
    for (let i = 0; i < words.length; i++) words[i] = next();
    return new Uint8Array(words.buffer, 0, length);
  };
}

export const fromHex = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, "hex"));
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
