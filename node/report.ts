/** What every ECU remembers for its version reports, and the report itself (Uptane 2.1.0 §5.4.2.1.2). */
import * as v from "valibot";
import type { Signer } from "../bindings/keys.ts";
import { ecuReport } from "../bindings/manifest.ts";
import type { Values } from "./kept.ts";

const STATE = "report";
const NEVER = "1970-01-01T00:00:00Z";

const state = v.strictObject({
  counter: v.pipe(v.number(), v.safeInteger(), v.minValue(0)), // of the newest report
  time: v.string(), // newest attested time
  previousTime: v.string(),
  attack: v.string(), // what the newest attempt was refused for, "" for nothing
});
type State = v.InferOutput<typeof state>;

export interface Running {
  name: string;
  length: number;
  sha256: string;
  sha512?: string | undefined;
}

export interface Reporter {
  /** The newest attested time, to stand in the next report. */
  attested(time: string): void;
  /** Survives a power cut: it stands in every report until an attempt ends well. */
  note(attack: string): void;
  readonly attack: string;
  /** The counter is in durable storage before the report exists, so no power cut brings one back. */
  report(running: Running, nonce?: string): Promise<Uint8Array>;
}

export function openReporter(serial: string, values: Values, signer: Signer): Reporter {
  const bytes = values.get(STATE);
  let now: State = bytes === undefined
    ? { counter: 0, time: NEVER, previousTime: NEVER, attack: "" }
    : v.parse(state, JSON.parse(Buffer.from(bytes).toString("utf8")));
  const change = (next: State): void => {
    values.put(STATE, Buffer.from(JSON.stringify(next), "utf8"));
    now = next;
  };
  return {
    attested: (time) => {
      if (time !== now.time) change({ ...now, time, previousTime: now.time });
    },
    note: (attack) => {
      if (attack !== now.attack) change({ ...now, attack: printable(attack) });
    },
    get attack() {
      return now.attack;
    },
    report: (running, nonce) => {
      change({ ...now, counter: now.counter + 1 });
      const { name, length, sha256, sha512 } = running;
      return ecuReport({
        serial,
        image: { filepath: name, length, hashes: sha512 === undefined ? { sha256 } : { sha256, sha512 } },
        attacks: now.attack,
        time: now.time,
        previousTime: now.previousTime,
        counter: now.counter,
        ...(nonce === undefined ? {} : { nonce }),
      }, signer);
    },
  };
}

/** Our writers sign ASCII; a name that an attacker chose is cut to it. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 512);
}
