/** SHA-512 (FIPS 180-4, section 6.4) over bytes that arrive in pieces, or block by block. */
import { SCRATCH, WORK_SIZE } from "./layout";
import { INITIAL, ROUNDS } from "./tables";

// Context, 200 bytes, 8-aligned: state 8 x u64 | length in bytes u64 | buffer 128.
const LENGTH: usize = 64;
const BUFFER: usize = 72;
const BLOCK: u32 = 128;

const SCHEDULE: usize = SCRATCH + WORK_SIZE - 128; // 16 words at the very end of the work area, shared by both hashes

export function sha512Begin(ctx: usize): void {
  sha512Init(ctx);
  store<u64>(ctx, 0, LENGTH);
}

/** Takes the next `length` bytes at `data`; whole blocks of aligned data are hashed where they lie. */
export function sha512Update(ctx: usize, data: usize, length: u32): void {
  const before = load<u64>(ctx, LENGTH);
  store<u64>(ctx, before + u64(length), LENGTH);
  let have = u32(before) & (BLOCK - 1);
  while (length) {
    if (have == 0 && length >= BLOCK && (data & 7) == 0) {
      sha512Block(ctx, data);
      data += BLOCK;
      length -= BLOCK;
    } else {
      store<u8>(ctx + usize(have), load<u8>(data), BUFFER);
      data++;
      length--;
      have = (have + 1) & (BLOCK - 1);
      if (have == 0) sha512Block(ctx, ctx + BUFFER);
    }
  }
}

/** Pads, and writes the 64 bytes of the digest to `out`: 8-aligned, apart from the state or the context itself. */
export function sha512End(ctx: usize, out: usize): void {
  const length = load<u64>(ctx, LENGTH);
  let have = usize(length) & (BLOCK - 1);
  store<u8>(ctx + have++, 0x80, BUFFER);
  if (have > 112) {
    while (have < 128) store<u8>(ctx + have++, 0, BUFFER);
    sha512Block(ctx, ctx + BUFFER);
    have = 0;
  }
  while (have < 112) store<u8>(ctx + have++, 0, BUFFER);
  store<u64>(ctx, bswap<u64>(length >> 61), BUFFER + 112);
  store<u64>(ctx, bswap<u64>(length << 3), BUFFER + 120);
  sha512Block(ctx, ctx + BUFFER);
  sha512Digest(ctx, out);
}

/** A fresh state of 64 bytes, for callers that pad their blocks themselves. */
export function sha512Init(state: usize): void {
  for (let i: usize = 0; i < 64; i += 8) store<u64>(state + i, load<u64>(INITIAL + i));
}

/** The digest of a finished state: 64 bytes, big-endian, to `out`: 8-aligned, apart from the state or the state itself. */
export function sha512Digest(state: usize, out: usize): void {
  for (let i: usize = 0; i < 64; i += 8) store<u64>(out + i, bswap<u64>(load<u64>(state + i)));
}

/** One block of 128 bytes, 8-aligned, into the state of 64 bytes. */
export function sha512Block(state: usize, block: usize): void {
  for (let i: usize = 0; i < 128; i += 8) store<u64>(SCHEDULE + i, bswap<u64>(load<u64>(block + i)));

  let a = load<u64>(state);
  let b = load<u64>(state, 8);
  let c = load<u64>(state, 16);
  let d = load<u64>(state, 24);
  let e = load<u64>(state, 32);
  let f = load<u64>(state, 40);
  let g = load<u64>(state, 48);
  let h = load<u64>(state, 56);

  // The last 16 words in two halves that change places; from the third time on, 8 new words in place of the oldest.
  let p = SCHEDULE;
  let q = SCHEDULE + 64;
  for (let k = ROUNDS; k < ROUNDS + 80 * 8; k += 64) {
    if (k >= ROUNDS + 16 * 8) {
      store<u64>(p, load<u64>(p) + small0(load<u64>(p, 8)) + load<u64>(q, 8) + small1(load<u64>(q, 48)));
      store<u64>(p, load<u64>(p, 8) + small0(load<u64>(p, 16)) + load<u64>(q, 16) + small1(load<u64>(q, 56)), 8);
      store<u64>(p, load<u64>(p, 16) + small0(load<u64>(p, 24)) + load<u64>(q, 24) + small1(load<u64>(p)), 16);
      store<u64>(p, load<u64>(p, 24) + small0(load<u64>(p, 32)) + load<u64>(q, 32) + small1(load<u64>(p, 8)), 24);
      store<u64>(p, load<u64>(p, 32) + small0(load<u64>(p, 40)) + load<u64>(q, 40) + small1(load<u64>(p, 16)), 32);
      store<u64>(p, load<u64>(p, 40) + small0(load<u64>(p, 48)) + load<u64>(q, 48) + small1(load<u64>(p, 24)), 40);
      store<u64>(p, load<u64>(p, 48) + small0(load<u64>(p, 56)) + load<u64>(q, 56) + small1(load<u64>(p, 32)), 48);
      store<u64>(p, load<u64>(p, 56) + small0(load<u64>(q)) + load<u64>(p) + small1(load<u64>(p, 40)), 56);
    }
    h += big1(e) + choose(e, f, g) + load<u64>(k) + load<u64>(p);
    d += h;
    h += big0(a) + majority(a, b, c);
    g += big1(d) + choose(d, e, f) + load<u64>(k, 8) + load<u64>(p, 8);
    c += g;
    g += big0(h) + majority(h, a, b);
    f += big1(c) + choose(c, d, e) + load<u64>(k, 16) + load<u64>(p, 16);
    b += f;
    f += big0(g) + majority(g, h, a);
    e += big1(b) + choose(b, c, d) + load<u64>(k, 24) + load<u64>(p, 24);
    a += e;
    e += big0(f) + majority(f, g, h);
    d += big1(a) + choose(a, b, c) + load<u64>(k, 32) + load<u64>(p, 32);
    h += d;
    d += big0(e) + majority(e, f, g);
    c += big1(h) + choose(h, a, b) + load<u64>(k, 40) + load<u64>(p, 40);
    g += c;
    c += big0(d) + majority(d, e, f);
    b += big1(g) + choose(g, h, a) + load<u64>(k, 48) + load<u64>(p, 48);
    f += b;
    b += big0(c) + majority(c, d, e);
    a += big1(f) + choose(f, g, h) + load<u64>(k, 56) + load<u64>(p, 56);
    e += a;
    a += big0(b) + majority(b, c, d);
    const swap = p;
    p = q;
    q = swap;
  }

  store<u64>(state, load<u64>(state) + a);
  store<u64>(state, load<u64>(state, 8) + b, 8);
  store<u64>(state, load<u64>(state, 16) + c, 16);
  store<u64>(state, load<u64>(state, 24) + d, 24);
  store<u64>(state, load<u64>(state, 32) + e, 32);
  store<u64>(state, load<u64>(state, 40) + f, 40);
  store<u64>(state, load<u64>(state, 48) + g, 48);
  store<u64>(state, load<u64>(state, 56) + h, 56);
}

// FIPS 180-4, section 4.1.3; the rotations one inside the other, which takes fewer copies
// @ts-ignore: decorator
@inline function choose(x: u64, y: u64, z: u64): u64 {
  return z ^ (x & (y ^ z));
}
// @ts-ignore: decorator
@inline function majority(x: u64, y: u64, z: u64): u64 {
  return (x & y) | (z & (x | y));
}
// @ts-ignore: decorator
@inline function big0(x: u64): u64 {
  return rotr<u64>(x ^ rotr<u64>(x ^ rotr<u64>(x, 5), 6), 28);
}
// @ts-ignore: decorator
@inline function big1(x: u64): u64 {
  return rotr<u64>(x ^ rotr<u64>(x ^ rotr<u64>(x, 23), 4), 14);
}
// @ts-ignore: decorator
@inline function small0(x: u64): u64 {
  return rotr<u64>(x ^ rotr<u64>(x, 7), 1) ^ (x >> 7);
}
// @ts-ignore: decorator
@inline function small1(x: u64): u64 {
  return rotr<u64>(x ^ rotr<u64>(x, 42), 19) ^ (x >> 6);
}
