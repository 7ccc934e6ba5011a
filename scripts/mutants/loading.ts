/** Stands in for @assemblyscript/loader: one compilation for all instances of the module at hand. */
import { instantiate } from "./engine.ts";
import { compiled } from "./swapped.ts";

export function instantiateSync(): { module: object; instance: { exports: object } } {
  if (compiled === undefined) throw new Error("Cannot instantiate: no module was swapped in");
  return { module: compiled, instance: instantiate(compiled) };
}
