/** The compiled cryptography of the core, and the third-party vectors, for the tests. */
import { existsSync, readFileSync } from "node:fs";

const root = new URL(import.meta.url.includes("/build/js/") ? "../../../../" : "../../", import.meta.url);

type Call = (...numbers: number[]) => number;
type Exports = Record<string, Call | { buffer: ArrayBuffer }>;
// what the tests need of an interface that the es2023 library does not declare
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { Module: new (bytes: Uint8Array) => object; Instance: new (module: object) => { exports: Exports } };
};

/** An instance of build/<name>.wasm: its calls by name, and its memory. */
export class Module {
  readonly memory: Uint8Array;
  readonly #exports: Exports;

  constructor(name: "crypto" | "crypto-test") {
    const bytes = readFileSync(new URL(`build/${name}.wasm`, root));
    this.#exports = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
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

/** One pack of ../shared/vectors; undefined, and a line that says so, where it is absent. */
export function pack<Case>(name: string): Case[] | undefined {
  const file = new URL(`../shared/vectors/${name}/cases.json`, root);
  if (!existsSync(file)) {
    console.log(`${name}: left out, ../shared/vectors is absent`);
    return undefined;
  }
  return (JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] }).cases;
}

/** Bytes that depend on the seed alone (SplitMix64): a failing case can be run again. */
export function generator(seed: number): (length: number) => Uint8Array<ArrayBuffer> {
  let state = BigInt(seed);
  let word = 0n;
  let left = 0;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      if (left === 0) {
        state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
        let z = state;
        z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
        z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
        word = z ^ (z >> 31n);
        left = 8;
      }
      bytes[i] = Number(word & 0xffn);
      word >>= 8n;
      left--;
    }
    return bytes;
  };
}

export const fromHex = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, "hex"));
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
