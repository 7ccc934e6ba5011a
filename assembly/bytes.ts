/** Bytes in linear memory: copy, clear, compare, and the texts metadata is made of. No length here is taken from input unchecked. */
import { sha256Begin, sha256End, sha256Update } from "./sha256";
import { TAG256 } from "./layout";

export function copy(to: usize, from: usize, length: u32): void {
  for (let i: u32 = 0; i < length; i++) store<u8>(to + i, load<u8>(from + i));
}

export function clear(at: usize, length: u32): void {
  for (let i: u32 = 0; i < length; i++) store<u8>(at + i, 0);
}

export function equal(a: usize, b: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}

/**
 * Writes the first `size` bytes of the SHA-256 of a text to `out`: what stands for a name, a serial or a key id.
 */
export function tag(text: usize, length: u32, out: usize, size: u32): void {
  sha256Begin(TAG256);
  sha256Update(TAG256, text, length);
  sha256End(TAG256, TAG256);
  copy(out, TAG256, size);
}

function nibble(byte: u32): u32 {
  if (byte - 0x30 < 10) return byte - 0x30;
  if (byte - 0x61 < 6) return byte - 0x61 + 10;
  return 16;
}

/** Decodes lower-case hex of exactly `size` bytes. @returns false on any other text */
export function hex(text: usize, length: u32, out: usize, size: u32): bool {
  if (length != size * 2) return false;
  for (let i: u32 = 0; i < size; i++) {
    const high = nibble(load<u8>(text + i * 2));
    const low = nibble(load<u8>(text + i * 2, 1));
    if ((high | low) > 15) return false;
    store<u8>(out + i, (high << 4) | low);
  }
  return true;
}

function sextet(byte: u32): u32 {
  if (byte - 0x41 < 26) return byte - 0x41;
  if (byte - 0x61 < 26) return byte - 0x61 + 26;
  if (byte - 0x30 < 10) return byte - 0x30 + 52;
  return byte == 0x2b ? 62 : byte == 0x2f ? 63 : 64;
}

/** Decodes base64 (RFC 4648 §4) of exactly 64 bytes: 86 digits, of which the last ends in zeros, and two =. @returns false on any other text */
export function base64(text: usize, length: u32, out: usize): bool {
  if (length != 88 || load<u16>(text, 86) != 0x3d3d) return false;
  let bits: u32 = 0;
  let held: u32 = 0;
  for (let i: u32 = 0; i < 86; i++) {
    const six = sextet(load<u8>(text + i));
    if (six == 64) return false;
    bits = (bits << 6) | six;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    store<u8>(out++, bits >> held);
    bits &= (1 << held) - 1;
  }
  return bits == 0;
}

function digits(at: usize, count: u32): u32 {
  let value: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const digit = u32(load<u8>(at + i)) - 0x30;
    if (digit > 9) return u32.MAX_VALUE;
    value = value * 10 + digit;
  }
  return value;
}

/** A decimal text of 1 to 16 digits without a leading zero. @returns u64.MAX_VALUE on any other text */
export function decimal(at: usize, length: u32): u64 {
  if (length == 0 || length > 16 || (length > 1 && load<u8>(at) == 0x30)) return u64.MAX_VALUE;
  let value: u64 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const digit = u64(load<u8>(at + i)) - 0x30;
    if (digit > 9) return u64.MAX_VALUE;
    value = value * 10 + digit;
  }
  return value;
}

/** Days from 1970-01-01 to a day of the Gregorian calendar, years 1970 to 9999. */
function days(year: u32, month: u32, day: u32): u32 {
  // Years that start in March: leap days come last, months before March belong to the year before.
  const y = month > 2 ? year : year - 1;
  const m = month > 2 ? month - 3 : month + 9; // 0 = March
  return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

function monthDays(year: u32, month: u32): u32 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/**
 * Reads `YYYY-MM-DDTHH:MM:SSZ`, 20 characters, no leap second.
 *
 * @returns seconds since 1970-01-01T00:00:00Z, or u64.MAX_VALUE on any other text
 */
export function date(at: usize, length: u32): u64 {
  if (length != 20) return u64.MAX_VALUE;
  if (load<u8>(at, 4) != 0x2d || load<u8>(at, 7) != 0x2d || load<u8>(at, 10) != 0x54) return u64.MAX_VALUE;
  if (load<u8>(at, 13) != 0x3a || load<u8>(at, 16) != 0x3a || load<u8>(at, 19) != 0x5a) return u64.MAX_VALUE;
  const year = digits(at, 4);
  const month = digits(at + 5, 2);
  const day = digits(at + 8, 2);
  const hour = digits(at + 11, 2);
  const minute = digits(at + 14, 2);
  const second = digits(at + 17, 2);
  if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1) return u64.MAX_VALUE;
  if (day > monthDays(year, month) || hour > 23 || minute > 59 || second > 59) return u64.MAX_VALUE;
  return u64(days(year, month, day)) * 86400 + hour * 3600 + minute * 60 + second;
}
