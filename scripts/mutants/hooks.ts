/**
 * Module hooks of the worker that judges mutants: the suites are the real ones, but the core they load is the one at hand, tests are collected instead of
 * run, and signatures made once are kept, so that a thousand runs do not sign everything a thousand times.
 */
const here = import.meta.url;
const STAND_INS = new Map([
  ["uvu", new URL("./collect.js", here).href],
  ["@noble/ed25519", new URL("./signing.js", here).href],
  ["@assemblyscript/loader", new URL("./loading.js", here).href],
]);

interface Context {
  parentURL?: string;
}

type Next = (specifier: string, context: Context) => Promise<{ url: string }>;

export async function resolve(specifier: string, context: Context, next: Next): Promise<{ url: string; shortCircuit?: boolean }> {
  const other = STAND_INS.get(specifier);
  if (other !== undefined && context.parentURL !== other) return { url: other, shortCircuit: true };
  if (specifier.endsWith("/core.bytes.js")) return { url: new URL("./swapped.js", here).href, shortCircuit: true };
  return await next(specifier, context);
}
