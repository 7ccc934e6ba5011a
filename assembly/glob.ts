import { aktualizr } from "./dialect";

/**
 * Patterns of delegations, one rule for cores and servers: `*` is any run of bytes and `?` any one byte, neither of them `/` (in aktualizr's dialect both may
 * be); nothing else is special.
 *
 * Source: TUF 1.0.31 §4.5 PATHPATTERN, without character sets (docs/POUF.md). Linear memory, at most 255 x 256 steps.
 */
export function matches(pattern: usize, patternLength: u32, name: usize, nameLength: u32): bool {
  let p: u32 = 0;
  let n: u32 = 0;
  let star: u32 = u32.MAX_VALUE; // behind the last * met
  let taken: u32 = 0; // first byte of the name that it does not cover
  while (n < nameLength) {
    const byte = load<u8>(name + n);
    const want = p < patternLength ? u32(load<u8>(pattern + p)) : 0x100;
    if (want == 0x2a) {
      star = ++p;
      taken = n;
    } else if (want == byte || (want == 0x3f && (byte != 0x2f || aktualizr))) {
      p++;
      n++;
    } else if (star != u32.MAX_VALUE && (load<u8>(name + taken) != 0x2f || aktualizr)) {
      p = star;
      n = ++taken;
    } else return false;
  }
  while (p < patternLength && load<u8>(pattern + p) == 0x2a) p++;
  return p == patternLength;
}
