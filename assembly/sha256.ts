/** SHA-256 (FIPS 180-4, section 6.2) over bytes that arrive in pieces. */
import { INITIAL } from "./tables";
import { pad, update } from "./pieces";
import { turn } from "./endian";

export { sha256Block } from "./block256";

// Context, 104 bytes, 8-aligned: state 8 x u32 | length in bytes u64 | buffer 64.

export function sha256Begin(ctx: usize): void {
  // the initial state is the upper halves of SHA-512's
  for (let i: usize = 0; i < 32; i += 4) store<u32>(ctx + i, load<u32>(INITIAL + 2 * i, 4));
  store<u64>(ctx, 0, 32);
}

/** Takes the next `length` bytes at `data`; whole blocks of 8-aligned data are hashed where they lie. */
export function sha256Update(ctx: usize, data: usize, length: u32): void {
  update(ctx, data, length, 64);
}

/** Pads, and writes the 32 bytes of the digest to `out`: 4-aligned, apart from the state or the context itself. */
export function sha256End(ctx: usize, out: usize): void {
  pad(ctx, 64);
  turn(out, ctx, 32, 0);
}
