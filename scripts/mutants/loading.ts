/** Stands in for @assemblyscript/loader: one compilation for all instances of the module at hand, and what their marks say (edit.ts). */
import { instantiate } from "./engine.ts";
import { compiled } from "./swapped.ts";

interface Mark {
  value: bigint;
}

let instances: WeakRef<Record<string, Mark>>[] = [];

export function instantiateSync(): { module: object; instance: { exports: object } } {
  if (compiled === undefined) throw new Error("Cannot instantiate: no module was swapped in");
  const instance = instantiate(compiled);
  if ("reached 0" in instance.exports) instances.push(new WeakRef(instance.exports as Record<string, Mark>));
  return { module: compiled, instance };
}

/** Bits of the places reached since the last call, over all instances. */
export function reached(): bigint[] {
  const all: bigint[] = [];
  instances = instances.filter((weak) => {
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
