/**
 * Where a search stands: one frame a file on the path from the top-level Targets down.
 * next delegation u32 | reached by a terminating one u32 | version u64 | SHA-256 32 | name length u32 | role of the next delegation u16, of how many u16 |
 * phase u8, that delegation terminates u8, roles that have to agree u16 | first of its results u32 | from 64 on the name, NAME_SIZE.
 */
import { FRAMES, FRAME_SIZE } from "./layout";

// Phases of the delegation a file is followed by.
export const ORDINARY: u32 = 0;
export const COLLECTING: u32 = 1; // the roles of a multi-role delegation, one after the other
export const REPLAYING: u32 = 2; // the role that won, as an ordinary one

const NEXT = 0;
const TERMINATING = 4;
const VERSION = 8;
const DIGEST = 16;
const NAME_LENGTH = 48;
const ROLE = 52;
const ROLES = 54;
const PHASE = 56;
const ENDS = 57;
const AGREEMENT = 58;
const BASE = 60;
const NAME = 64;

function frame(i: u32): u32 {
  return FRAMES + i * FRAME_SIZE;
}

export function name(i: u32): u32 {
  return frame(i) + NAME;
}

export function digest(i: u32): u32 {
  return frame(i) + DIGEST;
}

export function nameLength(i: u32): u32 {
  return load<u32>(frame(i), NAME_LENGTH);
}

export function version(i: u32): u64 {
  return load<u64>(frame(i), VERSION);
}

export function setVersion(i: u32, value: u64): void {
  store<u64>(frame(i), value, VERSION);
}

export function terminating(i: u32): bool {
  return load<u32>(frame(i), TERMINATING) != 0;
}

/** A file enters the path; its name is there already. */
export function enter(i: u32, length: u32, stops: bool): void {
  store<u32>(frame(i), stops ? 1 : 0, TERMINATING);
  store<u32>(frame(i), length, NAME_LENGTH);
  setNext(i, 0);
}

export function next(i: u32): u32 {
  return load<u32>(frame(i), NEXT);
}

/** Its next delegation is this one, of any kind. */
export function setNext(i: u32, delegation: u32): void {
  store<u32>(frame(i), delegation, NEXT);
  store<u32>(frame(i), 0, ROLE); // ROLES too
  store<u8>(frame(i), ORDINARY, PHASE);
}

export function role(i: u32): u32 {
  return load<u16>(frame(i), ROLE);
}

export function setRole(i: u32, value: u32): void {
  store<u16>(frame(i), value, ROLE);
}

export function phase(i: u32): u32 {
  return load<u8>(frame(i), PHASE);
}

/** The role that won is followed like an ordinary delegation. */
export function replay(i: u32, winner: u32): void {
  setRole(i, winner);
  store<u8>(frame(i), REPLAYING, PHASE);
}

/** Its next delegation is a multi-role one. @param base number of its first result */
export function collect(i: u32, roles: u32, agreement: u32, stops: bool, base: u32): void {
  store<u16>(frame(i), roles, ROLES);
  store<u16>(frame(i), agreement, AGREEMENT);
  store<u8>(frame(i), stops ? 1 : 0, ENDS);
  store<u32>(frame(i), base, BASE);
  store<u8>(frame(i), COLLECTING, PHASE);
}

export function roles(i: u32): u32 {
  return load<u16>(frame(i), ROLES);
}

export function agreement(i: u32): u32 {
  return load<u16>(frame(i), AGREEMENT);
}

export function ends(i: u32): bool {
  return load<u8>(frame(i), ENDS) != 0;
}

export function base(i: u32): u32 {
  return load<u32>(frame(i), BASE);
}
