/**
 * Canonical JSON: the OLPC form of the TUF specification, and as our writers make it, restricted to ASCII, so that every dialect of the field agrees on it.
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
  return join(write(value, { text: (string) => ascii(string, "\n") }, 0));
}

/**
 * The OLPC form of any value: what libraries of TUF sign where texts are not ASCII. Members rise by their UTF-8 bytes; in strings only `"` and `\` are escaped.
 *
 * @param value  as for `canonical`, with any Unicode text; minus zero is 0
 * @throws UsageError  for a fraction, an integer that is not exact, a lone surrogate, or anything else without this form
 */
export function olpc(value: unknown): Uint8Array {
  return join(write(value, { text: unicode, minusZero: true }, 0));
}

/** The bytes that are served: the same, with a line feed inside a string escaped, since OLPC's raw one is not JSON. */
export function served(value: unknown): Uint8Array {
  return join(write(value, { text: (string) => ascii(string, "\\n") }, 0));
}

type Part = string | Uint8Array;

interface Spelling {
  text(string: string): string; // what stands between the quotes
  minusZero?: boolean; // is 0
}

function write(value: unknown, spell: Spelling, depth: number): Part[] {
  if (depth > DEPTH_MAX) throw new UsageError(`Cannot write JSON deeper than ${DEPTH_MAX}`);
  if (value === null || typeof value === "boolean") return [String(value)];
  if (typeof value === "number") return [integer(spell.minusZero === true && value === 0 ? 0 : value)];
  if (typeof value === "string") return [text(value, spell)];
  if (value instanceof Canonical) return [value.bytes];
  if (Array.isArray(value)) return list("[", value.map((item: unknown) => write(item, spell, depth + 1)), "]");
  const members = entries(value).sort(([a], [b]) => byBytes(a, b));
  return list("{", members.map(([name, member]) => [text(name, spell), ":", ...write(member, spell, depth + 1)]), "}");
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

function text(value: string, spell: Spelling): string {
  return `"${spell.text(value)}"`;
}

function escaped(value: string): string {
  return value.replace(/["\\]/g, "\\$&");
}

function ascii(value: string, lineFeed: string): string {
  if (!/^[\x20-\x7e\n]*$/.test(value)) throw new UsageError(`Cannot write ${JSON.stringify(value.slice(0, 80))}: only printable ASCII is signed`);
  return escaped(value).replaceAll("\n", lineFeed);
}

function unicode(value: string): string {
  if (/\p{Surrogate}/u.test(value)) throw new UsageError(`Cannot write ${JSON.stringify(value.slice(0, 80))}: a lone surrogate has no bytes`);
  return escaped(value);
}

/** Order of two names by their UTF-8 bytes, that is by code points: negative, 0 or positive. */
export function byBytes(a: string, b: string): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Half of a surrogate pair stands for a code point above U+FFFF. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
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
