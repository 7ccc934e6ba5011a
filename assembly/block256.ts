/** The compression function of SHA-256: one block into the state (FIPS 180-4, section 6.2.2). */
import { SCHEDULE } from "./layout";
import { ROUNDS } from "./tables";

const W: usize = SCHEDULE; // 64 words

/** One block of 64 bytes, 4-aligned, into the state. */
export function sha256Block(state: usize, block: usize): void {
  for (let i: usize = 0; i < 64; i += 4) {
    const x = load<u32>(block + i);
    store<u32>(W + i, (rotl<u32>(x, 8) & 0x00ff00ff) | (rotr<u32>(x, 8) & 0xff00ff00)); // big-endian
  }
  for (let i: usize = 0; i < 48 * 4; i += 4) {
    store<u32>(W + i, load<u32>(W + i) + small0(load<u32>(W + i, 4)) + load<u32>(W + i, 36) + small1(load<u32>(W + i, 56)), 64);
  }

  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  let e = load<u32>(state, 16);
  let f = load<u32>(state, 20);
  let g = load<u32>(state, 24);
  let h = load<u32>(state, 28);

  for (let i: usize = 0; i < 64 * 4; i += 4) {
    const t = h + load<u32>(ROUNDS + 2 * i, 4) + load<u32>(W + i) + (g ^ (e & (f ^ g))) + big1(e); // ROUNDS: upper halves
    h = g;
    g = f;
    f = e;
    e = d + t;
    const u = (b ^ ((a ^ b) & (b ^ c))) + big0(a); // b ^ ..: the majority of a, b, c
    d = c;
    c = b;
    b = a;
    a = t + u;
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
