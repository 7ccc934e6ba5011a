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
      let step: u32 = 1;
      if (length >= 8 && ((have | u32(data)) & 7) == 0) {
        step = 8;
        store<u64>(ctx + usize(have), load<u64>(data), BUFFER);
      } else {
        store<u8>(ctx + usize(have), load<u8>(data), BUFFER);
      }
      data += step;
      length -= step;
      have = (have + step) & (BLOCK - 1);
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

  let x = b ^ c; // the majority of a, b, c is b ^ ((a ^ b) & (b ^ c)), and a ^ b is b ^ c of the next round
  let y = a;

  const last = ROUNDS + 64 * 8;
  let k = ROUNDS; // upper halves, so + 4
  let w = SCHEDULE;
  while (true) {
    h += load<u32>(k, 4) + load<u32>(w) + choose(e, f, g) + big1(e);
    d += h;
    y = a ^ b;
    h += (b ^ (x & y)) + big0(a);
    g += load<u32>(k, 12) + load<u32>(w, 4) + choose(d, e, f) + big1(d);
    c += g;
    x = h ^ a;
    g += (a ^ (x & y)) + big0(h);
    f += load<u32>(k, 20) + load<u32>(w, 8) + choose(c, d, e) + big1(c);
    b += f;
    y = g ^ h;
    f += (h ^ (x & y)) + big0(g);
    e += load<u32>(k, 28) + load<u32>(w, 12) + choose(b, c, d) + big1(b);
    a += e;
    x = f ^ g;
    e += (g ^ (x & y)) + big0(f);
    d += load<u32>(k, 36) + load<u32>(w, 16) + choose(a, b, c) + big1(a);
    h += d;
    y = e ^ f;
    d += (f ^ (x & y)) + big0(e);
    c += load<u32>(k, 44) + load<u32>(w, 20) + choose(h, a, b) + big1(h);
    g += c;
    x = d ^ e;
    c += (e ^ (x & y)) + big0(d);
    b += load<u32>(k, 52) + load<u32>(w, 24) + choose(g, h, a) + big1(g);
    f += b;
    y = c ^ d;
    b += (d ^ (x & y)) + big0(c);
    a += load<u32>(k, 60) + load<u32>(w, 28) + choose(f, g, h) + big1(f);
    e += a;
    x = b ^ c;
    a += (c ^ (x & y)) + big0(b);
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

// FIPS 180-4, section 4.1.2; the rotations one inside the other, which takes fewer copies
// @ts-ignore: decorator
@inline function choose(x: u32, y: u32, z: u32): u32 {
  return z ^ (x & (y ^ z));
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
