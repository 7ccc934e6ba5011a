/**
 * The compression function of SHA-256: one block into the state (FIPS 180-4, section 6.2.2).
 * The order of operands is measured, and stays as it stands here (docs/adr/0011-written.md).
 */
import { SCHEDULE } from "./layout";
import { ROUNDS } from "./tables";
import { turn } from "./endian";

const W: usize = SCHEDULE; // 64 words

/** One block of 64 bytes, 4-aligned, into the state. */
// @ts-ignore: decorator
@written export function sha256Block(state: usize, block: usize): void {
  turn(W, block, 64, 0);
  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  let e = load<u32>(state, 16);
  let f = load<u32>(state, 20);
  let g = load<u32>(state, 24);
  let h = load<u32>(state, 28);
  let v = b ^ c; // the majority of a, b, c is b ^ ((a ^ b) & (b ^ c)), and a ^ b is b ^ c of the next round

  let i: usize = 0;
  do {
    if (i < 48 * 4) {
      store<u32>(i, small1(load<u32>(i, W + 56)) + small0(load<u32>(i, W + 4)) + (load<u32>(i, W + 36) + load<u32>(i, W)), W + 64);
      store<u32>(i, small1(load<u32>(i, W + 60)) + small0(load<u32>(i, W + 8)) + (load<u32>(i, W + 40) + load<u32>(i, W + 4)), W + 68);
    }
    // two rounds; ROUNDS: upper halves
    const t1 = load<u32>(i, W) + h + choose(e, f, g) + load<u32>(2 * i, ROUNDS + 4) + big1(e);
    const e1 = d + t1;
    const u = a ^ b;
    const a1 = t1 + (b ^ (u & v)) + big0(a);
    const t2 = load<u32>(i, W + 4) + g + choose(e1, e, f) + load<u32>(2 * i, ROUNDS + 12) + big1(e1);
    const e2 = c + t2;
    v = a1 ^ a;
    const a2 = t2 + (a ^ (v & u)) + big0(a1);
    h = f;
    g = e;
    f = e1;
    e = e2;
    d = b;
    c = a;
    b = a1;
    a = a2;
  } while ((i += 8) < 64 * 4);
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
// The rotations one inside the other, which takes fewer copies.
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
