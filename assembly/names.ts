// Written by scripts/grammar.mjs: do not edit.
import { equal } from "./bytes";

/** The words of metadata the core knows, and their numbers (0: none of them); partial verification needs the first ones alone. */
export const ROOT = 1;
export const TIMESTAMP = 2;
export const SNAPSHOT = 3;
export const TARGETS = 4;
export const TIME = 5;
export const ED25519 = 6;
export const SHA256 = 7;
export const SHA512 = 8;
export const SIGNATURES = 9;
export const SIGNED = 10;
export const KEYID = 11;
export const SIG = 12;
export const TYPE = 13;
export const EXPIRES = 14;
export const KEYS = 15;
export const ROLES = 16;
export const VERSION = 17;
export const SPEC_VERSION = 18;
export const KEYTYPE = 19;
export const KEYVAL = 20;
export const SCHEME = 21;
export const PUBLIC = 22;
export const KEYIDS = 23;
export const THRESHOLD = 24;
export const NONCES = 25;
export const CUSTOM = 26;
export const DELEGATIONS = 27;
export const VEHICLE_ID = 28;
export const HASHES = 29;
export const LENGTH = 30;
export const ECU_IDENTIFIERS = 31;
export const ENCRYPTED = 32;
export const HARDWARE_IDS = 33;
export const MUST_MATCH = 34;
export const RELEASE_COUNTER = 35;
export const HARDWARE_ID = 36;
export const METHOD = 37;
export const KEY = 38;
export const SNAPSHOT_JSON = 39;
export const TARGETS_JSON = 40;
export const META = 41;
export const SUCCINCT_ROLES = 42;
export const NAME = 43;
export const PATHS = 44;
export const PATH_HASH_PREFIXES = 45;
export const TERMINATING = 46;
export const MIN_ROLES_IN_AGREEMENT = 47;
export const NAME_PREFIX = 48;
export const BIT_LENGTH = 49;
export const MAPPING = 50;
export const REPOSITORIES = 51;
export const HASH = 52;
export const ECU_VERSION_MANIFESTS = 53;
export const PRIMARY_ECU_SERIAL = 54;
export const VIN = 55;
export const ATTACKS_DETECTED = 56;
export const ECU_SERIAL = 57;
export const INSTALLED_IMAGE = 58;
export const NONCE = 59;
export const REPORT_COUNTER = 60;
export const TIMESERVER_TIME = 61;
export const FILEINFO = 62;
export const FILEPATH = 63;

const ALL: u32 = 63;

// Each word: its length, then its bytes; then 0.
const table = memory.data<u8>([
  4, 114, 111, 111, 116, 9, 116, 105, 109, 101, 115, 116, 97, 109, 112, 8, 115, 110, 97, 112, 115, 104, 111, 116,
  7, 116, 97, 114, 103, 101, 116, 115, 4, 116, 105, 109, 101, 7, 101, 100, 50, 53, 53, 49, 57, 6, 115, 104,
  97, 50, 53, 54, 6, 115, 104, 97, 53, 49, 50, 10, 115, 105, 103, 110, 97, 116, 117, 114, 101, 115, 6, 115,
  105, 103, 110, 101, 100, 5, 107, 101, 121, 105, 100, 3, 115, 105, 103, 5, 95, 116, 121, 112, 101, 7, 101, 120,
  112, 105, 114, 101, 115, 4, 107, 101, 121, 115, 5, 114, 111, 108, 101, 115, 7, 118, 101, 114, 115, 105, 111, 110,
  12, 115, 112, 101, 99, 95, 118, 101, 114, 115, 105, 111, 110, 7, 107, 101, 121, 116, 121, 112, 101, 6, 107, 101,
  121, 118, 97, 108, 6, 115, 99, 104, 101, 109, 101, 6, 112, 117, 98, 108, 105, 99, 6, 107, 101, 121, 105, 100,
  115, 9, 116, 104, 114, 101, 115, 104, 111, 108, 100, 6, 110, 111, 110, 99, 101, 115, 6, 99, 117, 115, 116, 111,
  109, 11, 100, 101, 108, 101, 103, 97, 116, 105, 111, 110, 115, 9, 118, 101, 104, 105, 99, 108, 101, 73, 100, 6,
  104, 97, 115, 104, 101, 115, 6, 108, 101, 110, 103, 116, 104, 14, 101, 99, 117, 73, 100, 101, 110, 116, 105, 102,
  105, 101, 114, 115, 9, 101, 110, 99, 114, 121, 112, 116, 101, 100, 11, 104, 97, 114, 100, 119, 97, 114, 101, 73,
  100, 115, 9, 109, 117, 115, 116, 77, 97, 116, 99, 104, 14, 114, 101, 108, 101, 97, 115, 101, 67, 111, 117, 110,
  116, 101, 114, 10, 104, 97, 114, 100, 119, 97, 114, 101, 73, 100, 6, 109, 101, 116, 104, 111, 100, 3, 107, 101,
  121, 0,
]);

let more: usize = 0;

/** From here on words that full verification and servers need are known too. */
export function moreWords(): void {
  more = memory.data<u8>([
  13, 115, 110, 97, 112, 115, 104, 111, 116, 46, 106, 115, 111, 110, 12, 116, 97, 114, 103, 101, 116, 115, 46, 106,
  115, 111, 110, 4, 109, 101, 116, 97, 14, 115, 117, 99, 99, 105, 110, 99, 116, 95, 114, 111, 108, 101, 115, 4,
  110, 97, 109, 101, 5, 112, 97, 116, 104, 115, 18, 112, 97, 116, 104, 95, 104, 97, 115, 104, 95, 112, 114, 101,
  102, 105, 120, 101, 115, 11, 116, 101, 114, 109, 105, 110, 97, 116, 105, 110, 103, 22, 109, 105, 110, 95, 114, 111,
  108, 101, 115, 95, 105, 110, 95, 97, 103, 114, 101, 101, 109, 101, 110, 116, 11, 110, 97, 109, 101, 95, 112, 114,
  101, 102, 105, 120, 10, 98, 105, 116, 95, 108, 101, 110, 103, 116, 104, 7, 109, 97, 112, 112, 105, 110, 103, 12,
  114, 101, 112, 111, 115, 105, 116, 111, 114, 105, 101, 115, 4, 104, 97, 115, 104, 21, 101, 99, 117, 95, 118, 101,
  114, 115, 105, 111, 110, 95, 109, 97, 110, 105, 102, 101, 115, 116, 115, 18, 112, 114, 105, 109, 97, 114, 121, 95,
  101, 99, 117, 95, 115, 101, 114, 105, 97, 108, 3, 118, 105, 110, 16, 97, 116, 116, 97, 99, 107, 115, 95, 100,
  101, 116, 101, 99, 116, 101, 100, 10, 101, 99, 117, 95, 115, 101, 114, 105, 97, 108, 15, 105, 110, 115, 116, 97,
  108, 108, 101, 100, 95, 105, 109, 97, 103, 101, 5, 110, 111, 110, 99, 101, 14, 114, 101, 112, 111, 114, 116, 95,
  99, 111, 117, 110, 116, 101, 114, 15, 116, 105, 109, 101, 115, 101, 114, 118, 101, 114, 95, 116, 105, 109, 101, 8,
  102, 105, 108, 101, 105, 110, 102, 111, 8, 102, 105, 108, 101, 112, 97, 116, 104, 0,
  ]);
}

/** @returns the number of the word of `length` bytes at `at`, or 0 */
export function word(at: usize, length: u32): u32 {
  let entry = table;
  let number: u32 = 0;
  while (true) {
    const size = u32(load<u8>(entry++));
    if (size) {
      number++;
      if (size == length && equal(at, entry, size)) return number;
      entry += size;
    } else {
      if (!more || number == ALL) return 0;
      entry = more;
    }
  }
}
