/** One file before anything in it is believed: bytes, type, what pointed to it, signatures (verification 1.4; 3 to 5, steps 1 to 3). */
import { EndlessData, MixAndMatch } from "../../assembly/status.ts";
import { type File, digest, open } from "./files.ts";
import { FORM, type Fault, type Members } from "./json.ts";
import { judge } from "./signatures.ts";

/** What the pointing file states. */
export interface Pointer {
  version: number;
  length: number | undefined;
  hashes: Map<string, string>;
}

/** Bytes, type, pointer and signatures: what is wrong before anything in the file is believed. `file` is there if it can be read at all. */
export function genuine<T extends object>(
  bytes: Uint8Array, type: string, signers: Map<string, string>, threshold: number, pointer: Pointer | undefined, reader: (body: Members) => T | Fault,
): { file: (File & { content: T }) | undefined; faults: Fault[] } {
  const faults: Fault[] = [];
  const opened = open(bytes, type);
  const content = typeof opened === "string" ? opened : reader(opened.body);
  const endless = pointer?.length !== undefined && bytes.length > pointer.length;
  if (endless) faults.push(String(EndlessData));
  else if (pointer !== undefined && !fits(bytes, pointer)) faults.push(String(MixAndMatch));
  if (typeof opened === "string" || typeof content === "string") {
    if (pointer !== undefined && opened === FORM && faults.length === 0) faults.push(String(MixAndMatch)); // whatever version it has, nobody can tell
    faults.push(typeof opened === "string" ? opened : (content as Fault));
    return { file: undefined, faults };
  }
  if (endless) return { file: undefined, faults }; // nobody reads to its end
  if (pointer !== undefined && pointer.version !== opened.version && !faults.includes(String(MixAndMatch))) faults.push(String(MixAndMatch));
  faults.push(...judge(opened.signed, opened.signatures, signers, threshold));
  return { file: { ...opened, content }, faults };
}

function fits(bytes: Uint8Array, pointer: Pointer): boolean {
  if (pointer.length !== undefined && pointer.length !== bytes.length) return false;
  return [...pointer.hashes].every(([name, value]) => digest(name, bytes) === value);
}
