/** Bytes as lower-case hexadecimal text and back: the spelling of digests, keys and signatures in metadata. */
import { UsageError } from "./errors.ts";

export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/**
 * @param text  hexadecimal digits of either case
 * @param size  bytes the text has to spell, when the caller knows
 * @throws UsageError  for an odd number of digits, any other character, or another size
 */
export function fromHex(text: string, size?: number): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) throw new UsageError(`Cannot read "${text.slice(0, 80)}" as hexadecimal`);
  if (size !== undefined && text.length !== 2 * size) throw new UsageError(`Cannot read ${text.length / 2} bytes where ${size} are needed`);
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
