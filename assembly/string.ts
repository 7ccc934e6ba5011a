/**
 * One string, a byte at a time: UTF-8, escapes, and what becomes of it. A text goes to TOKEN. A member name goes to NAMES, over the name before it, and is
 * compared with that on the way: names rise strictly by decoded bytes.
 */
import { DIGEST, NAMES, NAMES_SIZE, NAME_MAX, TOKEN, TOKEN_SIZE } from "./layout";
import { aktualizr } from "./dialect";
import { emit } from "./sink";
import { nibble } from "./bytes";
import { fail, failWith } from "./verdict";
import { hold, resume } from "./window";
import * as Status from "./status";

const PLAIN = 0;
const UNICODE = 1;
const ESCAPE = 2;
const LOW_HALF = 3; // \ of the second half of a surrogate pair

const FOUR_DIGITS: u32 = 0x10000; // the 1 that went before them has moved up

let state: u32 = 0; // PLAIN
let key: bool = false;
let place: u32 = 0; // of the name, in NAMES
let before: u32 = 0; // length of the name it follows
let rising: bool = false; // already known to be above it
let awaited: u32 = 0; // continuation bytes
let low: u32 = 0x80; // range of the next one
let high: u32 = 0xbf;
let unit: u32 = 1; // \u escape: 1, then the digits so far
let half: u32 = 0; // first half of a surrogate pair
/** Decoded bytes so far. */
export let length: u32 = 0;

export const NO_NAME: u32 = 0xffff;

export function textStarts(): void {
  key = false;
  begins();
}

/** @param at place in NAMES, @param last length of the name there, NO_NAME: this is the first of its object */
export function nameStarts(at: u32, last: u32): void {
  key = true;
  place = at;
  before = last;
  rising = last == NO_NAME;
  begins();
}

function begins(): void {
  state = PLAIN;
  length = 0;
  awaited = 0;
  low = 0x80;
  high = 0xbf;
  half = 0;
  unit = 1;
}

/** @returns true when this byte ended the string */
export function stringByte(byte: u32): bool {
  if (state != PLAIN) {
    escape(byte);
    return false;
  }
  if (awaited != 0) {
    continues(byte);
    return false;
  }
  if (byte == 0x22) {
    if (key && !rising) fail(length == before ? Status.Duplicate : Status.Unsorted);
    return true;
  }
  if (byte == 0x5c) {
    if (!aktualizr) hold();
    state = ESCAPE;
    return false;
  }
  if (byte < 0x20) fail(Status.Syntax);
  if (byte >= 0x80) lead(byte);
  put(byte);
  return false;
}

/** The first byte of a longer sequence: Unicode 16, table 3-7. */
function lead(byte: u32): void {
  if (byte < 0xc2 || byte > 0xf4) return fail(Status.Utf8);
  awaited = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
  if (byte == 0xe0) low = 0xa0;
  if (byte == 0xed) high = 0x9f;
  if (byte == 0xf0) low = 0x90;
  if (byte == 0xf4) high = 0x8f;
}

function continues(byte: u32): void {
  if (byte < low || byte > high) return fail(Status.Utf8);
  low = 0x80;
  high = 0xbf;
  awaited--;
  put(byte);
}

/** A decoded byte. */
function put(byte: u32): void {
  if (!key) {
    if (length < TOKEN_SIZE) store<u8>(TOKEN + length, byte);
    length++;
    return;
  }
  const at = place + length;
  if (length == NAME_MAX || at >= NAMES_SIZE) return failWith(Status.NameLength, length + 1, NAME_MAX);
  if (!rising) {
    if (length >= before) rising = true;
    else {
      const other = u32(load<u8>(NAMES + at));
      if (byte < other) fail(Status.Unsorted);
      rising = byte > other;
    }
  }
  store<u8>(NAMES + at, byte);
  length++;
}

// Escapes of one letter, each with what it stands for: RFC 8259 §7.
const LETTERS = memory.data<u8>([0x22, 0x22, 0x5c, 0x5c, 0x2f, 0x2f, 0x62, 0x08, 0x66, 0x0c, 0x6e, 0x0a, 0x72, 0x0d, 0x74, 0x09]);
const LETTERS_SIZE: u32 = 16;

/** Behind a backslash; after the first half of a surrogate pair there has to be one, and then a u. */
function escape(byte: u32): void {
  if (state == UNICODE) return unicode(byte);
  if (half != 0) {
    if (byte != (state == LOW_HALF ? 0x5c : 0x75)) return fail(Status.Utf8);
    state--; // to ESCAPE, then to UNICODE
    return;
  }
  if (byte == 0x75) {
    state = UNICODE;
    return;
  }
  for (let i: u32 = 0; i < LETTERS_SIZE; i += 2) if (load<u8>(LETTERS + i) == byte) return decoded(load<u8>(LETTERS + i, 1));
  fail(Status.Syntax);
}

/** Four hex digits, of either case. */
function unicode(byte: u32): void {
  const digit = nibble(byte - 0x41 < 6 ? byte | 0x20 : byte);
  if (digit > 15) return fail(Status.Syntax);
  unit = (unit << 4) | digit;
  if (unit < FOUR_DIGITS) return;
  const code = unit & 0xffff;
  unit = 1;
  if (half != 0) {
    if (code - 0xdc00 > 0x3ff) return fail(Status.Utf8);
    decoded(0x10000 + ((half - 0xd800) << 10) + (code - 0xdc00));
    half = 0;
  } else if (code - 0xdc00 < 0x400) fail(Status.Utf8);
  else if (code - 0xd800 >= 0x400) decoded(code);
  else {
    half = code;
    state = LOW_HALF;
  }
}

/**
 * An escape is over: its canonical form goes to the sink in its place. OLPC: only " and \\ are escaped. In aktualizr's dialect the escape itself was hashed, as
 * it stands.
 */
function decoded(code: u32): void {
  if (!aktualizr) resume();
  state = PLAIN;
  if (code == 0x22 || code == 0x5c) canonical(0x5c);
  if (code < 0x80) return byteOf(code);
  if (code < 0x800) byteOf(0xc0 | (code >> 6));
  else {
    if (code < 0x10000) byteOf(0xe0 | (code >> 12));
    else {
      byteOf(0xf0 | (code >> 18));
      byteOf(0x80 | ((code >> 12) & 0x3f));
    }
    byteOf(0x80 | ((code >> 6) & 0x3f));
  }
  byteOf(0x80 | (code & 0x3f));
}

/** A byte of the UTF-8 of a code point. */
function byteOf(byte: u32): void {
  canonical(byte);
  put(byte);
}

function canonical(byte: u32): void {
  if (aktualizr) return;
  store<u8>(DIGEST, byte);
  emit(DIGEST, 1);
}
