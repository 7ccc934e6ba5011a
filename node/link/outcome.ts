/** What a Secondary says at the end of an order: for people and tables. The signed version report is what counts. */
import * as v from "valibot";
import { LinkError } from "./frame.ts";

const small = v.pipe(v.string(), v.maxLength(512));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

export const outcome = v.strictObject({
  verdict: small, // "installed", "up to date", or the refusal in a sentence
  status: count, // assembly/status.ts
  attack: small, // "" for none
  image: small, // filename of what runs now, "" for nothing
  sha256: small, // of the bytes in flash
  erased: count, // flash blocks erased by this order
  ram: count, // highest byte of linear memory written, and mutable globals
  profile: small,
  verification: small,
});

export type Outcome = v.InferOutput<typeof outcome>;

export function encodeOutcome(x: Outcome): Uint8Array {
  return Buffer.from(JSON.stringify(x));
}

export function decodeOutcome(bytes: Uint8Array): Outcome {
  try {
    return v.parse(outcome, JSON.parse(Buffer.from(bytes).toString("utf8")));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof v.ValiError)) throw error;
    throw new LinkError("payload", `Cannot read an outcome: ${error.message}`);
  }
}
