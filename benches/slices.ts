/** Timing on a noisy machine: all candidates of a group in turn, in short slices, many rounds; the best millisecond of each counts. */

export interface Candidate {
  name: string;
  run: (turn: number) => unknown;
  awaited?: boolean;
}

export interface Timed {
  name: string;
  microseconds: number; // of one call in the best batch
  ratio: number; // speed as a multiple of the first candidate's
}

const SLICE = 8; // milliseconds
const BATCH = 1; // milliseconds, too short for a neighbour to be in every one

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

/** Microseconds of one call in the best batch of a slice; a batch lasts a millisecond or is one call. */
async function slice({ run, awaited }: Candidate): Promise<number> {
  const start = performance.now();
  let best = Infinity;
  let turns = 0;
  let calls = 1;
  for (let before = start; before - start < SLICE; ) {
    for (let i = 0; i < calls; i++) {
      const result = run(turns++);
      if ((awaited ? await result : result) === false) throw new Error("Cannot time a candidate that fails");
    }
    const now = performance.now();
    const taken = now - before;
    before = now;
    if (taken < BATCH) calls *= 2;
    else best = Math.min(best, (taken * 1000) / calls);
  }
  return best;
}
