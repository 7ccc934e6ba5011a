/**
 * Reads one JSON text from pieces and says what it meets, one event at a time. Stricter than RFC 8259: members rise by decoded bytes, numbers are
 * integers in one spelling, strings are valid UTF-8. White space between tokens is allowed and stays out of what is hashed.
 */
import { DEPTH_MAX, DIGEST, LEVELS, LEVEL_SIZE, NAME_MAX, NAMES, NAMES_SIZE, TOKEN, TOKEN_SIZE, VERSION_MAX, WINDOW } from "./layout";
import * as Status from "./status";
import { word } from "./names";
import { emit } from "./sink";
import { fail, status } from "./verdict";

export const NOTHING = 0; // the window is used up
export const OPEN = 1;
export const CLOSE = 2;
export const TEXT = 3;
export const NUMBER = 4;
export const LITERAL = 5; // true, false, null: `value` 1, 0, 2

/** Contexts below this one are records, whose member names are words; from here on maps, whose member names are data. */
export const MAPS: u32 = 64;
export const SKIPPED = 0;

const VALUE = 0;
const FIRST_VALUE = 1; // or ]
const FIRST_KEY = 2; // or }
const KEY = 3;
const COLON = 4;
const AFTER = 5;
const STRING = 6;
const ESCAPE: u32 = 7;
const UNICODE = 8;
const LOW_HALF = 9; // \ of the second half of a surrogate pair
const LOW_HALF_U = 10;
const DIGITS = 11;
const WORD = 12;
const DONE = 13;

let state: u32 = VALUE;
let cursor: usize = 0;
let limit: usize = 0;
let run: usize = 0; // start of the bytes not yet given to the sink
let held: bool = false; // inside an escape: nothing to give

// The open container.
export let depth: u32 = 0; // 0: outside
let level: usize = LEVELS;
let context_: u32 = SKIPPED;
let array: bool = false;

// The string being read.
let key: bool = false;
let at: u32 = 0; // bytes so far
let rising: bool = false; // already known to be above the name before
let more: u32 = 0; // continuation bytes awaited
let low: u32 = 0x80; // range of the next one
let high: u32 = 0xbf;
let unit: u32 = 0; // \u escape: value and digits so far
let digitsRead: u32 = 0;
let half: u32 = 0; // first half of a surrogate pair

// What the last event was about.
export let value: u64 = 0;
export let negative: bool = false;
export let textLength: u32 = 0; // may exceed TOKEN_SIZE: then only its start was kept
export let left: u32 = 0; // context of the container that closed
let opensArray: bool = false; // at OPEN
let literal: u32 = 0;

export function start(): void {
  state = VALUE;
  depth = 0;
  level = LEVELS;
  context_ = SKIPPED;
  array = false;
  store<u8>(LEVELS, SKIPPED);
  store<u8>(LEVELS, 1, 1);
  store<u16>(LEVELS, 0, 2);
  store<u16>(LEVELS, 0, 4);
  store<u16>(LEVELS, 0, 6);
  more = 0;
  low = 0x80;
  high = 0xbf;
  held = false;
  cursor = WINDOW;
  limit = WINDOW;
  run = WINDOW;
}

/** @param length bytes at WINDOW, all of which `next` will take */
export function window(length: u32): void {
  cursor = WINDOW;
  run = WINDOW;
  limit = WINDOW + length;
}

/** Context of the container that holds the value of this event. */
export function context(): u32 {
  return context_;
}

/** Number of the word that names the value of this event in its record; 0 in an array or map. */
export function member(): u32 {
  return load<u16>(level, 6);
}

/** Name of the value of this event in its map. */
export function name(): usize {
  return NAMES + load<u16>(level, 2);
}

export function nameLength(): u32 {
  return load<u16>(level, 4);
}

/** Where the value just opened starts, or the one just closed ends, inside the sink: what was read before it is given away first. */
export function split(opening: bool): void {
  const to = opening ? cursor - 1 : cursor;
  if (to > run) emit(run, u32(to - run));
  run = to;
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
  if (state == DIGITS && depth == 0 && at != 0 && !(negative && value == 0)) state = DONE;
  return state == DONE;
}

/** Reads on to the next event. */
export function next(): u32 {
  while (cursor < limit) {
    const byte = u32(load<u8>(cursor++));
    if (state == STRING) {
      const event = string(byte);
      if (event != NOTHING) return event;
    } else if (state >= ESCAPE) {
      const event = inside(byte);
      if (event != NOTHING) return event;
    } else if (byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09) {
      gap();
    } else {
      const event = token(byte);
      if (event != NOTHING) return event;
    }
    if (status != Status.Ok) return NOTHING;
  }
  if (!held && cursor > run) emit(run, u32(cursor - run));
  run = cursor;
  return NOTHING;
}

/** The byte just read is not hashed. */
function gap(): void {
  if (cursor - 1 > run) emit(run, u32(cursor - 1 - run));
  run = cursor;
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
  at = 0;
  rising = load<u16>(level, 4) == 0xffff; // the first name of this object
  state = STRING;
  return NOTHING;
}

function first(byte: u32): u32 {
  if (byte == 0x22) {
    key = false;
    at = 0;
    state = STRING;
  } else if (byte == 0x7b) return open(false);
  else if (byte == 0x5b) return open(true);
  else if (byte == 0x2d || byte - 0x30 < 10) {
    negative = byte == 0x2d;
    value = negative ? 0 : byte - 0x30;
    at = negative ? 0 : 1;
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
    fail(Status.Depth, DEPTH_MAX, DEPTH_MAX - 1);
    return NOTHING;
  }
  let names = u32(load<u16>(level, 2));
  const length = u32(load<u16>(level, 4));
  if (length != 0xffff) names += length;
  depth++;
  level += LEVEL_SIZE;
  store<u8>(level, SKIPPED);
  store<u8>(level, isArray ? 1 : 0, 1);
  store<u16>(level, names, 2);
  store<u16>(level, isArray ? 0 : 0xffff, 4);
  store<u16>(level, 0, 6);
  array = isArray;
  state = isArray ? FIRST_VALUE : FIRST_KEY;
  opensArray = isArray;
  level -= LEVEL_SIZE; // the handler of this event still looks at the container outside: `inner` moves on
  return OPEN;
}

/** The value opened has to be an object; it is read as this context. */
export function object(context: u32): void {
  if (opensArray) fail(Status.Malformed, member());
  inner(context);
}

/** The value opened has to be an array. */
export function list(context: u32): void {
  if (!opensArray) fail(Status.Malformed, member());
  inner(context);
}

/** After the handler of OPEN: from here on the new container is the one that is looked at, as `context` (SKIPPED: read over). */
export function inner(context: u32): void {
  level += LEVEL_SIZE;
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

/** A byte of a string. */
function string(byte: u32): u32 {
  if (more != 0) {
    if (byte < low || byte > high) {
      fail(Status.Utf8);
      return NOTHING;
    }
    low = 0x80;
    high = 0xbf;
    more--;
    put(byte);
    return NOTHING;
  }
  if (byte == 0x22) return key ? keyEnd() : textEnd();
  if (byte == 0x5c) {
    gap();
    held = true;
    state = ESCAPE;
    return NOTHING;
  }
  if (byte < 0x20) return wrong();
  if (byte >= 0x80) lead(byte);
  put(byte);
  return NOTHING;
}

/** The first byte of a longer sequence: Unicode 16, table 3-7. */
function lead(byte: u32): void {
  if (byte < 0xc2 || byte > 0xf4) fail(Status.Utf8);
  else if (byte < 0xe0) more = 1;
  else if (byte < 0xf0) {
    more = 2;
    if (byte == 0xe0) low = 0xa0;
    if (byte == 0xed) high = 0x9f;
  } else {
    more = 3;
    if (byte == 0xf0) low = 0x90;
    if (byte == 0xf4) high = 0x8f;
  }
}

/** A decoded byte of the string. A name is written over the one before it, and compared with it on the way. */
function put(byte: u32): void {
  if (!key) {
    if (at < TOKEN_SIZE) store<u8>(TOKEN + at, byte);
    at++;
    return;
  }
  const place = u32(load<u16>(level, 2)) + at;
  if (at == NAME_MAX || place >= NAMES_SIZE) {
    fail(Status.NameLength, at + 1, NAME_MAX);
    return;
  }
  if (!rising) {
    if (at >= load<u16>(level, 4)) rising = true;
    else {
      const before = u32(load<u8>(NAMES + place));
      if (byte < before) fail(Status.Unsorted);
      rising = byte > before;
    }
  }
  store<u8>(NAMES + place, byte);
  at++;
}

function keyEnd(): u32 {
  if (!rising) {
    fail(at == load<u16>(level, 4) ? Status.Duplicate : Status.Unsorted);
    return NOTHING;
  }
  store<u16>(level, at, 4);
  store<u16>(level, context_ != SKIPPED && context_ < MAPS ? word(name(), at) : 0, 6);
  state = COLON;
  return NOTHING;
}

function textEnd(): u32 {
  textLength = at;
  after();
  return TEXT;
}

/** A byte of an escape, a number or a literal; or one after the end. */
function inside(byte: u32): u32 {
  switch (state) {
    case ESCAPE:
      return escape(byte);
    case UNICODE:
      return unicode(byte);
    case LOW_HALF:
      if (byte != 0x5c) fail(Status.Utf8);
      state = LOW_HALF_U;
      return NOTHING;
    case LOW_HALF_U:
      if (byte != 0x75) fail(Status.Utf8);
      state = UNICODE;
      return NOTHING;
    case DIGITS:
      return digit(byte);
    case WORD:
      if (byte != (literal & 0xff)) return wrong();
      literal >>= 8;
      if (literal != 0) return NOTHING;
      after();
      return LITERAL;
    default: // DONE
      if (byte != 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09) fail(Status.Syntax);
      return NOTHING;
  }
}

function digit(byte: u32): u32 {
  if (byte - 0x30 < 10) {
    if (at == 1 && value == 0) return wrong(); // a leading zero
    value = value * 10 + (byte - 0x30);
    at = 1;
    if (value > VERSION_MAX) fail(Status.NumberRange, value, VERSION_MAX);
    return NOTHING;
  }
  if (at == 0) return wrong(); // a lone minus
  if (byte == 0x2e || byte == 0x65 || byte == 0x45) {
    fail(Status.Fraction);
    return NOTHING;
  }
  if (negative && value == 0) {
    fail(Status.NumberRange);
    return NOTHING;
  }
  cursor--; // the byte belongs to what follows
  after();
  return NUMBER;
}

/** Resumes behind an escape: its canonical form is given to the sink, the escape itself is not. */
function escaped(code: u32): void {
  held = false;
  run = cursor;
  state = STRING;
  if (code == 0x22 || code == 0x5c) {
    store<u16>(DIGEST, 0x5c | (code << 8));
    emit(DIGEST, 2);
    put(code);
  } else if (code < 0x80) encoded(code, 1);
  else if (code < 0x800) encoded(0x80c0 | (code >> 6) | ((code & 0x3f) << 8), 2);
  else if (code < 0x10000) encoded(0x8080e0 | (code >> 12) | (((code >> 6) & 0x3f) << 8) | ((code & 0x3f) << 16), 3);
  else encoded(0x808080f0 | (code >> 18) | (((code >> 12) & 0x3f) << 8) | (((code >> 6) & 0x3f) << 16) | ((code & 0x3f) << 24), 4);
}

/** UTF-8 of one code point, first byte lowest. */
function encoded(bytes: u32, length: u32): void {
  store<u32>(DIGEST, bytes);
  emit(DIGEST, length);
  for (let i: u32 = 0; i < length; i++) put((bytes >> (i * 8)) & 0xff);
}

function escape(byte: u32): u32 {
  switch (byte) {
    case 0x22:
    case 0x5c:
    case 0x2f:
      escaped(byte);
      break;
    case 0x62:
      escaped(0x08);
      break;
    case 0x66:
      escaped(0x0c);
      break;
    case 0x6e:
      escaped(0x0a);
      break;
    case 0x72:
      escaped(0x0d);
      break;
    case 0x74:
      escaped(0x09);
      break;
    case 0x75:
      half = 0;
      unit = 0;
      digitsRead = 0;
      state = UNICODE;
      break;
    default:
      return wrong();
  }
  return NOTHING;
}

function unicode(byte: u32): u32 {
  const lower = byte | 0x20;
  if (byte - 0x30 < 10) unit = (unit << 4) | (byte - 0x30);
  else if (lower - 0x61 < 6) unit = (unit << 4) | (lower - 0x61 + 10);
  else return wrong();
  if (++digitsRead < 4) return NOTHING;
  if (half != 0) {
    if (unit - 0xdc00 > 0x3ff) fail(Status.Utf8);
    else escaped(0x10000 + ((half - 0xd800) << 10) + (unit - 0xdc00));
  } else if (unit - 0xd800 < 0x400) {
    half = unit;
    unit = 0;
    digitsRead = 0;
    state = LOW_HALF;
  } else if (unit - 0xdc00 < 0x400) fail(Status.Utf8);
  else escaped(unit);
  return NOTHING;
}
