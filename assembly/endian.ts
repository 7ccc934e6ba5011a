/**
 * Words of big-endian bytes, as both hashes have them outside, to words of this machine and back; `out` may be `from`.
 * Words are of 64 bits where `half` is 32, of 32 bits where it is 0.
 */
export function turn(out: usize, from: usize, bytes: usize, half: u64): void {
  for (const end = from + bytes; from < end; from += 8, out += 8) {
    let x = rotr<u64>(load<u64>(from), half);
    x = ((x >> 16) & 0x0000ffff0000ffff) | ((x & 0x0000ffff0000ffff) << 16);
    store<u64>(out, ((x >> 8) & 0x00ff00ff00ff00ff) | ((x & 0x00ff00ff00ff00ff) << 8));
  }
}
