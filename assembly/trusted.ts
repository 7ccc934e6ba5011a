/**
 * The trusted record: what an ECU remembers between cycles, RECORD_SIZE bytes the host can save and give back. A digest over itself refuses a torn or
 * foreign one. Only `commit`, `rotated`, `reset` and `attested` change it, each after the last check.
 *
 * magic u32 | format u32 | attested time u64 | two repositories of 176: four files { version u64 | sha256 32 } in the order of ROLE_*, Snapshot version the
 * Timestamp names u64, rotation flags u64 | zeros | SHA-256 over all before.
 */
import { ROLE_TARGETS, ROLE_TIMESTAMP } from "./abi";
import { RAW256, RECORD, TAG256 } from "./layout";
import { clear } from "./bytes";
import { sha256Begin, sha256End, sha256Update } from "./sha256";
import { copyDigest, sameDigest } from "./digests";

const MAGIC: u64 = 0x131545055; // "UPT1", and format 1 in the upper half
const TIME = 8;
const REPOSITORIES = 16;
const REPOSITORY_SIZE = 176;
const FILE_SIZE = 40;
const SNAPSHOT_NAMED = 160;
const FLAGS = 168;
const DIGEST_AT: u32 = 480;

// Rotation flags: what the next completed Root check has to forget (§5.4.4.3 step 5).
export const RESET_SNAPSHOT = 1; // keys of Timestamp or Snapshot changed
export const RESET_TARGETS = 2; // keys of Targets changed
export const RESET_TIME = 4; // the time source's key changed

/** How often a file has become trusted in this instance: what was decided by older files does not outlive them. */
export let commits: u32 = 0;

function file(repository: u32, role: u32): usize {
  return RECORD + REPOSITORIES + repository * REPOSITORY_SIZE + role * FILE_SIZE;
}

function digest(out: usize): void {
  sha256Begin(TAG256);
  sha256Update(TAG256, RECORD, DIGEST_AT);
  sha256End(TAG256, out);
}

function seal(): void {
  store<u64>(RECORD, MAGIC);
  digest(RECORD + DIGEST_AT);
}

/** Whether the record can be used: sealed by this format, or all zeros (never provisioned). */
export function sound(): bool {
  if (load<u64>(RECORD) == MAGIC) {
    digest(TAG256);
    return sameDigest(TAG256, RECORD + DIGEST_AT);
  }
  for (let i: u32 = 0; i < DIGEST_AT + 32; i += 8) if (load<u64>(RECORD + i) != 0) return false;
  return true;
}

/** 0: no such file is trusted. */
export function version(repository: u32, role: u32): u64 {
  return load<u64>(file(repository, role));
}

export function sha256(repository: u32, role: u32): usize {
  return file(repository, role) + 8;
}

export function snapshotNamed(repository: u32): u64 {
  return load<u64>(RECORD + REPOSITORIES + repository * REPOSITORY_SIZE, SNAPSHOT_NAMED);
}

export function time(): u64 {
  return load<u64>(RECORD, TIME);
}

/** The file just read passed its last check: RAW256 is its digest. */
export function commit(repository: u32, role: u32, version: u64): void {
  store<u64>(file(repository, role), version);
  copyDigest(file(repository, role) + 8, RAW256);
  commits++;
  seal();
}

export function named(repository: u32, version: u64): void {
  store<u64>(RECORD + REPOSITORIES + repository * REPOSITORY_SIZE, version, SNAPSHOT_NAMED);
  seal();
}

export function attested(seconds: u64): void {
  store<u64>(RECORD, seconds, TIME);
  seal();
}

/** Keys changed: remembered until `reset`, through power cuts. */
export function rotated(repository: u32, flags: u64): void {
  const at = RECORD + REPOSITORIES + repository * REPOSITORY_SIZE;
  store<u64>(at, load<u64>(at, FLAGS) | flags, FLAGS);
  seal();
}

export function isRotated(repository: u32, flag: u64): bool {
  return (load<u64>(RECORD + REPOSITORIES + repository * REPOSITORY_SIZE, FLAGS) & flag) != 0;
}

/**
 * Ends a fast-forward attack after the keys changed: Timestamp and Snapshot go, and with them the floor of Targets; or that floor alone.
 *
 * Source: Uptane 2.1.0 §5.4.4.3 step 5; for Targets docs/adr/0003.
 */
export function reset(repository: u32): void {
  const at = RECORD + REPOSITORIES + repository * REPOSITORY_SIZE;
  const flags = load<u64>(at, FLAGS);
  if (flags == 0) return;
  if (flags & RESET_SNAPSHOT) clear(at + ROLE_TIMESTAMP * FILE_SIZE, FLAGS - ROLE_TIMESTAMP * FILE_SIZE);
  else if (flags & RESET_TARGETS) clear(at + ROLE_TARGETS * FILE_SIZE, FILE_SIZE);
  store<u64>(at, 0, FLAGS);
  seal();
}
