/** Partial verification as a module of its own: its size is the budget of a small ECU (assembly/core.lock). */
export { partialOpen, partialFeed, partialEnd, partialMissing } from "./partial";
export { identify } from "./identity";
