/**
 * The core reads members in rising order only. What a foreign writer served in another order, a host can sort before it feeds: a sorted copy that means
 * something else fails its signature, so this file is not trusted. A length or digest that another file states is over the bytes as served: a copy meets none,
 * so it serves files that nothing points to (Root, Timestamp, a report), and others only where the pointing file states no more than a version.
 */
import { byBytes } from "./canonical.ts";
import { UsageError } from "./errors.ts";

const DEPTH_MAX = 32; // as the reader's: assembly/layout.ts
const TOKEN = /[\t\n\r ]*("(?:[^"\\]|\\[^])*"|[[\]{},:]|[^\t\n\r "[\]{},:]+)/y;

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf8 = new TextEncoder();

/**
 * The same JSON text with members sorted by the bytes of their names. Strings and numbers keep their spelling; white space between tokens goes. Nothing is
 * judged beyond what sorting needs: whatever else is wrong with the text, the core says.
 *
 * @param text  a file as served
 * @throws UsageError  for text that is not UTF-8, whose brackets or members do not fit, or that is deeper than the core reads
 */
export function sorted(text: Uint8Array): Uint8Array {
  let whole: string;
  try {
    whole = strict.decode(text);
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError("Cannot sort a text that is not UTF-8", { cause: error });
    throw error;
  }
  const tokens = new Tokens(whole);
  const copy = value(tokens, tokens.next(), 0);
  if (tokens.next() !== "") throw new UsageError("Cannot sort a text that goes on behind its end");
  return utf8.encode(copy);
}

class Tokens {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token; "" at the end. */
  next(): string {
    TOKEN.lastIndex = this.#at;
    const token = TOKEN.exec(this.#text)?.[1];
    if (token !== undefined) this.#at = TOKEN.lastIndex;
    else if (this.#text.slice(this.#at).trim() !== "") throw new UsageError(`Cannot sort a text that is not JSON at character ${this.#at}`);
    return token ?? "";
  }
}

function value(tokens: Tokens, first: string, depth: number): string {
  if (depth > DEPTH_MAX) throw new UsageError(`Cannot sort JSON deeper than ${DEPTH_MAX}`);
  if (first === "{") return `{${items(tokens, "}", (token) => member(tokens, token, depth)).sort((a, b) => byBytes(a.name, b.name)).map((x) => x.text).join(",")}}`;
  if (first === "[") return `[${items(tokens, "]", (token) => value(tokens, token, depth + 1)).join(",")}]`;
  if (first === "" || /^[\]},:]$/.test(first)) throw new UsageError(`Cannot sort a text with ${first === "" ? "an early end" : `"${first}"`} where a value stands`);
  return first;
}

function member(tokens: Tokens, name: string, depth: number): { name: string; text: string } {
  if (tokens.next() !== ":") throw new UsageError("Cannot sort a member without a colon");
  return { name: decoded(name), text: `${name}:${value(tokens, tokens.next(), depth + 1)}` };
}

function items<T>(tokens: Tokens, end: string, read: (first: string) => T): T[] {
  const all: T[] = [];
  let token = tokens.next();
  if (token === end) return all;
  for (;;) {
    all.push(read(token));
    token = tokens.next();
    if (token === end) return all;
    if (token !== ",") throw new UsageError(`Cannot sort a text without "," or "${end}" behind an item`);
    token = tokens.next();
  }
}

function decoded(name: string): string {
  try {
    const text: unknown = JSON.parse(name);
    if (typeof text === "string") return text;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new UsageError("Cannot sort a member without a name");
}
