/** Bytes in pieces to blocks, and the padding behind them (FIPS 180-4, section 5.1): the same for both hashes but for the size of a block. */
import { sha256Block } from "./block256";
import { sha512Block } from "./block512";
import { turn } from "./endian";
import { everySlot } from "./slots";

// Context, 8-aligned, for a block of B bytes, 64 or 128: state B / 2 | length in bytes u64 | buffer B.

/** Takes the next `length` bytes at `data`; whole blocks of 8-aligned data are hashed where they lie. */
export function update(ctx: usize, data: usize, length: u32, block: u32): void {
  const counter = ctx + (block >> 1);
  const buffer = counter + 8;
  const before = load<u64>(counter);
  store<u64>(counter, before + u64(length));
  let have = u32(before) & (block - 1);
  while (length) {
    let step: u32 = 1;
    if (have == 0 && length >= block && (data & 7) == 0) {
      step = length & -block;
      compress(ctx, data, block, data + step);
    } else if (length >= 8 && ((have | u32(data)) & 7) == 0) {
      step = 8;
      store<u64>(buffer + have, load<u64>(data));
    } else {
      store<u8>(buffer + have, load<u8>(data));
    }
    data += step;
    length -= step;
    have = (have + step) & (block - 1);
    if (have == 0 && step < block) compress(ctx, buffer, block, buffer + block);
  }
}

/** Pads: 0x80, zeros, and the length in bits, which is below 2^64, at the end of the last block. */
export function pad(ctx: usize, block: u32): void {
  const length = load<u64>(ctx + (block >> 1));
  const buffer = ctx + (block >> 1) + 8;
  let have = u32(length) & (block - 1);
  let full = have >= block - (block >> 3); // no place for the length behind it
  store<u8>(buffer + have, 0x80);
  while (true) {
    while (++have & 7) store<u8>(buffer + have, 0);
    for (; have < block; have += 8) store<u64>(buffer + have, 0);
    if (!full) break;
    full = false;
    compress(ctx, buffer, block, buffer + block);
    have = u32(-1);
  }
  store<u64>(buffer + block - 8, length << 3);
  turn(buffer + block - 8, buffer + block - 8, 8, 32);
  compress(ctx, buffer, block, buffer + block);
}

/** The context that stands for several states over one message: slots.ts; 0: there is none. */
let shared: usize = 0;

export function share(ctx: usize): void {
  shared = ctx;
}

function compress(state: usize, data: usize, block: u32, end: usize): void {
  do {
    if (block == 64) sha256Block(state, data);
    else if (shared && state == shared) everySlot(data);
    else sha512Block(state, data);
  } while ((data += block) < end);
}
