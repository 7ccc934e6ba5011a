/** The compression function of SHA-512: one block into the state (FIPS 180-4, section 6.4.2). */
import { SCHEDULE } from "./layout";
import { ROUNDS } from "./tables";
import { turn } from "./endian";

const W: usize = SCHEDULE; // 80 words

/** One block of 128 bytes, 8-aligned, into the state of 64 bytes. */
export function sha512Block(state: usize, block: usize): void {
  turn(W, block, 128, 32);
  for (let i: usize = 0; i < 64 * 8; i += 8) {
    store<u64>(i, load<u64>(i, W) + small0(load<u64>(i, W + 8)) + load<u64>(i, W + 72) + small1(load<u64>(i, W + 112)), W + 128);
  }

  let a = load<u64>(state);
  let b = load<u64>(state, 8);
  let c = load<u64>(state, 16);
  let d = load<u64>(state, 24);
  let e = load<u64>(state, 32);
  let f = load<u64>(state, 40);
  let g = load<u64>(state, 48);
  let h = load<u64>(state, 56);
  for (let i: usize = 0; i < 80 * 8; i += 32) { // four rounds, then the names move on by four
    const k = ROUNDS + i;
    h = h + load<u64>(k) + load<u64>(i, W) + choose(e, f, g) + big1(e);
    d += h;
    h += majority(a, b, c) + big0(a);
    g = g + load<u64>(k, 8) + load<u64>(i, W + 8) + choose(d, e, f) + big1(d);
    c += g;
    g += majority(h, a, b) + big0(h);
    f = f + load<u64>(k, 16) + load<u64>(i, W + 16) + choose(c, d, e) + big1(c);
    b += f;
    f += majority(g, h, a) + big0(g);
    e = e + load<u64>(k, 24) + load<u64>(i, W + 24) + choose(b, c, d) + big1(b);
    a += e;
    e += majority(f, g, h) + big0(f);
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
@inline function majority(x: u64, y: u64, z: u64): u64 {
  return y ^ ((x ^ y) & (y ^ z));
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
