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

export function instantiate(module: Compiled): { exports: object } {
  return new engine.Instance(module, {});
}
