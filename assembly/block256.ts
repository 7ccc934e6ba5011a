/** The compression function of SHA-256: one block into the state (FIPS 180-4, section 6.2.2). */
import { ROUNDS } from "./tables";

/** One block of 64 bytes, 4-aligned, into the state. */
export function sha256Block(state: usize, block: usize): void {
  let w0 = bswap<u32>(load<u32>(block));
  let w1 = bswap<u32>(load<u32>(block, 4));
  let w2 = bswap<u32>(load<u32>(block, 8));
  let w3 = bswap<u32>(load<u32>(block, 12));
  let w4 = bswap<u32>(load<u32>(block, 16));
  let w5 = bswap<u32>(load<u32>(block, 20));
  let w6 = bswap<u32>(load<u32>(block, 24));
  let w7 = bswap<u32>(load<u32>(block, 28));
  let w8 = bswap<u32>(load<u32>(block, 32));
  let w9 = bswap<u32>(load<u32>(block, 36));
  let w10 = bswap<u32>(load<u32>(block, 40));
  let w11 = bswap<u32>(load<u32>(block, 44));
  let w12 = bswap<u32>(load<u32>(block, 48));
  let w13 = bswap<u32>(load<u32>(block, 52));
  let w14 = bswap<u32>(load<u32>(block, 56));
  let w15 = bswap<u32>(load<u32>(block, 60));
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

  for (let k = ROUNDS; ; ) { // upper halves, so + 4
    h += load<u32>(k, 4) + w0 + choose(e, f, g) + big1(e);
    d += h;
    y = a ^ b;
    h += (b ^ (x & y)) + big0(a);
    g += load<u32>(k, 12) + w1 + choose(d, e, f) + big1(d);
    c += g;
    x = h ^ a;
    g += (a ^ (x & y)) + big0(h);
    f += load<u32>(k, 20) + w2 + choose(c, d, e) + big1(c);
    b += f;
    y = g ^ h;
    f += (h ^ (x & y)) + big0(g);
    e += load<u32>(k, 28) + w3 + choose(b, c, d) + big1(b);
    a += e;
    x = f ^ g;
    e += (g ^ (x & y)) + big0(f);
    d += load<u32>(k, 36) + w4 + choose(a, b, c) + big1(a);
    h += d;
    y = e ^ f;
    d += (f ^ (x & y)) + big0(e);
    c += load<u32>(k, 44) + w5 + choose(h, a, b) + big1(h);
    g += c;
    x = d ^ e;
    c += (e ^ (x & y)) + big0(d);
    b += load<u32>(k, 52) + w6 + choose(g, h, a) + big1(g);
    f += b;
    y = c ^ d;
    b += (d ^ (x & y)) + big0(c);
    a += load<u32>(k, 60) + w7 + choose(f, g, h) + big1(f);
    e += a;
    x = b ^ c;
    a += (c ^ (x & y)) + big0(b);
    h += load<u32>(k, 68) + w8 + choose(e, f, g) + big1(e);
    d += h;
    y = a ^ b;
    h += (b ^ (x & y)) + big0(a);
    g += load<u32>(k, 76) + w9 + choose(d, e, f) + big1(d);
    c += g;
    x = h ^ a;
    g += (a ^ (x & y)) + big0(h);
    f += load<u32>(k, 84) + w10 + choose(c, d, e) + big1(c);
    b += f;
    y = g ^ h;
    f += (h ^ (x & y)) + big0(g);
    e += load<u32>(k, 92) + w11 + choose(b, c, d) + big1(b);
    a += e;
    x = f ^ g;
    e += (g ^ (x & y)) + big0(f);
    d += load<u32>(k, 100) + w12 + choose(a, b, c) + big1(a);
    h += d;
    y = e ^ f;
    d += (f ^ (x & y)) + big0(e);
    c += load<u32>(k, 108) + w13 + choose(h, a, b) + big1(h);
    g += c;
    x = d ^ e;
    c += (e ^ (x & y)) + big0(d);
    b += load<u32>(k, 116) + w14 + choose(g, h, a) + big1(g);
    f += b;
    y = c ^ d;
    b += (d ^ (x & y)) + big0(c);
    a += load<u32>(k, 124) + w15 + choose(f, g, h) + big1(f);
    e += a;
    x = b ^ c;
    a += (c ^ (x & y)) + big0(b);
    k += 128;
    if (k == ROUNDS + 64 * 8) break;
    w0 += small0(w1) + w9 + small1(w14);
    w1 += small0(w2) + w10 + small1(w15);
    w2 += small0(w3) + w11 + small1(w0);
    w3 += small0(w4) + w12 + small1(w1);
    w4 += small0(w5) + w13 + small1(w2);
    w5 += small0(w6) + w14 + small1(w3);
    w6 += small0(w7) + w15 + small1(w4);
    w7 += small0(w8) + w0 + small1(w5);
    w8 += small0(w9) + w1 + small1(w6);
    w9 += small0(w10) + w2 + small1(w7);
    w10 += small0(w11) + w3 + small1(w8);
    w11 += small0(w12) + w4 + small1(w9);
    w12 += small0(w13) + w5 + small1(w10);
    w13 += small0(w14) + w6 + small1(w11);
    w14 += small0(w15) + w7 + small1(w12);
    w15 += small0(w0) + w8 + small1(w13);
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
