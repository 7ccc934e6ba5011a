/** The tags that stand for names, serials and ids of any length: the first 16 bytes of their SHA-256. A tag is at TAG256 until the next one. */
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
