/** The compression function of SHA-512: one block into the state (FIPS 180-4, section 6.4.2). */
import { ROUNDS } from "./tables";

/** One block of 128 bytes, 8-aligned, into the state of 64 bytes. */
export function sha512Block(state: usize, block: usize): void {
  let w0 = bswap<u64>(load<u64>(block));
  let w1 = bswap<u64>(load<u64>(block, 8));
  let w2 = bswap<u64>(load<u64>(block, 16));
  let w3 = bswap<u64>(load<u64>(block, 24));
  let w4 = bswap<u64>(load<u64>(block, 32));
  let w5 = bswap<u64>(load<u64>(block, 40));
  let w6 = bswap<u64>(load<u64>(block, 48));
  let w7 = bswap<u64>(load<u64>(block, 56));
  let w8 = bswap<u64>(load<u64>(block, 64));
  let w9 = bswap<u64>(load<u64>(block, 72));
  let w10 = bswap<u64>(load<u64>(block, 80));
  let w11 = bswap<u64>(load<u64>(block, 88));
  let w12 = bswap<u64>(load<u64>(block, 96));
  let w13 = bswap<u64>(load<u64>(block, 104));
  let w14 = bswap<u64>(load<u64>(block, 112));
  let w15 = bswap<u64>(load<u64>(block, 120));
  let a = load<u64>(state);
  let b = load<u64>(state, 8);
  let c = load<u64>(state, 16);
  let d = load<u64>(state, 24);
  let e = load<u64>(state, 32);
  let f = load<u64>(state, 40);
  let g = load<u64>(state, 48);
  let h = load<u64>(state, 56);
  let x = b ^ c; // the majority of a, b, c is b ^ ((a ^ b) & (b ^ c)), and a ^ b is b ^ c of the next round
  let y = a;

  for (let k = ROUNDS; ; ) {
    h += load<u64>(k) + w0 + choose(e, f, g) + big1(e);
    d += h;
    y = a ^ b;
    h += (b ^ (x & y)) + big0(a);
    g += load<u64>(k, 8) + w1 + choose(d, e, f) + big1(d);
    c += g;
    x = h ^ a;
    g += (a ^ (x & y)) + big0(h);
    f += load<u64>(k, 16) + w2 + choose(c, d, e) + big1(c);
    b += f;
    y = g ^ h;
    f += (h ^ (x & y)) + big0(g);
    e += load<u64>(k, 24) + w3 + choose(b, c, d) + big1(b);
    a += e;
    x = f ^ g;
    e += (g ^ (x & y)) + big0(f);
    d += load<u64>(k, 32) + w4 + choose(a, b, c) + big1(a);
    h += d;
    y = e ^ f;
    d += (f ^ (x & y)) + big0(e);
    c += load<u64>(k, 40) + w5 + choose(h, a, b) + big1(h);
    g += c;
    x = d ^ e;
    c += (e ^ (x & y)) + big0(d);
    b += load<u64>(k, 48) + w6 + choose(g, h, a) + big1(g);
    f += b;
    y = c ^ d;
    b += (d ^ (x & y)) + big0(c);
    a += load<u64>(k, 56) + w7 + choose(f, g, h) + big1(f);
    e += a;
    x = b ^ c;
    a += (c ^ (x & y)) + big0(b);
    h += load<u64>(k, 64) + w8 + choose(e, f, g) + big1(e);
    d += h;
    y = a ^ b;
    h += (b ^ (x & y)) + big0(a);
    g += load<u64>(k, 72) + w9 + choose(d, e, f) + big1(d);
    c += g;
    x = h ^ a;
    g += (a ^ (x & y)) + big0(h);
    f += load<u64>(k, 80) + w10 + choose(c, d, e) + big1(c);
    b += f;
    y = g ^ h;
    f += (h ^ (x & y)) + big0(g);
    e += load<u64>(k, 88) + w11 + choose(b, c, d) + big1(b);
    a += e;
    x = f ^ g;
    e += (g ^ (x & y)) + big0(f);
    d += load<u64>(k, 96) + w12 + choose(a, b, c) + big1(a);
    h += d;
    y = e ^ f;
    d += (f ^ (x & y)) + big0(e);
    c += load<u64>(k, 104) + w13 + choose(h, a, b) + big1(h);
    g += c;
    x = d ^ e;
    c += (e ^ (x & y)) + big0(d);
    b += load<u64>(k, 112) + w14 + choose(g, h, a) + big1(g);
    f += b;
    y = c ^ d;
    b += (d ^ (x & y)) + big0(c);
    a += load<u64>(k, 120) + w15 + choose(f, g, h) + big1(f);
    e += a;
    x = b ^ c;
    a += (c ^ (x & y)) + big0(b);
    k += 128;
    if (k == ROUNDS + 80 * 8) break;
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
