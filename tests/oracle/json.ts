/** The oracle's reading of bytes: `JSON.parse`, and a file counts as written only if writing its value canonically gives the same bytes. Slow and plain. */

/** What one file is to be blamed for: numbers of assembly/status.ts, "Mismatch"-like ones followed by their operand; FORM for bytes that are no such file. */
export type Fault = string;
/** Not JSON as we write it, or a member is missing or of another type: which of the core's names for that fits is not the oracle's business. */
export const FORM: Fault = "form";

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Members = Map<string, Json>;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The value, or undefined where the bytes are not the canonical spelling of one. */
export function read(bytes: Uint8Array): Json | undefined {
  try {
    const text = utf8.decode(bytes);
    const value = JSON.parse(text) as Json;
    return write(value) === text ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined; // no JSON, no UTF-8
    throw error;
  }
}

/** Canonical form (TUF 1.0.31 §4.2.1): members rise, no white space, whole numbers. */
export function write(value: Json): string {
  if (typeof value === "number") return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : "?";
  if (typeof value === "string") return `"${value.replace(/["\\]/g, "\\$&")}"`;
  if (value === null || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  return `{${Object.keys(value).sort().map((name) => `${write(name)}:${write(value[name] as Json)}`).join(",")}}`;
}

/** The members of an object; undefined for anything else. */
export function members(value: Json | undefined): Members | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? new Map(Object.entries(value)) : undefined;
}

export function natural(value: Json | undefined): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

export function text(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function list(value: Json | undefined): Json[] | undefined {
  return Array.isArray(value) ? value : undefined;
}
