/**
 * Reads one JSON text from pieces and says what it meets, one event at a time. Stricter than RFC 8259: members rise by decoded bytes, numbers are
 * integers in one spelling, strings are valid UTF-8. White space between tokens is allowed and stays out of what is hashed.
 */
import { DEPTH_MAX, LEVELS, LEVEL_SIZE, NAMES, VERSION_MAX } from "./layout";
import { NO_NAME, length, nameStarts, stringByte, textStarts } from "./string";
import { back, drain, leaveOut, more, nothingHeld, take } from "./window";
import { fail, failWith, status } from "./verdict";
import { C_TOP, rows } from "./grammar";
import { word } from "./names";
import * as Status from "./status";

export const NOTHING = 0; // the window is used up
export const OPEN = 1;
export const CLOSE = 2;
export const TEXT = 3;
export const NUMBER = 4;
export const LITERAL = 5; // true, false, null: `value` 1, 0, 2

const VALUE = 0;
const FIRST_VALUE = 1; // or ]
const FIRST_KEY = 2; // or }
const KEY = 3;
const COLON = 4;
const AFTER = 5;
const STRING = 6;
const DIGITS: u32 = 7;
const WORD = 8;
const DONE = 9;

let state: u32 = 0; // VALUE

// The open container.
export let depth: u32 = 0; // 0: outside
let level: usize = 0;
let context_: u32 = 0; // C_SKIPPED
let array: bool = false;

let key: bool = false; // the string is a member name
let digit_: bool = false; // the number has a digit
let literal: u32 = 0; // what is left of a literal

// What the last event was about.
export let value: u64 = 0;
export let negative: bool = false;
export let textLength: u32 = 0; // may exceed TOKEN_SIZE: then only its start was kept
export let left: u32 = 0; // context of the container that closed
export let opensArray: bool = false; // at OPEN
export function start(): void {
  state = VALUE;
  depth = 0;
  level = LEVELS;
  context_ = C_TOP;
  array = false;
  store<u64>(LEVELS, 0x100 | C_TOP); // nothing named, nothing seen
  nothingHeld();
}

/** Context of the container that holds the value of this event. */
export function context(): u32 {
  return context_;
}

/** Number of the word that names the value of this event in its record, or the array or map it stands in; 0: no word. */
export function member(): u32 {
  return load<u8>(level, 6);
}

/** Rows of the grammar that were met in this container, a bit each. */
export function see(bit: u32): void {
  store<u8>(level, load<u8>(level, 7) | bit, 7);
}

/** The same, of the container that just closed. */
export function seen(): u32 {
  return load<u8>(level + LEVEL_SIZE, 7);
}

/** Name of the value of this event in its map. */
export function name(): usize {
  return NAMES + load<u16>(level, 2);
}

export function nameLength(): u32 {
  return load<u16>(level, 4);
}

/** Name of the container the reader stands in. */
export function ownName(): usize {
  return NAMES + load<u16>(level - LEVEL_SIZE, 2);
}

export function ownNameLength(): u32 {
  return load<u16>(level - LEVEL_SIZE, 4);
}

/** The file is over. @returns false if it ended early */
export function finish(): bool {
  if (state == DIGITS && depth == 0 && digit_ && !(negative && value == 0)) state = DONE;
  return state == DONE;
}

/** Reads on to the next event; to none after a failure. */
export function next(): u32 {
  while (status == Status.Ok && more()) {
    const byte = take();
    let event: u32 = NOTHING;
    if (state == STRING) {
      if (stringByte(byte)) event = stringEnds();
    } else if (state >= DIGITS) event = inside(byte);
    else if (isSpace(byte)) leaveOut();
    else event = token(byte);
    if (event != NOTHING) return event;
  }
  drain();
  return NOTHING;
}

function isSpace(byte: u32): bool {
  return byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09;
}

function wrong(): u32 {
  fail(Status.Syntax);
  return NOTHING;
}

function token(byte: u32): u32 {
  switch (state) {
    case FIRST_VALUE:
      if (byte == 0x5d) return close();
      return first(byte);
    case VALUE:
      return first(byte);
    case FIRST_KEY:
      if (byte == 0x7d) return close();
      return firstOfKey(byte);
    case KEY:
      return firstOfKey(byte);
    case COLON:
      if (byte != 0x3a) return wrong();
      state = VALUE;
      return NOTHING;
    default: // AFTER
      if (byte == 0x2c) state = array ? VALUE : KEY;
      else if (byte == (array ? 0x5d : 0x7d)) return close();
      else return wrong();
      return NOTHING;
  }
}

function firstOfKey(byte: u32): u32 {
  if (byte != 0x22) return wrong();
  key = true;
  nameStarts(load<u16>(level, 2), load<u16>(level, 4));
  state = STRING;
  return NOTHING;
}

function first(byte: u32): u32 {
  if (byte == 0x22) {
    key = false;
    textStarts();
    state = STRING;
  } else if (byte == 0x7b) return open(false);
  else if (byte == 0x5b) return open(true);
  else if (byte == 0x2d || byte - 0x30 < 10) {
    negative = byte == 0x2d;
    value = negative ? 0 : byte - 0x30;
    digit_ = !negative;
    state = DIGITS;
  } else if (byte == 0x74) expectWord(1, 0x00657572); // "rue", "alse", "ull": the rest, lowest byte first
  else if (byte == 0x66) expectWord(0, 0x65736c61);
  else if (byte == 0x6e) expectWord(2, 0x006c6c75);
  else return wrong();
  return NOTHING;
}

function expectWord(meaning: u64, rest: u32): void {
  value = meaning;
  literal = rest;
  state = WORD;
}

function after(): void {
  state = depth == 0 ? DONE : AFTER;
}

function open(isArray: bool): u32 {
  if (depth == DEPTH_MAX - 1) {
    failWith(Status.Depth, DEPTH_MAX, DEPTH_MAX - 1);
    return NOTHING;
  }
  let names = u32(load<u16>(level, 2));
  const last = u32(load<u16>(level, 4));
  if (last != NO_NAME) names += last;
  depth++;
  level += LEVEL_SIZE;
  store<u16>(level, isArray ? 0x100 : 0);
  store<u16>(level, names, 2);
  store<u16>(level, isArray ? 0 : NO_NAME, 4);
  store<u16>(level, load<u8>(level - LEVEL_SIZE, 6), 6);
  array = isArray;
  state = isArray ? FIRST_VALUE : FIRST_KEY;
  opensArray = isArray;
  level -= LEVEL_SIZE; // the handler of this event still looks at the container outside: `inner` moves on
  return OPEN;
}

/** At OPEN: from here on the new container is the one that is looked at, as `context` (C_SKIPPED: read over). */
export function inner(context: u32): void {
  level += LEVEL_SIZE;
  become(context);
}

/** The container the reader stands in is read as another context. */
export function become(context: u32): void {
  context_ = context;
  store<u8>(level, context);
}

function close(): u32 {
  left = context_;
  depth--;
  level -= LEVEL_SIZE;
  context_ = load<u8>(level);
  array = load<u8>(level, 1) != 0;
  after();
  return CLOSE;
}

function stringEnds(): u32 {
  if (key) {
    store<u16>(level, length, 4);
    if (record()) store<u8>(level, word(name(), length), 6); // in a map names are data
    state = COLON;
    return NOTHING;
  }
  textLength = length;
  after();
  return TEXT;
}

function record(): bool {
  return context_ >= 200 ? context_ < 240 : load<u8>(rows(context_)) != 0;
}

/** A byte of a number or a literal; or one after the end. */
function inside(byte: u32): u32 {
  if (state == DIGITS) return digit(byte);
  if (state == DONE) return isSpace(byte) ? NOTHING : wrong();
  if (byte != (literal & 0xff)) return wrong();
  literal >>= 8;
  if (literal != 0) return NOTHING;
  after();
  return LITERAL;
}

function digit(byte: u32): u32 {
  if (byte - 0x30 < 10) {
    if (digit_ && value == 0) return wrong(); // a leading zero
    value = value * 10 + (byte - 0x30);
    digit_ = true;
    if (value > VERSION_MAX) failWith(Status.NumberRange, value, VERSION_MAX);
    return NOTHING;
  }
  if (!digit_) return wrong(); // a lone minus
  if (byte == 0x2e || byte == 0x65 || byte == 0x45) {
    fail(Status.Fraction);
    return NOTHING;
  }
  if (negative && value == 0) {
    fail(Status.NumberRange);
    return NOTHING;
  }
  back(); // the byte belongs to what follows
  after();
  return NUMBER;
}
