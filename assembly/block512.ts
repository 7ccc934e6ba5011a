/**
 * The compression function of SHA-512: one block into the state (FIPS 180-4, section 6.4.2).
 * Its shape is for compilers with twelve free registers, as V8 has on x86-64: c and d stand in memory, and the store of each new a keeps a round from being put
 * off behind the next ones. The order of operands is measured, and stays as it stands here (docs/adr/0011-written.md, docs/crypto.md).
 */
import { SCHEDULE } from "./layout";
import { ROUNDS } from "./tables";

const W: usize = SCHEDULE; // 80 words
const LAST: usize = SCHEDULE + 640; // a, b, c, d; a new a takes the place of d, which leaves

/** One block of 128 bytes, 8-aligned, into the state of 64 bytes. */
// @ts-ignore: decorator
@written export function sha512Block(state: usize, block: usize): void {
  let i: usize = 0;
  do {
    store<u64>(i, turned(load<u64>(block + i)), W);
    store<u64>(i, turned(load<u64>(block + i, 8)), W + 8);
  } while ((i += 16) < 128);

  let a = load<u64>(state);
  let b = load<u64>(state, 8);
  let u = load<u64>(state, 16);
  store<u64>(LAST, a);
  store<u64>(LAST, b, 8);
  store<u64>(LAST, u, 16);
  store<u64>(LAST, load<u64>(state, 24), 24);
  let v = b ^ u; // the majority of a, b, c is b ^ ((a ^ b) & (b ^ c)), and a ^ b is b ^ c of the next round
  let e = load<u64>(state, 32);
  let f = load<u64>(state, 40);
  let g = load<u64>(state, 48);
  let h = load<u64>(state, 56);
  let t: u64 = 0;
  let s: u64 = 0;
  let m: u64 = 0;
  i = 0;
  do {
    if (i < 64 * 8) {
      const n0 = small0(load<u64>(i, W + 8)) + small1(load<u64>(i, W + 112)) + (load<u64>(i, W) + load<u64>(i, W + 72));
      store<u64>(i, n0, W + 128);
      const n1 = small0(load<u64>(i, W + 16)) + small1(load<u64>(i, W + 120)) + (load<u64>(i, W + 8) + load<u64>(i, W + 80));
      store<u64>(i, n1, W + 136);
      const n2 = small0(load<u64>(i, W + 24)) + small1(n0) + (load<u64>(i, W + 16) + load<u64>(i, W + 88));
      store<u64>(i, n2, W + 144);
      const n3 = small0(load<u64>(i, W + 32)) + small1(n1) + (load<u64>(i, W + 24) + load<u64>(i, W + 96));
      store<u64>(i, n3, W + 152);
    }
    // four rounds, after which every name has its place again; a new e takes h's, a new a takes b's
    s = big1(e);
    t = h + load<u64>(i, ROUNDS) + load<u64>(i, W) + choose(e, f, g) + s;
    u = b ^ a;
    m = b ^ (u & v);
    s = big0(a);
    h = t + load<u64>(LAST, 24);
    b = s + (t + m);
    store<u64>(LAST, b, 24);
    s = big1(h);
    t = g + load<u64>(i, ROUNDS + 8) + load<u64>(i, W + 8) + choose(h, e, f) + s;
    v = a ^ b;
    m = a ^ (v & u);
    s = big0(b);
    g = t + load<u64>(LAST, 16);
    a = s + (t + m);
    store<u64>(LAST, a, 16);
    s = big1(g);
    t = f + load<u64>(i, ROUNDS + 16) + load<u64>(i, W + 16) + choose(g, h, e) + s;
    u = b ^ a;
    m = b ^ (u & v);
    s = big0(a);
    f = t + load<u64>(LAST, 8);
    b = s + (t + m);
    store<u64>(LAST, b, 8);
    s = big1(f);
    t = e + load<u64>(i, ROUNDS + 24) + load<u64>(i, W + 24) + choose(f, g, h) + s;
    v = a ^ b;
    m = a ^ (v & u);
    s = big0(b);
    e = t + load<u64>(LAST);
    a = s + (t + m);
    store<u64>(LAST, a);
  } while ((i += 32) < 80 * 8);

  store<u64>(state, load<u64>(state) + a);
  store<u64>(state, load<u64>(state, 8) + b, 8);
  store<u64>(state, load<u64>(state, 16) + load<u64>(LAST, 16), 16);
  store<u64>(state, load<u64>(state, 24) + load<u64>(LAST, 24), 24);
  store<u64>(state, load<u64>(state, 32) + e, 32);
  store<u64>(state, load<u64>(state, 40) + f, 40);
  store<u64>(state, load<u64>(state, 48) + g, 48);
  store<u64>(state, load<u64>(state, 56) + h, 56);
}

/** The bytes the other way round; turn() of endian.ts needs more steps, as it knows shorter words too. */
// @ts-ignore: decorator
@inline function turned(x: u64): u64 {
  x ^= (x ^ rotr<u64>(x, 32)) & 0x0000ffff0000ffff;
  return rotr<u64>(x, 56) ^ ((rotr<u64>(x, 40) ^ rotr<u64>(x, 56)) & 0xff00ff00ff00ff00);
}

// FIPS 180-4, section 4.1.3
// @ts-ignore: decorator
@inline function choose(x: u64, y: u64, z: u64): u64 {
  return ((y ^ z) & x) ^ z;
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
  return rotr<u64>(rotr<u64>(x, 7) ^ x, 1) ^ (x >> 7);
}
// @ts-ignore: decorator
@inline function small1(x: u64): u64 {
  return rotr<u64>(rotr<u64>(x, 42) ^ x, 19) ^ (x >> 6);
}
