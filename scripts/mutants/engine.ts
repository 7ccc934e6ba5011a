/** The engine's own interface, typed as far as it is used here: the project's TypeScript knows neither the browser's types nor Node's for it. */
export type Compiled = { readonly compiled: unique symbol };

interface Engine {
  Module: new (bytes: Uint8Array) => Compiled;
  Instance: new (module: Compiled, imports: object) => { exports: object };
}

const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

/** @throws for what is not a valid module */
export function compile(bytes: Uint8Array): Compiled {
  return new engine.Module(bytes);
}

interface Mark {
  value: bigint;
}

let marked: WeakRef<Record<string, Mark>>[] = []; // instances whose module has marks (edit.ts)

export function instantiate(module: Compiled): { exports: object } {
  const instance = new engine.Instance(module, {});
  if ("reached 0" in instance.exports) marked.push(new WeakRef(instance.exports as Record<string, Mark>));
  return instance;
}

/** Bits of the places reached since the last call, over all instances. */
export function reached(): bigint[] {
  const all: bigint[] = [];
  marked = marked.filter((weak) => {
    const marks = weak.deref();
    for (let i = 0; marks !== undefined; i++) {
      const mark = marks[`reached ${i}`];
      if (mark === undefined) break;
      all[i] = (all[i] ?? 0n) | BigInt.asUintN(64, mark.value);
      mark.value = 0n;
    }
    return marks !== undefined;
  });
  return all;
}
