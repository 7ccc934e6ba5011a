/** SHA-256 (FIPS 180-4, section 6.2) over bytes that arrive in pieces. */
import { SCRATCH, WORK_SIZE } from "./layout";
import { INITIAL, ROUNDS } from "./tables";

// Context, 104 bytes, 8-aligned: state 8 x u32 | length in bytes u64 | buffer 64.
const LENGTH: usize = 32;
const BUFFER: usize = 40;
const BLOCK: u32 = 64;

const SCHEDULE: usize = SCRATCH + WORK_SIZE - 256; // 32 words at the very end of the work area, shared by both hashes

export function sha256Begin(ctx: usize): void {
  // the initial state is the upper halves of SHA-512's
  for (let i: usize = 0; i < 32; i += 4) store<u32>(ctx + i, load<u32>(INITIAL + 2 * i, 4));
  store<u64>(ctx, 0, LENGTH);
}

/** Takes the next `length` bytes at `data`; whole blocks of aligned data are hashed where they lie. */
export function sha256Update(ctx: usize, data: usize, length: u32): void {
  const before = load<u64>(ctx, LENGTH);
  store<u64>(ctx, before + u64(length), LENGTH);
  let have = u32(before) & (BLOCK - 1);
  while (length) {
    if (have == 0 && length >= BLOCK && (data & 3) == 0) {
      sha256Block(ctx, data);
      data += BLOCK;
      length -= BLOCK;
    } else {
      store<u8>(ctx + usize(have), load<u8>(data), BUFFER);
      data++;
      length--;
      have = (have + 1) & (BLOCK - 1);
      if (have == 0) sha256Block(ctx, ctx + BUFFER);
    }
  }
}

/** Pads, and writes the 32 bytes of the digest to `out`: 4-aligned, apart from the state or the context itself. */
export function sha256End(ctx: usize, out: usize): void {
  const length = load<u64>(ctx, LENGTH);
  let have = usize(length) & (BLOCK - 1);
  store<u8>(ctx + have++, 0x80, BUFFER);
  if (have > 56) {
    while (have < 64) store<u8>(ctx + have++, 0, BUFFER);
    sha256Block(ctx, ctx + BUFFER);
    have = 0;
  }
  while (have < 56) store<u8>(ctx + have++, 0, BUFFER);
  store<u32>(ctx, bswap<u32>(u32(length >> 29)), BUFFER + 56);
  store<u32>(ctx, bswap<u32>(u32(length) << 3), BUFFER + 60);
  sha256Block(ctx, ctx + BUFFER);
  for (let i: usize = 0; i < 32; i += 4) store<u32>(out + i, bswap<u32>(load<u32>(ctx + i)));
}

/** One block of 64 bytes, 4-aligned, into the state. */
export function sha256Block(state: usize, block: usize): void {
  for (let i: usize = 0; i < 64; i += 4) store<u32>(SCHEDULE + i, bswap<u32>(load<u32>(block + i)));

  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  let e = load<u32>(state, 16);
  let f = load<u32>(state, 20);
  let g = load<u32>(state, 24);
  let h = load<u32>(state, 28);

  const last = ROUNDS + 64 * 8;
  let k = ROUNDS; // upper halves, so + 4
  let w = SCHEDULE;
  while (true) {
    h += big1(e) + choose(e, f, g) + load<u32>(k, 4) + load<u32>(w);
    d += h;
    h += big0(a) + majority(a, b, c);
    g += big1(d) + choose(d, e, f) + load<u32>(k, 12) + load<u32>(w, 4);
    c += g;
    g += big0(h) + majority(h, a, b);
    f += big1(c) + choose(c, d, e) + load<u32>(k, 20) + load<u32>(w, 8);
    b += f;
    f += big0(g) + majority(g, h, a);
    e += big1(b) + choose(b, c, d) + load<u32>(k, 28) + load<u32>(w, 12);
    a += e;
    e += big0(f) + majority(f, g, h);
    d += big1(a) + choose(a, b, c) + load<u32>(k, 36) + load<u32>(w, 16);
    h += d;
    d += big0(e) + majority(e, f, g);
    c += big1(h) + choose(h, a, b) + load<u32>(k, 44) + load<u32>(w, 20);
    g += c;
    c += big0(d) + majority(d, e, f);
    b += big1(g) + choose(g, h, a) + load<u32>(k, 52) + load<u32>(w, 24);
    f += b;
    b += big0(c) + majority(c, d, e);
    a += big1(f) + choose(f, g, h) + load<u32>(k, 60) + load<u32>(w, 28);
    e += a;
    a += big0(b) + majority(b, c, d);
    k += 64;
    w += 32;
    if (w < SCHEDULE + 64) continue;
    if (k == last) break;
    // the next 16 words, and back to where the first were
    for (w = SCHEDULE; w < SCHEDULE + 64; w += 4) {
      const next = load<u32>(w) + small0(load<u32>(w, 4)) + load<u32>(w, 36) + small1(load<u32>(w, 56));
      store<u32>(w, next, 64);
    }
    for (w = SCHEDULE; w < SCHEDULE + 64; w += 8) store<u64>(w, load<u64>(w, 64));
    w = SCHEDULE;
  }

  store<u32>(state, load<u32>(state) + a);
  store<u32>(state, load<u32>(state, 4) + b, 4);
  store<u32>(state, load<u32>(state, 8) + c, 8);
  store<u32>(state, load<u32>(state, 12) + d, 12);
  store<u32>(state, load<u32>(state, 16) + e, 16);
  store<u32>(state, load<u32>(state, 20) + f, 20);
  store<u32>(state, load<u32>(state, 24) + g, 24);
  store<u32>(state, load<u32>(state, 28) + h, 28);
}

// FIPS 180-4, section 4.1.2
// @ts-ignore: decorator
@inline function choose(x: u32, y: u32, z: u32): u32 {
  return z ^ (x & (y ^ z));
}
// @ts-ignore: decorator
@inline function majority(x: u32, y: u32, z: u32): u32 {
  return (x & y) | (z & (x | y));
}
// @ts-ignore: decorator
@inline function big0(x: u32): u32 {
  return rotr<u32>(x, 2) ^ rotr<u32>(x, 13) ^ rotr<u32>(x, 22);
}
// @ts-ignore: decorator
@inline function big1(x: u32): u32 {
  return rotr<u32>(x, 6) ^ rotr<u32>(x, 11) ^ rotr<u32>(x, 25);
}
// @ts-ignore: decorator
@inline function small0(x: u32): u32 {
  return rotr<u32>(x, 7) ^ rotr<u32>(x, 18) ^ (x >> 3);
}
// @ts-ignore: decorator
@inline function small1(x: u32): u32 {
  return rotr<u32>(x, 17) ^ rotr<u32>(x, 19) ^ (x >> 10);
}
