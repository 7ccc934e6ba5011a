/** Bytes in linear memory: copy, clear, compare, and the texts metadata is made of. No length here is taken from input unchecked. */
import { DIGEST } from "./layout";

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

/** @returns the value of a lower-case hex digit, 16 for any other byte */
export function nibble(byte: u32): u32 {
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

/** Days from 1970-01-01 to the first of a month of the Gregorian calendar, years from 1970 on, months 0 to 12. */
function days(year: u32, month: u32): u32 {
  // Years that start in March: leap days come last, and January and February belong to the year before.
  if (month > 1) month -= 12;
  else year--;
  return year * 365 + year / 4 - year / 100 + year / 400 + ((month + 10) * 153 + 2) / 5 - 719468;
}

// YYYY-MM-DDTHH:MM:SSZ: what ends each number, and what it stays below (month and day count from 0).
const DATE = memory.data<u8>([0x2d, 0, 0x2d, 12, 0x54, 31, 0x3a, 24, 0x3a, 60, 0x5a, 60]);
const DATE_SIZE: u32 = 12;

/**
 * Reads `YYYY-MM-DDTHH:MM:SSZ`, 20 characters, no leap second. Uses DIGEST.
 *
 * @returns seconds since 1970-01-01T00:00:00Z, or u64.MAX_VALUE on any other text
 */
export function date(at: usize, length: u32): u64 {
  let wrong: u32 = length ^ 20;
  let part: u32 = 0;
  do {
    let number: u32 = 0;
    let left: u32 = part ? 2 : 4;
    do {
      const digit = u32(load<u8>(at++)) - 0x30;
      wrong |= u32(digit > 9);
      number = number * 10 + digit;
    } while (--left);
    number -= u32(part - 2 < 4);
    wrong |= load<u8>(at++) ^ load<u8>(DATE + part);
    if (part) wrong |= u32(number >= u32(load<u8>(DATE + part, 1)));
    store<u32>(DIGEST + part * 2, number);
    part += 2;
  } while (part < DATE_SIZE);
  const year = load<u32>(DIGEST);
  const first = days(year, load<u32>(DIGEST, 4));
  const day = load<u32>(DIGEST, 8);
  wrong |= u32(year < 1970) | u32(day >= days(year, load<u32>(DIGEST, 4) + 1) - first);
  return wrong ? u64.MAX_VALUE : u64(first + day) * 86400 + (load<u32>(DIGEST, 12) * 60 + load<u32>(DIGEST, 16)) * 60 + load<u32>(DIGEST, 20);
}
