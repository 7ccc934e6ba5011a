/** Attested time and image bytes as the oracle judges them: docs/POUF.md, Uptane 2.1.0 §5.4.2.2 and §5.4.3.3. */
import { EndlessData, HashMismatch, LengthMismatch, Nonce, TimeBack, TimeJump, WrongType } from "../../assembly/status.ts";
import { type Delegate, type Entry, digest, envelope, seconds } from "./files.ts";
import { FORM, type Fault, type Members, list, text } from "./json.ts";
import { judge } from "./signatures.ts";

const TEN_YEARS = 10 * 365 * 86_400;

/** @returns the second that is attested, or everything that is wrong with it */
export function attestation(bytes: Uint8Array, by: Delegate, nonce: string, last: number): number | Fault[] {
  const file = envelope(bytes);
  if (typeof file === "string") return [file];
  const { signed, body, signatures } = file;
  const nonces = nonceTexts(body);
  const second = seconds(text(body.get("time")) ?? "");
  const faults = text(body.get("_type")) === "time" ? [] : [String(WrongType)];
  faults.push(...judge(signed, signatures, by.signers, by.threshold));
  if (second === undefined || nonces === undefined) return [...faults, FORM];
  if (!nonces.includes(nonce)) faults.push(String(Nonce));
  if (second < last) faults.push(String(TimeBack));
  if (last !== 0 && second > last + TEN_YEARS) faults.push(String(TimeJump));
  return faults.length > 0 ? faults : second;
}

function nonceTexts(body: Members): string[] | undefined {
  const nonces = list(body.get("nonces"))?.map(text);
  return nonces?.includes(undefined) ? undefined : (nonces as string[] | undefined);
}

/** What is wrong with the bytes of an image: length and every listed hash. */
export function imageFaults(bytes: Uint8Array, entry: Entry): Fault[] {
  if (bytes.length > (entry.length ?? 0)) return [String(EndlessData)]; // nobody reads on
  if (bytes.length < (entry.length ?? 0)) return [String(LengthMismatch)];
  return [...entry.hashes].every(([name, value]) => digest(name, bytes) === value) ? [] : [String(HashMismatch)];
}
