/** Copies and comparisons of tags, which are 16 bytes (tags.ts), and of digests, which are 32. */

export function copyTag(to: usize, from: usize): void {
  store<u64>(to, load<u64>(from));
  store<u64>(to, load<u64>(from, 8), 8);
}

export function sameTag(a: usize, b: usize): bool {
  return load<u64>(a) == load<u64>(b) && load<u64>(a, 8) == load<u64>(b, 8);
}

/** 32 bytes of SHA-256, or of a key. */
export function copyDigest(to: usize, from: usize): void {
  copyTag(to, from);
  copyTag(to + 16, from + 16);
}

export function sameDigest(a: usize, b: usize): bool {
  return sameTag(a, b) && sameTag(a + 16, b + 16);
}
