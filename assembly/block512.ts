/** The compression function of SHA-512: one block into the state (FIPS 180-4, section 6.4.2). */
import { SCHEDULE } from "./layout";
import { ROUNDS } from "./tables";
import { turn } from "./endian";

const W: usize = SCHEDULE; // 80 words

/** One block of 128 bytes, 8-aligned, into the state of 64 bytes. */
export function sha512Block(state: usize, block: usize): void {
  turn(W, block, 128, 32);
  for (let i: usize = 0; i < 64 * 8; i += 32) {
    const w0 = load<u64>(i, W);
    const w1 = load<u64>(i, W + 8);
    const w2 = load<u64>(i, W + 16);
    const w3 = load<u64>(i, W + 24);
    const w4 = load<u64>(i, W + 32);
    const n0 = w0 + small0(w1) + load<u64>(i, W + 72) + small1(load<u64>(i, W + 112));
    store<u64>(i, n0, W + 128);
    const n1 = w1 + small0(w2) + load<u64>(i, W + 80) + small1(load<u64>(i, W + 120));
    store<u64>(i, n1, W + 136);
    store<u64>(i, w2 + small0(w3) + load<u64>(i, W + 88) + small1(n0), W + 144);
    store<u64>(i, w3 + small0(w4) + load<u64>(i, W + 96) + small1(n1), W + 152);
  }

  let a = load<u64>(state);
  let b = load<u64>(state, 8);
  let c = load<u64>(state, 16);
  let d = load<u64>(state, 24);
  let e = load<u64>(state, 32);
  let f = load<u64>(state, 40);
  let g = load<u64>(state, 48);
  let h = load<u64>(state, 56);
  let v = b ^ c; // the majority of a, b, c is b ^ ((a ^ b) & (b ^ c)), and a ^ b is b ^ c of the next round
  for (let i: usize = 0; i < 80 * 8; i += 32) { // four rounds, then the names move on by four; offsets stand in the instructions, which is 3 % faster
    h = h + load<u64>(i, ROUNDS) + load<u64>(i, W) + choose(e, f, g) + big1(e);
    d += h;
    let u = a ^ b;
    h += (b ^ (v & u)) + big0(a);
    g = g + load<u64>(i, ROUNDS + 8) + load<u64>(i, W + 8) + choose(d, e, f) + big1(d);
    c += g;
    v = h ^ a;
    g += (a ^ (u & v)) + big0(h);
    f = f + load<u64>(i, ROUNDS + 16) + load<u64>(i, W + 16) + choose(c, d, e) + big1(c);
    b += f;
    u = g ^ h;
    f += (h ^ (v & u)) + big0(g);
    e = e + load<u64>(i, ROUNDS + 24) + load<u64>(i, W + 24) + choose(b, c, d) + big1(b);
    a += e;
    v = f ^ g;
    e += (g ^ (u & v)) + big0(f);
    let x = a;
    a = e;
    e = x;
    x = b;
    b = f;
    f = x;
    x = c;
    c = g;
    g = x;
    x = d;
    d = h;
    h = x;
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

// FIPS 180-4, section 4.1.3
// @ts-ignore: decorator
@inline function choose(x: u64, y: u64, z: u64): u64 {
  return z ^ (x & (y ^ z));
}
// @ts-ignore: decorator
@inline function big0(x: u64): u64 {
  return rotr<u64>(x, 28) ^ rotr<u64>(x, 34) ^ rotr<u64>(x, 39);
}
// @ts-ignore: decorator
@inline function big1(x: u64): u64 {
  return rotr<u64>(x, 14) ^ rotr<u64>(x, 18) ^ rotr<u64>(x, 41);
}
// @ts-ignore: decorator
@inline function small0(x: u64): u64 {
  return rotr<u64>(x ^ rotr<u64>(x, 7), 1) ^ (x >> 7);
}
// @ts-ignore: decorator
@inline function small1(x: u64): u64 {
  return rotr<u64>(x ^ rotr<u64>(x, 42), 19) ^ (x >> 6);
}
