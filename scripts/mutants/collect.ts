/** Stands in for uvu in the worker: the tests of a suite are collected, and run one by one in the order in which they are likely to fail. */
type Run = () => unknown;

export interface Test {
  name: string;
  run: Run;
}

export const collected: Test[] = [];

export function suite(name: string): ((about: string, run: Run) => void) & { run(): void; skip(): void } {
  const tests: Test[] = [];
  return Object.assign((about: string, run: Run) => void tests.push({ name: `${name}: ${about}`, run }), { run: () => void collected.push(...tests), skip: () => undefined });
}
