/** Attested time, moved on by the monotonic clock of this process; the wall clock of the machine is never asked. */
import * as v from "valibot";

export interface Clock {
  /** Whole seconds since 1970-01-01T00:00:00Z; 0 before the first attestation of this process, when the record's time counts. */
  now(): number;
  /** Takes the time out of an attestation that the core has just accepted. @returns it, YYYY-MM-DDTHH:MM:SSZ */
  attested(attestation: Uint8Array): string;
}

const shape = v.object({ signed: v.object({ time: v.string() }) });

export function createClock(): Clock {
  let seconds = 0;
  let taken = performance.now();
  return {
    now: () => (seconds === 0 ? 0 : seconds + Math.floor((performance.now() - taken) / 1000)),
    attested: (attestation) => {
      const { time } = v.parse(shape, JSON.parse(Buffer.from(attestation).toString("utf8"))).signed;
      seconds = Date.parse(time) / 1000;
      taken = performance.now();
      return time;
    },
  };
}
