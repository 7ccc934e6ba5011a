/** SHA-256 (FIPS 180-4, section 6.2) over bytes that arrive in pieces. */
import { SCRATCH, WORK_SIZE } from "./layout";
import { INITIAL, ROUNDS } from "./tables";

// Context, 104 bytes, 8-aligned: state 8 x u32 | length in bytes u64 | buffer 64.
const LENGTH: usize = 32;
const BUFFER: usize = 40;
const BLOCK: u32 = 64;

const SCHEDULE: usize = SCRATCH + WORK_SIZE - 128; // 16 words at the very end of the work area, shared by both hashes

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

  // The last 16 words in two halves that change places; from the third time on, 8 new words in place of the oldest.
  let p = SCHEDULE;
  let q = SCHEDULE + 32;
  for (let k = ROUNDS; k < ROUNDS + 64 * 8; k += 64) {
    if (k >= ROUNDS + 16 * 8) {
      store<u32>(p, load<u32>(p) + small0(load<u32>(p, 4)) + load<u32>(q, 4) + small1(load<u32>(q, 24)));
      store<u32>(p, load<u32>(p, 4) + small0(load<u32>(p, 8)) + load<u32>(q, 8) + small1(load<u32>(q, 28)), 4);
      store<u32>(p, load<u32>(p, 8) + small0(load<u32>(p, 12)) + load<u32>(q, 12) + small1(load<u32>(p)), 8);
      store<u32>(p, load<u32>(p, 12) + small0(load<u32>(p, 16)) + load<u32>(q, 16) + small1(load<u32>(p, 4)), 12);
      store<u32>(p, load<u32>(p, 16) + small0(load<u32>(p, 20)) + load<u32>(q, 20) + small1(load<u32>(p, 8)), 16);
      store<u32>(p, load<u32>(p, 20) + small0(load<u32>(p, 24)) + load<u32>(q, 24) + small1(load<u32>(p, 12)), 20);
      store<u32>(p, load<u32>(p, 24) + small0(load<u32>(p, 28)) + load<u32>(q, 28) + small1(load<u32>(p, 16)), 24);
      store<u32>(p, load<u32>(p, 28) + small0(load<u32>(q)) + load<u32>(p) + small1(load<u32>(p, 20)), 28);
    }
    h += big1(e) + choose(e, f, g) + load<u32>(k, 4) + load<u32>(p);
    d += h;
    h += big0(a) + majority(a, b, c);
    g += big1(d) + choose(d, e, f) + load<u32>(k, 12) + load<u32>(p, 4);
    c += g;
    g += big0(h) + majority(h, a, b);
    f += big1(c) + choose(c, d, e) + load<u32>(k, 20) + load<u32>(p, 8);
    b += f;
    f += big0(g) + majority(g, h, a);
    e += big1(b) + choose(b, c, d) + load<u32>(k, 28) + load<u32>(p, 12);
    a += e;
    e += big0(f) + majority(f, g, h);
    d += big1(a) + choose(a, b, c) + load<u32>(k, 36) + load<u32>(p, 16);
    h += d;
    d += big0(e) + majority(e, f, g);
    c += big1(h) + choose(h, a, b) + load<u32>(k, 44) + load<u32>(p, 20);
    g += c;
    c += big0(d) + majority(d, e, f);
    b += big1(g) + choose(g, h, a) + load<u32>(k, 52) + load<u32>(p, 24);
    f += b;
    b += big0(c) + majority(c, d, e);
    a += big1(f) + choose(f, g, h) + load<u32>(k, 60) + load<u32>(p, 28);
    e += a;
    a += big0(b) + majority(b, c, d);
    const swap = p;
    p = q;
    q = swap;
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

// FIPS 180-4, section 4.1.2; the rotations one inside the other, which takes fewer copies
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
  return rotr<u32>(x ^ rotr<u32>(x ^ rotr<u32>(x, 9), 11), 2);
}
// @ts-ignore: decorator
@inline function big1(x: u32): u32 {
  return rotr<u32>(x ^ rotr<u32>(x ^ rotr<u32>(x, 14), 5), 6);
}
// @ts-ignore: decorator
@inline function small0(x: u32): u32 {
  return rotr<u32>(x ^ rotr<u32>(x, 11), 7) ^ (x >> 3);
}
// @ts-ignore: decorator
@inline function small1(x: u32): u32 {
  return rotr<u32>(x ^ rotr<u32>(x, 2), 17) ^ (x >> 10);
}
