/** SHA-512 (FIPS 180-4, section 6.4) over bytes that arrive in pieces, or block by block. */
import { INITIAL } from "./tables";
import { pad, update } from "./pieces";
import { turn } from "./endian";

export { sha512Block } from "./block512";

// Context, 200 bytes, 8-aligned: state 8 x u64 | length in bytes u64 | buffer 128.

export function sha512Begin(ctx: usize): void {
  sha512Init(ctx);
  store<u64>(ctx, 0, 64);
}

/** Takes the next `length` bytes at `data`; whole blocks of 8-aligned data are hashed where they lie. */
export function sha512Update(ctx: usize, data: usize, length: u32): void {
  update(ctx, data, length, 128);
}

/** Pads, and writes the 64 bytes of the digest to `out`: 8-aligned, apart from the state or the context itself. */
export function sha512End(ctx: usize, out: usize): void {
  pad(ctx, 128);
  sha512Digest(ctx, out);
}

/** A fresh state of 64 bytes, for callers that pad their blocks themselves. */
export function sha512Init(state: usize): void {
  for (let i: usize = 0; i < 64; i += 8) store<u64>(state + i, load<u64>(INITIAL + i));
}

/** The digest of a finished state: 64 bytes, big-endian, to `out`: 8-aligned, apart from the state or the state itself. */
export function sha512Digest(state: usize, out: usize): void {
  turn(out, state, 64, 32);
}
