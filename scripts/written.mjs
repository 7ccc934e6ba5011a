// A transform of asc: a function marked @written keeps the order of operands it has in the source (docs/adr/0011-written.md).
// The optimizer turns sums round and puts loads first, which costs the compression functions up to 7 % in V8.

/** Passes of Binaryen that fold constants and drop names, blocks and locals nobody needs, and leave operands where they are. */
const PASSES = ["remove-unused-brs", "precompute", "merge-blocks", "simplify-locals-notee-nostructure", "coalesce-locals", "reorder-locals", "vacuum"];

export default class {
  /** After the source is compiled and before it is optimized: the bodies are put aside, and stand in for what the optimizer made of them. */
  afterCompile(module) {
    const marked = [...this.program.instancesByName.values()].filter(isMarked).map(({ internalName }) => internalName);
    if (marked.length === 0) throw new Error("Cannot keep a function as it is written: none is marked @written");
    const kept = marked.map((name) => {
      const ref = module.getFunction(name);
      module.runPassesOnFunction(ref, PASSES);
      const { params, results, vars, body } = this.binaryen.getFunctionInfo(ref);
      return { name, params, results, vars, body: module.copyExpression(body) };
    });
    const emit = module.emitBinary;
    module.emitBinary = (...args) => {
      for (const { name, params, results, vars, body } of kept) {
        if (module.getFunction(name) === 0) throw new Error(`Cannot keep ${name} as it is written: it is inlined or not called`);
        module.removeFunction(name);
        module.addFunction(name, params, results, vars, module.copyExpression(body));
      }
      return emit.apply(module, args);
    };
  }
}

function isMarked({ declaration }) {
  return declaration?.decorators?.some(({ name }) => name.text === "written") ?? false;
}
