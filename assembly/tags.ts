/** Digests, and the tags that stand for names, serials and ids of any length: the first 16 bytes of their SHA-256. A tag is at TAG256 until the next one. */
import { TAG256, TOKEN } from "./layout";
import { name, nameLength, ownName, ownNameLength, textLength } from "./json";
import { sha256Begin, sha256End, sha256Update } from "./sha256";

/** @returns where it stands */
export function tag(text: usize, length: u32): usize {
  sha256Begin(TAG256);
  sha256Update(TAG256, text, length);
  sha256End(TAG256, TAG256);
  return TAG256;
}

/** Of the text just read. */
export function textTag(): usize {
  return tag(TOKEN, textLength);
}

/** Of the name of the value at hand. */
export function nameTag(): usize {
  return tag(name(), nameLength());
}

/** Of the name of the container the reader stands in. */
export function ownTag(): usize {
  return tag(ownName(), ownNameLength());
}

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
