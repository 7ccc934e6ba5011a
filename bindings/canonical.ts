/**
 * Canonical JSON as our writers make it: the OLPC form, restricted to ASCII, so that every dialect of the field agrees on it.
 * The core never calls this; it reads what is served.
 */
import { UsageError } from "./errors.ts";

/** Bytes that are canonical already, such as a signed report inside a manifest: they are carried over unchanged. */
export class Canonical {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

const DEPTH_MAX = 32; // as the reader's: assembly/layout.ts

/**
 * The bytes that are signed.
 *
 * @param value  null, boolean, safe integer, ASCII string (line feed allowed, for PEM), array, plain object or Map
 * @throws UsageError  for anything else
 *
 * Source: TUF 1.0.31 §4.2.1, and the OLPC text it names.
 */
export function canonical(value: unknown): Uint8Array {
  return join(write(value, "\n", 0));
}

/** The bytes that are served: the same, with a line feed inside a string escaped, since OLPC's raw one is not JSON. */
export function served(value: unknown): Uint8Array {
  return join(write(value, "\\n", 0));
}

type Part = string | Uint8Array;

function write(value: unknown, lineFeed: string, depth: number): Part[] {
  if (depth > DEPTH_MAX) throw new UsageError(`Cannot write JSON deeper than ${DEPTH_MAX}`);
  if (value === null || typeof value === "boolean") return [String(value)];
  if (typeof value === "number") return [integer(value)];
  if (typeof value === "string") return [text(value, lineFeed)];
  if (value instanceof Canonical) return [value.bytes];
  if (Array.isArray(value)) return list("[", value.map((item: unknown) => write(item, lineFeed, depth + 1)), "]");
  const members = entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)); // ASCII: code units are bytes
  return list("{", members.map(([name, member]) => [text(name, lineFeed), ":", ...write(member, lineFeed, depth + 1)]), "}");
}

function list(open: string, items: Part[][], close: string): Part[] {
  return [open, ...items.flatMap((item, i) => (i === 0 ? item : [",", ...item])), close];
}

function entries(value: unknown): [string, unknown][] {
  if (value instanceof Map) {
    return [...(value as Map<unknown, unknown>)].map(([name, member]) => {
      if (typeof name !== "string") throw new UsageError(`Cannot write a member name of type ${typeof name}`);
      return [name, member];
    });
  }
  const prototype: unknown = typeof value === "object" && value !== null ? Object.getPrototypeOf(value) : undefined;
  if (prototype !== Object.prototype && prototype !== null) throw new UsageError(`Cannot write a ${typeof value} as JSON`);
  return Object.entries(value as object);
}

function integer(value: number): string {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new UsageError(`Cannot write ${value} as a canonical integer`);
  return String(value);
}

function text(value: string, lineFeed: string): string {
  if (!/^[\x20-\x7e\n]*$/.test(value)) throw new UsageError(`Cannot write ${JSON.stringify(value.slice(0, 80))}: only printable ASCII is signed`);
  return `"${value.replace(/["\\]/g, "\\$&").replaceAll("\n", lineFeed)}"`;
}

const utf8 = new TextEncoder();

function join(parts: Part[]): Uint8Array {
  const blocks = parts.map((part) => (typeof part === "string" ? utf8.encode(part) : part));
  const whole = new Uint8Array(blocks.reduce((size, block) => size + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    whole.set(block, at);
    at += block.length;
  }
  return whole;
}
