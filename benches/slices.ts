/** Timing on a noisy machine: all candidates of a group in turn, in short slices, many rounds; the best slice of each counts. */

export interface Candidate {
  name: string;
  run: (turn: number) => unknown;
  awaited?: boolean;
}

export interface Timed {
  name: string;
  microseconds: number; // of one call in the best slice
  ratio: number; // speed as a multiple of the first candidate's
}

const SLICE = 8; // milliseconds

/** Times candidates that all do the same work; `rounds` slices each. */
export async function time(candidates: readonly Candidate[], rounds: number): Promise<Timed[]> {
  const best = candidates.map(() => Infinity);
  for (let round = -2; round < rounds; round++) {
    for (const [index, candidate] of candidates.entries()) {
      const taken = await slice(candidate);
      if (round >= 0) best[index] = Math.min(best[index] ?? Infinity, taken);
    }
  }
  const first = best[0] ?? Infinity;
  return candidates.map(({ name }, index) => {
    const microseconds = best[index] ?? Infinity;
    return { name, microseconds, ratio: first / microseconds };
  });
}

async function slice({ run, awaited }: Candidate): Promise<number> {
  const start = performance.now();
  let taken = 0;
  let turns = 0;
  let before = 1; // the clock is read every so many turns, as often as its cost allows
  do {
    for (let i = 0; i < before; i++) {
      const result = run(turns++);
      if ((awaited ? await result : result) === false) throw new Error("Cannot time a candidate that fails");
    }
    taken = performance.now() - start;
    before = taken > SLICE / 8 ? 1 : 8;
  } while (taken < SLICE);
  return (taken * 1000) / turns;
}
